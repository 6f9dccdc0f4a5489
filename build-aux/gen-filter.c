/*
 * gen-filter - the system calls that the prober may make (probes/sandbox.h), as a filter for the kernel: written to standard
 * output as a header for probes/sandbox.c. Made when muster is built, since libseccomp takes longer for it than a whole probe.
 * Compiled for the machine that muster is for, which is also the one that it is built on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

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
    SCMP_SYS(epoll_pwait2),    /* the same in microseconds */
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

static int write_header(int fd)
{
    struct sock_filter row;
    printf("/* Written by build-aux/gen-filter.c. */\nstatic const struct sock_filter prober_filter[] = {\n");
    while (read(fd, &row, sizeof(row)) == (ssize_t)sizeof(row))
        printf("    {0x%x, %u, %u, 0x%x},\n", row.code, row.jt, row.jf, row.k);
    printf("};\n");
    return fflush(stdout);
}

int main(void)
{
    FILE *program = tmpfile();
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (program == NULL || filter == NULL)
        return 1;
    if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 || add_rules(filter) != 0 ||
        seccomp_export_bpf(filter, fileno(program)) != 0 || lseek(fileno(program), 0, SEEK_SET) != 0)
        return 1;
    return write_header(fileno(program)) == 0 ? 0 : 1;
}
