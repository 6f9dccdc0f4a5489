/*
 * option_rows - the table behind options: what there is, who takes it, and what it does. Internal to options.c.
 */
#ifndef MUSTER_COMMAND_OPTION_ROWS_H
#define MUSTER_COMMAND_OPTION_ROWS_H

#include <stddef.h>

#include "init/command/options.h"

struct option_row {
    char letter; /* 0 = none */
    const char *name;
    const char *argument; /* what --help calls it; NULL = a switch */
    unsigned commands;    /* bits of enum command that take it */
    /* Returns 0, or -1 with ERR_USAGE, which names the option. */
    int (*apply)(struct options *o, const struct option_row *row, const char *value, struct err *e);
    size_t target; /* offset in struct options of what it sets, where that is one field */
    const char *help;
    bool may_be_empty;
};

#define ON(command) (1U << (command))

/* What takes the options of a main process. */
#define ON_MAIN (ON(COMMAND_RUN) | ON(COMMAND_WAIT))

#define OPTION_ROWS 41

extern const struct option_row option_rows[OPTION_ROWS];

/*
 * option_state_dir - check that it is absolute, and keep it. Returns 0, or -1 with ERR_USAGE.
 */
int option_state_dir(struct options *o, const char *path, struct err *e);

/*
 * option_remap_list - "143=0,130=0"; what the command line has remapped stays. Returns 0, or -1 with ERR_USAGE.
 */
int option_remap_list(struct options *o, const char *list, struct err *e);

#endif
