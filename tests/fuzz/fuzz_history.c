/*
 * fuzz_history - a journal of any bytes. What is taken in is a prefix; each step in it went along an edge of the model; and the
 * snapshot of what it comes to comes to the same.
 *
 * The check sums would keep everything out. So the input is either "raw" and then the bytes of a journal, or lines that get theirs
 * here, with sequence and session unless they have some.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/setup/journal.h"
#include "init/setup/snapshot.h"

#define RAW "raw\n"
#define TEXT_MAX ((size_t)1 << 20)
#define SESSION "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[TEXT_MAX];
static char snapshots[2][TEXT_MAX];

/* {members} becomes {"sequence":N,"session":"...",members,"check":"..."}. */
static size_t seal(const char *bytes, size_t len)
{
    struct buf b = BUF_OVER(text);
    char check[CHAIN_TEXT_MAX];
    unsigned long long sequence = 1;

    chain_start(check);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t span = end ? (size_t)(end - bytes) - at : len - at;
        size_t start = b.len;
        const char *line = bytes + at;

        at += span + 1;
        if (span < 2 || span > ENTRY_LINE_MAX)
            continue;
        buf_printf(&b, "{\"sequence\":%llu,\"session\":\"" SESSION "\",", sequence++);
        buf_write(&b, line + 1, span - 2);
        chain_check(check, text + start, b.len - start, check);
        buf_printf(&b, ",\"check\":\"%s\"}\n", check);
    }
    return b.overflow ? 0 : b.len;
}

static size_t write_snapshot(const struct history *h, char *out)
{
    struct journal j = {.fd = -1, .sequence = 1000};
    struct snapshot s = {.history = h};
    struct entry entry;
    struct err e;
    size_t len = 0;

    memcpy(j.session, h->session, sizeof(j.session));
    chain_start(j.check);
    while (snapshot_next(&s, &entry)) {
        struct jsonw w;
        struct buf b;
        journal_begin(&j, &w, &b, out + len, TEXT_MAX - len, entry_kind_name(entry.kind), 1);
        entry_write(&w, &entry);
        if (journal_commit(&j, &w, &e) != 0)
            return 0;
        len += b.len;
    }
    return len;
}

static void check_steps(const struct history *h)
{
    for (size_t i = 0; i < h->step_count; i++) {
        const struct past_step *s = &h->steps[i];
        if (s->status >= STEP_STATUS_COUNT || s->generation == 0 || s->recent_count > HISTORY_ATTEMPTS_MAX ||
            s->artifact_count > HISTORY_ARTIFACTS_MAX || history_find(h, s->id) != s)
            abort();
    }
}

static void check_edges(size_t len)
{
    static struct problems list;

    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        struct entry entry;
        struct err e;

        memset(&list, 0, sizeof(list));
        struct json *root = json_parse(text + at, (size_t)(end - text) - at, false, &list);
        if (!root || entry_read(root, &entry, &e) != 0)
            abort();
        if (entry.kind == ENTRY_STEP && !step_may_become(entry.from, entry.to))
            abort();
        json_free(root);
        at = (size_t)(end - text) + 1;
    }
}

static void come_back(const struct history *h)
{
    struct history again;
    struct arena arena;
    struct err e;
    size_t good = 0;
    size_t len = write_snapshot(h, snapshots[0]);

    if (len == 0)
        return;
    arena_init(&arena);
    history_init(&again, &arena);
    if (history_replay(&again, snapshots[0], len, &good, &e) != 0 || good != len)
        abort();
    if (write_snapshot(&again, snapshots[1]) != len || memcmp(snapshots[0], snapshots[1], len) != 0)
        abort();
    arena_free_all(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct history h;
    struct arena arena;
    struct err e;
    size_t good = 0;
    size_t len = 0;

    if (size >= sizeof(RAW) - 1 && size < TEXT_MAX && memcmp(bytes, RAW, sizeof(RAW) - 1) == 0) {
        len = size - (sizeof(RAW) - 1);
        memcpy(text, bytes + size - len, len);
    } else {
        len = seal(bytes, size);
    }
    arena_init(&arena);
    history_init(&h, &arena);
    if (history_replay(&h, text, len, &good, &e) == 0) {
        if (good > len || (good > 0 && text[good - 1] != '\n'))
            abort();
        check_steps(&h);
        check_edges(good);
        if (h.session[0] != '\0')
            come_back(&h);
    } else if (e.code != ERR_MANIFEST) {
        abort();
    }
    arena_free_all(&arena);
    return 0;
}
