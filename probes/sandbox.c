#include "probes/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "init/base/log.h"

/* "nobody" and "nogroup" wherever user ids have names, and the kernel's overflow id (proc(5), overflowuid). */
#define NOBODY 65534

/* One socket for each of TARGETS_MAX targets, with room for names that resolve; whatever is beyond it waits. */
#define DESCRIPTORS_MAX 65536

/* System calls that are allowed whatever their arguments. Measured with strace over the cases of
 * tests/e2e/test_probes.py on musl; who needs each is beside it. A call that a machine's architecture does not have is
 * skipped by libseccomp. */
static const int allowed[] = {
    SCMP_SYS(read),            /* TLS bundle, resolv.conf */
    SCMP_SYS(readv),           /* musl stdio */
    SCMP_SYS(pread64),         /* TLS bundle */
    SCMP_SYS(write),           /* log lines */
    SCMP_SYS(writev),          /* musl stdio */
    SCMP_SYS(close),           /* everybody */
    SCMP_SYS(lseek),           /* musl stdio */
    SCMP_SYS(fstat),           /* c-ares: hosts file; size of the TLS bundle */
    SCMP_SYS(stat),            /* c-ares: has the hosts file changed? */
    SCMP_SYS(newfstatat),      /* the same on newer architectures */
    SCMP_SYS(statx),           /* the same on 32-bit ones */
    SCMP_SYS(getdents64),      /* Mbed TLS: SSL_CERT_DIR */
    SCMP_SYS(connect),         /* libcurl, c-ares */
    SCMP_SYS(send),            /* libcurl */
    SCMP_SYS(sendto),          /* libcurl, c-ares, the channel */
    SCMP_SYS(recv),            /* libcurl */
    SCMP_SYS(recvfrom),        /* libcurl, c-ares */
    SCMP_SYS(recvmsg),         /* the channel */
    SCMP_SYS(shutdown),        /* libcurl */
    SCMP_SYS(getsockname),     /* libcurl: local address */
    SCMP_SYS(getpeername),     /* libcurl */
    SCMP_SYS(getsockopt),      /* libcurl: SO_ERROR after connect */
    SCMP_SYS(setsockopt),      /* libcurl: TCP_NODELAY, keep-alive */
    SCMP_SYS(epoll_wait),      /* the loop */
    SCMP_SYS(epoll_pwait),     /* the same on newer architectures */
    SCMP_SYS(epoll_ctl),       /* the loop */
    SCMP_SYS(poll),            /* libcurl */
    SCMP_SYS(ppoll),           /* the same on newer architectures */
    SCMP_SYS(ppoll_time64),    /* the same on 32-bit ones */
    SCMP_SYS(brk),             /* malloc */
    SCMP_SYS(munmap),          /* malloc */
    SCMP_SYS(mremap),          /* realloc */
    SCMP_SYS(madvise),         /* malloc */
    SCMP_SYS(clock_gettime),   /* where the vDSO has none */
    SCMP_SYS(clock_gettime64), /* the same on 32-bit architectures */
    SCMP_SYS(getrandom),       /* c-ares query ids, WebSocket keys */
    SCMP_SYS(getpid),          /* Mbed TLS, PSA's random generator */
    SCMP_SYS(uname),           /* c-ares: gethostname() for the search domain */
    SCMP_SYS(rt_sigaction),    /* libcurl: SIGPIPE */
    SCMP_SYS(restart_syscall), /* poll after SIGSTOP and SIGCONT */
    SCMP_SYS(exit),            /* the end */
    SCMP_SYS(exit_group),      /* the end */
};

