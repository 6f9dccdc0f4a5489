/*
 * action_instructions - a step's built-in action as instructions for the process that carries it out.
 */
#ifndef MUSTER_SETUP_ACTION_INSTRUCTIONS_H
#define MUSTER_SETUP_ACTION_INSTRUCTIONS_H

#include "init/base/err.h"
#include "init/plan/manifest.h"

/* More than this is not fetched in a set-up step. */
#define DOWNLOAD_SIZE_MAX ((uint64_t)10 * 1000 * 1000 * 1000)
/* A download that gets nothing for so long is given up. */
#define DOWNLOAD_STALL_MS 30000

/* An owner in numbers; UINT32_MAX = as it is. */
struct action_owner {
    uint32_t uid, gid;
};

/* What they are when the action states no owner. */
#define ACTION_OWNER_NONE                                                                                              \
    (struct action_owner)                                                                                              \
    {                                                                                                                  \
        .uid = UINT32_MAX, .gid = UINT32_MAX                                                                           \
    }

/*
 * action_role - how the binary is started for an action: "@action", or "@download".
 */
const char *action_role(enum step_action_kind kind);

/*
 * instructions_memfd - a sealed memfd with the instructions, to be given to the process as descriptor 3. Any number of
 * attempts can read it, one after the other.
 *
 * @a      a built-in action, its texts expanded. Borrowed. Its owner is not looked at:
 * @owner  is what the name stands for.
 *
 * Returns the descriptor (owned, close-on-exec), or -1: ERR_MANIFEST (permissions or check sum that are none), ERR_LIMIT
 * (a text is too long), ERR_SYS. Does not block; allocates nothing but the memfd. PID-1-safe.
 */
int instructions_memfd(const struct step_action *a, struct action_owner owner, struct err *e);

#endif
