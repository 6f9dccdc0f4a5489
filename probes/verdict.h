/*
 * verdict - what a failed transfer means. Values in, class and text out; no I/O, so that tests walk the whole table.
 */
#ifndef MUSTER_PROBES_VERDICT_H
#define MUSTER_PROBES_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "init/base/buf.h"
#include "init/wire/messages.h"

/* How far an attempt has come. */
enum probe_stage { STAGE_RESOLVE, STAGE_CONNECT, STAGE_TLS, STAGE_ANSWER, STAGE_BODY };

/* Added to the text about a connection that a server closed. TLS 1.3 has a client finish its handshake before the server
 * looks for a certificate. */
#define WANTS_CERTIFICATE "; a server that wants a client certificate (\"tls\") does that"

/* A host name (253 bytes, RFC 1035) or a socket path, and a port. */
#define TARGET_TEXT_MAX 288

struct transfer_failure {
    CURLcode code;
    int os_errno; /* of connect(2) or socket(2); 0 = none */
    enum probe_stage stage;
    bool local;              /* the target is a unix socket */
    bool tls_no_authorities; /* no CA bundle was found */
    bool tls_handshaken;     /* TLS 1.3: the handshake was finished on this side */
    bool tls_certificate;    /* a client certificate was there to be shown */
    uint32_t tls_flags;      /* MBEDTLS_X509_BADCERT_*; 0 = the certificate was not the trouble */
    long proxy_status;       /* HTTP status of a proxy's answer to CONNECT; 0 = none */
    uint32_t timeout_ms;
    const char *name;   /* the host as written, or the socket path */
    const char *target; /* whom it was talking to, with the port */
    const char *detail; /* libcurl's own words; only used for TLS, where they hold no credential */
};

/*
 * verdict_of_failure - class of @f; the text is appended to @text.
 */
enum verdict_class verdict_of_failure(const struct transfer_failure *f, struct buf *text);

#endif
