/*
 * init - measure inits: `init rounds N -- CMD... -- CMD...` times them in turn, `init early N -- CMD...` counts lost signals.
 *
 * rounds: start-to-exit of each command, interleaved, so that a busy machine is busy for all; prints per command the median
 *         of its ratio to the first command of the same round.
 * early:  CMD becomes PID 1 of a new PID namespace and is sent SIGTERM at a random time within 2.5 ms after its exec;
 *         prints in how many of N tries it was lost (still running 500 ms later). Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 16
#define ROUNDS_MAX 10000
#define EARLY_WINDOW_NS 2500000
#define LOST_AFTER_MS 500

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static double run_once(char **argv)
{
    uint64_t start = now_ns();
    pid_t pid;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0) {
        perror(argv[0]);
        exit(2);
    }
    int status;
    waitpid(pid, &status, 0);
    return (double)(now_ns() - start) / 1000.0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

static int rounds(int count, char **commands[], int n)
{
    static double times[COMMANDS_MAX][ROUNDS_MAX];
    static double ratios[ROUNDS_MAX];
    for (int r = -5; r < count; r++) { /* the first few warm the caches */
        for (int c = 0; c < n; c++) {
            double t = run_once(commands[c]);
            if (r >= 0) {
                times[c][r] = t;
            }
        }
    }
    for (int c = 0; c < n; c++) {
        for (int r = 0; r < count; r++) {
            ratios[r] = times[c][r] / times[0][r];
        }
        printf("%.3f\n", median(ratios, count));
    }
    return 0;
}

static void run_on(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* Becomes PID 1 of a new namespace; the pipe closes by exec. */
static pid_t start_as_pid1(char **argv, int *exec_pipe)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        run_on(1);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    *exec_pipe = ends[0];
    return pid;
}

static int lost_once(char **argv)
{
    int exec_pipe;
    pid_t pid = start_as_pid1(argv, &exec_pipe);
    if (pid < 0) {
        perror("clone");
        exit(2);
    }
    char byte;
    while (read(exec_pipe, &byte, 1) < 0 && errno == EINTR) {
    }
    close(exec_pipe);
    uint64_t until = now_ns() + (uint64_t)(rand() % EARLY_WINDOW_NS);
    while (now_ns() < until) {
    }
    kill(pid, SIGTERM);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int lost = poll(&p, 1, LOST_AFTER_MS) == 0;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fd);
    return lost;
}

static int early(int count, char **argv)
{
    int lost = 0;
    run_on(0); /* we busy-wait: not where it runs */
    for (int i = 0; i < count; i++) {
        lost += lost_once(argv);
    }
    printf("%d\n", lost);
    return 0;
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS_MAX];
    int n = 0;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "@@") == 0) { /* separates commands, since "--" is a word of theirs */
            argv[i] = NULL;
            if (n < COMMANDS_MAX) {
                commands[n++] = &argv[i + 1];
            }
        }
    }
    int count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    if (n == 0 || count < 1 || count > ROUNDS_MAX) {
        fprintf(stderr, "usage: init rounds|early N @@ CMD... [@@ CMD...]\n");
        return 2;
    }
    return strcmp(argv[1], "rounds") == 0 ? rounds(count, commands, n) : early(count, commands[0]);
}
