#include "tests/unit/journal_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/setup/snapshot.h"

#define STEPS 5
#define PATHS 4

void rig_begin(struct journal_rig *r)
{
    *r = (struct journal_rig){.seed = 1};
    arena_init(&r->arena);
    history_init(&r->history, &r->arena);
    r->text = malloc(RIG_TEXT_MAX);
    ck_assert_ptr_nonnull(r->text);
    r->journal = (struct journal){
        .fd = memfd_create("journal", MFD_CLOEXEC),
        .anchor = {.wall_us = 1767225600ULL * US_PER_S, .mono_us = 1000}, /* 2026-01-01T00:00:00Z */
        .session = "0123456789abcdef0123456789abcdef",
        .history = &r->history,
    };
    ck_assert_int_ge(r->journal.fd, 0);
    chain_start(r->journal.check);
    const struct entry session = {.kind = ENTRY_SESSION, .manifest_sha256 = "abc", .config_digest = "def", .pid = 1};
    ck_assert_int_eq(journal_put(&r->journal, &session, 1000, &r->e), 0);
}

void rig_end(struct journal_rig *r)
{
    journal_close(&r->journal);
    arena_free_all(&r->arena);
    free(r->text);
}

void rig_read(struct journal_rig *r)
{
    r->len = 0;
    for (;;) {
        ssize_t n = pread(r->journal.fd, r->text + r->len, RIG_TEXT_MAX - r->len, (off_t)r->len);
        ck_assert_int_ge(n, 0);
        if (n == 0) {
            break;
        }
        r->len += (size_t)n;
    }
    ck_assert_uint_lt(r->len, RIG_TEXT_MAX);
}

void rig_raw(struct journal_rig *r, const char *kind, const char *members)
{
    char storage[JOURNAL_LINE_MAX];
    struct jsonw w;
    struct buf b;
    journal_begin(&r->journal, &w, &b, storage, sizeof(storage), kind, 2000);
    if (members[0] != '\0') {
        buf_printf(&b, ",%s", members);
    }
    ck_assert_int_eq(journal_commit(&r->journal, &w, &r->e), 0);
}

/* xorshift: the same lines on every machine. */
static uint32_t dice(struct journal_rig *r, uint32_t sides)
{
    r->seed ^= r->seed << 13;
    r->seed ^= r->seed >> 17;
    r->seed ^= r->seed << 5;
    return r->seed % sides;
}

static const char *maybe(struct journal_rig *r, const char *text)
{
    return dice(r, 3) == 0 ? NULL : text;
}

static struct wire_facts any_facts(struct journal_rig *r)
{
    struct wire_facts f = {.kind = dice(r, WIRE_FILE_OTHER + 1)};
    if (f.kind == WIRE_FILE_NONE) {
        return f;
    }
    f.mode = dice(r, 010000);
    f.uid = dice(r, 2) * UINT32_MAX;
    f.gid = dice(r, 70000);
    f.size = ((uint64_t)dice(r, 1 << 21) << 32) + dice(r, UINT32_MAX);
    f.mtime_ns = (int64_t)dice(r, UINT32_MAX) * 1000000007LL * (dice(r, 4) == 0 ? -1 : 1);
    f.algorithm = dice(r, DIGEST_ALGORITHM_COUNT);
    size_t bytes = f.algorithm == DIGEST_SHA512 ? 64 : f.algorithm == DIGEST_SHA256 ? 32 : 0;
    for (size_t i = 0; i < bytes; i++) {
        f.digest[i] = (uint8_t)dice(r, 256);
    }
    return f;
}

