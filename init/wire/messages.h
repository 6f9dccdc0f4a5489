/*
 * messages - what PID 1 and its helper processes say to each other.
 *
 * Fixed little structs over SOCK_SEQPACKET, same binary on both ends, so native layout is the wire format. Requests carry
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
enum wire_type { WIRE_PROBE = 2, WIRE_VERDICT = 3, WIRE_CANCEL = 4, WIRE_RECORD = 6, WIRE_RECORDED = 7 };

enum wire_probe_kind { WIRE_TCP = 1, WIRE_HTTP = 2, WIRE_REDIS = 3, WIRE_WEBSOCKET = 4 };

/* Databases one redis probe may SELECT: session, task, and the one in the URL, with room. */
#define WIRE_DATABASES_MAX 8

/* PID 1 -> prober: make one attempt. */
struct wire_probe_request {
    uint32_t type;    /* WIRE_PROBE */
    uint32_t id;      /* the node; one attempt at a time per id */
    uint32_t attempt; /* echoed, so that a late verdict of a cancelled attempt is recognised */
    uint32_t kind;
    uint32_t timeout_ms; /* whole attempt: resolve, connect, TLS, first answer */
    uint16_t port;
    uint16_t status_min, status_max; /* http */
    uint8_t tls;                     /* rediss, https, wss */
    uint8_t database_count;
    uint8_t databases[WIRE_DATABASES_MAX]; /* redis: SELECT each in turn */
    char host[256];                        /* tcp, redis: IPv6 without brackets; empty with socket_path */
    char socket_path[108];                 /* redis over a unix socket (unix(7): sun_path) */
    char user[256];                        /* redis AUTH */
    char password[512];                    /* redis AUTH */
    char url[2048];                        /* http, websocket: as written, with credentials if it had any */
};

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
    VERDICT_STATUS,      /* HTTP status outside the range */
    VERDICT_PROTOCOL,    /* the peer does not speak the protocol */
    VERDICT_LOADING,     /* redis: LOADING */
    VERDICT_MASTERDOWN,  /* redis: MASTERDOWN */
    VERDICT_BUSY,        /* redis: BUSY, TRYAGAIN, CLUSTERDOWN, max number of clients */
    VERDICT_NOAUTH,      /* redis: NOAUTH: a password is needed */
    VERDICT_WRONGPASS,   /* redis: WRONGPASS */
    VERDICT_NOPERM,      /* redis: NOPERM */
    VERDICT_DATABASE,    /* redis: no such database */
    VERDICT_EXIT,        /* exec probe: wrong exit status */
    VERDICT_MISSING,     /* file probe: not there */
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
    char address[64];         /* resolved, "127.0.0.1" or "::1"; empty when unknown */
    char redis_role[16];      /* "master", "slave"; empty when unknown */
    char text[WIRE_TEXT_MAX]; /* one line for people; never a credential */
};

/* PID 1 -> prober: forget the attempt; no verdict follows. */
struct wire_cancel {
    uint32_t type; /* WIRE_CANCEL */
    uint32_t id;
};

/* PID 1 -> recorder: measure one artifact. */
struct wire_record_request {
    uint32_t type; /* WIRE_RECORD */
    uint32_t id;   /* index chosen by PID 1 */
    char path[4096];
};

enum wire_file_kind { WIRE_FILE_NONE, WIRE_FILE_REGULAR, WIRE_FILE_DIRECTORY, WIRE_FILE_SYMLINK, WIRE_FILE_OTHER };

/* Recorder -> PID 1. */
struct wire_recorded {
    uint32_t type; /* WIRE_RECORDED */
    uint32_t id;
    int32_t error;      /* errno, 0 = measured */
    uint32_t file_kind; /* enum wire_file_kind */
    uint64_t size;
    uint32_t mode; /* permission bits, 07777 */
    uint32_t uid, gid;
    uint8_t sha256[32]; /* regular files: the content; symlinks: the target */
};

/* Any message; for receive buffers. */
union wire_message {
    uint32_t type;
    struct wire_probe_request probe;
    struct wire_verdict verdict;
    struct wire_cancel cancel;
    struct wire_record_request record;
    struct wire_recorded recorded;
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
 * wire_check_recorded - likewise for the recorder's answer.
 */
int wire_check_recorded(union wire_message *m, size_t len, uint32_t id_limit, struct err *e);

/* Longest deadline of one attempt: 24 h, the longest duration that a manifest can state. */
#define WIRE_TIMEOUT_MAX_MS 86400000U

/*
 * wire_check_probe - the prober's side: believe a request or not.
 *
 * Exact length, kind in range, a deadline, strings terminated, and the target that the kind needs (host and port, or a
 * socket path, or a URL). Returns 0, or -1 with ERR_PROTO; the text names the field, never its content.
 */
int wire_check_probe(const union wire_message *m, size_t len, struct err *e);

#endif
