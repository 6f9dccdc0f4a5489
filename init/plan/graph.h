/*
 * graph - manifest plus configuration becomes one dependency graph of services, steps and tests.
 */
#ifndef MUSTER_PLAN_GRAPH_H
#define MUSTER_PLAN_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/config/resolve.h"
#include "init/plan/manifest.h"
#include "init/wire/messages.h"

enum node_kind { NODE_SERVICE, NODE_STEP, NODE_TEST };

/* What the engine needs to know of a node; a test can build these by hand. */
struct node {
    enum node_kind kind;
    const char *name;
    const struct service *service; /* exactly one of these three is set; borrowed from the manifest */
    const struct step *step;
    const struct test *test;

    const uint16_t *needs; /* nodes that must be satisfied first (indices into graph.nodes) */
    size_t need_count;
    const uint16_t *blocks; /* the reverse */
    size_t block_count;

    const uint16_t
        *members; /* service with any_of: of these at_least have to be healthy; they need not be satisfied first */
    size_t member_count;
    uint32_t at_least;
    const uint16_t *groups; /* the reverse: services that this one is a member of */
    size_t group_count;

    bool inactive;              /* not configured, or not for this environment: never started */
    const char *inactive_why;   /* "not_configured", "environment", "condition"; NULL when active */
    bool skipped;               /* a step skipped by hand */
    const char *skip_source;    /* … by "option" or "variable"; NULL when it is not */
    bool required;              /* readiness waits for it (services: required; tests: blocking; steps: always) */
    bool runs;                  /* has a command of its own: run, command */
    bool probed;                /* has a probe, by the prober, as a child or as a file look-up */
    bool notified;              /* service: says itself that it is ready; never probed */
    uint64_t timeout_us;        /* service: first probe to healthy; step, test: run time. 0 = none */
    uint64_t probe_timeout_us;  /* one attempt: the probe's own timeout; 0 = the engine's default */
    uint64_t interval_us;       /* service: between probes once healthy; 0 = none */
    uint64_t start_period_us;   /* service: failures so soon after it was taken up count for nothing */
    uint64_t retry_min_us;      /* service: pause between attempts of the bring-up; 0 = the engine's default */
    uint64_t retry_max_us;      /* likewise */
    uint8_t jitter;             /* service, step: per cent of each pause, up and down */
    bool down;                  /* probed: what is expected is that nothing answers */
    uint32_t success_threshold; /* service: successes in a row that make it healthy; 0 counts as 1 */
    enum lost_policy when_lost;
    enum restart_policy restart;
    uint64_t restart_delay_us;
    uint64_t restart_max_us;
    uint32_t restart_limit;
    uint64_t restart_window_us;
    int stop_signal; /* 0 = TERM */
    uint32_t failure_threshold;
    uint32_t give_up_after; /* service: failures in a row that waiting does not heal; 0 = no limit */
    uint64_t stop_grace_us;

    /* Expanded texts, ready to use. They may hold secrets and are never printed. */
    char *const *argv;                          /* runs: NULL-terminated */
    struct wire_probe_request *request;         /* probed by the prober: all that go through the network; else NULL */
    const char *tls_files[WIRE_TLS_FILE_COUNT]; /* of that request: paths, or NULL */
    bool probed_here;                           /* file, process: PID 1 looks itself */
    char *const *probe_argv;                    /* exec probe, else NULL */
    const char *probe_path;                     /* file probe, process probe with a pid file; else NULL */
    const char *const *environment;             /* runs: more variables, "NAME=value", NULL-terminated; or NULL */
    const char *directory;                      /* runs: working directory, or NULL */
    const char *shown_target;          /* what is probed, for people: no credentials, no query. "" when nothing is */
    const char *const *artifact_paths; /* step: expanded, one per artifact */
    char *const *const *cleanups;      /* step: how each artifact is removed, argument arrays; NULL = its file is */
    const struct step_action *action;  /* step: expanded; NULL = its command. argv is NULL then: the driver has it */

    /* Steps. */
    bool prepares;        /* has artifacts of which there are before-images: ACTION_PREPARE comes before each attempt */
    bool records;         /* has artifacts: ACTION_RECORD comes after its command */
    bool rolls_back;      /* taken back when it fails */
    bool skip_satisfies;  /* those that need it may begin when it is skipped */
    uint32_t attempt_max; /* 0 counts as 1 */
    uint64_t attempt_pause_us, attempt_pause_max_us;
    uint64_t attempts_timeout_us; /* all of them together; 0 = no limit */
    const uint8_t *retry_exits;   /* only after these; count 0 = after any failure */
    size_t retry_exit_count;
};

struct graph {
    struct node *nodes; /* services, then steps, then tests, each in manifest order */
    size_t count;
    const uint16_t *order; /* all indices, dependencies first */
    size_t service_count, step_count, test_count;
};

struct graph_options {
    const char *state_dir;   /* no artifact may be in it; NULL or "" = not known, or there is none */
    const char *const *skip; /* lists of step ids, "a,b"; NULL-terminated; or NULL: --skip */
    const char *skip_too;    /* one more, or NULL: MUSTER_SKIP */
};

/*
 * graph_build - nodes, edges, order; every ${NAME} of commands, probes and artifacts expanded.
 *
 * Edges: service.depends_on, service.after, step.prerequisites, step.services, categories as barriers (unless switched
 * off), test.services, tests after all steps, test types in their order.
 *
 * @p  ref.unknown for an unknown id to skip; value mistakes that only show after expansion (a URL that does not parse), at
 *     the JSON pointer of the text. Cycles were refused by manifest_load() but those that categories add are refused here,
 *     with the whole path (graph.cycle). duplicate, path.state for artifacts; test.required for a test that must run and cannot.
 *
 * Returns 0, or -1 when @p has got an error. No I/O.
 */
int graph_build(const struct manifest *m, const struct config *c, const struct graph_options *options, struct arena *a,
                struct graph *out, struct problems *p);

/*
 * graph_find - index of the node of that kind and name, or -1.
 */
int graph_find(const struct graph *g, enum node_kind kind, const char *name);

#endif
