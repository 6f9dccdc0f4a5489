/*
 * messages - what PID 1 and its helper processes say to each other.
 *
 * Little structs over SOCK_SEQPACKET, same binary on both ends, so native layout is the wire format. Requests carry
 * the credentials that a probe needs; they travel here and nowhere else. Whatever comes back is checked by
 * wire_check_verdict() and wire_check_record() before a field of it is believed.
 */
#ifndef MUSTER_WIRE_MESSAGES_H
#define MUSTER_WIRE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/err.h"

/* Requests are even, answers odd. */
enum wire_type {
    WIRE_PROBE = 2,
    WIRE_VERDICT = 3,
    WIRE_CANCEL = 4,
    WIRE_RECORD = 6,
    WIRE_RECORDED = 7,
    WIRE_KEEP = 8,
    WIRE_KEPT = 9,
    WIRE_RESTORE = 10,
    WIRE_RESTORED = 11,
};

enum wire_probe_kind {
    WIRE_TCP = 1, /* unix sockets too */
    WIRE_HTTP,
    WIRE_REDIS,
    WIRE_WEBSOCKET,
    WIRE_GRPC,
    WIRE_DNS,
    WIRE_POSTGRES,
    WIRE_MYSQL,
    WIRE_KIND_LAST = WIRE_MYSQL,
};

/* Databases one redis probe may SELECT: session, task, and the one in the URL, with room. */
#define WIRE_DATABASES_MAX 8

enum wire_record_type { WIRE_RECORD_ANY, WIRE_RECORD_A, WIRE_RECORD_AAAA };
enum wire_redis_role { WIRE_ROLE_ANY, WIRE_ROLE_MASTER, WIRE_ROLE_REPLICA };

/* PID 1 -> prober: make one attempt. In memory; on the wire the texts follow the numbers, see wire_pack_probe(). */
struct wire_probe_request {
    uint32_t type;    /* WIRE_PROBE */
    uint32_t id;      /* the node; one attempt at a time per id */
    uint32_t attempt; /* echoed, so that a late verdict of a cancelled attempt is recognised */
    uint32_t kind;
    uint32_t timeout_ms;  /* whole attempt: resolve, connect, TLS, first answer */
    uint32_t hold_us;     /* tcp: how long the connection has to last */
    uint32_t expiry_s;    /* TLS: warn when the certificate ends sooner than this; 0 = never */
    uint32_t patience_us; /* while an address refuses, try again for so long before saying so; 0 = one attempt */
    uint32_t knock_us;    /* then not sooner than so long after the refusal, */
    uint32_t
        pause_us; /* nor later than so long after the attempt began: in between as the prober's processor time allows */
    uint16_t port;
    uint16_t status_min, status_max; /* http */
    uint16_t address_count;          /* dns: at least so many addresses; 0 = one */
    uint8_t tls;                     /* rediss, https, wss, grpcs */
    uint8_t tls_insecure;            /* believe any certificate */
    uint8_t redirects;               /* http: follow at most so many */
    uint8_t record;                  /* dns: enum wire_record_type */
    uint8_t role;                    /* redis: enum wire_redis_role that is expected */
    uint8_t database_count;
    uint8_t databases[WIRE_DATABASES_MAX]; /* redis: SELECT each in turn */
    uint8_t tls_files;   /* TLS: bit n = a descriptor for enum wire_tls_file n comes along, in that order */
    uint8_t reserved[1]; /* 0 */

    /* Texts: borrowed; never NULL in a request that was unpacked, "" = not given. wire_texts[] says how long each may be. */
    const char *host;           /* IPv6 without brackets; dns: the name */
    const char *socket_path;    /* instead of host and port (unix(7): sun_path) */
    const char *user;           /* redis AUTH; postgres, mysql: who knocks */
    const char *password;       /* redis AUTH */
    const char *database;       /* postgres */
    const char *url;            /* http, websocket, grpc: as written, with credentials if it had any */
    const char *method;         /* http: "" = GET, or POST with a body */
    const char *headers;        /* http, websocket: lines "Name: value", separated by newlines */
    const char *body;           /* http */
    const char *expect_headers; /* http: object of matches by name (match.h), JSON */
    const char *expect_body;    /* http: a match, JSON */
    const char *key;            /* redis: has to exist */
    const char *service;        /* grpc: asked about; "" = the server */
    const char *server;         /* dns: "address" or "address:port" to ask instead of the system's */
    const char *address;        /* dns: has to be among the answers */
    const char *server_name;    /* TLS: instead of the host (SNI, and what the certificate has to be for) */
    const char *proxy;          /* http, websocket, tcp: URL of a proxy; "" = none, whatever the environment says */
};

