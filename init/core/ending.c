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
/* waitpid(2) that does not wait has no reason to fail, but a debugger or a sandbox can make it. */
#define REAP_TRIES_MAX 10

void ending_init(struct ending *x)
{
    *x = (struct ending){.kill_at_us = CLOCK_NEVER, .lost_at_us = CLOCK_NEVER};
}

static void kill_one(struct ending *x, pid_t pid)
{
    (void)x;
    (void)kill(pid, SIGKILL);
}

/* Once each: to many programs a second TERM means to be quick about it. */
static void terminate_one(struct ending *x, pid_t pid)
{
    for (size_t i = 0; i < x->told_count; i++) {
        if (x->told[i] == pid) {
            return;
        }
    }
    if (x->told_count < ENDING_TOLD_MAX) {
        x->told[x->told_count++] = pid;
        (void)kill(pid, SIGTERM);
        (void)kill(pid, SIGCONT); /* a stopped process would not see it */
    }
}

/* Our children are not reaped meanwhile, so every number is still its own. */
static void each_child(struct ending *x, void (*act)(struct ending *x, pid_t pid))
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
                act(x, pid);
            }
            pid = 0;
        }
    }
}

static void terminate_rest(struct ending *x)
{
    if (getpid() == 1) {
        (void)kill(-1, SIGTERM); /* never ourselves, kill(2); and nothing outside our namespace */
        (void)kill(-1, SIGCONT);
    } else {
        each_child(x, terminate_one);
    }
}

static void kill_rest(struct ending *x)
{
    if (getpid() == 1) {
        (void)kill(-1, SIGKILL);
    } else {
        each_child(x, kill_one);
    }
}

static bool have_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

pid_t ending_reap(int *wait_status)
{
    for (int tries = 0; tries < REAP_TRIES_MAX; tries++) {
        pid_t pid = waitpid(-1, wait_status, WNOHANG | WUNTRACED);
        if (pid >= 0 || errno == ECHILD) {
            return pid;
        }
    }
    return 0;
}

void ending_begin(struct ending *x, uint64_t grace_us, uint64_t now_us)
{
    if (x->begun) {
        return;
    }
    x->begun = true;
    x->over = grace_us == 0 || !have_children();
    if (!x->over) {
        terminate_rest(x);
        x->kill_at_us = now_us + grace_us;
    }
}

void ending_hurry(struct ending *x, uint64_t now_us)
{
    if (x->begun && !x->over && x->kill_at_us != CLOCK_NEVER) {
        kill_rest(x);
        x->kill_at_us = CLOCK_NEVER;
        x->lost_at_us = now_us + LOST_US;
    }
}

void ending_turn(struct ending *x, uint64_t now_us)
{
    if (!x->begun || x->over) {
        return;
    }
    if (now_us >= x->kill_at_us) {
        ending_hurry(x, now_us);
    } else if (now_us >= x->lost_at_us) {
        x->over = true;
    } else if (x->kill_at_us == CLOCK_NEVER) {
        kill_rest(x);
    } else if (getpid() != 1) {
        terminate_rest(x); /* as PID 1 all have been told already */
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
