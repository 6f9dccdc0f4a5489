/*
 * tls - whom to trust. Certificates are verified, against the probe's own authorities, SSL_CERT_FILE, or the system's, unless the
 * probe says that any will do.
 */
#ifndef MUSTER_PROBES_TLS_H
#define MUSTER_PROBES_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/attempt.h"

struct mbedtls_x509_crt;
struct tls_trust;

/*
 * tls_trust_open - find the certificate authorities; before the sandbox, while every file can still be opened.
 *
 * SSL_CERT_FILE replaces the usual places of Linux distributions; SSL_CERT_DIR adds a directory that everybody may read.
 * The bundle is only opened here: all is parsed when the first TLS handshake begins, because most stacks have none.
 *
 * Returns the trust (owned), or NULL when out of memory.
 */
struct tls_trust *tls_trust_open(void);

void tls_trust_close(struct tls_trust *t);

/*
 * tls_trust_authorities - parsed when first asked for.
 *
 * @none  filled: there are none, so that every verification will fail.
 *
 * Returns the chain (borrowed).
 */
struct mbedtls_x509_crt *tls_trust_authorities(struct tls_trust *t, bool *none);

/*
 * tls_configure - make an attempt verify its peer, and note what was wrong with a certificate in a->tls_flags and how soon it
 * ends in its verdict. Files that came with the request are read when the handshake begins; when they are no good, that
 * is the verdict.
 *
 * Returns 0, or -1 when libcurl is out of memory.
 */
int tls_configure(struct attempt *a);

/*
 * tls_rename - let the server be whom the request's server_name says: in the handshake, for the certificate, and for HTTP. The
 * connection goes to the URL's host all the same.
 *
 * Returns 0, or -1 when libcurl is out of memory or the name is none.
 */
int tls_rename(struct attempt *a);

/*
 * tls_version - 12 or 13; 0 without TLS. Only while libcurl holds the connection (from its callbacks).
 */
uint8_t tls_version(CURL *easy);

#endif
