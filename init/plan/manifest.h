/*
 * manifest - what the user declared: variables, services, steps and tests.
 *
 * Collections are objects keyed by name, so that a manifest can extend another one (RFC 7396 merge) and order does not
 * matter. All strings are borrowed from the arena the manifest was loaded into.
 */
#ifndef MUSTER_PLAN_MANIFEST_H
#define MUSTER_PLAN_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/digest.h"
#include "init/base/err.h"
#include "init/base/jsonw.h"
#include "init/base/problem.h"
#include "init/config/condition.h"
#include "init/config/schema.h"

/* Entries of one collection. Nodes are numbered with 16 bits, and there are three kinds of them. */
#define MANIFEST_ENTRIES_MAX 16384
#define MANIFEST_ARGS_MAX 256
/* Steps at the same time: each has a process, and the log of its output open. */
#define MANIFEST_PARALLEL_MAX 256
/* What runs a text for the shell. */
#define MANIFEST_SHELL "/bin/sh"

enum probe_kind {
    PROBE_NONE,
    PROBE_TCP,
    PROBE_UNIX,
    PROBE_HTTP,
    PROBE_REDIS,
    PROBE_WEBSOCKET,
    PROBE_GRPC,
    PROBE_DNS,
    PROBE_POSTGRES,
    PROBE_MYSQL,
    PROBE_EXEC,
    PROBE_FILE,
    PROBE_PROCESS,
    PROBE_KIND_COUNT,
};

/*
 * probe_kind_name - "tcp", "unix", "http", …, "process"; "none".
 */
const char *probe_kind_name(enum probe_kind k);

/* Who says that a service is ready. */
enum ready_kind {
    READY_BY_PROBE,      /* its probe; without one it is ready once it was started */
    READY_BY_NOTIFY,     /* itself: READY=1, sd_notify(3) */
    READY_BY_DESCRIPTOR, /* itself: a newline on a descriptor that it was started with */
    READY_BY_LINE,       /* itself: a line of its output */
};

/* When a process that muster runs is started again. */
enum restart_policy { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_POLICY_COUNT };

/* What becomes of the main process when a service that was healthy is lost. */
enum lost_policy { LOST_REPORT, LOST_SIGNAL, LOST_STOP };

/* Descriptors that a service may be told to write its readiness to. */
#define READY_FD_MIN 3
#define READY_FD_MAX 255

/* What is taken back when a step has failed for good. */
enum rollback_policy { ROLLBACK_STEP, ROLLBACK_SESSION, ROLLBACK_NONE, ROLLBACK_POLICY_COUNT };

struct strings {
    const char *const *items; /* NULL-terminated */
    size_t count;
};

/* Names and values, in the manifest's order. */
struct pairs {
    const char *const *names;
    const char *const *values; /* texts may hold ${NAME} */
    size_t count;
};

/* "tls" of a probe; texts may hold ${NAME}. */
struct probe_tls {
    const char *ca;          /* path of a PEM file with the authorities, or NULL = the system's */
    const char *certificate; /* path of the client's certificate and chain, PEM, or NULL */
    const char *key;         /* path of its private key, PEM; NULL = in the same file */
    const char *server_name; /* instead of the URL's host, or NULL */
    bool insecure;           /* believe any certificate */
    uint64_t expiry_us;      /* warn when the certificate ends sooner; 0 = never */
};

