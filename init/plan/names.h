/*
 * names - the words of the manifest's closed lists, as tables: readers, messages and hints all take them from here.
 */
#ifndef MUSTER_PLAN_NAMES_H
#define MUSTER_PLAN_NAMES_H

#include <stddef.h>

#include "init/plan/manifest.h"

struct names {
    const char *const *items; /* index = the enum's value */
    size_t count;
    const char *noun; /* what one of them is called: "test type" */
};

extern const struct names probe_kind_names; /* without "none", which is not written: index = kind - 1 */
extern const struct names step_category_names;
extern const struct names artifact_type_names;
extern const struct names test_type_names;
extern const struct names restart_names; /* "never", "on-failure", "always": index = enum restart_policy */
extern const struct names record_names;  /* "any", "A", "AAAA": index = enum wire_record_type */
extern const struct names role_names;    /* without the first, which is not written: index = enum wire_redis_role - 1 */
extern const struct names expect_names;  /* "up", "down": index = probe.down */
extern const struct names rollback_names;   /* "step", "session", "none": index = enum rollback_policy */
extern const struct names limit_names;      /* of resources, as getrlimit(2) has them: "nofile" */
extern const struct names ready_word_names; /* "notify": what "ready" and "main_ready" may say in one word */
extern const struct names empty_rule_names; /* "error", "unset": index = variable.empty_is_unset */
extern const struct names delivery_names;   /* without the first, which is not written: index = delivery - 1 */
extern const struct names path_rule_names;  /* index = the bit of enum path_rule */

/*
 * names_find - index of @word, or -1.
 */
int names_find(const struct names *n, const char *word);

/*
 * names_nearest - the word that was probably meant, or NULL.
 */
const char *names_nearest(const struct names *n, const char *word);

#endif
