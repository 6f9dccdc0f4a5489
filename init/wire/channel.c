#include "init/wire/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

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

/* Descriptors beside a message; one more than may come shows that there are too many. */
union file_message {
    struct cmsghdr header;
    char bytes[CMSG_SPACE((WIRE_TLS_FILE_COUNT + 1) * sizeof(int))];
};

static int classify_send(ssize_t n, struct err *e)
{
    if (n >= 0)
        return 1;
    switch (errno) {
    case EAGAIN:
    case ENOBUFS:
    case ETOOMANYREFS:
        return 0;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
        return err_set(e, ERR_PROTO, 0, "cannot send a message: the peer closed the channel");
    default:
        return err_set(e, ERR_SYS, errno, "cannot send a message");
    }
}

int channel_send(int fd, const void *message, size_t len, struct err *e)
{
    ssize_t n;
    do {
        n = send(fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
    } while (n < 0 && errno == EINTR);
    return classify_send(n, e);
}

int channel_send_files(int fd, const void *message, size_t len, const int *files, size_t count, struct err *e)
{
    union file_message space = {.bytes = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = len}; /* sendmsg() only reads it */
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &space, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    if (count == 0)
        return channel_send(fd, message, len, e);
    if (count > WIRE_TLS_FILE_COUNT)
        return err_set(e, ERR_LIMIT, 0, "too many descriptors for one message");
    space.header =
        (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
    memcpy(CMSG_DATA(&space.header), files, count * sizeof(int));
    ssize_t n;
    do {
        n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
    } while (n < 0 && errno == EINTR);
    return classify_send(n, e);
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
    return 1;
}

/* Returns as channel_receive(). */
static int receive(int fd, struct msghdr *header, union wire_message *m, size_t *len, struct err *e)
{
    struct iovec part = {.iov_base = m, .iov_len = sizeof(*m)};
    const struct msghdr empty = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = header->msg_control,
                                 .msg_controllen = header->msg_controllen};
    ssize_t n;
    /* A peer that died with unread requests leaves ECONNRESET in front of what it sent before: look behind it. */
    int resets = 0;
    do {
        *header = empty;
        n = recvmsg(fd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ < RESETS_SKIPPED_MAX)));
    header->msg_iov = NULL;
    if (n < 0)
        header->msg_controllen = 0; /* the kernel has not said how little there is */
    int got = classify_receive(n, header->msg_flags, e);
    if (got == 1)
        *len = (size_t)n;
    return got;
}

int channel_receive(int fd, union wire_message *m, size_t *len, struct err *e)
{
    struct msghdr header = {.msg_control = NULL};
    int got = receive(fd, &header, m, len, e);
    if (got == 1 && header.msg_flags & MSG_CTRUNC)
        return err_set(e, ERR_PROTO, 0, "a message came with descriptors or credentials");
    return got;
}

int channel_receive_files(int fd, union wire_message *m, size_t *len, int files[WIRE_TLS_FILE_COUNT], struct err *e)
{
    union file_message space;
    struct msghdr header = {.msg_control = &space, .msg_controllen = sizeof(space)};
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++)
        files[i] = -1;
    int got = receive(fd, &header, m, len, e);
    struct cmsghdr *c = header.msg_controllen > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return got;
    int came[WIRE_TLS_FILE_COUNT + 1];
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(came, CMSG_DATA(c), count * sizeof(int));
    bool good = got == 1 && count <= WIRE_TLS_FILE_COUNT;
    for (size_t i = 0; i < count; i++) {
        if (good)
            files[i] = came[i];
        else
            close(came[i]);
    }
    return good || got != 1 ? got : err_set(e, ERR_PROTO, 0, "a message came with too many descriptors");
}
