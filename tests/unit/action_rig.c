#include "tests/unit/action_rig.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/setup/file_action.h"

struct err acts_error;
static char base[64];

void acts_set_up(void)
{
    umask(077);
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void acts_tear_down(void)
{
    ck_assert_int_eq(nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *acts_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", base, name);
    return path;
}

static uint32_t given(uint32_t number)
{
    return number == 0 ? INSTRUCT_KEEP : number;
}

int acts_carry_out(struct instructions in)
{
    in.mode = given(in.mode);
    in.uid = given(in.uid);
    in.gid = given(in.gid);
    in.from = in.from == NULL ? "" : in.from;
    in.content = in.content == NULL ? "" : in.content;
    static char *const environment[] = {"NAME=world", NULL};
    return file_action_do(&in, environment, &acts_error);
}

void acts_file(const char *name, const char *content, mode_t mode)
{
    FILE *f = fopen(acts_path(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(chmod(acts_path(name), mode), 0);
}

void acts_folder(const char *name, mode_t mode)
{
    ck_assert_int_eq(mkdir(acts_path(name), 0700), 0);
    ck_assert_int_eq(chmod(acts_path(name), mode), 0);
}

void acts_link(const char *name, const char *target)
{
    ck_assert_int_eq(symlink(target, acts_path(name)), 0);
}

void acts_holds(const char *name, const char *content, mode_t mode)
{
    char found[256] = "";
    ck_assert_msg(acts_mode(name) == (S_IFREG | mode), "%s: %o", name, acts_mode(name));
    FILE *f = fopen(acts_path(name), "r");
    ck_assert_ptr_nonnull(f);
    found[fread(found, 1, sizeof(found) - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(found, content);
}

void acts_leads(const char *name, const char *target)
{
    char found[PATH_MAX];
    ssize_t len = readlink(acts_path(name), found, sizeof(found) - 1);
    ck_assert_int_ge(len, 0);
    found[len] = '\0';
    ck_assert_str_eq(found, target);
}

mode_t acts_mode(const char *name)
{
    struct stat st;
    return lstat(acts_path(name), &st) == 0 ? st.st_mode : 0;
}

size_t acts_entries(const char *name)
{
    size_t count = 0;
    DIR *d = opendir(acts_path(name));
    ck_assert_ptr_nonnull(d);
    while (readdir(d) != NULL)
        count++;
    closedir(d);
    return count - 2;
}
