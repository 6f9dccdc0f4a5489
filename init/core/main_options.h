/*
 * main_options - how the main process is started, signalled and ended.
 */
#ifndef MUSTER_CORE_MAIN_OPTIONS_H
#define MUSTER_CORE_MAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/signame.h"
#include "init/core/privilege.h"

/* Time for the processes that are left when the main process has ended, TERM to KILL: half of what `docker stop` gives. */
#define MAIN_GRACE_DEFAULT_US 5000000U

#define SIGNAL_AS_IT_IS 0
#define SIGNAL_DROPPED 255

struct main_options {
    bool group;                       /* signals go to its process group */
    bool session;                     /* a session of its own, setsid(2) */
    uint8_t rewrite[SIGNAL_LAST + 1]; /* what is sent instead; SIGNAL_AS_IT_IS, SIGNAL_DROPPED */
    uint64_t drain_us;                /* TERM is forwarded this much later; a second one at once */
    uint64_t kill_after_us;           /* KILL this long after TERM was forwarded; 0 = never */
    uint64_t grace_us;                /* for what is left when it has ended; 0 = no time, no signal */
    uint8_t remap[256];               /* exit code -> exit code, where remapped[] says so */
    bool remapped[256];
    int parent_death_signal; /* sent to us when our parent dies; 0 = none */
    const char *directory;   /* or NULL */
    struct privilege_request privilege;
};

/*
 * main_options_init - nothing special: forward everything as it is, five seconds of grace.
 */
void main_options_init(struct main_options *o);

/*
 * main_options_rewrite - "TERM:QUIT", "15:3", "HUP:0" (0 = drop). Returns 0, or -1 with ERR_USAGE.
 */
int main_options_rewrite(struct main_options *o, const char *text, struct err *e);

/*
 * main_options_remap - "143=0". Returns 0, or -1 with ERR_USAGE.
 */
int main_options_remap(struct main_options *o, const char *text, struct err *e);

#endif
