/*
 * digest - SHA-256, by nettle.
 */
#ifndef MUSTER_BASE_DIGEST_H
#define MUSTER_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Numbers are part of messages and journals. */
enum digest_algorithm { DIGEST_NONE, DIGEST_SHA256, DIGEST_SHA512, DIGEST_ALGORITHM_COUNT };

#define DIGEST_BYTES 32
#define DIGEST_HEX_MAX 65

struct digest {
    _Alignas(16) unsigned char opaque[128]; /* nettle's context; digest.c asserts that it fits */
};

void digest_init(struct digest *d);
void digest_update(struct digest *d, const void *bytes, size_t len);
void digest_final(struct digest *d, uint8_t out[DIGEST_BYTES]);

/*
 * digest_of - SHA-256 of one block of bytes.
 */
void digest_of(const void *bytes, size_t len, uint8_t out[DIGEST_BYTES]);

/*
 * digest_hmac - HMAC-SHA-256 (RFC 2104).
 */
void digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len, uint8_t out[DIGEST_BYTES]);

/*
 * digest_hex - lower-case hexadecimal with a NUL.
 */
void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_MAX]);

#endif
