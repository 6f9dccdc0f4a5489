/*
 * action_rig - a folder for actions to be done in, and looks at what is there afterwards.
 */
#ifndef MUSTER_TESTS_UNIT_ACTION_RIG_H
#define MUSTER_TESTS_UNIT_ACTION_RIG_H

#include <sys/types.h>

#include "init/base/err.h"
#include "init/wire/instructions.h"

/* Of the last action that failed. */
extern struct err acts_error;

/*
 * acts_set_up, acts_tear_down - for a checked fixture. The umask of the test is 077, which must not matter.
 */
void acts_set_up(void);
void acts_tear_down(void);

/*
 * acts_path - of a name in the folder. Eight of them are good at the same time.
 */
const char *acts_path(const char *name);

/*
 * acts_do - instructions with the members that are given: kind, path and so on. Mode, user and group 0 stand for
 * INSTRUCT_KEEP.
 */
#define acts_do(...) acts_carry_out((struct instructions){__VA_ARGS__})
int acts_carry_out(struct instructions in);

/*
 * acts_refuses - the action fails, and says so with these words.
 */
#define acts_refuses(words, ...)                                                                                       \
    do {                                                                                                               \
        ck_assert_int_eq(acts_do(__VA_ARGS__), -1);                                                                    \
        ck_assert_msg(strstr(acts_error.text, words) != NULL, "%s", acts_error.text);                                  \
    } while (0)

void acts_file(const char *name, const char *content, mode_t mode);
void acts_folder(const char *name, mode_t mode);
void acts_link(const char *name, const char *target);

/*
 * acts_holds - a regular file with that content and those permissions. acts_leads - a symbolic link. acts_mode - of what
 * is there itself, 0170000 and 07777; 0 = nothing. acts_entries - how many names a folder has.
 */
void acts_holds(const char *name, const char *content, mode_t mode);
void acts_leads(const char *name, const char *target);
mode_t acts_mode(const char *name);
size_t acts_entries(const char *name);

#endif
