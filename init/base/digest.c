#include "init/base/digest.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#define FITS(type)                                                                                                     \
    _Static_assert(sizeof(type) <= sizeof(((struct digest *)0)->opaque), "nettle's context does not fit");             \
    _Static_assert(_Alignof(type) <= _Alignof(struct digest), "nettle's context needs more alignment")
FITS(struct sha256_ctx);
FITS(struct sha512_ctx);
_Static_assert(SHA256_DIGEST_SIZE == DIGEST_BYTES, "SHA-256 has 32 bytes");
_Static_assert(SHA512_DIGEST_SIZE == DIGEST_BYTES_MAX, "SHA-512 has 64 bytes");

static void start_256(void *context)
{
    sha256_init(context);
}

static void update_256(void *context, const void *bytes, size_t len)
{
    sha256_update(context, len, bytes);
}

static void final_256(void *context, uint8_t *out)
{
    sha256_digest(context, SHA256_DIGEST_SIZE, out);
}

static void start_512(void *context)
{
    sha512_init(context);
}

static void update_512(void *context, const void *bytes, size_t len)
{
    sha512_update(context, len, bytes);
}

static void final_512(void *context, uint8_t *out)
{
    sha512_digest(context, SHA512_DIGEST_SIZE, out);
}

static const struct algorithm {
    const char *name;
    size_t size;
    void (*start)(void *context);
    void (*update)(void *context, const void *bytes, size_t len);
    void (*final)(void *context, uint8_t *out);
} algorithms[DIGEST_ALGORITHM_COUNT] = {
    [DIGEST_NONE] = {.name = ""},
    [DIGEST_SHA256] = {"sha256", SHA256_DIGEST_SIZE, start_256, update_256, final_256},
    [DIGEST_SHA512] = {"sha512", SHA512_DIGEST_SIZE, start_512, update_512, final_512},
};

size_t digest_size(enum digest_algorithm a)
{
    return (size_t)a < DIGEST_ALGORITHM_COUNT ? algorithms[a].size : 0;
}

const char *digest_name(enum digest_algorithm a)
{
    return (size_t)a < DIGEST_ALGORITHM_COUNT ? algorithms[a].name : "";
}

void digest_init(struct digest *d)
{
    digest_start(d, DIGEST_SHA256);
}

void digest_start(struct digest *d, enum digest_algorithm a)
{
    d->algorithm = a;
    algorithms[a].start(d->opaque);
}

void digest_update(struct digest *d, const void *bytes, size_t len)
{
    algorithms[d->algorithm].update(d->opaque, bytes, len);
}

void digest_final(struct digest *d, uint8_t *out)
{
    algorithms[d->algorithm].final(d->opaque, out);
}

void digest_of(const void *bytes, size_t len, uint8_t out[DIGEST_BYTES])
{
    struct digest d = {.opaque = {0}};
    digest_init(&d);
    digest_update(&d, bytes, len);
    digest_final(&d, out);
}

void digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len, uint8_t out[DIGEST_BYTES])
{
    struct hmac_sha256_ctx hmac;
    hmac_sha256_set_key(&hmac, key_len, key);
    hmac_sha256_update(&hmac, len, bytes);
    hmac_sha256_digest(&hmac, DIGEST_BYTES, out);
    explicit_bzero(&hmac, sizeof(hmac)); /* as good as the key */
}

static void put_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_MAX])
{
    put_hex(digest, DIGEST_BYTES, out);
}

void digest_text(enum digest_algorithm a, const uint8_t *digest, char out[DIGEST_TEXT_MAX])
{
    size_t size = digest_size(a);
    int n = size == 0 ? 0 : snprintf(out, DIGEST_TEXT_MAX, "%s:", digest_name(a));
    put_hex(digest, size, out + n);
}
