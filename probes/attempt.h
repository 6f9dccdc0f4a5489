/*
 * attempt - one attempt to reach one target, from request to verdict.
 *
 *   WAITING ─started─▶ KNOCK ─▶ TRANSFER ──connected──▶ EXCHANGE ──┐         libcurl resolves, connects, does TLS and HTTP in
 *              PAUSE ◀─▶ └─────────┴───────judged──────────────────┴▶ JUDGED  TRANSFER; others then use the socket themselves
 *                                                                       └─sent─▶ LINGER ─▶ (freed)           in EXCHANGE
 *
 * KNOCK is for targets that are addresses: the connection is made by hand (knock.h), and libcurl goes on with it where it is
 * needed. When it is refused and the request has patience, it is made anew after a PAUSE (knocking.h).
 * WAITING is for a free descriptor; the clock starts afterwards. The first judgement stands. LINGER is for HTTP only: the
 * status has been told, the rest of the answer is read in the background so that the server does not see a broken
 * connection.
 */
#ifndef MUSTER_PROBES_ATTEMPT_H
#define MUSTER_PROBES_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "init/wire/messages.h"
#include "probes/deadlines.h"
#include "probes/knocking.h"
#include "probes/link.h"
#include "probes/verdict.h"
#include "probes/watches.h"

/* HTTP: more header bytes than this is no answer; body bytes beyond this are not waited for. */
#define ATTEMPT_HEADERS_MAX ((size_t)64 << 10)
#define ATTEMPT_BODY_MAX ((size_t)64 << 10)

enum attempt_state {
    ATTEMPT_WAITING,
    ATTEMPT_KNOCK,
    ATTEMPT_PAUSE,
    ATTEMPT_TRANSFER,
    ATTEMPT_EXCHANGE,
    ATTEMPT_JUDGED,
    ATTEMPT_LINGER
};

struct attempt;
struct redis_talk;
struct tls_identity;
struct tls_trust;

/* What all attempts share. */
struct attempt_context {
    CURLM *multi;
    struct tls_trust *trust;
    struct watches *watches;
    struct deadlines deadlines; /* of attempts that were started; room for each is reserved by who starts them */
    struct knocking knocking;
    struct link changed; /* attempts with something to report, or to be freed */
};

/* What differs between the kinds of probes. */
struct protocol {
    const char *scheme[2]; /* plain, with TLS */

    /* Instead of libcurl: start by itself, in EXCHANGE, with attempt_watch() and `wake_us`; no other function but ready(),
     * failed() and release() is called then. Returns 0, or -1 when out of memory. NULL = libcurl resolves and connects. */
    int (*begin)(struct attempt *a);

    /* Set options beyond the common ones. Returns 0, or -1 when libcurl is out of memory. May be NULL. */
    int (*prepare)(struct attempt *a);

    /* libcurl failed with @code: judge and return true, or return false for the common verdicts. May be NULL. */
    bool (*failed)(struct attempt *a, CURLcode code);

    /* The connection is there: libcurl has done its part without an error, or, if talks_plainly, it was made by hand. Judge, or
     * go to EXCHANGE with attempt_exchange(). */
    void (*connected)(struct attempt *a);

    /* After connected() it says and hears everything with attempt_send() and attempt_receive(): where there is no TLS, libcurl is
     * not needed at all. */
    bool talks_plainly;

    /* EXCHANGE: the socket is ready for @a->events, another descriptor is ready (attempt_watch()), or @a->wake_us has come;
     * perhaps for nothing. May change these three. May be NULL. */
    void (*ready)(struct attempt *a, uint64_t now_us);

    /* The attempt ends: free @a->own. libcurl's handle is still there. May be NULL. */
    void (*release)(struct attempt *a);
};

struct attempt {
    struct wire_probe_request request; /* its texts are in `message` */
    unsigned char *message;            /* owned; holds credentials: wiped by attempt_free() */
    size_t message_len;
    struct wire_verdict verdict;
    const struct protocol *protocol;
    enum attempt_state state;
    CURL *easy;
    struct attempt_context *context; /* borrowed */
    struct link link;                /* in the ring of those that wait for descriptors, or of those that have changed */
    struct deadline due;             /* the sooner of deadline_us and wake_us */
    int first_watch;                 /* of its watches; -1 = none */
    size_t descriptors;              /* that it was allowed when it started */
    CURLU *url;
    struct curl_slist *headers;    /* of the request */
    struct curl_slist *connect_to; /* where the server_name is */
    bool elsewhere;                /* a redirect led to another server: nothing confidential goes there */
    char error_text[CURL_ERROR_SIZE];