/* A probe as declared: texts may hold ${NAME}, but not what answers are held against. */
struct probe {
    enum probe_kind kind;
    const char *url;          /* all that go through the network; "tcp://host:port", "dns://name" */
    struct strings databases; /* redis: databases to SELECT */
    const char *key;          /* redis: has to exist */
    uint8_t role;             /* redis: enum wire_redis_role */
    const char *method;       /* http */
    struct pairs headers;     /* http, websocket: of the request */
    const char *body;         /* http: of the request */
    uint16_t status_min;      /* http: accepted status range, default 200-399 */
    uint16_t status_max;
    uint8_t redirects;          /* http: follow at most so many; default none */
    const char *expect_headers; /* http: a match by name, as canonical JSON, checked; or NULL */
    const char *expect_body;    /* http; file: its content; likewise */
    const char *server;         /* dns: the server to ask, or NULL */
    uint8_t record;             /* dns: enum wire_record_type */
    uint16_t address_count;     /* dns: at least so many addresses; default 1 */
    const char *address;        /* dns: has to be among them, or NULL */
    const char *proxy;          /* http, websocket, tcp: URL of a proxy, or NULL = none */
    uint64_t hold_us;           /* tcp, unix: how long the connection has to last; default 5 ms */
    struct probe_tls tls;
    struct strings command; /* exec */
    const char *path;       /* file, unix; process: its pid file, or NULL */
    uint64_t fresh_us;      /* file: changed within this; 0 = whenever */
    const char *process;    /* process: its name as in /proc/PID/comm, or NULL */
    bool down;              /* "expect": "down": healthy when nothing is there */
    uint64_t timeout_us;    /* one attempt */
};

/* How a process that muster runs is started. Texts may hold ${NAME}. */
struct process_options {
    const char *user;         /* name|uid[:group|gid], or NULL */
    const char *groups;       /* name|gid,... or NULL */
    struct pairs environment; /* more variables, or other values */
    const char *directory;    /* working directory, or NULL */
    const char *umask;        /* "027", checked, or NULL */
    struct strings limits;    /* "nofile=1024:4096", checked */
};

struct service {
    const char *name;
    const char *description;
    struct strings depends_on;     /* services */
    struct strings after;          /* steps that must be completed first */
    struct strings needs;          /* variables; the service is active only if all of them are set */
    const struct strings *secrets; /* the secret variables that its command gets; NULL = all */
    struct probe probe;
    struct strings any_of;      /* services of which at_least have to be healthy, instead of a probe and a command */
    uint32_t at_least;          /* default 1 */
    struct strings run;         /* command that muster runs itself; count 0 = an external service */
    enum ready_kind ready;      /* not by its probe: the probe is not used at all */
    uint8_t ready_fd;           /* READY_BY_DESCRIPTOR */
    const char *ready_line;     /* READY_BY_LINE: pattern (pattern.h), checked: found anywhere in a line */
    bool required;              /* readiness waits for it; default true, for members of an any_of false */
    uint64_t timeout_us;        /* from its first probe to healthy, during bring-up */
    uint64_t interval_us;       /* between probes once healthy; 0 = no more */
    uint64_t start_period_us;   /* after it was taken up or restarted, failures count for nothing */
    uint64_t retry_min_us;      /* between attempts that fail during bring-up; 0 = not stated */
    uint64_t retry_max_us;      /* default 250 ms */
    uint8_t jitter;             /* per cent of every pause, up and down; default 10 */
    uint32_t success_threshold; /* successes in a row that make it healthy; default 1 */
    uint32_t failure_threshold; /* failures in a row that make a healthy service unhealthy */
    uint32_t give_up_after;     /* failures in a row that waiting does not heal; 0 = wait for the timeout */
    enum lost_policy when_lost; /* healthy once, the main process runs, and now it is not */
    int lost_signal;            /* LOST_SIGNAL: number of the signal that main gets */
    struct process_options process;
    enum restart_policy restart; /* of the process that muster runs; default never */
    uint64_t restart_delay_us;   /* before the first restart; doubled each time; default 100 ms */
    uint64_t restart_max_us;     /* longest pause before a restart; default 30 s */
    uint32_t restart_limit;      /* restarts within the window, then it is given up; 0 = no limit; default 5 */
    uint64_t restart_window_us;  /* default 60 s; a process that ran as long begins anew with the first delay */
    int stop_signal;             /* default TERM */
    uint64_t stop_grace_us;      /* that signal to KILL */
    uint64_t log_limit;          /* bytes of output that are kept in the state directory; 0 = none; default 1 MiB */
};

enum step_category {
    CATEGORY_PREREQUISITES,
    CATEGORY_INSTALLATION,
    CATEGORY_CONFIGURATION,
    CATEGORY_VALIDATION,
    CATEGORY_COUNT
};
const char *step_category_name(enum step_category c);

