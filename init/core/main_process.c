#include "init/core/main_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/base/arena.h"
#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/base/text.h"
#include "init/config/environment.h"
#include "init/core/footprint.h"
#include "init/core/spawn.h"

#define LISTEN_PID "LISTEN_PID"

/* Some hundred entries of /proc/self/fd. */
#define LISTING_BYTES 8192
/* Where /proc is missing, descriptors from this on are left open: to ask for each takes its time. */
#define UNLISTED_FDS_MAX 65536

void main_process_init(struct main_process *m, const struct main_options *options, const struct privilege *privilege)
{
    *m = (struct main_process){
        .options = options, .privilege = privilege, .pidfd = -1, .drain_at_us = CLOCK_NEVER, .kill_at_us = CLOCK_NEVER};
}

/* The terminal is ours to give only if we have it: a background job must not take it. */
static bool have_terminal(void)
{
    pid_t owner = tcgetpgrp(STDIN_FILENO);
    return owner >= 0 && owner == getpgrp();
}

static void take_terminal_back(struct main_process *m)
{
    if (m->foreground) {
        m->foreground = false;
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    }
}

/* What the kernel tells us of our own doing: it is not for the main process. Anybody else's goes back into the queue. */
static void forget_own(int number)
{
    const signal_mask only = SIGNAL_BIT(number);
    const struct timespec now = {0};
    siginfo_t info;
    if (syscall(SYS_rt_sigtimedwait, &only, &info, &now, sizeof only) == number && info.si_pid != getpid()) {
        (void)kill(getpid(), number);
    }
}

/* The leader of a session has to give its terminal up before another session can have it, ioctl_tty(2). */
static enum main_terminal give_terminal_up(void)
{
    if (tcgetpgrp(STDIN_FILENO) < 0) {
        return MAIN_TERMINAL_NONE;
    }
    const bool leader = getsid(0) == getpid();
    if (ioctl(STDIN_FILENO, TIOCNOTTY) != 0 || !leader) {
        return MAIN_TERMINAL_LEFT;
    }
    forget_own(SIGHUP);
    forget_own(SIGCONT);
    return MAIN_TERMINAL_GIVEN;
}

/* Our own descriptors are all close-on-exec; what is not was given to us, for the main process. */
static void close_if_inherited(int fd)
{
    if (fd > STDERR_FILENO && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) {
        (void)close(fd);
    }
}

/* As getdents64(2) gives it. */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* Names in /proc/self/fd are numbers, but for "." and "..", which read as 0. */
static int number_of(const char *name)
{
    int number = 0;
    for (; *name >= '0' && *name <= '9'; name++) {
        number = number * 10 + (*name - '0');
    }
    return number;
}

/* Entries stay where they are when others are closed meanwhile. Returns whether the list was whole: it has itself in it. */
static bool close_listed(int listing)
{
    _Alignas(struct directory_entry) char entries[LISTING_BYTES];
    bool found = false;
    long n;
    while ((n = syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0) {
        for (long at = 0; at < n;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            int fd = number_of(entry->name);
            found = found || fd == listing;
            close_if_inherited(fd);
            at += entry->length;
        }
    }
    return n == 0 && found;
}

/* How far up they go is nobody's choice: whoever started us may have given any number. */
static void close_inherited(void)
{
    int listing = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool complete = listing >= 0 && close_listed(listing);
    if (listing >= 0) {
        (void)close(listing);
    }
    struct rlimit limit = {.rlim_cur = UNLISTED_FDS_MAX};
    if (!complete) {
        (void)getrlimit(RLIMIT_NOFILE, &limit);
        for (rlim_t fd = 0; fd < limit.rlim_cur && fd < UNLISTED_FDS_MAX; fd++) {
            close_if_inherited((int)fd);
        }
    }
}

/* A reader of the main process's output must see its end when the main process ends, not when we do. The terminal stays:
 * it has to be taken back, or given when a shell puts us into the foreground later. */
static void let_go(const struct main_process *m)
{
    close_inherited();
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd >= 0) {
        if (!m->terminal) {
            (void)dup2(null_fd, STDIN_FILENO);
        }
        (void)dup2(null_fd, STDOUT_FILENO);
        (void)close(null_fd);
    }
    (void)!chdir("/");
    footprint_shrink();
}

