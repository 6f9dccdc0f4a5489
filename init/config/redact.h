/*
 * redact - keep known secrets out of text that children wrote.
 *
 * A secret is found as it is, and as other programs write it down: percent-encoded (whichever bytes they escape, in either
 * case, a blank as '+'), with backslashes (JSON, \u in either case, \x, shells), and in base64 (both alphabets, wherever in the
 * encoded text it begins, lines of 64 and 76 characters too).
 */
#ifndef MUSTER_CONFIG_REDACT_H
#define MUSTER_CONFIG_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/config/resolve.h"

/* Shorter secrets would hide half of every text; they are warned about instead (secret.short). */
#define REDACT_MIN 4
/* Longer forms are looked for in pieces of this length. */
#define REDACT_PIECE_MAX 512
/* One byte may be written with so many: \u0041. */
#define REDACT_ESCAPE_MAX 6
/* What redact_part() may leave for later: a piece, escaped throughout, and what it looks ahead. */
#define REDACT_HELD_MAX ((REDACT_PIECE_MAX + REDACT_MIN) * REDACT_ESCAPE_MAX)
/* Secrets in all, in bytes, that are looked for in base64: it takes eight times their memory. The rest, in manifest order,
 * is looked for in the other ways only. */
#define REDACT_BASE64_MAX ((size_t)512 << 10)

struct redact_form {
    const char *text; /* in the redactor's memory */
    uint32_t len;
    bool partial_before; /* base64: the character before it has bits of the secret too */
    bool partial_after;
};

struct redactor {
    const struct redact_form *forms; /* sorted by slot, the longest first; in the arena */
    size_t count;
    uint32_t *slots; /* forms whose first bytes hash to h: slots[h] up to slots[h + 1] */
    unsigned shift;  /* of the hash */
    bool blanks;     /* a form has a ' ' in it, which may be written as '+' */
    bool again;      /* a form has a '*' in it: what a replacement leaves behind may complete it */
    char *memory;    /* every form's text, and nothing else */
    size_t memory_len;
};

/*
 * redactor_init - collect the secret forms of a configuration.
 *
 * Values of secrets; passwords in URLs as written and percent-decoded, user names that are tokens, and query parameters
 * whose name says that they are secret; the lines of secrets that have several, also where a line's end is written as \n.
 * Forms shorter than REDACT_MIN are left out. Everything is copied: nothing of @c is borrowed.
 */
void redactor_init(struct redactor *r, const struct config *c, struct arena *a);

/*
 * redact - replace every occurrence of a secret in @text by "***" in place (never grows: REDACT_MIN > 3).
 *
 * Returns the new length; NUL-terminates when the text became shorter. The time is linear in @len: at each place, the few
 * forms that begin with the same four bytes are compared.
 */
size_t redact(const struct redactor *r, char *text, size_t len);

/*
 * redact_part - likewise, of a text that goes on.
 *
 * @held  filled: so many bytes at the end, at most REDACT_HELD_MAX, may be the beginning of a secret. They are as they were,
 *        and come first the next time.
 */
size_t redact_part(const struct redactor *r, char *text, size_t len, size_t *held);

/*
 * redact_finds - is there a secret in @text?
 */
bool redact_finds(const struct redactor *r, const char *text, size_t len);

/*
 * redact_erase - overwrite every occurrence of a form of at least @min bytes, as it is or escaped, by zeroes; but not in the
 * redactor's own memory, which may be a part of @bytes.
 */
void redact_erase(const struct redactor *r, char *bytes, size_t len, size_t min);

/*
 * redactor_wipe - overwrite every form; afterwards nothing is found any more.
 */
void redactor_wipe(struct redactor *r);

#endif
