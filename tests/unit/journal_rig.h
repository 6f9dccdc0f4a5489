/*
 * journal_rig - a journal in memory, with lines that make sense or not.
 */
#ifndef MUSTER_TESTS_UNIT_JOURNAL_RIG_H
#define MUSTER_TESTS_UNIT_JOURNAL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/setup/journal.h"

#define RIG_TEXT_MAX ((size_t)4 << 20)

struct journal_rig {
    struct arena arena;
    struct history history;
    struct journal journal; /* of a memfd */
    char *text;             /* what it holds, after rig_read() */
    size_t len;
    uint32_t seed;
    struct err e;
};

/*
 * rig_begin, rig_end - with a "session" line and nothing else.
 */
void rig_begin(struct journal_rig *r);
void rig_end(struct journal_rig *r);

/*
 * rig_read - bring text and len up to date.
 */
void rig_read(struct journal_rig *r);

/*
 * rig_raw - a line that no rule is asked about, with the right check sum: "kind" and then @members (JSON, may be empty).
 */
void rig_raw(struct journal_rig *r, const char *kind, const char *members);

/*
 * rig_random - @count lines of any kind about a few steps and paths, those that the rules allow. Returns how many were refused.
 */
size_t rig_random(struct journal_rig *r, size_t count);

/*
 * rig_replay - a history from those bytes. Returns what history_replay() does, and fills @good; rig_free() afterwards.
 */
int rig_replay(struct history *h, struct arena *a, const char *bytes, size_t len, size_t *good, struct err *e);

/*
 * rig_same - whether both know the same about session and steps; numbers of lines aside.
 */
bool rig_same(const struct history *a, const struct history *b);

/*
 * rig_compact - @out: the lines of a journal that comes to the same (RIG_TEXT_MAX). Returns their length.
 */
size_t rig_compact(const struct history *h, const struct journal *j, char *out);

#endif
