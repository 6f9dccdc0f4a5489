#include "init/wire/instructions.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define TEXT(field, limit)                                                                                             \
    {                                                                                                                  \
        .name = #field, .offset = offsetof(struct instructions, field), .max = (limit)                                 \
    }
/* The texts, in their order. */
static const struct {
    const char *name;
    size_t offset; /* in struct instructions */
    size_t max;    /* bytes without the NUL */
} texts[] = {
    TEXT(path, INSTRUCT_PATH_MAX), TEXT(from, INSTRUCT_PATH_MAX),       TEXT(target, INSTRUCT_PATH_MAX),
    TEXT(url, INSTRUCT_URL_MAX),   TEXT(content, INSTRUCT_CONTENT_MAX),
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* The texts are pointers behind the numbers, which are sent as they are. */
#define NUMBERS_SIZE offsetof(struct instructions, path)
_Static_assert(NUMBERS_SIZE == 104, "the layout is the wire format");
_Static_assert(INSTRUCTIONS_MAX >=
                   NUMBERS_SIZE + INSTRUCT_CONTENT_MAX + 3 * INSTRUCT_PATH_MAX + INSTRUCT_URL_MAX + TEXTS,
               "the longest texts fit");

static const char *text_of(const struct instructions *in, size_t i)
{
    const char *text = *(const char *const *)(const void *)((const char *)in + texts[i].offset);
    return text == NULL ? "" : text;
}

static const char **text_at(struct instructions *in, size_t i)
{
    return (const char **)(void *)((char *)in + texts[i].offset);
}

size_t instructions_size(const struct instructions *in)
{
    size_t size = NUMBERS_SIZE;
    for (size_t i = 0; i < TEXTS; i++) {
        size_t len = strlen(text_of(in, i));
        if (len > texts[i].max)
            return 0;
        size += len + 1;
    }
    return size;
}

void instructions_pack(const struct instructions *in, unsigned char *out)
{
    struct instructions numbers = *in;
    numbers.magic = INSTRUCTIONS_MAGIC;
    memcpy(out, &numbers, NUMBERS_SIZE);
    size_t at = NUMBERS_SIZE;
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = text_of(in, i);
        size_t size = strlen(text) + 1;
        memcpy(out + at, text, size);
        at += size;
    }
}

/* Which texts a kind has: bits by their order. */
enum { PATH = 1, FROM = 2, TARGET = 4, URL = 8, CONTENT = 16 };
static const struct {
    uint8_t needed;
    uint8_t allowed;
} texts_of_kind[] = {
    [INSTRUCT_WRITE] = {PATH, PATH | FROM | CONTENT},
    [INSTRUCT_MKDIR] = {PATH, PATH},
    [INSTRUCT_COPY] = {PATH | FROM, PATH | FROM},
    [INSTRUCT_SYMLINK] = {PATH | TARGET, PATH | TARGET},
    [INSTRUCT_CHMOD] = {PATH, PATH},
    [INSTRUCT_CHOWN] = {PATH, PATH},
    [INSTRUCT_DOWNLOAD] = {PATH | URL, PATH | URL},
};
_Static_assert(sizeof(texts_of_kind) / sizeof(texts_of_kind[0]) == INSTRUCT_LAST + 1, "every kind has a row");

static int unpack_texts(const unsigned char *bytes, size_t len, struct instructions *out, struct err *e)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const unsigned char *end = memchr(bytes, '\0', len);
        if (end == NULL || (size_t)(end - bytes) > texts[i].max)
            return err_set(e, ERR_PROTO, 0, "the %s of an action is unterminated or too long", texts[i].name);
        *text_at(out, i) = (const char *)bytes;
        len -= (size_t)(end - bytes) + 1;
        bytes = end + 1;
    }
    return len == 0 ? 0 : err_set(e, ERR_PROTO, 0, "the instructions of an action are longer than their texts");
}

static int check_texts(const struct instructions *in, struct err *e)
{
    for (size_t i = 0; i < TEXTS; i++) {
        bool given = text_of(in, i)[0] != '\0';
        if (given && (texts_of_kind[in->kind].allowed & 1U << i) == 0)
            return err_set(e, ERR_PROTO, 0, "an action of this kind has no %s", texts[i].name);
        if (!given && (texts_of_kind[in->kind].needed & 1U << i) != 0)
            return err_set(e, ERR_PROTO, 0, "an action of this kind needs its %s", texts[i].name);
    }
    if (in->from[0] != '\0' && in->content[0] != '\0')
        return err_set(e, ERR_PROTO, 0, "an action has both a content and a template");
    return 0;
}

