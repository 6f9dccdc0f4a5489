#include "init/wire/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A dead peer leaves at most one pending ECONNRESET in front of its last messages; more in a row is not that case. */
#define RESETS_SKIPPED_MAX 4

int channel_pair(int ends[2], struct err *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return err_set(e, ERR_SYS, errno, "cannot create a channel");
    ends[0] = pair[0];
    ends[1] = pair[1];
    return 0;
}

int channel_send(int fd, const void *message, size_t len, struct err *e)
{
    ssize_t n;
    do {
        n = send(fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return 1;
    switch (errno) {
    case EAGAIN:
    case ENOBUFS:
        return 0;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
        return err_set(e, ERR_PROTO, 0, "cannot send a message: the peer closed the channel");
    default:
        return err_set(e, ERR_SYS, errno, "cannot send a message");
    }
}

static int classify_receive(ssize_t n, int flags, struct err *e)
{
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0 && errno == ECONNRESET)
        return err_set(e, ERR_PROTO, 0, "the peer closed the channel");
    if (n < 0)
        return err_set(e, ERR_SYS, errno, "cannot receive a message");
    if (n == 0)
        return err_set(e, ERR_PROTO, 0, "the peer closed the channel");
    if (flags & MSG_TRUNC)
        return err_set(e, ERR_PROTO, 0, "a message is larger than any message can be");
    if (flags & MSG_CTRUNC)
        return err_set(e, ERR_PROTO, 0, "a message came with descriptors or credentials");
    return 1;
}

int channel_receive(int fd, union wire_message *m, size_t *len, struct err *e)
{
    struct iovec part = {.iov_base = m, .iov_len = sizeof(*m)};
    ssize_t n;
    struct msghdr header;
    /* A peer that died with unread requests leaves ECONNRESET in front of what it sent before: look behind it. */
    int resets = 0;
    do {
        header = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
        n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ < RESETS_SKIPPED_MAX)));
    int got = classify_receive(n, header.msg_flags, e);
    if (got == 1)
        *len = (size_t)n;
    return got;
}