static struct entry any_entry(struct journal_rig *r)
{
    static const char *const ids[STEPS] = {"one", "two", "three.3", "4-four", "five_"};
    static const char *const paths[PATHS] = {"/a", "/etc/a b", "/\xc3\xa4\n\"\\",
                                             "/very/long/path/that/does/not/end/soon"};
    static const char *const texts[] = {"2026-01-01T00:00:01.000000Z", "2026-01-01T00:00:02.000000Z", "short",
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    const char *id = ids[dice(r, STEPS)];
    const struct past_step *s = history_find(&r->history, id);
    struct wire_facts facts = any_facts(r);
    enum step_status to = dice(r, STEP_STATUS_COUNT);
    uint32_t attempts = s != NULL ? s->attempts : 0;
    return (struct entry){
        .kind = ENTRY_STEP + dice(r, ENTRY_TAKEN_BACK - ENTRY_STEP + 1),
        .step_id = id,
        .from = dice(r, 20) == 0 ? dice(r, STEP_STATUS_COUNT)
                : s != NULL      ? s->status
                                 : STEP_PENDING,
        .to = to,
        .attempt = to == STEP_IN_PROGRESS ? attempts + 1 : attempts,
        .definition_sha256 = maybe(r, texts[dice(r, 4)]),
        .inputs = maybe(r, texts[dice(r, 4)]),
        .started_at = maybe(r, texts[dice(r, 3)]),
        .completed_at = maybe(r, texts[dice(r, 3)]),
        .error = maybe(r, "it failed:\nwith \xff and more"),
        .skip_reason = maybe(r, "manual"),
        .skip_source = maybe(r, "option"),
        .why = "drift",
        .detail = maybe(r, "\x1b[31m"),
        .artifact_path = paths[dice(r, PATHS)],
        .resolved = maybe(r, paths[dice(r, PATHS)]),
        .backup = facts.kind == WIRE_FILE_NONE ? NULL : "backup-0001",
        .before = facts,
        .after = facts,
        .rollback = dice(r, ROLLBACK_STATE_COUNT),
        .outcome = dice(r, RESTORE_OUTCOME_COUNT),
    };
}

size_t rig_random(struct journal_rig *r, size_t count)
{
    size_t refused = 0;
    for (size_t written = 0; written < count;) {
        const struct entry entry = any_entry(r);
        if (journal_put(&r->journal, &entry, 2000, &r->e) == 0) {
            written++;
        } else {
            ck_assert_msg(r->e.code == ERR_STATE, "%s", r->e.text);
            refused++;
        }
    }
    return refused;
}

int rig_replay(struct history *h, struct arena *a, const char *bytes, size_t len, size_t *good, struct err *e)
{
    arena_init(a);
    history_init(h, a);
    return history_replay(h, bytes, len, good, e);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_attempt(const struct past_attempt *a, const struct past_attempt *b)
{
    return a->number == b->number && a->status == b->status && same_text(a->started_at, b->started_at) &&
           same_text(a->completed_at, b->completed_at) && same_text(a->error, b->error) &&
           same_text(a->definition_sha256, b->definition_sha256);
}

static bool same_artifact(const struct past_artifact *a, const struct past_artifact *b)
{
    return same_text(a->path, b->path) && same_text(a->resolved, b->resolved) && same_text(a->backup, b->backup) &&
           a->has_before == b->has_before && a->has_after == b->has_after && a->taken_back == b->taken_back &&
           memcmp(&a->before, &b->before, sizeof(a->before)) == 0 &&
           memcmp(&a->after, &b->after, sizeof(a->after)) == 0;
}

static bool same_step(const struct past_step *a, const struct past_step *b)
{
    bool same = same_text(a->id, b->id) && a->status == b->status && a->generation == b->generation &&
                a->attempts == b->attempts && same_text(a->definition_sha256, b->definition_sha256) &&
                same_text(a->inputs, b->inputs) && same_text(a->started_at, b->started_at) &&
                same_text(a->completed_at, b->completed_at) && same_text(a->error, b->error) &&
                same_text(a->skip_reason, b->skip_reason) && same_text(a->skip_source, b->skip_source) &&
                same_text(a->reopened, b->reopened) && a->rollback == b->rollback &&
                a->recent_count == b->recent_count && a->artifact_count == b->artifact_count;
    for (size_t i = 0; same && i < a->recent_count; i++) {
        same = same_attempt(&a->recent[i], &b->recent[i]);
    }
    for (size_t i = 0; same && i < a->artifact_count; i++) {
        same = same_artifact(&a->artifacts[i], &b->artifacts[i]);
    }
    return same;
}

bool rig_same(const struct history *a, const struct history *b)
{
    bool same = strcmp(a->session, b->session) == 0 && strcmp(a->config_digest, b->config_digest) == 0 &&
                a->step_count == b->step_count;
    for (size_t i = 0; same && i < a->step_count; i++) {
        same = same_step(&a->steps[i], &b->steps[i]);
    }
    return same;
}

size_t rig_compact(const struct history *h, const struct journal *j, char *out)
{
    struct journal anew = *j;
    struct snapshot s = {.history = h};
    struct entry entry;
    struct err e;
    size_t len = 0;
    anew.fd = -1;
    chain_start(anew.check);
    while (snapshot_next(&s, &entry)) {
        struct jsonw w;
        struct buf b;
        journal_begin(&anew, &w, &b, out + len, RIG_TEXT_MAX - len, entry_kind_name(entry.kind), 3000);
        entry_write(&w, &entry);
        ck_assert_int_eq(journal_commit(&anew, &w, &e), 0);
        len += b.len;
    }
    ck_assert_uint_eq(anew.sequence - j->sequence, snapshot_lines(h));
    return len;
}
