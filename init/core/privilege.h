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
    const char *user;     /* name|uid[:group|gid] */
    const char *groups;   /* name|gid,... instead of those the user has in /etc/group */
    const char *cap_drop; /* "all" or NAME,... */
    const char *cap_add;  /* NAME,...: kept (or raised) although dropped by "all" or by the change of user */
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
    bool set_caps;
    uint64_t caps; /* bit n = capability n: what is left in every set */
    bool no_new_privs;
    bool has_umask;
    mode_t umask;
    struct privilege_limit limits[PRIVILEGE_LIMITS_MAX];
    size_t limit_count;
    const char *home; /* of the user, from /etc/passwd, or NULL; borrowed from the request's arena */
};

struct arena;

/*
 * privilege_parse_limit - "nofile=1024" or "nofile=1024:4096", "unlimited" for no limit. Returns 0, or -1 with ERR_USAGE.
 */
int privilege_parse_limit(const char *text, struct privilege_request *r, struct err *e);

/*
 * privilege_prepare - look names up in /etc/passwd and /etc/group (files only, no NSS), capabilities in a table.
 *
 * Returns 0, or -1 with ERR_USAGE: which name is unknown and where it was looked for.
 */
int privilege_prepare(const struct privilege_request *r, struct arena *a, struct privilege *out, struct err *e);

/*
 * privilege_apply - in the child, just before exec: limits, bounding set, groups, gid, uid, capability sets, no_new_privs,
 * umask, in that order; then make sure that uid 0 cannot be got back.
 *
 * Returns 0, or -1 with errno. System calls only: safe in a process that shares its parent's memory.
 */
int privilege_apply(const struct privilege *p);

#endif
