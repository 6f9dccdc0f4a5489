#include <stdlib.h>
#include <string.h>

#include "tests/unit/suites.h"

static Suite *(*const suites[])(void) = {
    suite_accounts,
    suite_arena,
    suite_artifact,
    suite_backoff,
    suite_buf,
    suite_builtin,
    suite_capability,
    suite_channel,
    suite_check_list,
    suite_check_number,
    suite_check_path,
    suite_check_text,
    suite_clock,
    suite_condition,
    suite_config_docs,
    suite_config_ere,
    suite_config_example,
    suite_config_range,
    suite_crosscheck,
    suite_deadlines,
    suite_digest,
    suite_engine,
    suite_entities,
    suite_env_file,
    suite_environment,
    suite_err,
    suite_expand,
    suite_fdio,
    suite_graph,
    suite_group,
    suite_grpc_talk,
    suite_hpack,
    suite_journal,
    suite_json,
    suite_jsonw,
    suite_knocking,
    suite_local_probe,
    suite_logfile,
    suite_main_options,
    suite_manifest,
    suite_match,
    suite_merge,
    suite_messages,
    suite_mistakes,
    suite_mysql_talk,
    suite_name_table,
    suite_notified,
    suite_notify_text,
    suite_options,
    suite_outcome,
    suite_output,
    suite_pace,
    suite_pattern,
    suite_personality,
    suite_placeholder,
    suite_postgres_talk,
    suite_privilege,
    suite_privilege_apply,
    suite_privilege_verify,
    suite_probe_verdicts,
    suite_problem,
    suite_processes,
    suite_profile,
    suite_read_variable,
    suite_recorder,
    suite_redact,
    suite_redis_reply,
    suite_resolve,
    suite_restart,
    suite_service,
    suite_service_ready,
    suite_settle,
    suite_signame,
    suite_similar,
    suite_source,
    suite_spawn,
    suite_statedir,
    suite_states,
    suite_status,
    suite_step,
    suite_stop,
    suite_terminal,
    suite_text,
    suite_told,
    suite_types,
    suite_url,
    suite_wait,
};

/* Run all suites, or those named on the command line. */
int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
        srunner_add_suite(runner, suites[i]());
    if (argc < 2) {
        srunner_run_all(runner, CK_NORMAL);
    } else {
        for (int i = 1; i < argc; i++)
            srunner_run(runner, argv[i], NULL, CK_NORMAL);
    }
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
