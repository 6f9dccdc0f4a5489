/*
 * history_store - where a history keeps its texts, steps and artifacts. Internal to history.
 *
 * A long journal replaces the same few texts over and over: what is let go of is used again, so that memory is bounded by what
 * is known at a time, not by the length of the journal.
 */
#ifndef MUSTER_SETUP_HISTORY_STORE_H
#define MUSTER_SETUP_HISTORY_STORE_H

#include "init/setup/history.h"

/*
 * store_has_room - whether one more line, whatever it says, fits into HISTORY_BYTES_MAX.
 *
 * @s  the step that it is about, or NULL when it is a new one.
 */
bool store_has_room(const struct history *h, const struct past_step *s);

/*
 * store_text - replace a text by a copy of another.
 *
 * @at     the text that is let go of, or NULL in there; filled.
 * @value  NULL, or at most ENTRY_TEXT_MAX bytes.
 */
void store_text(struct history *h, const char **at, const char *value);

/*
 * store_step - the step of that id, pending and in its first generation when it is new. At most HISTORY_STEPS_MAX.
 */
struct past_step *store_step(struct history *h, const char *id);

/*
 * store_attempt - a new last one of the recent attempts; the oldest one makes room.
 */
struct past_attempt *store_attempt(struct history *h, struct past_step *s);

/*
 * store_artifact - what is known about a path of that step, nothing yet when it is new. At most HISTORY_ARTIFACTS_MAX.
 */
struct past_artifact *store_artifact(struct history *h, struct past_step *s, const char *path);

#endif