/* Files that a TLS probe needs come as descriptors with the request, since the prober's user may not read them. */
enum wire_tls_file { WIRE_TLS_CA, WIRE_TLS_CERTIFICATE, WIRE_TLS_KEY, WIRE_TLS_FILE_COUNT };

/* A packed request: numbers, and the longest texts. */
#define WIRE_PROBE_MAX 16384

/* What an attempt came to. The order is part of nothing; names are in verdict_class_name(). */
enum verdict_class {
    VERDICT_OK,
    VERDICT_RESOLVE,     /* the name does not resolve (yet), or not in time */
    VERDICT_REFUSED,     /* nothing listens there (yet) */
    VERDICT_UNREACHABLE, /* no route, network down */
    VERDICT_TIMEOUT,     /* the attempt took too long; text says in which phase */
    VERDICT_RESET,       /* connection closed or reset before an answer */
    VERDICT_TLS,         /* handshake or certificate */
    VERDICT_TLS_NAME,    /* the certificate is for another name */
    VERDICT_TLS_TIME,    /* the certificate is not valid yet, or not any more: see the clock */
    VERDICT_STATUS,      /* HTTP status outside the range; grpc: not SERVING */
    VERDICT_CONTENT,     /* it answers, but not with the header, body, key, address or role that is expected */
    VERDICT_PROTOCOL,    /* the peer does not speak the protocol */
    VERDICT_IS_TLS,      /* it does, but over TLS, and was asked without */
    VERDICT_LOADING,     /* redis: LOADING; postgres: starting up */
    VERDICT_MASTERDOWN,  /* redis: MASTERDOWN */
    VERDICT_BUSY,        /* redis: BUSY, TRYAGAIN, CLUSTERDOWN; any: too many clients */
    VERDICT_NOAUTH,      /* redis: NOAUTH; http: 401: credentials are needed */
    VERDICT_WRONGPASS,   /* redis: WRONGPASS */
    VERDICT_NOPERM,      /* redis: NOPERM */
    VERDICT_DATABASE,    /* redis, postgres: no such database */
    VERDICT_EXIT,        /* exec probe: wrong exit status */
    VERDICT_MISSING,     /* file probe: not there; process probe: no such process */
    VERDICT_STALE,       /* file probe: older than it may be */
    VERDICT_UP,          /* expected to be down, but answers */
    VERDICT_MEMBERS,     /* any_of: too few of its members are healthy */
    VERDICT_DIED,        /* the service's own process ended */
    VERDICT_COMMAND,     /* a process could not even be started */
    VERDICT_TEST,        /* a blocking test of the service failed */
    VERDICT_INTERNAL,    /* muster's own trouble: prober restarted, out of descriptors */
    VERDICT_CLASS_COUNT,
};

/*
 * verdict_class_name - "refused", "wrongpass", …; stable, used in connection_details and documentation.
 */
const char *verdict_class_name(enum verdict_class c);

/*
 * verdict_hint - what a person should look at, one sentence; "" when there is nothing to add.
 *
 * @loopback_in_container  the target is localhost and the environment is docker or cloud.
 */
const char *verdict_hint(enum verdict_class c, bool loopback_in_container);

/*
 * verdict_is_permanent - does waiting not help? A wrong password stays wrong; a refused connection may heal.
 */
bool verdict_is_permanent(enum verdict_class c);

#define WIRE_TEXT_MAX 256

/* A prober that is patient tells before its attempts are more. */
#define WIRE_TRIES_MAX 4096U

