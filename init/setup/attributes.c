#include "init/setup/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "init/base/text.h"

#define HEX_DIGITS "0123456789abcdef"
#define SET_ID (S_ISUID | S_ISGID)

/* Not ours to decide, or nothing that this file system can hold. */
static bool can_do_without(int number)
{
    return number == EPERM || number == EACCES || number == EOPNOTSUPP || number == ENODATA;
}

/* ---- reading ---- */

static int append_line(FILE *out, const char *name, const unsigned char *value, size_t len)
{
    char storage[2 * ATTRIBUTE_NAME_MAX];
    struct buf escaped = BUF_OVER(storage);
    tree_escape(&escaped, name);
    fprintf(out, "x %s ", escaped.data);
    for (size_t i = 0; i < len; i++) {
        fputc(HEX_DIGITS[value[i] >> 4], out);
        fputc(HEX_DIGITS[value[i] & 15], out);
    }
    return fputc('\n', out) == EOF ? ENOMEM : 0;
}

static int read_each(int fd, const char *names, size_t len, FILE *out)
{
    unsigned char value[ATTRIBUTE_VALUE_MAX];
    for (const char *name = names; name < names + len; name += strlen(name) + 1) {
        ssize_t n = fgetxattr(fd, name, value, sizeof(value));
        if (n < 0 && can_do_without(errno)) {
            continue;
        }
        if (n < 0) {
            return errno;
        }
        int failed = append_line(out, name, value, (size_t)n);
        if (failed != 0) {
            return failed;
        }
    }
    return 0;
}

int attributes_read(int fd, char **out)
{
    char names[ATTRIBUTE_NAMES_MAX];
    *out = NULL;
    ssize_t n = flistxattr(fd, names, sizeof(names));
    if (n <= 0) {
        return n == 0 || can_do_without(errno) ? 0 : errno;
    }
    size_t len;
    FILE *text = open_memstream(out, &len);
    if (text == NULL) {
        return ENOMEM;
    }
    int failed = read_each(fd, names, (size_t)n, text);
    if (fclose(text) != 0 && failed == 0) {
        failed = ENOMEM;
    }
    if (failed != 0 || len == 0) {
        free(*out);
        *out = NULL;
    }
    return failed;
}

/* ---- taking apart ---- */

static int digit(char c)
{
    const char *at = c == '\0' ? NULL : strchr(HEX_DIGITS, c);
    return at == NULL ? -1 : (int)(at - HEX_DIGITS);
}

int attributes_line(const char *line, size_t len, char name[ATTRIBUTE_NAME_MAX], unsigned char *value,
                    size_t *value_len)
{
    const char *blank = len < 3 || memcmp(line, "x ", 2) != 0 ? NULL : memrchr(line + 2, ' ', len - 2);
    if (blank == NULL) {
        return -1;
    }
    size_t name_len = tree_unescape(line + 2, (size_t)(blank - line) - 2, name, ATTRIBUTE_NAME_MAX);
    size_t digits = len - (size_t)(blank - line) - 1;
    if (name_len == 0 || digits % 2 != 0 || digits / 2 > ATTRIBUTE_VALUE_MAX) {
        return -1;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit(blank[1 + 2 * i]);
        int low = digit(blank[2 + 2 * i]);
        if (high < 0 || low < 0) {
            return -1;
        }
        value[i] = (unsigned char)(high << 4 | low);
    }
    *value_len = digits / 2;
    return 0;
}

/* ---- putting back ---- */

/* What a new file has inherited from its folder would widen or narrow who may read it. */
static int remove_extended(int fd)
{
    char names[ATTRIBUTE_NAMES_MAX];
    ssize_t n = flistxattr(fd, names, sizeof(names));
    if (n < 0) {
        return can_do_without(errno) ? 0 : errno;
    }
    for (const char *name = names; name < names + n; name += strlen(name) + 1) {
        if (fremovexattr(fd, name) != 0 && !can_do_without(errno)) {
            return errno;
        }
    }
    return 0;
}

static int put_extended(int fd, const char *text)
{
    char name[ATTRIBUTE_NAME_MAX];
    unsigned char value[ATTRIBUTE_VALUE_MAX];
    while (text != NULL && text[0] != '\0') {
        size_t len = strcspn(text, "\n");
        size_t value_len;
        if (attributes_line(text, len, name, value, &value_len) != 0) {
            return EINVAL;
        }
        if (fsetxattr(fd, name, value, value_len, 0) != 0 && !can_do_without(errno)) {
            return errno;
        }
        text += len + (text[len] == '\n');
    }
    return 0;
}

static struct timespec mtime_of(const struct tree_entry *entry)
{
    int64_t rest = entry->mtime_ns % 1000000000;
    rest += rest < 0 ? 1000000000 : 0;
    return (struct timespec){.tv_sec = (entry->mtime_ns - rest) / 1000000000, .tv_nsec = rest};
}

int attributes_apply(int fd, const struct tree_entry *entry)
{
    mode_t mode = entry->mode;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return errno;
    }
    /* The owner first: a change of it clears set-id bits and capabilities. */
    if ((st.st_uid != entry->uid || st.st_gid != entry->gid) && fchown(fd, entry->uid, entry->gid) != 0) {
        if (!can_do_without(errno)) {
            return errno;
        }
        mode &= ~(mode_t)SET_ID;
    }
    int failed = remove_extended(fd);
    if (failed == 0 && fchmod(fd, mode) != 0) {
        failed = errno;
    }
    if (failed == 0) {
        failed = put_extended(fd, entry->extended);
    }
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, mtime_of(entry)};
    if (failed == 0 && futimens(fd, times) != 0) {
        failed = errno;
    }
    return failed;
}

int attributes_apply_link(int folder, const char *name, const struct tree_entry *entry)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, mtime_of(entry)};
    if (fchownat(folder, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) != 0 && !can_do_without(errno)) {
        return errno;
    }
    return utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}
