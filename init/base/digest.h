/*
 * digest - SHA-256 and SHA-512, by nettle, which picks the processor's own instructions when it has them.
 */
#ifndef MUSTER_BASE_DIGEST_H
#define MUSTER_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Numbers are part of messages and journals. */
enum digest_algorithm { DIGEST_NONE, DIGEST_SHA256, DIGEST_SHA512, DIGEST_ALGORITHM_COUNT };

/* SHA-256. */
#define DIGEST_BYTES 32
#define DIGEST_HEX_MAX 65

/* Of any algorithm. */
#define DIGEST_BYTES_MAX 64
/* "sha512:", the digits and a NUL. */
#define DIGEST_TEXT_MAX 136

struct digest {
    _Alignas(16) unsigned char opaque[224]; /* nettle's context; digest.c asserts that it fits */
    enum digest_algorithm algorithm;
};

/*
 * digest_size - bytes of a digest: 32 or 64; 0 for DIGEST_NONE and numbers that are none.
 */
size_t digest_size(enum digest_algorithm a);

/*
 * digest_name - "sha256", "sha512"; "" likewise.
 */
const char *digest_name(enum digest_algorithm a);

/*
 * digest_init - SHA-256. digest_start - any algorithm but DIGEST_NONE.
 */
void digest_init(struct digest *d);
void digest_start(struct digest *d, enum digest_algorithm a);
void digest_update(struct digest *d, const void *bytes, size_t len);

/*
 * digest_final - @out is filled with digest_size() bytes.
 */
void digest_final(struct digest *d, uint8_t *out);

/*
 * digest_of - SHA-256 of one block of bytes.
 */
void digest_of(const void *bytes, size_t len, uint8_t out[DIGEST_BYTES]);

/*
 * digest_hmac - HMAC-SHA-256 (RFC 2104).
 */
void digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len, uint8_t out[DIGEST_BYTES]);

/*
 * digest_hex - lower-case hexadecimal of a SHA-256 with a NUL.
 */
void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_MAX]);

/*
 * digest_text - "sha256:…" or "sha512:…", as checksums are written (data model: InstallationArtifact.checksum); "" for
 * DIGEST_NONE.
 */
void digest_text(enum digest_algorithm a, const uint8_t *digest, char out[DIGEST_TEXT_MAX]);

#endif
