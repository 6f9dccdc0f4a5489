/*
 * run_fixture - a small set-up session under the real engine with a virtual clock, for tests of what is reported.
 *
 *   redis <- migrate (step, leaves /srv/schema.sql) <- backend <- smoke (blocking test)
 *   websocket is not configured.
 */
#ifndef MUSTER_TESTS_UNIT_RUN_FIXTURE_H
#define MUSTER_TESTS_UNIT_RUN_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "init/report/status.h"

enum { RUN_REDIS, RUN_BACKEND, RUN_WEBSOCKET, RUN_MIGRATE, RUN_SMOKE, RUN_NODES };

/* In the configuration; must never be in anything that is written. */
#define RUN_PASSWORD "sesame-open"
#define RUN_TOKEN "tok-123456-tok"

struct run {
    struct status_view view;
    uint64_t now_us;
    bool ready, failed; /* what the engine asked for */
    struct arena arena;
    struct problems problems;
    struct config config;
    struct manifest manifest;
    struct graph graph;
    struct artifact_list artifacts;
    struct redactor redactor;
    struct output outputs[RUN_NODES];
    struct output *output_of[RUN_NODES];
};

/*
 * run_begin - configuration validated, nothing started. run_end - give everything back.
 */
void run_begin(struct run *r);
void run_end(struct run *r);

/*
 * run_start - the roll is being called. run_wait - time passes, timers fire.
 */
void run_start(struct run *r);
void run_wait(struct run *r, uint64_t us);

/*
 * run_verdict - the attempt that is out for @node ends after 300 µs. run_exit - its process ends. run_recorded - the
 * artifacts of the step were measured. run_event - anything else.
 */
void run_verdict(struct run *r, size_t node, enum verdict_class verdict, const char *text);
void run_exit(struct run *r, size_t node, int wait_status, int exec_errno);
void run_recorded(struct run *r, bool ok, const char *text);
void run_event(struct run *r, const struct engine_event *event);

/*
 * run_to_ready - all the way, without a failure.
 */
void run_to_ready(struct run *r);

#endif
