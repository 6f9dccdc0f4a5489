/*
 * The list of a before-image may have been written by anybody: what is accepted stays inside its folder, and is written as it was
 * read. Both with the digest it ends with, and with one that fits.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/setup/image_list.h"

#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_inside(const char *path)
{
    char padded[WIRE_PATH_MAX + 2];
    size_t len = strlen(path);
    require(len > 0 && len < WIRE_PATH_MAX && path[0] != '/');
    padded[0] = '/';
    memcpy(padded + 1, path, len);
    padded[len + 1] = '/';
    require(memmem(padded, len + 2, "/../", 4) == NULL && memmem(padded, len + 2, "/./", 3) == NULL &&
            memmem(padded, len + 2, "//", 2) == NULL);
}

static void require_same(const struct tree *t)
{
    static char again[2 * BYTES_MAX];
    int fd = memfd_create("list", 0);
    require(fd >= 0 && image_list_write(t, fd) == 0);
    ssize_t n = pread(fd, again, sizeof(again), 0);
    require(close(fd) == 0);
    struct tree second;
    struct err e;
    /* Numbers may have had zeros in front, so the text need not be the same; what it says has to be. */
    require(n > 0 && image_list_parse(again, (size_t)n, &second, &e) == 0 && second.count == t->count);
    tree_free(&second);
}

static void check(const char *bytes, size_t len)
{
    struct tree t;
    struct err e = {0};
    if (image_list_parse(bytes, len, &t, &e) != 0) {
        require(e.code == ERR_STATE && e.text[0] != '\0');
        return;
    }
    require(t.count > 0 && t.entries[0].path == 0);
    for (size_t i = 0; i < t.count; i++) {
        require(tree_kind_letter(t.entries[i].kind) != '\0' && t.entries[i].mode <= 07777);
        if (i > 0)
            require_inside(tree_text(&t, t.entries[i].path));
        if (t.entries[i].kind == WIRE_FILE_SYMLINK)
            require(strlen(tree_text(&t, t.entries[i].target)) == t.entries[i].size);
    }
    require_same(&t);
    tree_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[BYTES_MAX + 128];
    if (size > BYTES_MAX)
        return 0;
    memcpy(bytes, data, size);
    check(bytes, size);
    uint8_t digest[DIGEST_BYTES];
    digest_of(data, size, digest);
    memcpy(bytes + size, "end ", 4);
    digest_hex(digest, bytes + size + 4);
    bytes[size + 4 + 64] = '\n';
    check(bytes, size + 4 + 65);
    return 0;
}
