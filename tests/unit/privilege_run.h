/*
 * privilege_run - apply privileges in a process of its own and see what the program it becomes has.
 */
#ifndef MUSTER_TESTS_UNIT_PRIVILEGE_RUN_H
#define MUSTER_TESTS_UNIT_PRIVILEGE_RUN_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/core/privilege.h"

#define PRIVILEGE_TEXT_MAX 16384

/* The user without privileges that root becomes for the tests of refusals; no file needs to know it. */
#define ORDINARY_USER 1000

struct privilege_run {
    int result; /* of privilege_apply() */
    int error;
    char text[PRIVILEGE_TEXT_MAX]; /* /proc/self/status and limits of the executed program; empty if it was refused */
};

/*
 * privilege_run - @ordinary: without any privilege. @filter: a seccomp(2) filter that is installed first, or NULL.
 */
void privilege_run(const struct privilege *p, bool ordinary, const struct sock_fprog *filter,
                   struct privilege_run *out);

/*
 * privileged - whether we are root as a container has it; without that only the refusals can be seen.
 */
bool privileged(void);

#endif
