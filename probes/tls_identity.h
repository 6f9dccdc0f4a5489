/*
 * tls_identity - the files of one probe: authorities of its own, and a certificate to show to the server.
 *
 * They are read anew for every attempt, as they may have been renewed, and wiped when it ends.
 */
#ifndef MUSTER_PROBES_TLS_IDENTITY_H
#define MUSTER_PROBES_TLS_IDENTITY_H

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "init/base/buf.h"
#include "init/wire/messages.h"

/* Of a PEM file. Debian's bundle of authorities has 220 KB. */
#define TLS_FILE_MAX ((off_t)1 << 20)

struct tls_identity {
    bool has_authorities, has_certificate;
    mbedtls_x509_crt authorities;
    mbedtls_x509_crt certificate; /* and the chain behind it */
    mbedtls_pk_context key;
};

/*
 * tls_identity_new - read the files.
 *
 * @files  descriptors by enum wire_tls_file; -1 = not given. Without a key, it is in the certificate's file.
 * @why    what is wrong with them, for people.
 *
 * Returns it (owned: tls_identity_free), or NULL. Reads regular files only.
 */
struct tls_identity *tls_identity_new(const int files[WIRE_TLS_FILE_COUNT], struct buf *why);

/*
 * tls_identity_free - the key is wiped. NULL is fine.
 */
void tls_identity_free(struct tls_identity *t);

#endif
