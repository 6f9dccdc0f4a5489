#include "probes/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "init/base/clock.h"
#include "probes/tls_identity.h"

/* Debian's bundle has 220 KB; several hundred authorities more still fit. */
#define BUNDLE_MAX ((off_t)4 << 20)

#define DAY_S 86400

struct tls_trust {
    bool parsed;
    int bundle;            /* open file, or -1 */
    const char *directory; /* SSL_CERT_DIR, borrowed from the environment, or NULL */
    mbedtls_x509_crt authorities;
};

static const char *const bundle_places[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
    "/etc/ssl/cert.pem",                  /* Alpine, BSD */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
};

static const char *environment_value(const char *name)
{
    size_t len = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return (*entry)[len + 1] != '\0' ? *entry + len + 1 : NULL;
    }
    return NULL;
}

static int open_bundle(const char *stated)
{
    if (stated != NULL)
        return open(stated, O_RDONLY | O_CLOEXEC);
    int fd = -1;
    for (size_t i = 0; fd < 0 && i < sizeof(bundle_places) / sizeof(bundle_places[0]); i++)
        fd = open(bundle_places[i], O_RDONLY | O_CLOEXEC);
    return fd;
}

struct tls_trust *tls_trust_open(void)
{
    struct tls_trust *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    mbedtls_x509_crt_init(&t->authorities);
    t->directory = environment_value("SSL_CERT_DIR");
    t->bundle = open_bundle(environment_value("SSL_CERT_FILE"));
    return t;
}

void tls_trust_close(struct tls_trust *t)
{
    if (t == NULL)
        return;
    if (t->bundle >= 0)
        close(t->bundle);
    mbedtls_x509_crt_free(&t->authorities);
    free(t);
}

static void parse_bundle(struct tls_trust *t)
{
    struct stat st;
    if (t->bundle < 0)
        return;
    if (fstat(t->bundle, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= BUNDLE_MAX) {
        size_t size = (size_t)st.st_size;
        unsigned char *pem = calloc(1, size + 1);
        if (pem != NULL && pread(t->bundle, pem, size, 0) == st.st_size)
            mbedtls_x509_crt_parse(&t->authorities, pem, size + 1);
        free(pem);
    }
    close(t->bundle);
    t->bundle = -1;
}

/* Takes some milliseconds, once. Certificates that cannot be parsed are skipped; without any, every verification fails
 * and says why. */
static void parse_authorities(struct tls_trust *t)
{
    if (t->parsed)
        return;
    t->parsed = true;
    parse_bundle(t);
    if (t->directory != NULL)
        mbedtls_x509_crt_parse_path(&t->authorities, t->directory);
}

struct mbedtls_x509_crt *tls_trust_authorities(struct tls_trust *t, bool *none)
{
    parse_authorities(t);
    *none = t->authorities.raw.p == NULL;
    return &t->authorities;
}

/* The one of the chain that ends first counts. */
static void note_end(struct attempt *a, const mbedtls_x509_time *end)
{
    struct tm tm = {.tm_year = end->year - 1900,
                    .tm_mon = end->mon - 1,
                    .tm_mday = end->day,
                    .tm_hour = end->hour,
                    .tm_min = end->min,
                    .tm_sec = end->sec};
    int64_t left_s = (int64_t)timegm(&tm) - (int64_t)(clock_anchor_now().wall_us / US_PER_S);
    if (left_s < 0 || left_s >= (int64_t)a->request.expiry_s)
        return;
    uint32_t days = left_s < DAY_S ? 1 : (uint32_t)(left_s / DAY_S);
    if (a->verdict.certificate_days == 0 || days < a->verdict.certificate_days)
        a->verdict.certificate_days = days;
}

static int note_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    (void)depth;
    struct attempt *a = context;
    if (a->request.tls_insecure)
        *flags = 0;
    a->tls_flags |= *flags;
    note_end(a, &certificate->valid_to);
    return 0;
}

/* Its own authorities instead of the system's, and the certificate that it shows. */
static int use_files(struct attempt *a, mbedtls_ssl_config *config)
{
    struct buf why = BUF_OVER(a->error_text);
    if (a->request.tls_files == 0)
        return 0;
    if (a->tls_identity == NULL)
        a->tls_identity = tls_identity_new(a->tls_files, &why);
    struct tls_identity *t = a->tls_identity;
    if (t == NULL) {
        attempt_judge(a, VERDICT_TLS, "%s", a->error_text);
        return -1;
    }
    if (t->has_authorities)
        mbedtls_ssl_conf_ca_chain(config, &t->authorities, NULL);
    return t->has_certificate && !a->elsewhere ? mbedtls_ssl_conf_own_cert(config, &t->certificate, &t->key) : 0;
}

/* What servers of gRPC insist on; libcurl, which is built without HTTP/2, does not offer it. Mbed TLS keeps the list and only
 * reads it, whatever its prototype says. */
static const char *const alpn_of_grpc[] = {"h2", NULL};

/* The authorities are parsed once, not for every attempt as CURLOPT_CAINFO would. */
static CURLcode trust_authorities(CURL *easy, void *ssl_config, void *context)
{
    (void)easy;
    struct attempt *a = context;
    a->stage = STAGE_TLS;
    if ((a->request.tls_files & 1U << WIRE_TLS_CA) == 0 && !a->request.tls_insecure) {
        mbedtls_ssl_conf_ca_chain(ssl_config, tls_trust_authorities(a->context->trust, &a->tls_no_authorities), NULL);
    }
    mbedtls_ssl_conf_verify(ssl_config, note_certificate, a);
    if (a->request.kind == WIRE_GRPC &&
        mbedtls_ssl_conf_alpn_protocols(ssl_config, (const char **)(uintptr_t)alpn_of_grpc) != 0)
        return CURLE_OUT_OF_MEMORY;
    return use_files(a, ssl_config) == 0 ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

int tls_configure(struct attempt *a)
{
    /* A resumed session would not look at the certificate again. */
    bool failed = curl_easy_setopt(a->easy, CURLOPT_CAINFO, NULL) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_CTX_FUNCTION, trust_authorities) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_CTX_DATA, a) != CURLE_OK;
    return failed ? -1 : 0;
}

/* The name goes into the URL, which is what libcurl asks the server for, and the connection to where the URL led before. */
int tls_rename(struct attempt *a)
{
    const char *name = a->request.server_name;
    char target[2 * TARGET_TEXT_MAX + 32];
    bool ipv6 = strchr(a->name, ':') != NULL;
    struct buf b = BUF_OVER(target);
    if (name[0] == '\0')
        return 0;
    buf_printf(&b, "%s:%u:%s%s%s:%u", name, a->port, ipv6 ? "[" : "", a->name, ipv6 ? "]" : "", a->port);
    a->connect_to = curl_slist_append(NULL, target);
    bool failed = a->connect_to == NULL || curl_url_set(a->url, CURLUPART_HOST, name, 0) != CURLUE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_CONNECT_TO, a->connect_to) != CURLE_OK;
    return failed ? -1 : 0;
}

uint8_t tls_version(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL ||
        session->backend != CURLSSLBACKEND_MBEDTLS || session->internals == NULL)
        return 0;
    switch (mbedtls_ssl_get_version_number(session->internals)) {
    case MBEDTLS_SSL_VERSION_TLS1_3:
        return 13;
    case MBEDTLS_SSL_VERSION_TLS1_2:
        return 12;
    default:
        return 0;
    }
}
