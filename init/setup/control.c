#include "init/setup/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/base/fdio.h"

/* By way of the folder's descriptor where the path itself is too long for an address (unix(7): 108 bytes). */
static int address_of(const struct statedir *s, struct sockaddr_un *out, struct err *e)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/" CONTROL_FILE, s->path);
    if (n >= (int)sizeof out->sun_path) {
        n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/" CONTROL_FILE, s->fd);
    }
    return n < (int)sizeof out->sun_path ? 0 : err_set(e, ERR_SYS, ENAMETOOLONG, "cannot address %s", s->path);
}

int control_open(const struct statedir *s, struct err *e)
{
    struct sockaddr_un at;
    cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a socket");
    }
    if (address_of(s, &at, e) != 0) {
        return -1;
    }
    (void)unlinkat(s->fd, CONTROL_FILE, 0);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot make %s/" CONTROL_FILE, s->path);
    }
    return fd_steal(&fd);
}

static bool is_request(const struct control_request *r, ssize_t len)
{
    return len == (ssize_t)sizeof *r && r->verb == CONTROL_SKIP && memchr(r->step_id, '\0', sizeof r->step_id) != NULL;
}

int control_receive(int fd, struct control_request *out)
{
    struct control_request r;
    ssize_t n;
    while ((n = recv(fd, &r, sizeof r, MSG_DONTWAIT | MSG_TRUNC)) >= 0 || errno == EINTR) {
        if (n >= 0 && is_request(&r, n)) {
            *out = r;
            return 1;
        }
    }
    return 0;
}

int control_send(const struct statedir *s, const struct control_request *request, struct err *e)
{
    struct sockaddr_un at;
    cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_set(e, ERR_STATE, errno, "cannot open a socket");
    }
    if (address_of(s, &at, e) != 0) {
        return -1;
    }
    if (sendto(fd, request, sizeof *request, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&at, sizeof at) !=
        (ssize_t)sizeof *request) {
        return err_set(e, ERR_STATE, errno, "cannot ask the muster that owns %s", s->path);
    }
    return 0;
}