    uint64_t since_us; /* when the first one began, of those that were made anew */
    uint64_t start_us;
    uint64_t deadline_us; /* of the whole attempt; in LINGER, of the rest of the answer */
    uint64_t wake_us;     /* EXCHANGE: call ready() then, once, whatever the sockets do. PAUSE: its end */
    int knock_fd;         /* connected by hand, or to be: owned, until libcurl takes it; -1 = none */
    bool knocked;         /* libcurl has just been given it */
    int fd;               /* EXCHANGE: borrowed from libcurl or knock_fd; -1 = none */
    short events;         /* EXCHANGE: poll(2) events to wait for */

    char name[256]; /* host as written, or socket path */
    uint16_t port;
    enum probe_stage stage;
    int socket_errno; /* why socket(2) or connect(2) failed, if one did */
    uint32_t tls_flags;
    bool tls_no_authorities;
    struct tls_identity *tls_identity; /* owned: what is in tls_files; NULL = not read yet, or none */
    bool linger;                       /* keep reading after the verdict */

    size_t header_bytes;
    size_t body_bytes;
    char websocket_accept[32]; /* what Sec-WebSocket-Accept must say */
    bool websocket_accepted;
    struct redis_talk *talk;            /* owned */
    void *own;                          /* the protocol's, freed by its release() */
    int tls_files[WIRE_TLS_FILE_COUNT]; /* owned, by enum wire_tls_file; -1 = none */
};

/*
 * attempt_new - an attempt that has not begun: WAITING.
 *
 * @context  borrowed; outlives the attempt.
 * @message  copied; wire_unpack_probe() has passed it.
 *
 * Returns the attempt (owned), or NULL when out of memory.
 */
struct attempt *attempt_new(struct attempt_context *context, const unsigned char *message, size_t len);

/*
 * attempt_descriptors - how many descriptors it may need at once, at most.
 */
size_t attempt_descriptors(const struct attempt *a);

/*
 * attempt_launch - name resolution begins, and the clock. Room for its deadline is reserved. Out of memory, or when libcurl
 * refuses something, it is judged VERDICT_INTERNAL.
 */
void attempt_launch(struct attempt *a, uint64_t now_us);

/*
 * attempt_free - close its connection and wipe its credentials. NULL is fine.
 */
void attempt_free(struct attempt *a);

/*
 * attempt_judge - the verdict, unless there is one already. @text is for people and holds no credential.
 */
void attempt_judge(struct attempt *a, enum verdict_class c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * attempt_transfer_done - libcurl reports the end of its part.
 */
void attempt_transfer_done(struct attempt *a, CURLcode code);

/*
 * attempt_exchange - go to EXCHANGE on the connected socket.
 *
 * @events   poll(2) events to wait for.
 * @wake_us  CLOCK_NEVER, or when to call ready() anyway.
 */
void attempt_exchange(struct attempt *a, short events, uint64_t wake_us);

/*
 * attempt_send, attempt_receive - over its connection, whoever made it; as curl_easy_send() and curl_easy_recv(): CURLE_OK,
 * CURLE_AGAIN, or an error. 0 bytes received: the other side has closed.
 */
CURLcode attempt_send(struct attempt *a, const void *bytes, size_t len, size_t *sent);
CURLcode attempt_receive(struct attempt *a, void *bytes, size_t cap, size_t *got);

/*
 * attempt_watch - another descriptor than `fd` for ready() to be called about.
 *
 * @fd      borrowed; forget it before it is closed. As many as need be.
 * @events  poll(2) events to wait for, level-triggered; 0 = forget it.
 *
 * Judged VERDICT_INTERNAL when out of memory. All are forgotten with the verdict.
 */
void attempt_watch(struct attempt *a, int fd, short events);

/*
 * attempt_go_on - a descriptor is ready, or a moment that the attempt waits for may have come. When the deadline has:
 * judge VERDICT_TIMEOUT, or VERDICT_RESOLVE while there is no address yet, and say in which stage; or stop to linger.
 */
void attempt_go_on(struct attempt *a, uint64_t now_us);

/*
 * attempt_told - its verdict was sent: LINGER.
 */
void attempt_told(struct attempt *a);

/*
 * attempt_set_target - the request's target to @a->url, its handle and its name. Returns 0, or -1: out of memory, or judged.
 */
int attempt_set_target(struct attempt *a);

/*
 * attempt_note_url - @a->url has changed: note whom it leads to, for texts.
 */
CURLUcode attempt_note_url(struct attempt *a);

/*
 * attempt_target - "cache port 6379", "10.0.0.7 port 80": whom the attempt talks to, for texts. Bounded, no allocation.
 */
void attempt_target(const struct attempt *a, char out[TARGET_TEXT_MAX]);

#endif
