#include "init/core/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own signal set is 64 bits on every architecture we build for. */
static void set_mask(signal_mask mask, signal_mask *old)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof mask);
}

void signals_block_all(signal_mask *inherited)
{
    set_mask(~(signal_mask)0, inherited);
    struct sigaction action = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGCHLD, &action, NULL);
}

void signals_restore(signal_mask mask)
{
    set_mask(mask, NULL);
}

int signals_open(struct err *e)
{
    signal_mask all = ~(signal_mask)0;
    int fd = (int)syscall(SYS_signalfd4, -1, &all, sizeof all, O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a signalfd");
    }
    return fd;
}

int signals_next(int fd, bool *from_self)
{
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    if (n != (ssize_t)sizeof info) {
        return 0;
    }
    *from_self = info.ssi_pid == (uint32_t)getpid();
    return (int)info.ssi_signo;
}
