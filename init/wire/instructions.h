/*
 * instructions - what PID 1 tells the process that carries out a built-in action of a set-up step.
 *
 * Numbers, and its texts behind them, each with a NUL, on a descriptor: never in argv, never in the environment, since
 * content and URL may be secret. Same binary on both ends, so native layout is the wire format. Owners are numbers: PID 1
 * looks names up before.
 */
#ifndef MUSTER_WIRE_INSTRUCTIONS_H
#define MUSTER_WIRE_INSTRUCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/digest.h"
#include "init/base/err.h"

/* In the order of enum step_action_kind. */
enum instruction_kind {
    INSTRUCT_WRITE = 1,
    INSTRUCT_MKDIR,
    INSTRUCT_COPY,
    INSTRUCT_SYMLINK,
    INSTRUCT_CHMOD,
    INSTRUCT_CHOWN,
    INSTRUCT_DOWNLOAD,
    INSTRUCT_LAST = INSTRUCT_DOWNLOAD,
};

/* Of mode, uid and gid: as it is, or the usual one for what is new. The same number as chown(2)'s. */
#define INSTRUCT_KEEP UINT32_MAX

/* Text of a file in a manifest; more comes from a file of its own. */
#define INSTRUCT_CONTENT_MAX ((size_t)1 << 20)
/* linux/limits.h: PATH_MAX, without the NUL. */
#define INSTRUCT_PATH_MAX 4095
/* init/base/url.h: URL_MAX, without the NUL. */
#define INSTRUCT_URL_MAX 2047

/* Packed: numbers, and the longest texts. */
#define INSTRUCTIONS_MAX (INSTRUCT_CONTENT_MAX + 3 * (size_t)INSTRUCT_PATH_MAX + INSTRUCT_URL_MAX + 512)

/* In memory; packed, the texts follow the numbers. */
struct instructions {
    uint32_t magic;     /* INSTRUCTIONS_MAGIC */
    uint32_t kind;      /* enum instruction_kind */
    uint32_t mode;      /* 07777, or INSTRUCT_KEEP */
    uint32_t uid, gid;  /* or INSTRUCT_KEEP */
    uint32_t algorithm; /* download: enum digest_algorithm */
    uint64_t size_max;  /* download: a longer answer is refused */
    uint32_t stall_ms;  /* download: given up when nothing comes for so long */
    uint8_t parents;    /* mkdir: missing folders above it, too */
    uint8_t recursive;  /* chmod, chown: everything below it, too */
    uint8_t reserved[2];
    uint8_t digest[DIGEST_BYTES_MAX]; /* download: what the content has to have; unused bytes are 0 */

    /* Texts: borrowed; never NULL when unpacked, "" = not given */
    const char *path;    /* absolute: what is made or changed */
    const char *from;    /* copy: the source; write: a template instead of the content */
    const char *target;  /* symlink */
    const char *url;     /* download */
    const char *content; /* write */
};

/* "mact" in memory order: what is no instruction at all is told apart from a mistake in one. */
#define INSTRUCTIONS_MAGIC 0x7463616dU

/*
 * instructions_size - of the packed form; 0 when a text is too long. NULL texts count as "".
 */
size_t instructions_size(const struct instructions *in);

/*
 * instructions_pack - the numbers, then every text with its NUL. The magic is added.
 *
 * @out  filled with instructions_size() bytes, no fewer than which it has. It may hold secrets: wipe it.
 */
void instructions_pack(const struct instructions *in, unsigned char *out);

/*
 * instructions_unpack - believe instructions or not.
 *
 * @bytes, @len  borrowed: the texts of @out point into it.
 *
 * Exactly the texts there are, each within its limit and only those that the kind has; paths absolute, and ending in a
 * name; every number in range. Returns 0, or -1 with ERR_PROTO; the text names the field, never its content.
 */
int instructions_unpack(const unsigned char *bytes, size_t len, struct instructions *out, struct err *e);

/*
 * instructions_read - all there is on @fd, a memfd from its beginning or a pipe to its end.
 *
 * @storage  at least INSTRUCTIONS_MAX bytes; the texts of @out point into it.
 *
 * Returns 0, or -1: ERR_SYS, or those of instructions_unpack(). Blocks until the end of a pipe.
 */
int instructions_read(int fd, unsigned char *storage, struct instructions *out, struct err *e);

#endif
