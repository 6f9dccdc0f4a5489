#include "init/core/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "init/base/fdio.h"
#include "init/base/text.h"

/* passwd(5) has seven, group(5) four. */
#define FIELDS_MAX 7
#define FIELD_NAME 0
#define FIELD_ID 2
#define FIELD_GID 3
#define FIELD_HOME 5
#define FIELD_MEMBERS 3

/* For a near miss; further names are not looked at. */
#define NAMES_MAX 256

/* (uid_t)-1 and (gid_t)-1 mean "leave as it is" to the kernel. */
#define ID_MAX 4294967294

struct file {
    char *at;
    char *end;
    bool missing;
};

struct row {
    char *field[FIELDS_MAX];
    size_t count;
    uint32_t id;
};

struct names {
    const char *items[NAMES_MAX];
    size_t count;
};

static int parse_id(const char *text, uint32_t *out)
{
    int64_t number;
    if (text_parse_int(text, &number) != 0 || number < 0 || number > ID_MAX) {
        return -1;
    }
    *out = (uint32_t)number;
    return 0;
}

static int open_file(struct file *f, const char *path, struct arena *a, struct err *e)
{
    size_t len = 0;
    char *text = arena_alloc(a, ACCOUNT_FILE_MAX + 1, 1);
    struct err failed;
    f->missing = false;
    if (file_read(AT_FDCWD, path, text, ACCOUNT_FILE_MAX + 1, &len, &failed) != 0) {
        if (failed.sys != ENOENT) {
            *e = failed;
            return -1;
        }
        f->missing = true; /* as in an image "from scratch" */
    }
    f->at = text;
    f->end = text + len;
    return 0;
}

/* Cuts the next row with a name and a number into its fields, in place. */
static bool next_row(struct file *f, struct row *r)
{
    while (f->at < f->end) {
        char *rest = f->at;
        char *newline = memchr(rest, '\n', (size_t)(f->end - rest));
        char *end = newline == NULL ? f->end : newline;
        *end = '\0';
        f->at = end + 1;
        for (r->count = 0; rest != NULL && r->count < FIELDS_MAX;) {
            r->field[r->count++] = rest;
            char *colon = strchr(rest, ':');
            if (colon != NULL) {
                *colon++ = '\0';
            }
            rest = colon;
        }
        if (r->count > FIELD_GID && r->field[FIELD_NAME][0] != '\0' && parse_id(r->field[FIELD_ID], &r->id) == 0) {
            return true;
        }
    }
    return false;
}

static void remember(struct names *n, const char *name)
{
    if (n->count < NAMES_MAX) {
        n->items[n->count++] = name;
    }
}

static const char *name_at(const void *ctx, size_t i)
{
    const struct names *n = ctx;
    return n->items[i];
}

/* @kind is "user" or "group". */
static int unknown(const char *kind, const char *name, const char *path, bool missing, const struct names *n,
                   struct err *e)
{
    if (missing) {
        return err_set(e, ERR_USAGE, 0, "%s %s: there is no %s; give a number", kind, name, path);
    }
    const char *near = text_nearest(name, name_at, n, n->count);
    if (near != NULL) {
        return err_set(e, ERR_USAGE, 0, "%s %s: not in %s; did you mean %s?", kind, name, path, near);
    }
    return err_set(e, ERR_USAGE, 0, "%s %s: not in %s; give a name from there, or a number", kind, name, path);
}

static bool whole_user(const struct row *r, struct account *out)
{
    uint32_t gid;
    if (parse_id(r->field[FIELD_GID], &gid) != 0) {
        return false;
    }
    const char *home = r->count > FIELD_HOME ? r->field[FIELD_HOME] : "";
    *out =
        (struct account){.uid = r->id, .gid = gid, .name = r->field[FIELD_NAME], .home = *home == '\0' ? NULL : home};
    return true;
}

int accounts_user(const char *path, const char *user, struct arena *a, struct account *out, struct err *e)
{
    struct file f;
    if (open_file(&f, path, a, e) != 0) {
        return err_wrap(e, "user %s", user);
    }
    uint32_t number = 0;
    bool numeric = parse_id(user, &number) == 0;
    struct account by_number = {.uid = number};
    struct names names = {.count = 0};
    struct row r;
    while (next_row(&f, &r)) {
        struct account found;
        if (!whole_user(&r, &found)) {
            continue;
        }
        if (strcmp(found.name, user) == 0) {
            *out = found;
            return 0;
        }
        if (numeric && found.uid == number && by_number.name == NULL) {
            by_number = found;
        }
        remember(&names, found.name);
    }
    if (!numeric) {
        return unknown("user", user, path, f.missing, &names, e);
    }
    *out = by_number;
    return 0;
}

int accounts_group(const char *path, const char *group, struct arena *a, gid_t *out, struct err *e)
{
    struct file f;
    if (open_file(&f, path, a, e) != 0) {
        return err_wrap(e, "group %s", group);
    }
    struct names names = {.count = 0};
    struct row r;
    while (next_row(&f, &r)) {
        if (strcmp(r.field[FIELD_NAME], group) == 0) {
            *out = r.id;
            return 0;
        }
        remember(&names, r.field[FIELD_NAME]);
    }
    uint32_t number;
    if (parse_id(group, &number) != 0) {
        return unknown("group", group, path, f.missing, &names, e);
    }
    *out = number;
    return 0;
}

static bool lists(const char *members, const char *user)
{
    size_t len = strlen(user);
    for (const char *at = members; at != NULL;) {
        if (strncmp(at, user, len) == 0 && (at[len] == '\0' || at[len] == ',')) {
            return true;
        }
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return false;
}

int accounts_groups_of(const char *path, const char *user, struct arena *a, gid_t *out, size_t max, size_t *count,
                       struct err *e)
{
    struct file f;
    if (open_file(&f, path, a, e) != 0) {
        return err_wrap(e, "groups of %s", user);
    }
    size_t n = 0;
    struct row r;
    while (next_row(&f, &r)) {
        if (!lists(r.field[FIELD_MEMBERS], user)) {
            continue;
        }
        if (n == max) {
            return err_set(e, ERR_LIMIT, 0, "groups of %s: more than %zu in %s", user, max, path);
        }
        out[n++] = r.id;
    }
    *count = n;
    return 0;
}