enum artifact_type {
    ARTIFACT_FILE,
    ARTIFACT_SERVICE,
    ARTIFACT_CONFIGURATION,
    ARTIFACT_DEPENDENCY,
    ARTIFACT_TYPE_COUNT
};
const char *artifact_type_name(enum artifact_type t);

struct artifact {
    enum artifact_type type;
    const char *path;        /* absolute for files; an identifier otherwise. May hold ${NAME} */
    const char *permissions; /* "0644" or NULL: what it must be */
    const char *owner;       /* "uid[:gid]" in numbers, or NULL: whose it must be */
    const char *checksum;    /* "sha256:…", "sha512:…" or NULL: what it must be */
    struct strings cleanup;  /* cleanup_script as an argument array; count 0 = none */
    bool cleanup_shell;      /* … that is "/bin/sh", "-c" and the text as it is: nothing is replaced in it */
    bool shared;             /* other steps may list the same path */
    bool allow_setid;        /* permissions may have set-user-ID and set-group-ID bits */
    bool implied;            /* not listed: what a built-in action makes */
    bool shallow;            /* a folder as such: what is in it does not count */
};

/* What a step does: a command, or something that muster does itself, so that an image without a shell can have it. */
enum step_action_kind {
    DO_COMMAND,
    DO_WRITE,
    DO_MKDIR,
    DO_COPY,
    DO_SYMLINK,
    DO_CHMOD,
    DO_CHOWN,
    DO_DOWNLOAD,
    DO_KIND_COUNT
};

/*
 * step_action_name - "command", "write", "mkdir", …: the key in the manifest.
 */
const char *step_action_name(enum step_action_kind k);

/* A built-in action; texts may hold ${NAME}. */
struct step_action {
    enum step_action_kind kind;
    const char *path;        /* absolute: what is made or changed */
    const char *content;     /* write: the text; or NULL */
    const char *from;        /* copy: the source; write: a template, in which ${NAME} is replaced; or NULL */
    const char *target;      /* symlink: what it points to */
    const char *url;         /* download: http or https */
    const char *checksum;    /* download: "sha256:…" or "sha512:…" */
    const char *permissions; /* "0644", or NULL: 0644 for files, 0755 for folders */
    const char *owner;       /* "name|uid[:group|gid]", or NULL */
    bool parents;            /* mkdir: missing folders above it, too */
    bool recursive;          /* chmod, chown: everything below it, too */
};

/* How often a step is attempted. */
struct step_retry {
    uint32_t max;          /* attempts in all; default 1 */
    uint64_t delay_us;     /* before the second one; doubled each time; default 1 s */
    uint64_t delay_max_us; /* default 60 s */
    uint8_t jitter;        /* per cent, up and down; default 10 */
    uint64_t timeout_us;   /* all attempts and pauses together; 0 = no limit */
    const uint8_t *exits;  /* only after these exit codes; count 0 = after any failure */
    size_t exit_count;
};

struct step {
    const char *id;
    const char *name;
    enum step_category category;
    struct strings prerequisites;  /* steps */
    struct strings services;       /* services that must be healthy */
    struct strings environments;   /* done only in these; empty = in all */
    const struct condition *when;  /* done only if it holds; or NULL */
    struct strings command;        /* of a shell: "/bin/sh", "-c", the text as it is */
    bool shell;                    /* … and nothing is replaced in it */
    struct step_action action;     /* kind DO_COMMAND: the command */
    const struct strings *secrets; /* the secret variables that it gets; NULL = all */
    struct process_options process;
    uint64_t timeout_us; /* of one attempt */
    struct step_retry retry;
    bool resume;         /* an attempt goes on from what the one before left: nothing is restored in between */
    bool skip_satisfies; /* skipped, it counts as done for those that need it; default true */
    bool rollback;       /* taken back when it fails; default true */
    struct artifact *artifacts;
    size_t artifact_count;
    char definition_sha256[DIGEST_HEX_MAX]; /* of what the manifest says about it, in canonical form */
};