/* Prober -> PID 1: the attempt is over. */
struct wire_verdict {
    uint32_t type; /* WIRE_VERDICT */
    uint32_t id;
    uint32_t attempt;
    uint32_t verdict;     /* enum verdict_class */
    uint64_t elapsed_us;  /* whole attempt */
    uint16_t http_status; /* 0 = none */
    uint8_t tls_version;  /* 0 = none, 12, 13 */
    uint8_t redis_loading;
    uint32_t certificate_days; /* TLS: until the certificate ends, at least 1; 0 = unknown, or no warning is due */
    uint32_t tries;            /* attempts that were made, at most WIRE_TRIES_MAX; 0 = one */
    char address[64];          /* resolved, "127.0.0.1" or "::1"; empty when unknown */
    char redis_role[16];       /* "master", "slave"; empty when unknown */
    char text[WIRE_TEXT_MAX];  /* one line for people; never a credential */
};

/* PID 1 -> prober: forget the attempt; no verdict follows. */
struct wire_cancel {
    uint32_t type; /* WIRE_CANCEL */
    uint32_t id;
};

/* ---- PID 1 and the recorder ---- */

enum wire_file_kind {
    WIRE_FILE_NONE, /* nothing is there */
    WIRE_FILE_REGULAR,
    WIRE_FILE_DIRECTORY,
    WIRE_FILE_SYMLINK,
    WIRE_FILE_OTHER,
};

/* What is at a path (InstallationArtifact: size_bytes, checksum, permissions). Of WIRE_FILE_NONE everything is 0. */
struct wire_facts {
    uint32_t kind; /* enum wire_file_kind */
    uint32_t mode; /* permission bits, 07777 */
    uint32_t uid, gid;
    uint64_t
        size; /* bytes of a regular file; of a directory those of all regular files below it; of a symlink's target */
    int64_t mtime_ns;   /* wall clock */
    uint32_t algorithm; /* enum digest_algorithm of the digest; 0 = there is none (other kinds, a folder alone) */
    uint32_t reserved;  /* 0 */
    uint8_t digest[64]; /* content; of a directory the tree digest (tree.h); of a symlink its target's text */
};

#define WIRE_PATH_MAX 4096
/* A generated name in the folder of before-images. */
#define WIRE_BACKUP_MAX 64

/* PID 1 -> recorder: measure one artifact. */
struct wire_record_request {
    uint32_t type;      /* WIRE_RECORD */
    uint32_t id;        /* index chosen by PID 1 */
    uint32_t algorithm; /* DIGEST_NONE: of a folder itself alone, without what is in it; of others SHA-256 */
    uint32_t mode; /* permissions that it gets first, if it is a file or folder and no link is in its path; 0 = none */
    char path[WIRE_PATH_MAX];
};

/* Recorder -> PID 1. */
struct wire_recorded {
    uint32_t type; /* WIRE_RECORDED */
    uint32_t id;
    int32_t error;     /* errno, 0 = measured (nothing there is an answer, too); ESTALE = changed meanwhile */
    uint32_t reserved; /* 0 */
    struct wire_facts facts;
};

/* PID 1 -> recorder: keep what is at the path as @backup in the folder whose descriptor comes along. */
struct wire_keep_request {
    uint32_t type; /* WIRE_KEEP */
    uint32_t id;
    uint32_t algorithm;
    char backup[WIRE_BACKUP_MAX];
    char path[WIRE_PATH_MAX];
};

/* Recorder -> PID 1: the before-image is complete and on disk. */
struct wire_kept {
    uint32_t type; /* WIRE_KEPT */
    uint32_t id;
    int32_t error;                /* errno */
    uint32_t reserved;            /* 0 */
    struct wire_facts facts;      /* kind NONE: nothing was there, and nothing was kept */
    char resolved[WIRE_PATH_MAX]; /* the path, its folder without symbolic links: from now on none may appear in it */
    char text[WIRE_TEXT_MAX];     /* error: one line for people */
};

