/*
 * drift - how what was found differs from what was recorded (ART-08).
 */
#ifndef MUSTER_SETUP_DRIFT_H
#define MUSTER_SETUP_DRIFT_H

#include "init/wire/messages.h"

enum drift {
    DRIFT_NONE,
    DRIFT_DELETED, /* nothing is there any more */
    DRIFT_TYPE,    /* another kind of file, or something where nothing was */
    DRIFT_CHANGED, /* another size or digest, or a digest that says nothing about the recorded one */
    DRIFT_MODE,
    DRIFT_OWNER,
    DRIFT_COUNT,
};

/*
 * drift_name - "none", "deleted", "type", "changed", "mode", "owner".
 */
const char *drift_name(enum drift d);

/*
 * facts_differ - the first of these that applies. Times are not compared: touching a file does not change it.
 */
enum drift facts_differ(const struct wire_facts *recorded, const struct wire_facts *found);

#endif