enum test_type { TEST_SMOKE, TEST_CONTRACT, TEST_INTEGRATION, TEST_E2E, TEST_TYPE_COUNT }; /* run order */
const char *test_type_name(enum test_type t);

struct test {
    const char *name;
    enum test_type type;
    struct strings services;       /* must be healthy; the result counts for them */
    struct strings environments;   /* run only in these; empty = all */
    bool blocking;                 /* readiness needs it to pass; default true */
    bool required;                 /* that it cannot be run here is a mistake */
    struct strings command;        /* either a command … */
    const struct strings *secrets; /* the secret variables that the command gets; NULL = all */
    struct probe probe;            /* … or a probe */
    uint64_t timeout_us;
};

struct manifest {
    const char *name;
    const char *description;
    const char *source;                 /* "builtin:devstack", or the file's path */
    bool phase_barrier;                 /* step categories are barriers; default true */
    uint32_t parallel;                  /* steps at the same time; default 8 */
    enum rollback_policy rollback;      /* what is taken back when a step has failed; default its own artifacts */
    uint64_t deadline_us;               /* the whole bring-up; 0 = none */
    struct strings prefixes;            /* variables whose names begin so belong to this manifest */
    const struct strings *main_secrets; /* the secret variables that the main process gets; NULL = all */
    bool main_notifies; /* "main_ready": "notify": the roll is complete when the main process says READY=1 */
    struct variable *variables;
    size_t variable_count;
    struct service *services;
    size_t service_count;
    struct step *steps;
    size_t step_count;
    struct test *tests;
    size_t test_count;
    char sha256[DIGEST_HEX_MAX]; /* of the effective manifest in canonical form */
    char *canonical;             /* that form: feed it back as a manifest and the digest is the same (PRF-01) */
};

/*
 * manifest_load - read, merge with what it extends, check everything.
 *
 * @text, @len  the user's manifest, or NULL for the builtin alone.
 * @source      for messages: the file's path, or "builtin:NAME".
 * @builtin     name of the builtin to use when @text is NULL ("devstack", "none").
 * @a           everything loaded lives here.
 * @p           every mistake: rule, JSON pointer, hint. Codes: json.*, key.unknown, type, required, value, name, ref.unknown,
 *              ref.syntax, ref.self, graph.cycle, duplicate, step.category_order, path.*, hash.format, mode, enum, duration,
 *              pattern, uri.*, secret.argument, secret.recorded, secret.compared, override.needed, builtin.unknown, limit,
 *              artifact.creator, and those of value_check() for defaults, examples and what conditions compare with. Warnings:
 *              override, secret.default, variable.unused.
 *
 * Returns 0, or -1 when @p has got an error (@out is then unusable). Does no I/O.
 */
int manifest_load(const char *text, size_t len, const char *source, const char *builtin, struct arena *a,
                  struct manifest *out, struct problems *p);

struct wait_request;

/*
 * manifest_load_waiting - likewise, with services from words besides (wait.h). They are in neither canonical form nor digest,
 * since they may hold credentials.
 *
 * @w  may be NULL.
 *
 * Mistakes in a word are told with the word, shown without credentials, as their place.
 */
int manifest_load_waiting(const char *text, size_t len, const char *source, const char *builtin,
                          const struct wait_request *w, struct arena *a, struct manifest *out, struct problems *p);

/*
 * manifest_find_step - a step that a command was asked for by its id.
 *
 * Returns the step, or NULL with ERR_USAGE in @e: there is none, and which one was probably meant.
 */
const struct step *manifest_find_step(const struct manifest *m, const char *id, struct err *e);

/*
 * manifest_find_service - a service that a command was asked for by name (ServiceStatus.service_name must be from the
 * predefined list: SVC-03).
 *
 * @where  for messages: the option it was named with.
 * @p      service.not_predefined when the manifest is a builtin alone, ref.unknown otherwise; with the name that was
 *         probably meant.
 *
 * Returns the service, or NULL.
 */
const struct service *manifest_find_service(const struct manifest *m, const char *name, const char *where,
                                            struct problems *p);

#endif
