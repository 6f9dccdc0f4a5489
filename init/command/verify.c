#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/base/arena.h"
#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/base/text.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/command/verify_list.h"
#include "init/setup/journal.h"
#include "init/setup/measure.h"

/* Sums of every file in some large folders. */
#define LIST_MAX ((size_t)32 << 20)

struct verification {
    struct arena arena;
    struct statedir dir;
    struct history history;
    struct verified *items;
    size_t count;
    struct pool pool;
};

/* In parallel with others. */
static void measure_one(void *context, size_t i)
{
    struct verification *v = context;
    struct verified *item = &v->items[i];
    const struct wire_facts *after = &item->recorded->after;
    struct err e = {.sys = 0};
    if (measure(&v->pool, AT_FDCWD, item->recorded->path, (enum digest_algorithm)after->algorithm, &item->found, &e) !=
        0) {
        item->error = e.sys != 0 ? e.sys : ESTALE;
    } else {
        item->drift = facts_differ(after, &item->found);
    }
}

static bool is_wanted(const struct options *o, const struct past_step *s)
{
    bool named = o->target_count == 0;
    for (size_t i = 0; i < o->target_count; i++) {
        named |= strcmp(o->targets[i], s->id) == 0;
    }
    return named && s->status == STEP_COMPLETED;
}

static void collect(struct verification *v, const struct options *o)
{
    size_t most = 1;
    for (size_t i = 0; i < v->history.step_count; i++) {
        most += v->history.steps[i].artifact_count;
    }
    v->items = arena_alloc(&v->arena, most, sizeof *v->items);
    for (size_t i = 0; i < v->history.step_count; i++) {
        const struct past_step *s = &v->history.steps[i];
        for (size_t k = 0; is_wanted(o, s) && k < s->artifact_count; k++) {
            const struct past_artifact *a = &s->artifacts[k];
            if (a->has_after && !a->taken_back && !history_is_superseded(&v->history, s, a)) {
                v->items[v->count++] = (struct verified){.step = s, .recorded = &s->artifacts[k]};
            }
        }
    }
}

static const char *id_at(const void *ctx, size_t i)
{
    return ((const struct history *)ctx)->steps[i].id;
}

static int check_names(const struct verification *v, const struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->target_count; i++) {
        if (history_find(&v->history, o->targets[i]) == NULL) {
            const char *meant = text_nearest(o->targets[i], id_at, &v->history, v->history.step_count);
            return err_set(e, ERR_USAGE, 0, "no step \"%s\" has been done%s%s%s", o->targets[i],
                           meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                           meant != NULL ? "\"?" : "");
        }
    }
    return 0;
}

static int read_journal(struct verification *v, const struct options *o, struct err *e)
{
    v->dir.fd = v->dir.lock_fd = -1;
    arena_init(&v->arena);
    if (statedir_open(o->state_dir, false, &v->dir, e) != 0) {
        return -1;
    }
    if (faccessat(v->dir.fd, JOURNAL_FILE, F_OK, 0) != 0) {
        return err_set(e, ERR_STATE, 0, "there is no journal in %s: no set-up has been done with this state directory",
                       v->dir.path);
    }
    return journal_read(&v->dir, &v->history, &v->arena, e) == 0 ? check_names(v, o, e) : -1;
}

static int print_found(struct verification *v, const struct options *o)
{
    static void (*const lists[LIST_FORMAT_COUNT])(const struct verified *items, size_t count, struct buf *out) = {
        [LIST_TEXT] = list_text, [LIST_JSON] = list_json, [LIST_SHA256SUM] = list_sha256sum, [LIST_MTREE] = list_mtree};
    struct buf out;
    buf_init(&out, arena_alloc(&v->arena, LIST_MAX, 1), LIST_MAX);
    lists[o->list](v->items, v->count, &out);
    size_t drifted = 0;
    for (size_t i = 0; i < v->count; i++) {
        drifted += !verified_is_good(&v->items[i]);
    }
    int printed = print_buf(&out);
    if (printed != EXIT_OK) {
        return printed;
    }
    if (drifted > 0) {
        log_line(LOG_ERROR, "%zu of %zu artifacts %s not as recorded; the next start does %s again", drifted, v->count,
                 drifted == 1 ? "is" : "are", drifted == 1 ? "its step" : "their steps");
        return EXIT_NOT_READY;
    }
    log_line(LOG_NOTICE, "%zu artifact%s as recorded", v->count, v->count == 1 ? " is" : "s are");
    return EXIT_OK;
}

int command_verify(const struct options *o)
{
    struct verification v = {.count = 0};
    struct err e;
    if (read_journal(&v, o, &e) != 0) {
        log_line(LOG_ERROR, "%s", e.text);
        return err_exit_code(e.code);
    }
    collect(&v, o);
    pool_start(&v.pool, pool_processors() - 1);
    pool_each(&v.pool, v.count, measure_one, &v);
    pool_end(&v.pool);
    int exit_code = print_found(&v, o);
    statedir_close(&v.dir);
    return exit_code;
}
