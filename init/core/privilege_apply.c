#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/core/capability.h"
#include "init/core/privilege.h"

/*
 * Raw system calls: a C library's setuid(2) and its like carry the change to every thread of the process, with signals
 * and locks, and this runs in memory that is lent. On older 32-bit machines the plain names take 16-bit numbers.
 */
#ifdef SYS_setresuid32
#define CALL_SETRESUID SYS_setresuid32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETGROUPS SYS_setgroups32
#define CALL_GETRESUID SYS_getresuid32
#define CALL_GETRESGID SYS_getresgid32
#define CALL_GETGROUPS SYS_getgroups32
#else
#define CALL_SETRESUID SYS_setresuid
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETGROUPS SYS_setgroups
#define CALL_GETRESUID SYS_getresuid
#define CALL_GETRESGID SYS_getresgid
#define CALL_GETGROUPS SYS_getgroups
#endif

#define SAME ((uid_t)-1)
#define ROOT 0U

/* prlimit64(2) takes two numbers of 64 bits; so does musl everywhere. */
_Static_assert(sizeof(struct rlimit) == 2 * sizeof(uint64_t), "struct rlimit is the kernel's struct rlimit64");

const char *privilege_step_text(int result)
{
    static const char *const texts[] = {
        [PRIVILEGE_DONE] = "do nothing",
        [PRIVILEGE_LIMITS] = "set the limits",
        [PRIVILEGE_BOUNDING] = "take capabilities out of the bounding set (without CAP_SETPCAP, add --no-new-privs)",
        [PRIVILEGE_GROUPS] = "set the supplementary groups",
        [PRIVILEGE_GID] = "set the group",
        [PRIVILEGE_UID] = "set the user",
        [PRIVILEGE_CAPABILITIES] = "set the capabilities",
        [PRIVILEGE_NO_NEW_PRIVS] = "set no_new_privs",
        [PRIVILEGE_VERIFY] = "make sure that the old privileges are gone",
    };
    const int count = (int)(sizeof texts / sizeof texts[0]);
    return result <= 0 && result > -count ? texts[-result] : "change privileges";
}

