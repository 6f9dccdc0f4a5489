#include "init/core/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/clock.h"

/* A process in uninterruptible sleep must not keep the container from ending. */
#define LOST_US (2 * US_PER_S)
/* Children listed in one go; the next signal finds the rest. */
#define CHILDREN_TEXT_MAX 16384

void ending_init(struct ending *x)
{
    *x = (struct ending){.kill_at_us = CLOCK_NEVER, .lost_at_us = CLOCK_NEVER};
}

/* Our children are not reaped meanwhile, so every number is still its own. */
static void signal_children(int number)
{
    char text[CHILDREN_TEXT_MAX];
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t n = read(fd, text, sizeof text);
    (void)close(fd);
    pid_t pid = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            pid = pid * 10 + (text[i] - '0');
        } else {
            if (pid > 1) {
                (void)kill(pid, number);
            }
            pid = 0;
        }
    }
}

static void signal_rest(int number)
{
    if (getpid() == 1) {
        (void)kill(-1, number); /* never ourselves, kill(2); and nothing outside our namespace */
    } else {
        signal_children(number);
    }
}

static bool have_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

void ending_begin(struct ending *x, uint64_t grace_us, uint64_t now_us)
{
    if (x->begun) {
        return;
    }
    x->begun = true;
    x->over = grace_us == 0 || !have_children();
    if (!x->over) {
        signal_rest(SIGTERM);
        signal_rest(SIGCONT);
        x->kill_at_us = now_us + grace_us;
    }
}

void ending_hurry(struct ending *x, uint64_t now_us)
{
    if (x->begun && !x->over && x->kill_at_us != CLOCK_NEVER) {
        signal_rest(SIGKILL);
        x->kill_at_us = CLOCK_NEVER;
        x->lost_at_us = now_us + LOST_US;
    }
}

void ending_timer(struct ending *x, uint64_t now_us)
{
    if (now_us >= x->kill_at_us) {
        ending_hurry(x, now_us);
    } else if (now_us >= x->lost_at_us) {
        x->over = true;
    }
}

uint64_t ending_wake(const struct ending *x)
{
    if (x->over) {
        return CLOCK_NEVER;
    }
    return x->kill_at_us < x->lost_at_us ? x->kill_at_us : x->lost_at_us;
}

void ending_alone(struct ending *x)
{
    x->over = x->begun;
}
