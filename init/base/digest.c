#include "init/base/digest.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <string.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((struct digest *)0)->opaque), "nettle's context does not fit");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(struct digest), "nettle's context needs more alignment");
_Static_assert(SHA256_DIGEST_SIZE == DIGEST_BYTES, "SHA-256 has 32 bytes");

static struct sha256_ctx *context(struct digest *d)
{
    return (struct sha256_ctx *)(void *)d->opaque;
}

void digest_init(struct digest *d)
{
    sha256_init(context(d));
}

void digest_update(struct digest *d, const void *bytes, size_t len)
{
    sha256_update(context(d), len, bytes);
}

void digest_final(struct digest *d, uint8_t out[DIGEST_BYTES])
{
    sha256_digest(context(d), DIGEST_BYTES, out);
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

void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_MAX])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[2 * DIGEST_BYTES] = '\0';
}
