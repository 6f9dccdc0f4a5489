/*
 * config_lint - what is suspicious about a file of variables as it is written, beyond what its values mean.
 */
#ifndef MUSTER_REPORT_CONFIG_LINT_H
#define MUSTER_REPORT_CONFIG_LINT_H

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/config/env_file.h"
#include "init/config/environment.h"
#include "init/plan/manifest.h"

/* A file and what it is held against; all borrowed. */
struct config_lint {
    const char *text; /* the file's bytes, without a zero byte behind them */
    size_t len;
    const struct env_file *file; /* read from them */
    const struct manifest *manifest;
    const struct environment *environment; /* an empty one will do: Docker's links in it are known */
    struct arena *arena;
    struct problems *problems;
};

/*
 * config_lint - add what is found; where is "path:line".
 *
 * Warnings: env_file.duplicate, env_file.lower_case, env_file.blanks (around a value: a part of it in one dialect, lost in
 * the other), env_file.quotes (a part of the value), env_file.comment (likewise), env_file.substitution ("${" and "$("
 * stay as they are), env_file.line_end (CRLF), env_file.unknown (of no variable; not for names of platforms and of muster).
 * Errors: source.conflict (NAME and NAME_FILE). Never quotes a value.
 */
void config_lint(const struct config_lint *l);

/*
 * config_lint_place - "path:line", of a long path the end; "path" when @line is 0. In the arena.
 */
const char *config_lint_place(const char *path, unsigned line, struct arena *a);

/*
 * config_lint_variable - the variable that a name in a file is for: its own, an alias, or one of them with _FILE behind it;
 * NULL when it is of none.
 *
 * @names_file  whether it is the latter.
 */
const struct variable *config_lint_variable(const struct manifest *m, const char *name, bool *names_file,
                                            struct arena *a);

#endif