/* What is made or changed has a name in a folder. */
static bool ends_in_a_name(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int check_paths(const struct instructions *in, struct err *e)
{
    if (in->path[0] != '/' || !ends_in_a_name(in->path))
        return err_set(e, ERR_PROTO, 0, "the path of an action is not absolute, or ends without a name");
    if (in->from[0] != '\0' && in->from[0] != '/')
        return err_set(e, ERR_PROTO, 0, "the source of an action is not absolute");
    return 0;
}

static int check_download(const struct instructions *in, struct err *e)
{
    if (in->algorithm == DIGEST_NONE || in->algorithm >= DIGEST_ALGORITHM_COUNT)
        return err_set(e, ERR_PROTO, 0, "a download has no check sum that is known");
    for (size_t i = digest_size((enum digest_algorithm)in->algorithm); i < sizeof(in->digest); i++) {
        if (in->digest[i] != 0)
            return err_set(e, ERR_PROTO, 0, "the check sum of a download is longer than its kind");
    }
    if (in->size_max == 0 || in->size_max > INT64_MAX || in->stall_ms == 0)
        return err_set(e, ERR_PROTO, 0, "a download has impossible limits");
    return 0;
}

static bool has_possible_options(const struct instructions *in)
{
    bool tree = in->kind == INSTRUCT_CHMOD || in->kind == INSTRUCT_CHOWN;
    return in->parents <= (in->kind == INSTRUCT_MKDIR) && in->recursive <= tree && in->reserved[0] == 0 &&
           in->reserved[1] == 0;
}

static int check_numbers(const struct instructions *in, struct err *e)
{
    if (in->mode > 07777 && (in->mode != INSTRUCT_KEEP || in->kind == INSTRUCT_CHMOD))
        return err_set(e, ERR_PROTO, 0, "the permissions of an action are out of range");
    if (in->kind == INSTRUCT_CHOWN && in->uid == INSTRUCT_KEEP && in->gid == INSTRUCT_KEEP)
        return err_set(e, ERR_PROTO, 0, "an action of this kind needs an owner");
    if (!has_possible_options(in))
        return err_set(e, ERR_PROTO, 0, "an action has impossible options");
    return in->kind == INSTRUCT_DOWNLOAD ? check_download(in, e) : 0;
}

int instructions_unpack(const unsigned char *bytes, size_t len, struct instructions *out, struct err *e)
{
    *out = (struct instructions){.magic = 0};
    if (len < NUMBERS_SIZE)
        return err_set(e, ERR_PROTO, 0, "these are no instructions for an action");
    memcpy(out, bytes, NUMBERS_SIZE);
    if (out->magic != INSTRUCTIONS_MAGIC)
        return err_set(e, ERR_PROTO, 0, "these are no instructions for an action");
    if (out->kind < INSTRUCT_WRITE || out->kind > INSTRUCT_LAST)
        return err_set(e, ERR_PROTO, 0, "an action is of an unknown kind (%u)", out->kind);
    if (unpack_texts(bytes + NUMBERS_SIZE, len - NUMBERS_SIZE, out, e) != 0 || check_texts(out, e) != 0 ||
        check_paths(out, e) != 0)
        return -1;
    return check_numbers(out, e);
}

int instructions_read(int fd, unsigned char *storage, struct instructions *out, struct err *e)
{
    size_t len = 0;
    (void)lseek(fd, 0,
                SEEK_SET); /* a memfd may have been read by an attempt before this one; a pipe has no beginning */
    for (;;) {
        ssize_t n = read(fd, storage + len, INSTRUCTIONS_MAX - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_SYS, errno, "cannot read the instructions of an action");
        if (n == 0)
            return instructions_unpack(storage, len, out, e);
        len += (size_t)n;
        if (len == INSTRUCTIONS_MAX)
            return err_set(e, ERR_PROTO, 0, "the instructions of an action are longer than any");
    }
}
