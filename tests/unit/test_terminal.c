#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/base/log.h"
#include "init/report/terminal.h"
#include "tests/unit/run_fixture.h"
#include "tests/unit/suites.h"

#define EXITED(code) ((code) << 8)

static struct run run;
static int capture, kept;
static char text[65536];

static void setup(void)
{
    run_begin(&run);
    log_init(LOG_NOTICE, false);
    capture = memfd_create("stderr", MFD_CLOEXEC);
    ck_assert_int_ge(capture, 0);
    kept = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(capture, STDERR_FILENO), 0);
}

static void teardown(void)
{
    (void)dup2(kept, STDERR_FILENO);
    close(kept);
    close(capture);
    run_end(&run);
}

/* What was written since the last call. */
static const char *told(void)
{
    ssize_t n = pread(capture, text, sizeof(text) - 1, 0);
    ck_assert_int_ge(n, 0);
    text[n] = '\0';
    ck_assert_int_eq(ftruncate(capture, 0), 0);
    ck_assert_int_eq(lseek(capture, 0, SEEK_SET), 0);
    ck_assert_ptr_null(strstr(text, RUN_PASSWORD));
    ck_assert_ptr_null(strstr(text, RUN_TOKEN));
    ck_assert_msg(strstr(text, " \n") == NULL, "blanks at the end of a line in:\n%s", text);
    return text;
}

static const char *changed(size_t i)
{
    terminal_changed(&run.view, i, run.now_us);
    return told();
}

static void contains(const char *all, const char *part)
{
    ck_assert_msg(strstr(all, part) != NULL, "no \"%s\" in:\n%s", part, all);
}

START_TEST(tells_the_configuration)
{
    terminal_config(&run.config, &run.manifest);
    ck_assert_str_eq(told(), "manifest       muster.json: 3 services, 1 step, 1 test\n"
                             "configuration  4 variables, all valid\n"
                             "  REDIS_URL      redis://app:***@cache:6379/0  environment\n"
                             "  ENVIRONMENT    docker                        environment\n"
                             "  API_TOKEN      ***                           environment\n"
                             "  WEBSOCKET_URL  -                             not set\n");
}
END_TEST

START_TEST(tells_every_mistake)
{
    struct problems p = {0};
    problem_hint(problem_add(&p, "required.missing", "REDIS_URL", "it is not set"), "set it");
    problem_add(&p, "int.range", "REDIS_TASK_DB", "16 is above 15");
    problem_warn(&p, "redis.db_shared", "REDIS_SESSION_DB", "shared");
    terminal_problems(&p, "configuration");
    ck_assert_str_eq(told(), "  REDIS_URL: required.missing: it is not set\n"
                             "      hint      set it\n"
                             "  REDIS_TASK_DB: int.range: 16 is above 15\n"
                             "  warning: REDIS_SESSION_DB: redis.db_shared: shared\n"
                             "2 mistakes in the configuration, and 1 warning; nothing was started\n");
}
END_TEST

START_TEST(tells_all_that_is_known_of_a_mistake)
{
    struct problems p = {0};
    problem_warn(&p, "name.similar", "PROT", "set, but not declared");
    struct problem *item = problem_add(&p, "port", "PORT", "\"80a\" is no port");
    problem_hint(item, "write digits only");
    problem_source(item, ".env:3");
    problem_found(item, "80a\033[2J");
    problem_accepted(item, "a whole number from 1 to 65535");
    log_init(LOG_ERROR, false);
    terminal_problems(&p, "configuration");
    ck_assert_str_eq(told(), "  PORT: port: \"80a\" is no port\n"
                             "      found     80a?[2J\n"
                             "      source    .env:3\n"
                             "      accepted  a whole number from 1 to 65535\n"
                             "      hint      write digits only\n"
                             "1 mistake in the configuration; nothing was started\n");
}
END_TEST

/* Columns that a line takes, without colours. */
static size_t width_of(const char *line, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\033')
            i += strcspn(line + i, "m");
        else
            width += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return width;
}

