#include "init/setup/action_instructions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/wire/instructions.h"

_Static_assert((int)DO_WRITE == (int)INSTRUCT_WRITE && (int)DO_MKDIR == (int)INSTRUCT_MKDIR &&
                   (int)DO_COPY == (int)INSTRUCT_COPY && (int)DO_SYMLINK == (int)INSTRUCT_SYMLINK &&
                   (int)DO_CHMOD == (int)INSTRUCT_CHMOD && (int)DO_CHOWN == (int)INSTRUCT_CHOWN &&
                   (int)DO_DOWNLOAD == (int)INSTRUCT_DOWNLOAD,
               "kinds have the same numbers");

const char *action_role(enum step_action_kind kind)
{
    return kind == DO_DOWNLOAD ? "@download" : "@action";
}

/* "0644": up to four octal digits behind a zero, or without it. */
static int read_mode(const char *text, uint32_t *mode)
{
    uint32_t value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 5 || (len == 5 && text[0] != '0')) {
        return -1;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '7') {
            return -1;
        }
        value = value << 3 | (uint32_t)(*c - '0');
    }
    *mode = value;
    return 0;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_hex(const char *hex, size_t bytes, uint8_t *out)
{
    if (strlen(hex) != 2 * bytes) {
        return -1;
    }
    for (size_t i = 0; i < bytes; i++) {
        int high = digit(hex[2 * i]);
        int low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int read_checksum(const char *text, struct instructions *out)
{
    for (uint32_t a = DIGEST_NONE + 1; a < DIGEST_ALGORITHM_COUNT; a++) {
        const char *name = digest_name((enum digest_algorithm)a);
        size_t len = strlen(name);
        if (strncmp(text, name, len) == 0 && text[len] == ':') {
            out->algorithm = a;
            return read_hex(text + len + 1, digest_size((enum digest_algorithm)a), out->digest);
        }
    }
    return -1;
}

static int compose(const struct step_action *a, struct action_owner owner, struct instructions *out, struct err *e)
{
    *out = (struct instructions){.kind = (uint32_t)a->kind,
                                 .mode = INSTRUCT_KEEP,
                                 .uid = owner.uid,
                                 .gid = owner.gid,
                                 .parents = a->parents,
                                 .recursive = a->recursive,
                                 .path = a->path,
                                 .from = a->from,
                                 .target = a->target,
                                 .url = a->url,
                                 .content = a->content};
    if (a->permissions != NULL && read_mode(a->permissions, &out->mode) != 0) {
        return err_set(e, ERR_MANIFEST, 0, "the permissions of %s are not octal", a->path);
    }
    if (a->kind != DO_DOWNLOAD) {
        return 0;
    }
    out->size_max = DOWNLOAD_SIZE_MAX;
    out->stall_ms = DOWNLOAD_STALL_MS;
    if (a->checksum == NULL || read_checksum(a->checksum, out) != 0) {
        return err_set(e, ERR_MANIFEST, 0, "the check sum of %s is neither sha256: nor sha512: and hexadecimal digits",
                       a->path);
    }
    return 0;
}

int instructions_memfd(const struct step_action *a, struct action_owner owner, struct err *e)
{
    struct instructions in;
    if (compose(a, owner, &in, e) != 0) {
        return -1;
    }
    size_t size = instructions_size(&in);
    if (size == 0) {
        return err_set(e, ERR_LIMIT, 0, "the action for %s is too long", a->path);
    }
    cleanup_fd int fd = memfd_create("muster-action", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Allocated at once: a page that is missing later would be a SIGBUS. */
    if (fd < 0 || fallocate(fd, 0, 0, (off_t)size) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot hand over the action for %s", a->path);
    }
    unsigned char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return err_set(e, ERR_SYS, errno, "cannot hand over the action for %s", a->path);
    }
    instructions_pack(&in, map);
    (void)munmap(map, size);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot hand over the action for %s", a->path);
    }
    return fd_steal(&fd);
}
