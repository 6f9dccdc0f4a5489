#include "init/setup/history.h"

#include <string.h>

#include "init/base/json.h"

/* What the first line begins with, whatever follows. */
#define FIRST "{\"sequence\":"
#define FIRST_LEN (sizeof(FIRST) - 1)

void history_init(struct history *h, struct arena *a)
{
    *h = (struct history){.arena = a};
    h->steps = arena_alloc(a, HISTORY_STEPS_MAX, sizeof(*h->steps));
    chain_start(h->check);
}

static int wrong(const struct history *h, struct err *e)
{
    return err_wrap(e, "line %llu", (unsigned long long)h->lines + 1);
}

static int broken(const struct history *h, struct err *e, const char *what)
{
    err_set(e, ERR_MANIFEST, 0, "%s", what);
    return wrong(h, e);
}

static bool same_start(const char *bytes, size_t len)
{
    return memcmp(bytes, FIRST, len < FIRST_LEN ? len : FIRST_LEN) == 0;
}

/* The number that a damaged line gives itself, 0 = none. */
static uint64_t own_sequence(const char *line, size_t len)
{
    uint64_t n = 0;
    if (len < FIRST_LEN || !same_start(line, len)) {
        return 0;
    }
    for (size_t i = FIRST_LEN; i < len && line[i] >= '0' && line[i] <= '9' && n < UINT64_MAX / 100; i++) {
        n = 10 * n + (uint64_t)(line[i] - '0');
    }
    return n;
}

/*
 * What is left at the end is no good line. A kill in the middle of a write and a power cut leave the beginning of one line, or
 * a line of which not every block was written. Anything else is damage: it must not be cut off as if it had never counted.
 */
static int check_torn(const struct history *h, const char *rest, size_t len, bool ended, struct err *e)
{
    uint64_t number = ended ? own_sequence(rest, len) : 0;
    if (h->snapshot_left > 0) {
        return broken(h, e, "the file ends within its snapshot");
    }
    if (len > ENTRY_LINE_MAX) {
        return broken(h, e, "it is longer than any line");
    }
    if (h->lines == 0 && rest[0] != '\0' && !same_start(rest, len)) {
        return broken(h, e, "this is no journal of muster");
    }
    size_t span = chain_span(h->check, rest, len);
    if (span > 0 && span < len) {
        return broken(h, e, "something follows it before its end of line");
    }
    if (number != 0 && number != h->sequence + 1) {
        return broken(h, e, "lines are missing before it, or it is not in its place");
    }
    return 0;
}

static int apply_line(struct history *h, const char *line, size_t len, struct err *e)
{
    struct problems problems; /* large: only what is looked at is set */
    problems.errors = problems.warnings = problems.count = 0;
    cleanup_json struct json *root = json_parse(line, len, false, &problems);
    struct entry entry;
    if (root == NULL) {
        return broken(h, e, "it is not JSON");
    }
    if (entry_read(root, &entry, e) != 0) {
        return wrong(h, e);
    }
    bool first_of_snapshot = h->lines == 0 && entry.kind == ENTRY_SNAPSHOT;
    if (entry.sequence != h->sequence + 1 && !first_of_snapshot) {
        return broken(h, e, "lines are missing before it");
    }
    if (history_check(h, &entry, e) != 0) {
        return wrong(h, e);
    }
    history_apply(h, &entry);
    h->sequence = entry.sequence;
    return 0;
}

int history_replay(struct history *h, const char *bytes, size_t len, size_t *good, struct err *e)
{
    size_t at = 0;
    while (at < len) {
        const char *line = bytes + at;
        const char *end = memchr(line, '\n', len - at);
        size_t span = end != NULL ? (size_t)(end - line) : len - at;
        bool last = end == NULL || at + span + 1 == len;
        if (end == NULL || !chain_holds(h->check, line, span, h->check)) {
            if (!last) {
                return broken(h, e, "it was changed or is not in its place: its check sum is wrong");
            }
            if (check_torn(h, line, span, end != NULL, e) != 0) {
                return -1;
            }
            break;
        }
        if (apply_line(h, line, span, e) != 0) {
            return -1;
        }
        at += span + 1;
    }
    if (h->snapshot_left > 0) {
        return broken(h, e, "the file ends within its snapshot");
    }
    *good = at;
    return 0;
}

bool history_is_superseded(const struct history *h, const struct past_step *s, const struct past_artifact *a)
{
    for (size_t i = 0; i < h->step_count; i++) {
        const struct past_step *other = &h->steps[i];
        bool later = other != s && other->status == STEP_COMPLETED && other->completed_at != NULL &&
                     s->completed_at != NULL && strcmp(other->completed_at, s->completed_at) > 0;
        const struct past_artifact *same = later ? past_artifact_find(other, a->path) : NULL;
        if (same != NULL && same->has_after && !same->taken_back) {
            return true;
        }
    }
    return false;
}
