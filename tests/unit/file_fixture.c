#include "tests/unit/file_fixture.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void files_make(struct files *f)
{
    snprintf(f->base, sizeof(f->base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(f->base));
    f->fd = open(f->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(f->fd, 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void files_remove(struct files *f)
{
    close(f->fd);
    ck_assert_int_eq(nftw(f->base, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

const char *files_path(const struct files *f, const char *name)
{
    static char paths[4][FIXTURE_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, FIXTURE_PATH_MAX, "%s/%s", f->base, name);
    return path;
}

void files_write(const struct files *f, const char *name, const char *content, mode_t mode)
{
    int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_msg(fd >= 0, "%s", name);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

void files_folder(const struct files *f, const char *name, mode_t mode)
{
    ck_assert_int_eq(mkdirat(f->fd, name, 0700), 0);
    ck_assert_int_eq(fchmodat(f->fd, name, mode, 0), 0);
}

void files_link(const struct files *f, const char *name, const char *target)
{
    ck_assert_int_eq(symlinkat(target, f->fd, name), 0);
}

bool files_have(const struct files *f, const char *name)
{
    struct stat st;
    return fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *files_read(const struct files *f, const char *name)
{
    static char content[4096];
    int fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW);
    ck_assert_msg(fd >= 0, "%s", name);
    ssize_t n = read(fd, content, sizeof(content) - 1);
    ck_assert_int_ge(n, 0);
    content[n] = '\0';
    close(fd);
    return content;
}

size_t files_count(const struct files *f, const char *name)
{
    DIR *names = opendir(files_path(f, name));
    ck_assert_ptr_nonnull(names);
    size_t count = 0;
    while (readdir(names) != NULL)
        count++;
    closedir(names);
    return count - 2; /* itself and the one above */
}
