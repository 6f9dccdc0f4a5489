/*
 * suites - one test suite per module: tests/unit/test_MODULE.c. Sorted; main.c has the same list.
 */
#ifndef MUSTER_TESTS_UNIT_SUITES_H
#define MUSTER_TESTS_UNIT_SUITES_H

#include <check.h>

Suite *suite_accounts(void);
Suite *suite_arena(void);
Suite *suite_artifact(void);
Suite *suite_backoff(void);
Suite *suite_buf(void);
Suite *suite_builtin(void);
Suite *suite_capability(void);
Suite *suite_channel(void);
Suite *suite_check_list(void);
Suite *suite_check_number(void);
Suite *suite_check_path(void);
Suite *suite_check_text(void);
Suite *suite_clock(void);
Suite *suite_condition(void);
Suite *suite_config_docs(void);
Suite *suite_digest(void);
Suite *suite_engine(void);
Suite *suite_entities(void);
Suite *suite_env_file(void);
Suite *suite_environment(void);
Suite *suite_err(void);
Suite *suite_expand(void);
Suite *suite_fdio(void);
Suite *suite_graph(void);
Suite *suite_journal(void);
Suite *suite_json(void);
Suite *suite_jsonw(void);
Suite *suite_main_options(void);
Suite *suite_manifest(void);
Suite *suite_merge(void);
Suite *suite_messages(void);
Suite *suite_mistakes(void);
Suite *suite_notified(void);
Suite *suite_notify_text(void);
Suite *suite_options(void);
Suite *suite_outcome(void);
Suite *suite_output(void);
Suite *suite_pattern(void);
Suite *suite_personality(void);
Suite *suite_placeholder(void);
Suite *suite_privilege(void);
Suite *suite_privilege_apply(void);
Suite *suite_privilege_verify(void);
Suite *suite_probe_verdicts(void);
Suite *suite_problem(void);
Suite *suite_processes(void);
Suite *suite_profile(void);
Suite *suite_read_variable(void);
Suite *suite_recorder(void);
Suite *suite_redact(void);
Suite *suite_redis_reply(void);
Suite *suite_resolve(void);
Suite *suite_service(void);
Suite *suite_service_ready(void);
Suite *suite_settle(void);
Suite *suite_signame(void);
Suite *suite_similar(void);
Suite *suite_source(void);
Suite *suite_spawn(void);
Suite *suite_statedir(void);
Suite *suite_states(void);
Suite *suite_status(void);
Suite *suite_step(void);
Suite *suite_stop(void);
Suite *suite_terminal(void);
Suite *suite_text(void);
Suite *suite_types(void);
Suite *suite_url(void);

#endif
