#include "init/core/privilege.h"

#include <string.h>
#include <unistd.h>

#include "init/base/arena.h"
#include "init/base/text.h"
#include "init/core/accounts.h"
#include "init/core/capability.h"

#define LIMIT_TEXT_MAX 64

static const struct {
    const char *name;
    int resource;
} limits[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};
#define LIMITS (sizeof limits / sizeof limits[0])
_Static_assert(LIMITS <= PRIVILEGE_LIMITS_MAX, "a request has room for every resource");

static const char *limit_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return limits[i].name;
}

static int parse_limit_value(const char *text, rlim_t *out)
{
    int64_t number;
    if (strcmp(text, "unlimited") == 0) {
        *out = RLIM_INFINITY;
        return 0;
    }
    if (text_parse_int(text, &number) != 0 || number < 0) {
        return -1;
    }
    *out = (rlim_t)number;
    return 0;
}

/* "soft:hard", or one for both. */
static int parse_limit_values(char *text, struct rlimit *out)
{
    char *hard = strchr(text, ':');
    if (hard != NULL) {
        *hard++ = '\0';
    }
    if (parse_limit_value(text, &out->rlim_cur) != 0 ||
        parse_limit_value(hard != NULL ? hard : text, &out->rlim_max) != 0) {
        return -1;
    }
    return 0;
}

static int find_limit(const char *name, const char *text, int *resource, struct err *e)
{
    for (size_t i = 0; i < LIMITS; i++) {
        if (strcmp(limits[i].name, name) == 0) {
            *resource = limits[i].resource;
            return 0;
        }
    }
    const char *near = text_nearest(name, limit_name_at, NULL, LIMITS);
    if (near != NULL) {
        return err_set(e, ERR_USAGE, 0, "limit %s: there is no %s; did you mean %s?", text, name, near);
    }
    return err_set(e, ERR_USAGE, 0, "limit %s: there is no %s; the names are those of ulimit: nofile, nproc, core, ...",
                   text, name);
}

static void put_limit(struct privilege_request *r, struct privilege_limit limit)
{
    size_t i = 0;
    while (i < r->limit_count && r->limits[i].resource != limit.resource) {
        i++;
    }
    r->limits[i] = limit;
    if (i == r->limit_count) {
        r->limit_count++;
    }
}

int privilege_parse_limit(const char *text, struct privilege_request *r, struct err *e)
{
    char copy[LIMIT_TEXT_MAX];
    size_t len = strlen(text);
    char *equals = NULL;
    if (len < sizeof copy) {
        memcpy(copy, text, len + 1);
        equals = strchr(copy, '=');
    }
    if (equals == NULL) {
        return err_set(e, ERR_USAGE, 0, "limit %s: write like nofile=1024 or nofile=1024:4096", text);
    }
    *equals = '\0';
    struct privilege_limit limit;
    if (find_limit(copy, text, &limit.resource, e) != 0) {
        return -1;
    }
    if (parse_limit_values(equals + 1, &limit.value) != 0) {
        return err_set(e, ERR_USAGE, 0, "limit %s: not a number, soft:hard, or unlimited", text);
    }
    if (limit.value.rlim_cur > limit.value.rlim_max) {
        return err_set(e, ERR_USAGE, 0, "limit %s: the soft limit is above the hard one", text);
    }
    put_limit(r, limit);
    return 0;
}

static int add_group(struct privilege *p, gid_t gid, struct err *e)
{
    for (size_t i = 0; i < p->group_count; i++) {
        if (p->groups[i] == gid) {
            return 0;
        }
    }
    if (p->group_count == PRIVILEGE_GROUPS_MAX) {
        return err_set(e, ERR_LIMIT, 0, "groups: more than %d", PRIVILEGE_GROUPS_MAX);
    }
    p->groups[p->group_count++] = gid;
    return 0;
}

/* --groups: exactly these. */
static int prepare_groups(const char *list, const char *path, struct arena *a, struct privilege *p, struct err *e)
{
    p->group_count = 0;
    for (const char *at = list[0] == '\0' ? NULL : list; at != NULL;) {
        size_t len = strcspn(at, ",");
        if (len == 0) {
            return err_set(e, ERR_USAGE, 0, "groups %s: a name is missing; write like adm,1000", list);
        }
        gid_t gid = 0;
        if (accounts_group(path, arena_strndup(a, at, len), a, &gid, e) != 0 || add_group(p, gid, e) != 0) {
            return -1;
        }
        at = at[len] == '\0' ? NULL : at + len + 1;
    }
    return 0;
}

