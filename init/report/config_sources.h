/*
 * config_sources - every place that a variable's value could come from, in the order in which they are asked, and what is there.
 */
#ifndef MUSTER_REPORT_CONFIG_SOURCES_H
#define MUSTER_REPORT_CONFIG_SOURCES_H

#include <stddef.h>

#include "init/base/arena.h"
#include "init/config/env_file.h"
#include "init/config/resolve.h"
#include "init/plan/manifest.h"

enum place_state {
    PLACE_USED,
    PLACE_OVERRIDDEN, /* something before it counts */
    PLACE_NOT_SET,
    PLACE_EMPTY,     /* set, but empty counts as unset */
    PLACE_IGNORED,   /* set, but the variable is not used */
    PLACE_NOT_GIVEN, /* no such option, or nothing in the manifest */
};

struct place {
    enum value_source source;
    enum place_state state;
    const char *what;  /* a name, a path, "path:line", an environment; NULL: the option as such */
    const char *value; /* for people: masked; NULL when there is none, or it is not looked at */
};

/* What is looked through; all borrowed. */
struct config_places {
    const struct manifest *manifest;
    const struct config *config;
    char *const *environ_;
    const char *secrets_dir;          /* or NULL */
    const struct env_file *env_files; /* in the order given */
    size_t env_file_count;
    bool empty_is_unset;
};

/*
 * place_state_name - "used", "overridden", "not set", "empty", "not used", "not given".
 */
const char *place_state_name(enum place_state s);

/*
 * config_sources - the places of @s; no secret is in their values. Looks whether files of the secrets' folder are there, but
 * not into them.
 *
 * Returns their number, and the places in the arena.
 */
size_t config_sources(const struct config_places *from, const struct setting *s, struct arena *a, struct place **out);

/*
 * config_sources_why - a sentence: why the value is what it is.
 */
const char *config_sources_why(const struct setting *s, struct arena *a);

#endif
