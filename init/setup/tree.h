/*
 * tree - what is at a path and, of a folder, everything below it: names, attributes, digests.
 *
 * The tree digest is the SHA-256 of one line for each file, folder and symbolic link below the root, sorted by the bytes of its path:
 *
 *     <f|d|l> <mode, 4 octal digits> <size of a file, else 0> <SHA-256> <path>\n
 *
 * The SHA-256 is of a file's content, of a link's target, of nothing for a folder. Paths are relative; a backslash, newline and
 * carriage return in them are written \\, \n and \r. Symbolic links are not followed. Sockets, pipes and devices, and what is mounted
 * below the root, are left out (data model: InstallationArtifact.checksum).
 */
#ifndef MUSTER_SETUP_TREE_H
#define MUSTER_SETUP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"
#include "init/base/digest.h"
#include "init/base/err.h"
#include "init/setup/pool.h"
#include "init/wire/messages.h"

/* A large node_modules has a tenth of it; 60 MB of memory. */
#define TREE_ENTRIES_MAX 500000
#define TREE_DEPTH_MAX 64
/* All paths and targets. */
#define TREE_TEXT_MAX ((size_t)64 << 20)
/* A path with every byte escaped, and a NUL. */
#define TREE_ESCAPED_MAX (2 * WIRE_PATH_MAX)

struct tree_entry {
    size_t path;   /* tree_text(): relative to the root; "" for the root itself */
    size_t target; /* of a symbolic link */
    enum wire_file_kind kind;
    uint32_t mode, uid, gid;
    uint64_t size; /* of a file; of a link its target's length */
    int64_t mtime_ns;
    uint8_t digest[DIGEST_BYTES_MAX];
    char *extended; /* extended attributes as in the list of a before-image (attributes.h), or NULL; owned */
};

/* Sorted; the first entry is the root. */
struct tree {
    struct tree_entry *entries; /* owned */
    size_t count, cap;
    char *text; /* owned */
    size_t text_len, text_cap;
    enum digest_algorithm algorithm; /* of the digests */
    bool shallow;                    /* of a folder the root alone */
    size_t mounts;                   /* entries left out since something is mounted there */
};

/*
 * tree_scan - what is at @name in @folder.
 *
 * @pool       hashes its files; or NULL.
 * @folder     a descriptor, or AT_FDCWD. The last component is never followed.
 * @algorithm  of a file's or link's digest; everything of a folder is SHA-256. DIGEST_NONE: of a folder the root alone, which then
 *             has no digest; of others SHA-256.
 * @out        filled on success; release with tree_free(). Nothing there: no entries.
 *
 * Returns 0, or -1 with ERR_SYS: ESTALE = changed meanwhile, E2BIG = beyond a maximum, and what open(2) and read(2) say. The text
 * names the entry below the root, if it is one. Blocks, allocates.
 */
int tree_scan(struct pool *pool, int folder, const char *name, enum digest_algorithm algorithm, struct tree *out,
              struct err *e);

/*
 * tree_free - also of a tree that is all zero.
 */
void tree_free(struct tree *t);
#define cleanup_tree __attribute__((cleanup(tree_free)))

/*
 * tree_text - a path or target.
 */
const char *tree_text(const struct tree *t, size_t at);

/*
 * tree_add - a new entry at the end, zeroed but for its path. NULL with errno ENOMEM, or E2BIG beyond a maximum.
 */
struct tree_entry *tree_add(struct tree *t, const char *path, size_t len);

/*
 * tree_add_text - keep a text; its place for tree_text(), or 0 with errno. "" is at 0.
 */
size_t tree_add_text(struct tree *t, const char *text, size_t len);

/*
 * tree_facts - the whole as one. mtime and owner are the root's.
 */
void tree_facts(const struct tree *t, struct wire_facts *out);

/*
 * tree_escape - append a path, escaped as above.
 */
void tree_escape(struct buf *b, const char *path);

/*
 * tree_unescape - the reverse: @len bytes into @out, with a NUL. Returns the length; 0: empty, too long for @cap, or not escaped so.
 */
size_t tree_unescape(const char *text, size_t len, char *out, size_t cap);

/*
 * tree_kind_letter - 'f', 'd', 'l', or 0.
 */
char tree_kind_letter(enum wire_file_kind kind);

/*
 * tree_kind_of - from st_mode.
 */
enum wire_file_kind tree_kind_of(unsigned mode);

#endif