/* PID 1 -> recorder: make the path what it was; the folder of before-images comes along. */
struct wire_restore_request {
    uint32_t type; /* WIRE_RESTORE */
    uint32_t id;
    uint32_t check;           /* 1: only if what is there now is still @after, or @before already */
    uint32_t shallow;         /* 1: as DIGEST_NONE of a folder; one that was made is removed only if it is empty */
    struct wire_facts before; /* kind NONE: remove what is there */
    struct wire_facts after;
    char backup[WIRE_BACKUP_MAX]; /* "" with kind NONE */
    char path[WIRE_PATH_MAX];     /* resolved */
};

enum wire_restore_outcome {
    RESTORE_UNCHANGED, /* it was as before already */
    RESTORE_RESTORED,
    RESTORE_REMOVED,
    RESTORE_CONFLICT, /* somebody else has changed it since: left alone */
    RESTORE_FAILED,
    RESTORE_OUTCOME_COUNT,
};

/*
 * restore_outcome_name - "unchanged", "restored", "removed", "conflict", "failed".
 */
const char *restore_outcome_name(enum wire_restore_outcome o);

/* Recorder -> PID 1. */
struct wire_restored {
    uint32_t type; /* WIRE_RESTORED */
    uint32_t id;
    uint32_t outcome;
    int32_t error;            /* errno, with RESTORE_FAILED */
    uint32_t in_place;        /* 1: written over, not replaced, since it is a mount point: not atomic */
    uint32_t reserved;        /* 0 */
    char text[WIRE_TEXT_MAX]; /* conflict, failed: one line for people, naming the path */
};

/* Any message; for receive buffers. */
union wire_message {
    uint32_t type;
    unsigned char probe[WIRE_PROBE_MAX]; /* packed */
    struct wire_verdict verdict;
    struct wire_cancel cancel;
    struct wire_record_request record;
    struct wire_recorded recorded;
    struct wire_keep_request keep;
    struct wire_kept kept;
    struct wire_restore_request restore;
    struct wire_restored restored;
};

/*
 * wire_check_verdict - believe a verdict or not.
 *
 * @len        bytes received: must be exact.
 * @id_limit   ids are below this.
 *
 * A class that a network probe can come to, TLS version and HTTP status in range, strings terminated; text, address and
 * role are made printable in place. Returns 0, or -1 with ERR_PROTO. The caller checks that the id is outstanding.
 */
int wire_check_verdict(union wire_message *m, size_t len, uint32_t id_limit, struct err *e);

/*
 * wire_check_recorder - likewise for any of the recorder's answers: recorded, kept, restored.
 */
int wire_check_recorder(union wire_message *m, size_t len, uint32_t id_limit, struct err *e);

/* Longest deadline of one attempt: 24 h, the longest duration that a manifest can state. */
#define WIRE_TIMEOUT_MAX_MS 86400000U

/* The texts of a request, in their order on the wire. */
struct wire_text_row {
    const char *name;
    size_t offset; /* in struct wire_probe_request */
    size_t max;    /* bytes without the NUL */
};
extern const struct wire_text_row wire_texts[];
extern const size_t wire_text_count;

/*
 * wire_pack_probe - a request as a message: the numbers, then every text with its NUL, in the order of wire_texts[].
 *
 * @out, @cap  filled; WIRE_PROBE_MAX is always enough for texts within their limits. Wipe it: it may hold credentials.
 *
 * NULL texts count as "". Returns the length, or 0 when a text is too long.
 */
size_t wire_pack_probe(const struct wire_probe_request *r, unsigned char *out, size_t cap);

/*
 * wire_unpack_probe - the prober's side: believe a request or not.
 *
 * @bytes, @len  borrowed: the texts of @out point into it.
 *
 * Exactly the texts there are, each within its limit, kind in range, a deadline, and the target that the kind needs (host and
 * port, or a socket path, or a URL). Returns 0, or -1 with ERR_PROTO; the text names the field, never its content. The numbers of
 * @out are filled if @len allows it, so that a refusal can say whom it is for.
 */
int wire_unpack_probe(const unsigned char *bytes, size_t len, struct wire_probe_request *out, struct err *e);

#endif
