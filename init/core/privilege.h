/*
 * privilege - what the main process may do: user, groups, capabilities, limits.
 *
 * Everything that needs files or memory is looked up beforehand (privilege_prepare); what is left for the child between
 * clone(2) and execve(2) is system calls only.
 */
#ifndef MUSTER_CORE_PRIVILEGE_H
#define MUSTER_CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "init/base/err.h"

/* The kernel's NGROUPS_MAX is 65536; images have a handful. */
#define PRIVILEGE_GROUPS_MAX 64

struct privilege_limit {
    int resource;
    struct rlimit value;
};

#define PRIVILEGE_LIMITS_MAX 16

/* As asked for on the command line; all texts borrowed. Zeroed = leave everything as it is. */
struct privilege_request {
    const char *user;     /* name|uid[:group|gid], :group */
    const char *groups;   /* name|gid,... instead of those the user has in /etc/group; "" = none */
    const char *cap_drop; /* "all" or NAME,... */
    const char *cap_add;  /* "all" or NAME,...: kept (or raised) although dropped by "all" or by the change of user */
    bool no_new_privs;
    bool has_umask;
    mode_t umask;
    struct privilege_limit limits[PRIVILEGE_LIMITS_MAX];
    size_t limit_count;
};

/* Ready to apply; plain values. */
struct privilege {
    bool set_ids;
    uid_t uid;
    gid_t gid;
    gid_t groups[PRIVILEGE_GROUPS_MAX];
    size_t group_count;
    bool set_caps;    /* dropped or kept is not empty */
    uint64_t dropped; /* bit n = capability n: taken out of every set, the bounding set too if it matters */
    uint64_t kept;    /* survives the change of user and exec */
    bool kept_all;    /* "all": of kept, only what we have */
    bool no_new_privs;
    bool has_umask;
    mode_t umask;
    struct privilege_limit limits[PRIVILEGE_LIMITS_MAX];
    size_t limit_count;
    const char *home; /* of the user, from /etc/passwd, or NULL; borrowed from the request's arena */
};

/* Where users and groups are looked up. */
struct privilege_files {
    const char *passwd;
    const char *group;
};

/* In the order in which they are applied. */
enum privilege_step {
    PRIVILEGE_DONE,
    PRIVILEGE_LIMITS,
    PRIVILEGE_BOUNDING,
    PRIVILEGE_GROUPS,
    PRIVILEGE_GID,
    PRIVILEGE_UID,
    PRIVILEGE_CAPABILITIES,
    PRIVILEGE_NO_NEW_PRIVS,
    PRIVILEGE_VERIFY,
};

struct arena;

/*
 * privilege_parse_limit - "nofile=1024" or "nofile=1024:4096" (soft:hard), "unlimited" for no limit.
 *
 * Names and units are those of getrlimit(2) and `docker run --ulimit`. The last one for a resource counts.
 * Returns 0, or -1 with ERR_USAGE; @r is then untouched.
 */
int privilege_parse_limit(const char *text, struct privilege_request *r, struct err *e);

/*
 * privilege_prepare - look names up in /etc/passwd and /etc/group (files only, no NSS), capabilities in a table.
 *
 * user          the user, its group, all groups that list it
 * user:group    the user and that group alone
 * uid           likewise by number; one that /etc/passwd does not know gets gid 0 and no other group
 * :group        our user, that group alone
 *
 * The user's own group is always one of the supplementary groups, as after login(1), unless --groups says which there
 * are. These are the rules of `docker run --user`, gosu(1) and su-exec(1). Reads no file if none is needed.
 *
 * Returns 0, or -1 with @out untouched: ERR_USAGE (which name is unknown and where it was looked for), ERR_LIMIT (too
 * many groups), ERR_SYS (a file).
 */
int privilege_prepare(const struct privilege_request *r, struct arena *a, struct privilege *out, struct err *e);

/*
 * privilege_prepare_from - likewise, with other files.
 */
int privilege_prepare_from(const struct privilege_request *r, const struct privilege_files *files, struct arena *a,
                           struct privilege *out, struct err *e);

/*
 * privilege_apply - in the child, just before exec: limits, bounding set, groups, gid, uid, capability sets, no_new_privs,
 * umask, in that order; then make sure that uid 0 cannot be got back.
 *
 * What is so already is not done again: asking for the user we are works without any privilege. A change to a user other
 * than root leaves no capability but those kept.
 *
 * What the process does not have and cannot get needs no dropping: only with CAP_SETPCAP can something be taken out of the
 * bounding set, but under no_new_privs (asked for or inherited) exec gives nothing that was not permitted before, to
 * root neither. There the bounding set may stay as it is, and any user may drop all capabilities; without it a program
 * with file capabilities or set-user-ID could bring them back, so PRIVILEGE_BOUNDING fails with EPERM.
 *
 * Returns 0, or minus the privilege_step that failed, with errno. System calls only: safe in a process that shares its
 * parent's memory. May leave a part applied; the caller must not go on then.
 */
int privilege_apply(const struct privilege *p);

/*
 * privilege_step_text - what a step does, to follow "cannot": "set the user". @result is that of privilege_apply().
 */
const char *privilege_step_text(int result);

#endif
