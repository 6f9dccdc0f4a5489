/*
 * settle - give every variable its value: sources, then what the manifest has for the environment, then its default; in
 * the order in which they need each other. Nothing is told here: mistakes are told in manifest order afterwards.
 */
#ifndef MUSTER_CONFIG_SETTLE_H
#define MUSTER_CONFIG_SETTLE_H

#include "init/config/resolve.h"
#include "init/config/similar.h"
#include "init/config/source.h"

enum progress { PROGRESS_NONE, PROGRESS_BUSY, PROGRESS_DONE };

/* What is known of one setting while the configuration is resolved. */
struct work {
    enum progress progress;
    bool judged; /* others are made of it, and asked whether it is broken */
    bool broken; /* the answer */
    struct found found;
    const char *too_short;    /* shown.h, or NULL */
    const char *lacking;      /* its default needs this variable, which is not set; or NULL */
    const char *refused;      /* its default refuses, with this message; or NULL */
    const char *refused_rule; /* with `refused` */
    bool spoilt;              /* its default is made of a value that is broken itself: told there */
};

/* One call of config_resolve(). */
struct resolver {
    struct config *config;
    struct work *works; /* one per setting */
    struct sources sources;
    struct similar similar;
    const char *environment_value; /* value of the variable whose field is "environment"; NULL until it is settled */
    struct setting *environment;   /* that one, or NULL */
    struct arena *arena;
    struct problems *problems;
    struct problems *scratch; /* full, so that it only counts */
};

/*
 * settle_all - fill value, source, name, origin, required, inactive, unused, shown and tainted of all settings.
 *
 * The manifest has no cycles of variables; should there be one all the same, a variable that is asked for while it is being
 * settled is unset.
 */
void settle_all(struct resolver *r);

/*
 * resolver_override - what the manifest has for @v in this environment, or NULL.
 */
const struct variable_override *resolver_override(const struct resolver *r, const struct variable *v);

#endif
