/*
 * config_explain - one variable explained: its value, where it comes from and why, what is accepted, who uses it.
 */
#ifndef MUSTER_REPORT_CONFIG_EXPLAIN_H
#define MUSTER_REPORT_CONFIG_EXPLAIN_H

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/base/jsonw.h"
#include "init/base/problem.h"
#include "init/report/config_sources.h"

/* What is known about the configuration; all borrowed. */
struct config_explain {
    struct config_places places;
    const struct problems *problems;
    struct arena *arena;
};

/*
 * config_explain_text - for people, appended to @out. No secret is in it.
 */
void config_explain_text(const struct config_explain *x, const struct setting *s, struct buf *out);

/*
 * config_explain_json - for programs: one object of an array.
 */
void config_explain_json(const struct config_explain *x, const struct setting *s, struct jsonw *w);

/*
 * config_explain_concerns - whether a mistake is about @s: its place is the variable or one of its aliases.
 */
bool config_explain_concerns(const struct problem *item, const struct setting *s);

#endif