START_TEST(fits_long_texts_into_a_terminal)
{
    static const char words[] = "a text of many words, and all of them are there, although no line of an ordinary "
                                "terminal is wide enough to hold more than the half of these";
    struct problems p = {0};
    problem_hint(problem_add(&p, "uri.scheme", "REDIS_URL", "%s", words), "%s", words);
    terminal_problems(&p, "configuration");
    contains(told(), words);
    log_init(LOG_NOTICE, true);
    terminal_problems(&p, "configuration");
    const char *all = told();
    size_t lines = 0;
    for (const char *at = all; *at != '\0'; at += strcspn(at, "\n") + 1) {
        ck_assert_uint_le(width_of(at, strcspn(at, "\n")), 80);
        lines++;
    }
    ck_assert_uint_eq(lines, 7);
    contains(all, "all of them are there,\n      although no line");
    contains(all, "although no\n                line of an");
}
END_TEST

START_TEST(counts_what_it_does_not_show)
{
    static struct problems p;
    for (int i = 0; i < PROBLEMS_MAX + 12; i++) {
        problem_add(&p, "enum", "/x", "wrong");
    }
    terminal_problems(&p, "manifest");
    const char *all = told();
    contains(all, "\n  and 12 more\n112 mistakes in the manifest; nothing was started\n");
    p = (struct problems){0};
    terminal_problems(&p, "manifest");
    ck_assert_str_eq(told(), "");
}
END_TEST

START_TEST(tells_a_service_from_start_to_healthy)
{
    run_start(&run);
    ck_assert_str_eq(changed(RUN_REDIS),
                     "    0.000 s  redis      waiting     for an answer of redis://app:***@cache:6379/0\n");
    ck_assert_str_eq(changed(RUN_BACKEND), "    0.000 s  backend    waiting     for redis, migrate\n");
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    ck_assert_str_eq(changed(RUN_REDIS),
                     "    0.000 s  redis      waiting     refused: nothing listens on cache:6379 yet\n");
    run_wait(&run, 900 * US_PER_MS);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    ck_assert_str_eq(changed(RUN_REDIS),
                     "    0.900 s  redis      healthy     after 0.90 s, 2 attempts, answered in 0.3 ms\n");
}
END_TEST

START_TEST(tells_the_end_of_own_services_only)
{
    run.graph.nodes[RUN_BACKEND].runs = true;
    run_to_ready(&run);
    run_event(&run, &(struct engine_event){.kind = EVENT_STOP});
    run_exit(&run, RUN_BACKEND, 15, 0);
    ck_assert_str_eq(service_status_name(engine_state(run.view.engine, RUN_REDIS)->status.service), "stopped");
    ck_assert_str_eq(changed(RUN_REDIS), "");
    ck_assert_str_eq(changed(RUN_BACKEND), "    0.210 s  backend    stopped     stopped with everything else\n");
    /* Not checked for another reason: that is news. */
    ck_assert_str_eq(changed(RUN_WEBSOCKET), "    0.210 s  websocket  stopped     not configured\n");
}
END_TEST

START_TEST(tells_a_recovery_from_when_it_began_to_fail)
{
    run.graph.nodes[RUN_REDIS].interval_us = 10 * US_PER_S;
    run_to_ready(&run);
    run_wait(&run, 40 * US_PER_S);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379");
    contains(changed(RUN_REDIS), "redis      unhealthy   refused: nothing listens on cache:6379\n");
    run_wait(&run, 2100 * US_PER_MS);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    contains(changed(RUN_REDIS), "redis      healthy     again after 2.10 s, answered in 0.3 ms\n");
}
END_TEST

START_TEST(tells_a_step_and_its_artifacts)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    ck_assert_str_eq(changed(RUN_MIGRATE), "    0.000 s  migrate    running     Bring the schema up to date\n");
    run.now_us += 210 * US_PER_MS;
    run_exit(&run, RUN_MIGRATE, 0, 0);
    run_recorded(&run, true, NULL);
    ck_assert_str_eq(changed(RUN_MIGRATE),
                     "    0.210 s  migrate    completed   in 0.21 s\n"
                     "               /srv/schema.sql  1204 bytes  0644  sha256:000000000000...\n");
}
END_TEST