static bool is_variable(const char *entry, const char *name)
{
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/*
 * Sockets that were passed to us, sd_listen_fds(3), are meant for the process of that number: for the main process then.
 * Returns its environment; @pid_text is where in it the number goes. LISTEN_PIDFDID says the same again and may be missing.
 */
static char *const *pass_sockets_on(char *const *envp, char **pid_text)
{
    int64_t number;
    const char *pid = environment_get(envp, LISTEN_PID);
    if (pid == NULL || text_parse_int(pid, &number) != 0 || number != getpid()) {
        return envp;
    }
    size_t count = 0;
    while (envp[count] != NULL) {
        count++;
    }
    struct arena arena;
    arena_init(&arena);
    char **own = arena_alloc(&arena, count + 1, sizeof *own);
    for (size_t used = 0, i = 0; i < count; i++) {
        if (is_variable(envp[i], LISTEN_PID)) {
            own[used] = arena_alloc(&arena, sizeof LISTEN_PID + SPAWN_PID_TEXT, 1);
            memcpy(own[used], LISTEN_PID "=", sizeof LISTEN_PID);
            *pid_text = own[used++] + sizeof LISTEN_PID;
        } else if (!is_variable(envp[i], "LISTEN_PIDFDID")) {
            own[used++] = envp[i];
        }
    }
    return own;
}

int main_process_start(struct main_process *m, char *const *argv, char *const *envp,
                       const struct inherited_signals *signals, struct err *e)
{
    int exec_errno;
    char *pid_text = NULL;
    char *const *own_envp = pass_sockets_on(envp, &pid_text);
    m->terminal = !m->options->session && tcgetpgrp(STDIN_FILENO) >= 0;
    m->foreground = m->terminal && have_terminal();
    m->given_terminal = m->options->session ? give_terminal_up() : MAIN_TERMINAL_KEPT;
    const struct spawn_spec spec = {
        .argv = argv,
        .envp = own_envp,
        .pid_text = pid_text,
        .directory = m->options->directory,
        .output_fd = -1,
        .channel_fd = -1,
        .given_fds = m->given_fds,
        .given_count = m->given_count,
        .signals = *signals,
        .keep_stdin = true,
        .keep_fds = true,
        .session = m->options->session,
        .foreground = m->foreground,
        .privilege = m->privilege,
    };
    pid_t pid = spawn(&spec, &exec_errno, e);
    if (pid < 0) {
        m->exit_code = spawn_exit_code(exec_errno);
        take_terminal_back(m); /* what failed to start had it already */
        return -1;
    }
    m->pid = pid;
    m->pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* not reaped yet, so the number is its own */
    m->started = true;
    let_go(m);
    return 0;
}

static void send(const struct main_process *m, int number)
{
    if (m->pid <= 1) {
        return;
    }
    if (m->options->group && kill(-m->pid, number) == 0) {
        return;
    }
    if (m->pidfd < 0 || syscall(SYS_pidfd_send_signal, m->pidfd, number, NULL, 0) != 0) {
        (void)kill(m->pid, number); /* not reaped yet, so the number is its own all the same */
    }
}

static void forward(struct main_process *m, int number, uint64_t now_us)
{
    uint8_t instead = m->options->rewrite[number];
    if (instead == SIGNAL_DROPPED) {
        return;
    }
    send(m, instead == SIGNAL_AS_IT_IS ? number : instead);
    if (number == SIGTERM && m->options->kill_after_us > 0 && m->kill_at_us == CLOCK_NEVER) {
        m->kill_at_us = now_us + m->options->kill_after_us;
    }
}

/* After a stop, a shell has put us into the foreground or the background: follow it. */
static void resume(struct main_process *m)
{
    if (have_terminal()) {
        m->foreground = true;
        (void)tcsetpgrp(STDIN_FILENO, m->pid);
    }
    if (kill(-m->pid, SIGCONT) != 0) {
        send(m, SIGCONT); /* it has left its group */
    }
}

void main_process_signal(struct main_process *m, int number, uint64_t now_us)
{
    if (m->pid <= 1) {
        return;
    }
    if (number == SIGCONT && m->terminal) {
        resume(m);
    } else if (number == SIGTERM && m->options->drain_us > 0 && m->drain_at_us == CLOCK_NEVER) {
        m->drain_at_us = now_us + m->options->drain_us;
    } else {
        forward(m, number, now_us);
    }
}

void main_process_tell(struct main_process *m, int number)
{
    send(m, number);
}

void main_process_stop(struct main_process *m, uint64_t grace_us, uint64_t now_us)
{
    if (now_us + grace_us < m->kill_at_us) {
        m->kill_at_us = now_us + grace_us;
    }
    m->drain_at_us = CLOCK_NEVER - 1; /* it has its signal with the next line */
    forward(m, SIGTERM, now_us);
}

void main_process_timer(struct main_process *m, uint64_t now_us)
{
    if (now_us >= m->drain_at_us) {
        m->drain_at_us = CLOCK_NEVER - 1; /* done; a second TERM is not delayed */
        forward(m, SIGTERM, now_us);
    }
    if (now_us >= m->kill_at_us) {
        m->kill_at_us = CLOCK_NEVER;
        send(m, SIGKILL);
    }
}

uint64_t main_process_wake(const struct main_process *m)
{
    if (m->pid == 0) {
        return CLOCK_NEVER;
    }
    uint64_t drain = m->drain_at_us == CLOCK_NEVER - 1 ? CLOCK_NEVER : m->drain_at_us;
    return drain < m->kill_at_us ? drain : m->kill_at_us;
}

bool main_process_continued(void)
{
    signal_mask pending = 0;
    return syscall(SYS_rt_sigpending, &pending, sizeof pending) == 0 && (pending & SIGNAL_BIT(SIGCONT)) != 0;
}

/* The leader of a session is in an orphaned group: that signal would not stop it, and could only erase others. */
static void stop_group(void)
{
    if (getsid(0) != getpid() && !main_process_continued()) {
        signals_stop_group();
    }
}

/* Ctrl-Z reached the main process, which has the terminal; the shell that waits for us must see us stop as well. */
static void stop_with_it(struct main_process *m, int number)
{
    if (!m->terminal) {
        return;
    }
    if ((number == SIGTTIN || number == SIGTTOU) && have_terminal()) {
        resume(m); /* a shell has put us into the foreground without a word: we were running */
        return;
    }
    take_terminal_back(m);
    stop_group();
    if (number == SIGTSTP) {
        resume(m); /* the shell went on with us; or there is none, and nobody else would ever continue it */
    }
}

void main_process_reaped(struct main_process *m, int wait_status)
{
    if (WIFSTOPPED(wait_status)) {
        stop_with_it(m, WSTOPSIG(wait_status));
        return;
    }
    m->ended = true;
    m->pid = 0;
    if (m->pidfd >= 0) {
        (void)close(m->pidfd);
        m->pidfd = -1;
    }
    take_terminal_back(m);
    m->exit_code = WIFSIGNALED(wait_status) ? EXIT_SIGNAL_BASE + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    if (m->options->remapped[m->exit_code & 0xff]) {
        m->exit_code = m->options->remap[m->exit_code & 0xff];
    }
}
