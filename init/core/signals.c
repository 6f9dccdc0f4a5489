#include "init/core/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/core/entry.h"

/* The kernel's own signal set is 64 bits on every architecture we build for. */
static void set_mask(signal_mask mask, signal_mask *old)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof mask);
}

void signals_block_all(struct inherited_signals *inherited)
{
    set_mask(~(signal_mask)0, &inherited->mask);
    if (&entry_inherited_mask != NULL) {
        inherited->mask = entry_inherited_mask;
    }
    struct sigaction action = {.sa_handler = SIG_DFL};
    struct sigaction old = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGCHLD, &action, &old);
    inherited->sigchld_ignored = old.sa_handler == SIG_IGN;
}

void signals_restore(const struct inherited_signals *inherited)
{
    if (inherited->sigchld_ignored) {
        struct sigaction action = {.sa_handler = SIG_IGN};
        (void)sigaction(SIGCHLD, &action, NULL);
    }
    set_mask(inherited->mask, NULL);
}

void signals_stop_group(void)
{
    if (getpid() == 1) {
        return; /* the group may reach out of our namespace */
    }
    signal_mask all;
    set_mask(~SIGNAL_BIT(SIGTSTP), &all);
    (void)kill(0, SIGTSTP);
    set_mask(all, NULL);
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

int signals_wait(uint64_t until_us, bool *from_self)
{
    const signal_mask all = ~(signal_mask)0;
    struct timespec left;
    struct timespec *limit = NULL;
    if (until_us != CLOCK_NEVER) {
        uint64_t now = clock_mono_us();
        uint64_t us = until_us > now ? until_us - now : 0;
        left = (struct timespec){.tv_sec = (time_t)(us / US_PER_S), .tv_nsec = (long)(us % US_PER_S * 1000U)};
        limit = &left;
    }
    siginfo_t info;
    int number = (int)syscall(SYS_rt_sigtimedwait, &all, &info, limit, sizeof all);
    if (number <= 0) {
        return 0; /* EAGAIN: the time has come; EINTR: a stop and continue */
    }
    *from_self = info.si_code <= 0 && info.si_pid == getpid();
    return number;
}
