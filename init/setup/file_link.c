#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/pending_file.h"
#include "init/setup/file_action.h"

/* Does it lead there already? */
static bool leads_to(const struct place *at, const char *target)
{
    char now[PATH_MAX];
    ssize_t len = readlinkat(at->folder, at->name, now, sizeof now);
    return len >= 0 && (size_t)len == strlen(target) && memcmp(now, target, (size_t)len) == 0;
}

int file_link(const struct place *at, const char *target, const struct file_look *look, struct err *e)
{
    struct stat st;
    bool there = fstatat(at->folder, at->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISLNK(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "cannot make the symbolic link %s: something else is there", at->path);
    }
    if (there && leads_to(at, target)) {
        return file_look_apply_at(at->folder, at->name, at->path, look, e);
    }
    char name[NAME_MAX + 1];
    pending_file_name(at->name, PENDING_NEW, name);
    (void)unlinkat(at->folder, name, 0); /* left behind by a process that was killed */
    if (symlinkat(target, at->folder, name) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot make the symbolic link %s", at->path);
    }
    int rc = file_look_apply_at(at->folder, name, at->path, look, e);
    if (rc == 0 && renameat(at->folder, name, at->folder, at->name) != 0) {
        rc = err_set(e, ERR_SYS, errno, "cannot make the symbolic link %s", at->path);
    }
    if (rc != 0) {
        (void)unlinkat(at->folder, name, 0);
    }
    return rc;
}