START_TEST(tells_each_end_of_a_step_and_a_test)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, 0);
    run_recorded(&run, true, NULL);
    run_verdict(&run, RUN_BACKEND, VERDICT_OK, "");
    ck_assert_str_eq(changed(RUN_SMOKE), "    0.000 s  smoke      running\n");

    run_end(&run);
    run_begin(&run);
    run_start(&run);
    ck_assert_str_eq(changed(RUN_MIGRATE), "    0.000 s  migrate    waiting     for redis\n");
    ck_assert_str_eq(changed(RUN_SMOKE), "    0.000 s  smoke      waiting     for backend\n");
    ck_assert_str_eq(changed(RUN_WEBSOCKET), "    0.000 s  websocket  stopped     not configured\n");
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, EXITED(3), 0);
    ck_assert_str_eq(changed(RUN_MIGRATE), "    0.000 s  migrate    failed      exited with code 3\n");

    run_end(&run);
    run_begin(&run);
    run_to_ready(&run);
    ck_assert_str_eq(changed(RUN_SMOKE), "    0.210 s  smoke      passed      in 0.0 ms\n");
    terminal_ready(&run.view, run.now_us);
    ck_assert_str_eq(told(), "ready in 0.21 s\n");
}
END_TEST

START_TEST(heartbeat_tells_what_is_missing)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    run.now_us += 5 * US_PER_S;
    terminal_waiting(&run.view, run.now_us);
    ck_assert_str_eq(told(),
                     "    5.000 s  still waiting for\n"
                     "               redis      refused: nothing listens on cache:6379 yet (for 5.00 s, 1 attempt)\n"
                     "               then: backend, migrate, smoke\n");
}
END_TEST

START_TEST(failure_tells_every_cause)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    run_wait(&run, 31 * US_PER_S);
    ck_assert(run.failed);
    terminal_failed(&run.view, run.now_us);
    const char *all = told();
    contains(all, "failed after 31.00 s: ");
    contains(all, "\n  service redis  redis://app:***@cache:6379/0\n");
    contains(all, "\n      refused: nothing listens on cache:6379 yet\n");
    contains(all, "\n      1 attempt, failing for 31.00 s\n");
    contains(all, verdict_hint(VERDICT_REFUSED, false));
    contains(all, "\n  never started, because of what they wait for: backend, migrate, smoke\n");
    contains(all, "\n  the whole state is in /run/muster/status.json\n");
    ck_assert_ptr_null(strstr(all, "websocket"));
}
END_TEST

/* "localhost inside a container is the container itself" */
START_TEST(failure_warns_of_localhost_in_a_container)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, 0);
    run_recorded(&run, true, NULL);
    run_verdict(&run, RUN_BACKEND, VERDICT_REFUSED, "nothing listens on localhost:8000 yet");
    run_wait(&run, 31 * US_PER_S);
    terminal_failed(&run.view, run.now_us);
    const char *all = told();
    ck_assert_str_ne(verdict_hint(VERDICT_REFUSED, true), verdict_hint(VERDICT_REFUSED, false));
    contains(all, verdict_hint(VERDICT_REFUSED, true));
    /* Redis was well until it was stopped with everything else. */
    ck_assert_ptr_null(strstr(all, "service redis"));
}
END_TEST

START_TEST(failure_shows_the_last_output)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    for (int i = 0; i < 100; i++) {
        const char *line = i == 99 ? "no such table " RUN_TOKEN "\n" : "working\n";
        output_feed(&run.outputs[RUN_MIGRATE], line, strlen(line), NULL, NULL);
    }
    run_exit(&run, RUN_MIGRATE, EXITED(3), 0);
    terminal_failed(&run.view, run.now_us);
    const char *all = told();
    contains(all, "\n  step migrate\n      exited with code 3\n");
    contains(all, "      | working\n      | no such table ***\n");
    size_t lines = 0;
    for (const char *at = all; (at = strstr(at, "      | ")) != NULL; at++) {
        lines++;
    }
    ck_assert_uint_eq(lines, 20);
}
END_TEST

