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
#include "init/config/schema.h"

/* Entries of one collection. A container with more dependencies than this has other problems. */
#define MANIFEST_ENTRIES_MAX 1024
#define MANIFEST_ARGS_MAX 256

enum probe_kind { PROBE_NONE, PROBE_TCP, PROBE_HTTP, PROBE_REDIS, PROBE_WEBSOCKET, PROBE_EXEC, PROBE_FILE };

/*
 * probe_kind_name - "tcp", "http", "redis", "websocket", "exec", "file"; "none".
 */
const char *probe_kind_name(enum probe_kind k);

/* Who says that a service is ready. */
enum ready_kind {
    READY_BY_PROBE,      /* its probe; without one it is ready once it was started */
    READY_BY_NOTIFY,     /* itself: READY=1, sd_notify(3) */
    READY_BY_DESCRIPTOR, /* itself: a newline on a descriptor that it was started with */
};

/* Descriptors that a service may be told to write its readiness to. */
#define READY_FD_MIN 3
#define READY_FD_MAX 255

struct strings {
    const char *const *items; /* NULL-terminated */
    size_t count;
};

/* A probe as declared: texts may hold ${NAME}. */
struct probe {
    enum probe_kind kind;
    const char *url;          /* http, redis, websocket; tcp as "tcp://host:port" */
    struct strings databases; /* redis: databases to SELECT */
    uint16_t status_min;      /* http: accepted status range, default 200-399 */
    uint16_t status_max;
    struct strings command; /* exec */
    const char *path;       /* file */
    uint64_t timeout_us;    /* one attempt */
};

struct service {
    const char *name;
    const char *description;
    struct strings depends_on;     /* services */
    struct strings after;          /* steps that must be completed first */
    struct strings needs;          /* variables; the service is active only if all of them are set */
    const struct strings *secrets; /* the secret variables that its command gets; NULL = all */
    struct probe probe;
    struct strings run;         /* command that muster runs itself; count 0 = an external service */
    enum ready_kind ready;      /* not by its probe: the probe is not used at all */
    uint8_t ready_fd;           /* READY_BY_DESCRIPTOR */
    bool required;              /* readiness waits for it; default true */
    uint64_t timeout_us;        /* from its first probe to healthy, during bring-up */
    uint64_t interval_us;       /* between probes once healthy; 0 = no more */
    uint32_t failure_threshold; /* failures in a row that make a healthy service unhealthy */
    uint32_t give_up_after;     /* failures in a row that waiting does not heal; 0 = wait for the timeout */
    uint64_t stop_grace_us;     /* TERM to KILL */
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
    const char *checksum;    /* "sha256:…" or NULL: what it must be */
    struct strings cleanup;  /* cleanup_script as an argument array; count 0 = none */
};

struct step {
    const char *id;
    const char *name;
    enum step_category category;
    struct strings prerequisites; /* steps */
    struct strings services;      /* services that must be healthy */
    struct strings command;
    const struct strings *secrets; /* the secret variables that it gets; NULL = all */
    const char *directory;         /* working directory or NULL */
    uint64_t timeout_us;
    struct artifact *artifacts;
    size_t artifact_count;
};

enum test_type { TEST_SMOKE, TEST_CONTRACT, TEST_INTEGRATION, TEST_E2E, TEST_TYPE_COUNT }; /* run order */
const char *test_type_name(enum test_type t);

struct test {
    const char *name;
    enum test_type type;
    struct strings services;       /* must be healthy; the result counts for them */
    struct strings environments;   /* run only in these; empty = all */
    bool blocking;                 /* readiness needs it to pass; default true */
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
 *              pattern, uri.*, secret.argument, secret.compared, override.needed, builtin.unknown, limit, and those of
 *              value_check() for defaults, examples and what conditions compare with. Warnings: override,
 *              secret.default, variable.unused.
 *
 * Returns 0, or -1 when @p has got an error (@out is then unusable). Does no I/O.
 */
int manifest_load(const char *text, size_t len, const char *source, const char *builtin, struct arena *a,
                  struct manifest *out, struct problems *p);

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
