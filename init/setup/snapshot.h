/*
 * snapshot - a history as the lines of a new journal that comes to the same: one for each step, each of its recent attempts and
 * each of its artifacts, behind one that says how many they are.
 */
#ifndef MUSTER_SETUP_SNAPSHOT_H
#define MUSTER_SETUP_SNAPSHOT_H

#include "init/setup/history.h"

struct snapshot {
    const struct history *history; /* borrowed; unchanged meanwhile */
    bool begun;
    size_t step, item; /* what comes next; item 0 is the step itself */
};

/*
 * snapshot_lines - how many lines it will be.
 */
uint64_t snapshot_lines(const struct history *h);

/*
 * snapshot_next - the next line. Its texts are borrowed from the history. Returns false when there are no more.
 */
bool snapshot_next(struct snapshot *s, struct entry *out);

#endif
