/*
 * attempt - one attempt to reach one target, from request to verdict.
 *
 *   TRANSFER ──connected──▶ EXCHANGE ──┐         libcurl resolves, connects, does TLS and HTTP in TRANSFER;
 *      └───────judged──────────────────┴▶ JUDGED  tcp and redis then use the socket themselves in EXCHANGE
 *                                           └─sent─▶ LINGER ─▶ (freed)
 *
 * The first judgement stands. LINGER is for HTTP only: the status has been told, the rest of the answer is read in
 * the background so that the server does not see a broken connection.
 */
#ifndef MUSTER_PROBES_ATTEMPT_H
#define MUSTER_PROBES_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "init/wire/messages.h"
#include "probes/verdict.h"

/* HTTP: more header bytes than this is no answer; body bytes beyond this are not waited for. */
#define ATTEMPT_HEADERS_MAX ((size_t)64 << 10)
#define ATTEMPT_BODY_MAX ((size_t)64 << 10)

enum attempt_state { ATTEMPT_TRANSFER, ATTEMPT_EXCHANGE, ATTEMPT_JUDGED, ATTEMPT_LINGER };

struct attempt;
struct redis_talk;
struct tls_trust;

/* What all attempts share. */
struct attempt_context {
    CURLM *multi;
    struct tls_trust *trust;
};

/* What differs between the kinds of probes. */
struct protocol {
    const char *scheme[2]; /* plain, with TLS */

    /* Set options beyond the common ones. Returns 0, or -1 when libcurl is out of memory. May be NULL. */
    int (*prepare)(struct attempt *a);

    /* libcurl failed with @code: judge and return true, or return false for the common verdicts. May be NULL. */
    bool (*failed)(struct attempt *a, CURLcode code);

    /* libcurl has done its part without an error: judge, or go to EXCHANGE with attempt_exchange(). */
    void (*connected)(struct attempt *a);

    /* EXCHANGE: the socket is ready for @a->events, or @a->wake_us has come. May be NULL. */
    void (*ready)(struct attempt *a, uint64_t now_us);
};

struct attempt {
    struct wire_probe_request request; /* its texts are in `message` */
    unsigned char *message;            /* owned; holds credentials: wiped by attempt_free() */
    size_t message_len;
    struct wire_verdict verdict;
    const struct protocol *protocol;
    enum attempt_state state;
    CURL *easy;
    const struct attempt_context *context; /* borrowed */
    CURLU *url;
    struct curl_slist *headers; /* of the request */
    char error_text[CURL_ERROR_SIZE];

    uint64_t start_us;
    uint64_t deadline_us; /* of the whole attempt; in LINGER, of the rest of the answer */
    uint64_t wake_us;     /* EXCHANGE: call ready() then, whatever the socket does */
    int fd;               /* EXCHANGE: borrowed from libcurl */
    short events;         /* EXCHANGE: poll(2) events to wait for */

    char name[256]; /* host as written, or socket path */
    uint16_t port;
    enum probe_stage stage;
    int socket_errno; /* why socket(2) failed, if it did */
    uint32_t tls_flags;
    bool tls_no_authorities;
    bool linger; /* keep reading after the verdict */

    size_t header_bytes;
    size_t body_bytes;
    char websocket_accept[32]; /* what Sec-WebSocket-Accept must say */
    bool websocket_accepted;
    struct redis_talk *talk; /* owned */
};

/*
 * attempt_new - start an attempt; name resolution begins at once.
 *
 * @context  borrowed; outlives the attempt.
 * @message  copied; wire_unpack_probe() has passed it.
 *
 * Returns the attempt (owned), already judged VERDICT_INTERNAL when libcurl refused something; NULL when out of memory.
 */
struct attempt *attempt_new(const struct attempt_context *context, const unsigned char *message, size_t len,
                            uint64_t now_us);

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
 * attempt_expire - the deadline has come: judge VERDICT_TIMEOUT, or VERDICT_RESOLVE while there is no address yet, and say
 * in which stage; or stop to linger.
 */
void attempt_expire(struct attempt *a);

/*
 * attempt_target - "cache port 6379", "10.0.0.7 port 80": whom the attempt talks to, for texts. Bounded, no allocation.
 */
void attempt_target(const struct attempt *a, char out[TARGET_TEXT_MAX]);

#endif