/* There is no output that anybody could look at. */
START_TEST(failure_points_at_a_command_that_cannot_be_started)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, ENOENT);
    terminal_failed(&run.view, run.now_us);
    const char *all = told();
    contains(all, "\n  step migrate\n      cannot start: No such file or directory\n");
    contains(all, "hint: look at the command: is it in the image");
    ck_assert_ptr_null(strstr(all, "see its output"));
}
END_TEST

START_TEST(failure_tells_an_interruption)
{
    run_start(&run);
    run.now_us += US_PER_S;
    run_event(&run, &(struct engine_event){.kind = EVENT_INTERRUPT, .signal = 15});
    ck_assert_int_eq(run.view.exit_code, 143);
    terminal_failed(&run.view, run.now_us);
    contains(told(), "interrupted after 1.00 s");
}
END_TEST

START_TEST(output_has_the_name_in_front)
{
    terminal_output(&run.view, RUN_MIGRATE, "creating tables", 15);
    ck_assert_str_eq(told(), "             migrate   | creating tables\n");
}
END_TEST

START_TEST(quiet_tells_only_what_failed)
{
    log_init(LOG_ERROR, false);
    run_start(&run);
    terminal_config(&run.config, &run.manifest);
    ck_assert_str_eq(changed(RUN_REDIS), "");
    terminal_waiting(&run.view, run.now_us);
    terminal_output(&run.view, RUN_MIGRATE, "x", 1);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    ck_assert_str_eq(changed(RUN_REDIS), "");
    run_exit(&run, RUN_MIGRATE, EXITED(3), 0);
    contains(changed(RUN_MIGRATE), "failed");
    terminal_failed(&run.view, run.now_us);
    contains(told(), "step migrate");
}
END_TEST

START_TEST(colour_only_where_it_is_wanted)
{
    run_to_ready(&run);
    ck_assert_ptr_null(strchr(changed(RUN_REDIS), '\033'));
    log_init(LOG_NOTICE, true);
    const char *all = changed(RUN_REDIS);
    contains(all, "\033[32m✓\033[0m redis");
    contains(all, "\033[32mhealthy\033[0m");
    log_init(LOG_NOTICE, false);
}
END_TEST

START_TEST(foreign_text_cannot_control_the_terminal)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_PROTOCOL, "\033[2J\xff gone");
    log_init(LOG_NOTICE, true);
    const char *all = changed(RUN_REDIS);
    log_init(LOG_NOTICE, false);
    ck_assert_ptr_null(strstr(all, "\033[2J"));
    contains(all, "?[2J? gone");
}
END_TEST

Suite *suite_terminal(void)
{
    Suite *s = suite_create("terminal");
    TCase *t = tcase_create("terminal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, tells_the_configuration);
    tcase_add_test(t, tells_every_mistake);
    tcase_add_test(t, tells_all_that_is_known_of_a_mistake);
    tcase_add_test(t, fits_long_texts_into_a_terminal);
    tcase_add_test(t, counts_what_it_does_not_show);
    tcase_add_test(t, tells_a_service_from_start_to_healthy);
    tcase_add_test(t, tells_the_end_of_own_services_only);
    tcase_add_test(t, tells_a_recovery_from_when_it_began_to_fail);
    tcase_add_test(t, tells_a_step_and_its_artifacts);
    tcase_add_test(t, tells_each_end_of_a_step_and_a_test);
    tcase_add_test(t, heartbeat_tells_what_is_missing);
    tcase_add_test(t, failure_tells_every_cause);
    tcase_add_test(t, failure_warns_of_localhost_in_a_container);
    tcase_add_test(t, failure_shows_the_last_output);
    tcase_add_test(t, failure_points_at_a_command_that_cannot_be_started);
    tcase_add_test(t, failure_tells_an_interruption);
    tcase_add_test(t, output_has_the_name_in_front);
    tcase_add_test(t, quiet_tells_only_what_failed);
    tcase_add_test(t, colour_only_where_it_is_wanted);
    tcase_add_test(t, foreign_text_cannot_control_the_terminal);
    suite_add_tcase(s, t);
    return s;
}
