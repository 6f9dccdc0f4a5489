/*
 * resolve - environment to configuration: every declared variable gets its value, its source and its verdict.
 */
#ifndef MUSTER_CONFIG_RESOLVE_H
#define MUSTER_CONFIG_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/base/digest.h"
#include "init/base/problem.h"
#include "init/config/env_file.h"
#include "init/config/schema.h"

/* ConfigurationProfile: Configuration -> Validated -> Active. An invalid one stays in the first. */
enum config_state { CONFIG_CONFIGURATION, CONFIG_VALIDATED, CONFIG_ACTIVE };

/*
 * config_state_name - "configuration", "validated", "active".
 */
const char *config_state_name(enum config_state s);

/* In the order in which they are asked. */
enum value_source {
    SOURCE_UNSET,
    SOURCE_ENVIRONMENT, /* NAME or an alias, in the process environment */
    SOURCE_FILE,        /* NAME_FILE there names a file */
    SOURCE_SECRETS,     /* a file of that name in --secrets-dir */
    SOURCE_ENV_FILE,    /* --env-file */
    SOURCE_OVERRIDE,    /* the manifest's default for this environment */
    SOURCE_DEFAULT,     /* the manifest's default */
};

/*
 * value_source_name - "unset", "environment", "file", "secrets_dir", "env_file", "override", "default".
 */
const char *value_source_name(enum value_source s);

struct setting {
    const struct variable *variable; /* borrowed */
    const char *value; /* borrowed from the environment or the manifest, or in the arena; NULL when unset */
    const char *shown; /* for people and documents: masked; NULL when unset. In the arena */
    enum value_source source;
    const char *name;   /* the environment name it was read from (an alias or the variable's own, without _FILE) */
    const char *origin; /* for people: "environment", "file /run/secrets/db (DB_FILE)", ".env:12", "default",
                           "default for docker", "not set" */
    bool required;      /* here: with required_when and the environment's override applied */
    bool inactive;      /* its only_when does not hold: neither required nor given a default, not checked, unset */
    const char *unused; /* what it is set to all the same while inactive: may be a secret (tainted); or NULL */
    bool valid;         /* set, and by the rules of its type */
    bool tainted;       /* the value is a secret or has one in it: a password in a URL, a query */
};

struct config {
    enum config_state state;
    struct setting *settings; /* in manifest order */
    size_t count;
    const struct setting **by_name; /* the same, sorted by variable name */
    char digest[DIGEST_HEX_MAX];    /* over sorted name=value; secrets as HMAC; empty until config_seal() */
};

struct resolve_options {
    bool empty_is_unset;              /* --empty-as-unset */
    bool strict;                      /* --strict: warnings are errors */
    const struct env_file *env_files; /* --env-file, in the order given: a later one wins */
    size_t env_file_count;
    const char *secrets_dir;     /* --secrets-dir, or NULL */
    const char *const *prefixes; /* names that begin so belong to the manifest: an unknown one is an error */
    size_t prefix_count;
};

/*
 * config_resolve - look every variable up, apply defaults, check all rules.
 *
 * @variables  borrowed, outlives @out.
 * @environ_   borrowed, NULL-terminated "NAME=value" list, outlives @out.
 * @out        filled: settings for all variables, also for wrong ones; state CONFIG_VALIDATED only if @p has got no
 *             error from this call.
 * @p          every broken rule, in manifest order (CFG-08), then warnings, see below; each about a value with its source.
 *
 * A value comes from the first of these that has one:
 *   1. the process environment: an alias, the variable's own NAME, or the file that NAME_FILE names (not if the variable
 *      says no_file, nor if NAME_FILE is itself a declared variable). NAME and NAME_FILE both: source.conflict. An alias
 *      wins over the own name; both set to different values is alias.conflict. A name that is twice in @environ_ counts
 *      once, the first, as getenv(3) sees it; entries without '=' are skipped;
 *   2. a file of --secrets-dir named like it, as written or in lower case;
 *   3. the --env-file given last, then the one before;
 *   4. the manifest's default for this environment;
 *   5. the manifest's default, with ${OTHER} replaced by values; it is not there when OTHER is unset (config_expand), and
 *      value.unset when it says so with ":?".
 * An empty value is none where empty counts as unset. A file that cannot be used (value_file.h) is source.file, and what
 * comes after it is not asked. Values from files are kept in @a.
 *
 * Defaults are checked like any value; a value that children are to get in their environment and that is too large for one is
 * value.large. What is made of a value that is broken itself is not complained about again.
 * required.missing has a hint with an undeclared name that looks like it. Warnings: condition.unused, value.deprecated,
 * name.deprecated, source.permissions, secret.short (it cannot be kept out of output, redact.h), and of the model's fields
 * (schema.h: field) url.localhost_in_container, redis.db_shared, redis.db_in_url.
 *
 * Reads files that NAME_FILE and --secrets-dir name, and blocks on the file system only.
 */
void config_resolve(const struct variable *variables, size_t count, char *const *environ_,
                    const struct resolve_options *options, struct arena *a, struct config *out, struct problems *p);

/*
 * config_seal - compute the digest: SHA-256 over sorted "name=value\n", each secret value replaced by its HMAC-SHA-256
 * under @key, since a plain hash of a short password can be guessed.
 */
void config_seal(struct config *c, const uint8_t *key, size_t key_len);

/*
 * config_find - the setting of that variable name (not alias), or NULL.
 */
const struct setting *config_find(const struct config *c, const char *variable_name);

/*
 * config_field - the setting of that field of the data model ("redis_url"), or NULL when none is declared.
 */
const struct setting *config_field(const struct config *c, const char *field);

/* The kernel takes no longer argument: MAX_ARG_STRLEN, execve(2). */
#define CONFIG_EXPAND_MAX ((size_t)128 << 10)

/*
 * config_expand - replace ${NAME}, ${NAME:-text} and ${NAME:?message} in @text by values (placeholder.h).
 *
 * Only declared variables count. One pass: values are never expanded again. What is not used is not looked at: the text of
 * ${NAME:-text} while NAME has a value.
 *
 * @out  filled with a string in the arena (holds secrets if the values do; placeholder_variables() tells whose).
 *
 * Returns 0;
 * 1 when a variable is declared but unset (@name_out = its name, in the arena);
 * -2 when the text itself refuses that a variable is unset or empty: @name_out = "NAME: message", for people, from the
 * text alone and without values;
 * -1 when a name is not declared (@name_out = that name), the syntax is wrong (the rest of the text from the dollar sign on:
 * not to be shown), or the result would be longer than CONFIG_EXPAND_MAX (likewise).
 * @out is untouched unless 0, @name_out on 0.
 */
int config_expand(const struct config *c, const char *text, struct arena *a, const char **out, const char **name_out);

#endif