static int groups_of_user(const char *user, const char *path, struct arena *a, struct privilege *p, struct err *e)
{
    gid_t groups[PRIVILEGE_GROUPS_MAX];
    size_t count = 0;
    if (accounts_groups_of(path, user, a, groups, PRIVILEGE_GROUPS_MAX, &count, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (add_group(p, groups[i], e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int prepare_user(const struct privilege_request *r, const struct privilege_files *files, struct arena *a,
                        struct privilege *p, struct err *e)
{
    size_t len = strcspn(r->user, ":");
    const char *group = r->user[len] == '\0' ? NULL : r->user + len + 1;
    if ((len == 0 && group == NULL) || (group != NULL && (group[0] == '\0' || strchr(group, ':') != NULL))) {
        return err_set(e, ERR_USAGE, 0, "user \"%s\": write like app, 1000, app:staff, 1000:1000 or :staff", r->user);
    }
    struct account account = {.uid = p->uid};
    if (len > 0 && accounts_user(files->passwd, arena_strndup(a, r->user, len), a, &account, e) != 0) {
        return -1;
    }
    if (group != NULL && accounts_group(files->group, group, a, &account.gid, e) != 0) {
        return -1;
    }
    p->uid = account.uid;
    p->gid = account.gid;
    p->home = account.home;
    if (r->groups != NULL) {
        return 0;
    }
    if (add_group(p, p->gid, e) != 0) {
        return -1;
    }
    if (group != NULL || account.name == NULL) {
        return 0;
    }
    return groups_of_user(account.name, files->group, a, p, e);
}

static int prepare_ids(const struct privilege_request *r, const struct privilege_files *files, struct arena *a,
                       struct privilege *p, struct err *e)
{
    if (r->user == NULL && r->groups == NULL) {
        return 0;
    }
    p->set_ids = true;
    p->uid = geteuid();
    p->gid = getegid();
    if (r->user != NULL && prepare_user(r, files, a, p, e) != 0) {
        return -1;
    }
    return r->groups == NULL ? 0 : prepare_groups(r->groups, files->group, a, p, e);
}

static int prepare_caps(const struct privilege_request *r, struct privilege *p, struct err *e)
{
    uint64_t drop = 0;
    uint64_t add = 0;
    if (r->cap_drop != NULL && capability_parse(r->cap_drop, &drop, e) != 0) {
        return -1;
    }
    if (r->cap_add != NULL && capability_parse(r->cap_add, &add, e) != 0) {
        return -1;
    }
    bool drop_all = drop == CAPABILITY_ALL;
    bool add_all = add == CAPABILITY_ALL;
    uint64_t both = drop & add;
    if (both != 0 && drop_all == add_all) {
        const char *name = drop_all ? "all" : capability_name((unsigned)__builtin_ctzll(both));
        return err_set(e, ERR_USAGE, 0, "capability %s: both dropped and added; leave one out", name);
    }
    p->set_caps = drop != 0 || add != 0;
    p->dropped = drop_all ? drop & ~add : drop;
    p->kept = add_all ? add & ~drop : add;
    p->kept_all = add_all;
    return 0;
}

int privilege_prepare_from(const struct privilege_request *r, const struct privilege_files *files, struct arena *a,
                           struct privilege *out, struct err *e)
{
    struct privilege p = {
        .no_new_privs = r->no_new_privs,
        .has_umask = r->has_umask,
        .umask = r->umask,
        .limit_count = r->limit_count,
    };
    memcpy(p.limits, r->limits, sizeof p.limits);
    if (prepare_ids(r, files, a, &p, e) != 0 || prepare_caps(r, &p, e) != 0) {
        return -1;
    }
    *out = p;
    return 0;
}

int privilege_prepare(const struct privilege_request *r, struct arena *a, struct privilege *out, struct err *e)
{
    static const struct privilege_files files = {.passwd = "/etc/passwd", .group = "/etc/group"};
    return privilege_prepare_from(r, &files, a, out, e);
}