static int apply_limits(const struct privilege *p)
{
    for (size_t i = 0; i < p->limit_count; i++) {
        const struct privilege_limit *limit = &p->limits[i];
        if (syscall(SYS_prlimit64, 0L, (long)limit->resource, &limit->value, NULL) != 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * The bounding set limits what exec can give. Where no_new_privs holds, exec gives nothing that is not permitted before,
 * so what cannot be taken out of it for want of CAP_SETPCAP cannot be had either.
 */
static int apply_bounding(const struct privilege *p)
{
    if (p->dropped == 0 || capability_unbound(p->dropped) == 0) {
        return 0;
    }
    int error = errno;
    if (error == EPERM && (p->no_new_privs || prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == 1)) {
        return 0;
    }
    errno = error;
    return -1;
}

static bool has_group(const gid_t *groups, size_t count, gid_t gid)
{
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == gid) {
            return true;
        }
    }
    return false;
}

/* The kernel sorts them. Our own group makes no difference: it counts whether it is listed or not. */
static bool groups_are_right(const struct privilege *p)
{
    gid_t now[PRIVILEGE_GROUPS_MAX];
    long n = syscall(CALL_GETGROUPS, (long)PRIVILEGE_GROUPS_MAX, now);
    if (n < 0) {
        return false;
    }
    size_t count = (size_t)n;
    for (size_t i = 0; i < count; i++) {
        if (now[i] != p->gid && !has_group(p->groups, p->group_count, now[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < p->group_count; i++) {
        if (p->groups[i] != p->gid && !has_group(now, count, p->groups[i])) {
            return false;
        }
    }
    return true;
}

static bool uid_is_right(const struct privilege *p)
{
    uid_t real;
    uid_t effective;
    uid_t saved;
    return syscall(CALL_GETRESUID, &real, &effective, &saved) == 0 && real == p->uid && effective == p->uid &&
           saved == p->uid;
}

static bool gid_is_right(const struct privilege *p)
{
    gid_t real;
    gid_t effective;
    gid_t saved;
    return syscall(CALL_GETRESGID, &real, &effective, &saved) == 0 && real == p->gid && effective == p->gid &&
           saved == p->gid;
}

/* Without the right to set groups, those that are set will do if they are the same. */
static int apply_groups(const struct privilege *p)
{
    if (syscall(CALL_SETGROUPS, (long)p->group_count, p->groups) == 0) {
        return 0;
    }
    int error = errno;
    if (error == EPERM && gid_is_right(p) && groups_are_right(p)) {
        return 0;
    }
    errno = error;
    return -1;
}

static int apply_gid(const struct privilege *p)
{
    return gid_is_right(p) ? 0 : (int)syscall(CALL_SETRESGID, p->gid, p->gid, p->gid);
}

/* KEEPCAPS: what is kept stays permitted; exec takes the flag away again. */
static int apply_uid(const struct privilege *p)
{
    if (p->kept != 0 && prctl(PR_SET_KEEPCAPS, 1UL, 0UL, 0UL, 0UL) != 0) {
        return -1;
    }
    return (int)syscall(CALL_SETRESUID, p->uid, p->uid, p->uid);
}

/*
 * A root process gets back at exec whatever the bounding set has; for another user only what is inheritable and
 * ambient survives.
 */
static int apply_capabilities(const struct privilege *p, bool new_user)
{
    struct capability_sets sets;
    if (capability_get(&sets) != 0) {
        return -1;
    }
    bool root = syscall(SYS_geteuid) == ROOT;
    uint64_t kept = p->kept_all ? p->kept & sets.permitted : p->kept;
    uint64_t stays = new_user && !root ? 0 : ~p->dropped;
    sets.permitted = (sets.permitted & stays) | kept;
    sets.effective = sets.permitted;
    sets.inheritable = (sets.inheritable & stays) | (root ? 0 : kept);
    if (capability_set(&sets) != 0) {
        return -1;
    }
    return root ? 0 : capability_make_ambient(kept);
}

static int verify(const struct privilege *p, bool new_user)
{
    if (!uid_is_right(p) || !gid_is_right(p) || !groups_are_right(p)) {
        errno = EPERM;
        return -1;
    }
    if (p->uid == ROOT || !new_user) {
        return 0;
    }
    bool may_set_uid = (p->kept & CAPABILITY_BIT(CAP_SETUID)) != 0;
    bool may_set_gid = (p->kept & CAPABILITY_BIT(CAP_SETGID)) != 0;
    if ((!may_set_uid && syscall(CALL_SETRESUID, SAME, ROOT, SAME) == 0) ||
        (!may_set_gid && p->gid != ROOT && syscall(CALL_SETRESGID, SAME, ROOT, SAME) == 0)) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

static int apply_ids(const struct privilege *p, bool new_user)
{
    if (apply_groups(p) != 0) {
        return -PRIVILEGE_GROUPS;
    }
    if (apply_gid(p) != 0) {
        return -PRIVILEGE_GID;
    }
    if (new_user && apply_uid(p) != 0) {
        return -PRIVILEGE_UID;
    }
    return 0;
}

int privilege_apply(const struct privilege *p)
{
    bool new_user = p->set_ids && !uid_is_right(p);
    if (apply_limits(p) != 0) {
        return -PRIVILEGE_LIMITS;
    }
    if (apply_bounding(p) != 0) {
        return -PRIVILEGE_BOUNDING;
    }
    int result = p->set_ids ? apply_ids(p, new_user) : 0;
    if (result != 0) {
        return result;
    }
    if ((p->set_caps || new_user) && apply_capabilities(p, new_user) != 0) {
        return -PRIVILEGE_CAPABILITIES;
    }
    if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) {
        return -PRIVILEGE_NO_NEW_PRIVS;
    }
    if (p->has_umask) {
        (void)syscall(SYS_umask, (long)p->umask);
    }
    return p->set_ids && verify(p, new_user) != 0 ? -PRIVILEGE_VERIFY : 0;
}
