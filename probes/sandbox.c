#include "probes/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "build/gen/prober_filter.h"
#include "init/base/log.h"

/* "nobody" and "nogroup" wherever user ids have names, and the kernel's overflow id (proc(5), overflowuid). */
#define NOBODY 65534

/* One socket for each of TARGETS_MAX targets, with room for names that resolve; whatever is beyond it waits. */
#define DESCRIPTORS_MAX 65536

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

/* The kernel's answer: 0, or an errno. The table of system calls, with a reason for each, is in build-aux/gen-filter.c. */
static int load_filter(void)
{
    const struct sock_fprog program = {
        .len = sizeof(prober_filter) / sizeof(prober_filter[0]),
        .filter = (struct sock_filter *)(uintptr_t)prober_filter}; /* the kernel only reads it */
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
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
    int error = load_filter();
    if (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP) {
        log_line(LOG_NOTICE, "this kernel has no seccomp filters: the prober runs without one");
        return 0;
    }
    return error == 0 ? 0 : err_set(e, ERR_SYS, error, "cannot install the prober's system call filter");
}
