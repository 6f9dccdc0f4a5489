/*
 * tls - whom to trust. Certificates are always verified, against the system's authorities or SSL_CERT_FILE.
 */
#ifndef MUSTER_PROBES_TLS_H
#define MUSTER_PROBES_TLS_H

#include <stdint.h>

#include "probes/attempt.h"

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
 * tls_configure - make an attempt verify its peer against its context's trust, and note what was wrong with a certificate
 * in a->tls_flags.
 *
 * Returns 0, or -1 when libcurl is out of memory.
 */
int tls_configure(struct attempt *a);

/*
 * tls_version - 12 or 13; 0 without TLS. Only while libcurl holds the connection (from its callbacks).
 */
uint8_t tls_version(CURL *easy);

#endif
