#include "init/command/personality.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/base/log.h"

#define WORDS_MAX 16

static struct personality_request r;
static char words[512];
static char settings[512];

/* Words separated by blanks into @out; what the request points into must outlive the call. */
static void split(char *storage, size_t size, const char *line, char *out[WORDS_MAX])
{
    size_t count = 0;
    (void)snprintf(storage, size, "%s", line);
    for (char *at = storage; *at != '\0' && count < WORDS_MAX - 1;) {
        out[count++] = at;
        at += strcspn(at, " ");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    out[count] = NULL;
}

static void parse(const char *line, const char *environment, bool is_init)
{
    static char *argv[WORDS_MAX];
    static char *environ_[WORDS_MAX];
    split(words, sizeof words, line, argv);
    split(settings, sizeof settings, environment, environ_);
    const struct personality *p = personality_find(argv[0]);
    ck_assert_ptr_nonnull(p);
    personality_parse(p, argv, environ_, is_init, &r);
}

static const struct {
    const char *argv0;
    const struct personality *is;
} named[] = {
    {"tini", &personality_tini},
    {"/sbin/docker-init", &personality_tini},
    {"./tini-static", &personality_tini},
    {"/usr/bin/dumb-init", &personality_dumb_init},
    {"catatonit", &personality_catatonit},
    {"/run/podman-init", &personality_catatonit},
    {"muster", NULL},
    {"/tini/muster", NULL},
    {"tini2", NULL},
    {"", NULL},
    {NULL, NULL},
};

START_TEST(the_last_component_of_the_name_decides)
{
    ck_assert_ptr_eq(personality_find(named[_i].argv0), named[_i].is);
}
END_TEST

/* What is said instead of running something. `text` is how it begins, or all of it when it ends with a newline. */
static const struct {
    const char *line;
    const char *environment;
    int fd;
    int exit_code;
    const char *text;
} told[] = {
    {"tini", "", STDERR_FILENO, 1,
     "tini (tini version 0.19.0)\nUsage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n\n"},
    {"tini --", "", STDERR_FILENO, 1, "tini (tini version 0.19.0)"},
    {"/x/tini -h", "", STDOUT_FILENO, 0, "tini (tini version 0.19.0)\nUsage: tini [OPTIONS]"},
    {"docker-init -vgh", "", STDOUT_FILENO, 0, "docker-init (tini version 0.19.0)"},
    {"docker-init --version", "", STDOUT_FILENO, 0, "tini version 0.19.0\n"},
    {"tini --version x", "", STDERR_FILENO, 1, "tini: invalid option -- '-'\ntini (tini version 0.19.0)\nUsage: "},
    {"tini -l", "", STDOUT_FILENO, 0, "The MIT License (MIT)\n\n"},
    {"/x/tini -gx app", "", STDERR_FILENO, 1, "/x/tini: invalid option -- 'x'\ntini (tini"},
    {"tini -gp", "", STDERR_FILENO, 1, "tini: option requires an argument -- 'p'\ntini (tini"},
    {"tini -p TERM app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -p sigterm app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -p SIGIO app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -p 15 app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -e 256 app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -e -1 app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"tini -e 1x app", "", STDERR_FILENO, 1, "[FATAL tini ("},
    {"./dumb-init", "", STDERR_FILENO, 1,
     "Usage: ./dumb-init [option] program [args]\nTry ./dumb-init --help for full usage.\n"},
    {"dumb-init -c --", "DUMB_INIT_DEBUG=1", STDERR_FILENO, 1, "Usage: dumb-init [option] program"},
    {"dumb-init -h", "", STDERR_FILENO, 0, "dumb-init v1.2.5\nUsage: dumb-init [option] command [[arg] ...]\n\n"},
    {"dumb-init --he -x", "", STDERR_FILENO, 0, "dumb-init v1.2.5\nUsage: "},
    {"dumb-init -V", "", STDERR_FILENO, 0, "dumb-init v1.2.5\n"},
    {"dumb-init --version", "", STDERR_FILENO, 0, "dumb-init v1.2.5\n"},
    {"dumb-init -x", "", STDERR_FILENO, 1, "dumb-init: invalid option -- 'x'\n"},
    {"dumb-init --yolo app", "", STDERR_FILENO, 1, "dumb-init: unrecognized option '--yolo'\n"},
    {"dumb-init --ver", "", STDERR_FILENO, 1,
     "dumb-init: option '--ver' is ambiguous; possibilities: '--verbose' '--version'\n"},
    {"dumb-init --version=3", "", STDERR_FILENO, 1, "dumb-init: option '--version' doesn't allow an argument\n"},
    {"dumb-init --rewrite", "", STDERR_FILENO, 1, "dumb-init: option '--rewrite' requires an argument\n"},
    {"dumb-init -r", "", STDERR_FILENO, 1, "dumb-init: option requires an argument -- 'r'\n"},
    {"dumb-init -r herp:derp app", "", STDERR_FILENO, 1, "Usage: -r option takes <signum>:<signum>, where "},
    {"dumb-init -r 15 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r 15: app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r 15::12 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r :3 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r 15:32 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r 0:1 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r 15:-1 app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"dumb-init -r TERM:INT app", "", STDERR_FILENO, 1, "Usage: -r option"},
    {"catatonit", "", STDERR_FILENO, 1, "ERROR (catatonit:"},
    {"catatonit -g", "", STDERR_FILENO, 1, "ERROR (catatonit:"},
    {"catatonit app", "CATATONIT_LOG=", STDERR_FILENO, 1, "ERROR (catatonit:"},
    {"catatonit -h", "", STDERR_FILENO, 0, "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n\n"},
    {"catatonit --help", "", STDERR_FILENO, 1,
     "catatonit: unrecognized option '--help'\nusage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"},
    {"catatonit -L", "", STDOUT_FILENO, 0, "catatonit: "},
    {"catatonit -gV", "", STDOUT_FILENO, 0, "tini version 0.1.7_catatonit\n"},
    {"catatonit --ver", "", STDOUT_FILENO, 0, "tini version 0.1.7_catatonit\n"},
    {"catatonit -x", "", STDERR_FILENO, 1, "catatonit: invalid option -- 'x'\nusage: catatonit "},
};

START_TEST(wrong_words_and_questions_are_answered)
{
    parse(told[_i].line, told[_i].environment, true);
    ck_assert(r.over);
    ck_assert(!r.said.overflow);
    ck_assert_int_eq(r.exit_code, told[_i].exit_code);
    ck_assert_int_eq(r.fd, told[_i].fd);
    size_t len = strlen(told[_i].text);
    ck_assert_msg(strncmp(r.said.data, told[_i].text, len) == 0, "%s: %s", told[_i].line, r.said.data);
}
END_TEST

/* What is run: the first word of the main command, and what differs from the defaults. */
static const struct {
    const char *line;
    const char *environment;
    const char *first;
    bool group, session, reaper;
    int verbosity;
} run[] = {
    {"tini app", "", "app", false, false, false, LOG_WARNING},
    {"tini -- -app", "", "-app", false, false, false, LOG_WARNING},
    {"tini - x", "", "-", false, false, false, LOG_WARNING},
    {"tini app -x --help", "", "app", false, false, false, LOG_WARNING},
    {"tini -gsvvv -- app", "", "app", true, false, true, LOG_DEBUG + 1},
    {"tini -v app", "TINI_VERBOSITY=0", "app", false, false, false, LOG_ERROR},
    {"tini app", "TINI_VERBOSITY=x", "app", false, false, false, LOG_ERROR},
    {"tini app", "TINI_VERBOSITY=99", "app", false, false, false, LOG_DEBUG},
    {"tini app", "TINI_SUBREAPER= TINI_KILL_PROCESS_GROUP=", "app", true, false, true, LOG_WARNING},
    {"tini app", "TINI_SUBREAPERS=1 TINI_KILL_PROCESS_GROU=1", "app", false, false, false, LOG_WARNING},
    {"dumb-init app -c", "", "app", true, true, true, LOG_WARNING},
    {"dumb-init -vc -- app", "", "app", false, false, false, LOG_DEBUG},
    {"dumb-init --s app", "", "app", false, false, false, LOG_WARNING},
    {"dumb-init app", "DUMB_INIT_SETSID=0 DUMB_INIT_DEBUG=1", "app", false, false, false, LOG_DEBUG},
    {"dumb-init app", "DUMB_INIT_SETSID=1 DUMB_INIT_DEBUG=0", "app", true, true, true, LOG_WARNING},
    {"catatonit app -x", "", "app", false, false, true, LOG_ERROR},
    {"catatonit -g -- app", "CATATONIT_DEBUG=", "app", true, false, true, LOG_DEBUG},
    {"catatonit -P app", "", NULL, false, false, true, LOG_ERROR},
};

START_TEST(options_and_variables_are_understood)
{
    parse(run[_i].line, run[_i].environment, false);
    ck_assert_msg(!r.over, "%s: %s", run[_i].line, r.said.data);
    if (run[_i].first == NULL) {
        ck_assert_ptr_null(r.argv);
        ck_assert(r.pause);
    } else {
        ck_assert_str_eq(r.argv[0], run[_i].first);
    }
    ck_assert_int_eq(r.options.group, run[_i].group);
    ck_assert_int_eq(r.options.session, run[_i].session);
    ck_assert_int_eq(r.reaper, run[_i].reaper);
    ck_assert_int_eq(r.verbosity, run[_i].verbosity);
    ck_assert_uint_eq(r.options.grace_us, r.reaper && !r.pause ? MAIN_GRACE_DEFAULT_US : 0);
}
END_TEST

START_TEST(pid_1_always_gives_the_others_time)
{
    parse("tini app", "", true);
    ck_assert_uint_eq(r.options.grace_us, MAIN_GRACE_DEFAULT_US);
    parse("dumb-init -c app", "", true);
    ck_assert_uint_eq(r.options.grace_us, MAIN_GRACE_DEFAULT_US);
    parse("catatonit -P", "", true);
    ck_assert_uint_eq(r.options.grace_us, 0);
}
END_TEST

START_TEST(tini_takes_signals_and_codes)
{
    parse("tini -w -p SIGKILL -e 143 -e130 -e 0 app", "", false);
    ck_assert(!r.over);
    ck_assert(r.tell_reaped);
    ck_assert_int_eq(r.options.parent_death_signal, SIGKILL);
    for (int code = 0; code < 256; code++) {
        ck_assert_int_eq(r.options.remapped[code], code == 143 || code == 130 || code == 0);
        ck_assert_int_eq(r.options.remap[code], 0);
    }
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        bool dropped = number == SIGTTIN || number == SIGTTOU;
        ck_assert_int_eq(r.options.rewrite[number], dropped ? SIGNAL_DROPPED : SIGNAL_AS_IT_IS);
    }
}
END_TEST

START_TEST(dumb_init_rewrites_numbers)
{
    parse("dumb-init -r 15:3 --rewrite=2:0 -r1:31x --rewr 20:20 app", "", false);
    ck_assert(!r.over);
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        int expected = number == SIGTERM                        ? SIGQUIT
                       : number == SIGINT                       ? SIGNAL_DROPPED
                       : number == SIGHUP                       ? 31
                       : number == SIGTSTP                      ? SIGTSTP
                       : number == SIGTTIN || number == SIGTTOU ? SIGSTOP
                                                                : SIGNAL_AS_IT_IS;
        ck_assert_int_eq(r.options.rewrite[number], expected);
    }
    parse("dumb-init -c app", "", false);
    ck_assert_int_eq(r.options.rewrite[SIGTSTP], SIGNAL_AS_IT_IS);
}
END_TEST

/* Every option of every table is in the help of its program. */
START_TEST(help_lists_every_option)
{
    const struct personality *p = named[_i].is;
    if (p == NULL) {
        return;
    }
    char line[64];
    (void)snprintf(line, sizeof line, "%s -h", named[_i].argv0);
    parse(line, "", true);
    for (const struct personality_flag *f = p->flags; f->letter != 0; f++) {
        const char letter[] = {' ', '-', f->letter, '\0'};
        ck_assert_msg(strstr(r.said.data, letter) != NULL, "%s %s", line, letter);
        ck_assert_ptr_nonnull(strstr(r.said.data, f->name == NULL ? "" : f->name));
        ck_assert(f->name == NULL || p->long_names);
    }
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

Suite *suite_personality(void)
{
    Suite *s = suite_create("personality");
    TCase *t = tcase_create("personality");
    tcase_add_loop_test(t, the_last_component_of_the_name_decides, 0, COUNT(named));
    tcase_add_loop_test(t, wrong_words_and_questions_are_answered, 0, COUNT(told));
    tcase_add_loop_test(t, options_and_variables_are_understood, 0, COUNT(run));
    tcase_add_test(t, pid_1_always_gives_the_others_time);
    tcase_add_test(t, tini_takes_signals_and_codes);
    tcase_add_test(t, dumb_init_rewrites_numbers);
    tcase_add_loop_test(t, help_lists_every_option, 0, COUNT(named));
    suite_add_tcase(s, t);
    return s;
}
