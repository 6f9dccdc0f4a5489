#include "init/setup/file_error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
    int number;
    const char *text;
} reasons[] = {
    {ENOSPC, "the disk is full"},
    {EDQUOT, "the disk quota is used up"},
    {EROFS, "the file system is read-only"},
    {EIO, "the disk reports an error"},
    {EPERM, "it is not permitted (immutable, or a capability is missing)"},
    {EACCES, "access is denied"},
    {EFBIG, "larger than a file may be here"},
    {EBUSY, "something is mounted on it"},
    {ESTALE, "it changed meanwhile"},
    {ELOOP, "there is a symbolic link where there was none"},
    {EXDEV, "something is mounted in it"},
    {E2BIG, "it has more files, or is deeper, than can be recorded"},
    {EMFILE, "too many open files"},
    {ENFILE, "too many open files"},
    {ENOMEM, "out of memory"},
    {EOPNOTSUPP, "neither a file, a folder nor a symbolic link"},
};

const char *file_error_text(int number)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].number == number) {
            return reasons[i].text;
        }
    }
    return strerror(number);
}

int file_error(struct err *e, int number, const char *what)
{
    err_set(e, ERR_SYS, 0, "%s%s%s", what, what[0] == '\0' ? "" : ": ", file_error_text(number));
    e->sys = number;
    return -1;
}
