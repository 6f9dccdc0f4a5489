#include "probes/tls_identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mbedtls/psa_util.h>
#include <psa/crypto.h>

static const char *const file_names[] = {
    [WIRE_TLS_CA] = "of the authorities (ca)",
    [WIRE_TLS_CERTIFICATE] = "of the client's certificate",
    [WIRE_TLS_KEY] = "of the client's key",
};

/* A PEM text with its NUL. */
struct pem {
    unsigned char *text; /* owned */
    size_t size;         /* with the NUL */
};

static void pem_free(struct pem *p)
{
    if (p->text != NULL)
        explicit_bzero(p->text, p->size);
    free(p->text);
    *p = (struct pem){.text = NULL};
}

static int pem_read(int fd, enum wire_tls_file which, struct pem *out, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > TLS_FILE_MAX) {
        buf_printf(why, "the file %s is empty, no regular file, or larger than %d KiB", file_names[which],
                   (int)(TLS_FILE_MAX >> 10));
        return -1;
    }
    out->size = (size_t)st.st_size + 1;
    out->text = calloc(1, out->size);
    if (out->text != NULL && pread(fd, out->text, out->size - 1, 0) == st.st_size)
        return 0;
    buf_printf(why, "the file %s cannot be read", file_names[which]);
    pem_free(out);
    return -1;
}

static int read_certificates(int fd, enum wire_tls_file which, mbedtls_x509_crt *out, struct pem *pem, struct buf *why)
{
    if (pem_read(fd, which, pem, why) != 0)
        return -1;
    /* Of authorities, those that cannot be parsed are left out. */
    int rc = mbedtls_x509_crt_parse(out, pem->text, pem->size);
    if (rc < 0 || (rc > 0 && which != WIRE_TLS_CA) || out->raw.p == NULL) {
        buf_printf(why, "the file %s holds no certificate in PEM form that can be read", file_names[which]);
        return -1;
    }
    return 0;
}

static int read_key(struct tls_identity *t, const struct pem *pem, struct buf *why)
{
    int rc =
        mbedtls_pk_parse_key(&t->key, pem->text, pem->size, NULL, 0, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    if (rc == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || rc == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
        buf_puts(why, "the client's key is encrypted: nobody is here to type its password");
    else if (rc != 0)
        buf_puts(why, "there is no private key in PEM form that can be read for the client's certificate");
    else if (mbedtls_pk_check_pair(&t->certificate.pk, &t->key, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE) != 0)
        buf_puts(why, "the client's key is not the one of its certificate");
    else
        return 0;
    return -1;
}

static int read_client(struct tls_identity *t, const int files[WIRE_TLS_FILE_COUNT], struct buf *why)
{
    struct pem certificate = {.text = NULL};
    struct pem key = {.text = NULL};
    int rc = read_certificates(files[WIRE_TLS_CERTIFICATE], WIRE_TLS_CERTIFICATE, &t->certificate, &certificate, why);
    bool apart = files[WIRE_TLS_KEY] >= 0;
    if (rc == 0 && apart)
        rc = pem_read(files[WIRE_TLS_KEY], WIRE_TLS_KEY, &key, why);
    if (rc == 0)
        rc = read_key(t, apart ? &key : &certificate, why);
    pem_free(&certificate);
    pem_free(&key);
    return rc;
}

struct tls_identity *tls_identity_new(const int files[WIRE_TLS_FILE_COUNT], struct buf *why)
{
    struct pem authorities = {.text = NULL};
    struct tls_identity *t = calloc(1, sizeof(*t));
    /* Mbed TLS does so with the first handshake, which comes later. */
    if (t == NULL || psa_crypto_init() != PSA_SUCCESS) {
        free(t);
        buf_puts(why, "there is no memory for its certificates");
        return NULL;
    }
    mbedtls_x509_crt_init(&t->authorities);
    mbedtls_x509_crt_init(&t->certificate);
    mbedtls_pk_init(&t->key);
    t->has_authorities = files[WIRE_TLS_CA] >= 0;
    t->has_certificate = files[WIRE_TLS_CERTIFICATE] >= 0;
    int rc = 0;
    if (t->has_authorities)
        rc = read_certificates(files[WIRE_TLS_CA], WIRE_TLS_CA, &t->authorities, &authorities, why);
    pem_free(&authorities);
    if (rc == 0 && t->has_certificate)
        rc = read_client(t, files, why);
    if (rc == 0)
        return t;
    tls_identity_free(t);
    return NULL;
}

void tls_identity_free(struct tls_identity *t)
{
    if (t == NULL)
        return;
    mbedtls_x509_crt_free(&t->authorities);
    mbedtls_x509_crt_free(&t->certificate);
    mbedtls_pk_free(&t->key);
    free(t);
}