/* Calls that depend on one argument. */
static const struct {
    int call;
    unsigned argument;
    enum scmp_compare op;
    uint64_t a, b; /* for SCMP_CMP_MASKED_EQ: mask, value */
} conditional[] = {
    /* Names and trust: /etc/hosts and /etc/resolv.conf are read anew for every attempt, so that a name that appears
     * while it is waited for is seen; /dev/urandom seeds TLS. Reading only. */
    {SCMP_SYS(open), 1, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SCMP_SYS(openat), 2, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SCMP_SYS(socket), 0, SCMP_CMP_EQ, AF_UNIX, 0},
    {SCMP_SYS(socket), 0, SCMP_CMP_EQ, AF_INET, 0},
    {SCMP_SYS(socket), 0, SCMP_CMP_EQ, AF_INET6, 0},
    {SCMP_SYS(mmap), 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    {SCMP_SYS(mmap2), 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    {SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_GETFD, 0},
    {SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_SETFD, 0},
    {SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_GETFL, 0},
    {SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_SETFL, 0},
    {SCMP_SYS(fcntl64), 1, SCMP_CMP_EQ, F_SETFD, 0},
    {SCMP_SYS(fcntl64), 1, SCMP_CMP_EQ, F_GETFL, 0},
    {SCMP_SYS(fcntl64), 1, SCMP_CMP_EQ, F_SETFL, 0},
    /* libcurl and c-ares make sockets non-blocking; libcurl asks how much is unsent. */
    {SCMP_SYS(ioctl), 1, SCMP_CMP_EQ, FIONBIO, 0},
    {SCMP_SYS(ioctl), 1, SCMP_CMP_EQ, SIOCOUTQ, 0},
};

/* Calls that libraries try and can do without. */
static const struct {
    int call;
    int error;
} refused[] = {
    {SCMP_SYS(prctl), EPERM}, /* musl names anonymous memory */
};

static int verify_nobody(struct err *e)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        return err_set(e, ERR_SYS, errno, "cannot read back the user id");
    for (int i = 0; i < 3; i++) {
        if (uid[i] != NOBODY || gid[i] != NOBODY)
            return err_set(e, ERR_SYS, EPERM, "cannot become user %d for good", NOBODY);
    }
    return 0;
}

static int drop_root(struct err *e)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) != 0 && errno != EPERM)
        return err_set(e, ERR_SYS, errno, "cannot give up supplementary groups");
    if (setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0)
        return verify_nobody(e);
    /* A container without CAP_SETUID, or a user namespace without this id: such a root is one in name only, and what it
     * still has goes with the capabilities. */
    if (errno == EPERM || errno == EINVAL)
        return 0;
    return err_set(e, ERR_SYS, errno, "cannot become user %d", NOBODY);
}

static int drop_capabilities(struct err *e)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0)
        return err_set(e, ERR_SYS, errno, "cannot give up capabilities");
    return 0;
}

static void set_limit(int resource, rlim_t value)
{
    struct rlimit limit = {value, value};
    setrlimit(resource, &limit);
}

static size_t limit_descriptors(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 0;
    size_t most = files.rlim_max < DESCRIPTORS_MAX ? (size_t)files.rlim_max : DESCRIPTORS_MAX;
    set_limit(RLIMIT_NOFILE, most);
    return most;
}

static void set_limits(void)
{
    /* Not RLIMIT_FSIZE: a standard error that is a file would lose its last words. */
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_NPROC, 0);
}

static int set_process_flags(struct err *e)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set(e, ERR_SYS, errno, "cannot set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_set(e, ERR_SYS, errno, "cannot stop being dumpable");
    /* After the change of user, which clears it. A parent that is dead already has closed the channel, which ends the
     * prober as well. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return err_set(e, ERR_SYS, errno, "cannot tie the prober to its parent");
    return 0;
}

static int add_rules(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(conditional) / sizeof(conditional[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, conditional[i].call, 1,
                              SCMP_CMP(conditional[i].argument, conditional[i].op, conditional[i].a, conditional[i].b));
    for (size_t i = 0; rc == 0 && i < sizeof(refused) / sizeof(refused[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)refused[i].error), refused[i].call, 0);
    return rc;
}

/* The kernel's answer: 0, or a negative errno. */
static int load_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return -ENOMEM;
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (rc == 0)
        rc = add_rules(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

int sandbox_enter(size_t *descriptors, struct err *e)
{
    *descriptors = limit_descriptors();
    if (drop_root(e) != 0 || drop_capabilities(e) != 0)
        return -1;
#ifdef MUSTER_SANITIZED
    /* The leak checker traces the process from a thread of its own, and makes many more system calls. */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return 0;
#endif
    set_limits();
    if (set_process_flags(e) != 0)
        return -1;
    int rc = load_filter();
    if (rc == -EINVAL || rc == -ENOSYS || rc == -EOPNOTSUPP) {
        log_line(LOG_NOTICE, "this kernel has no seccomp filters: the prober runs without one");
        return 0;
    }
    return rc == 0 ? 0 : err_set(e, ERR_SYS, -rc, "cannot install the prober's system call filter");
}
