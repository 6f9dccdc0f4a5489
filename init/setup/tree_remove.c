#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/safe_path.h"
#include "init/setup/tree_copy.h"

/* One more than a tree can be deep; each level has an open folder. */
#define DEPTH_MAX (TREE_DEPTH_MAX + 1)

static int remove_below(int folder, const char *name, unsigned depth);

/* Who may remove the folder may also make it writable; a folder of ours may be read-only. */
static int open_to_empty(int folder, const char *name)
{
    int fd = safe_open_below(folder, name, O_RDONLY | O_DIRECTORY, 0);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IRWXU) != S_IRWXU) {
        (void)fchmod(fd, (st.st_mode & 07777) | S_IRWXU);
    }
    return fd;
}

/* NULL with errno 0 at the end. */
static const struct dirent *next_name(DIR *names)
{
    errno = 0;
    return readdir(names);
}

static int empty_folder(int folder, const char *name, unsigned depth)
{
    int fd = depth == DEPTH_MAX ? -1 : open_to_empty(folder, name);
    if (fd < 0) {
        return depth == DEPTH_MAX ? E2BIG : errno == EXDEV ? EBUSY : errno;
    }
    DIR *names = fdopendir(fd); /* takes the descriptor */
    if (names == NULL) {
        close(fd);
        return ENOMEM;
    }
    int failed = 0;
    for (const struct dirent *d; failed == 0 && (d = next_name(names)) != NULL;) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            failed = remove_below(dirfd(names), d->d_name, depth + 1);
        }
    }
    failed = failed == 0 ? errno : failed;
    closedir(names);
    return failed;
}

static int remove_below(int folder, const char *name, unsigned depth)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return errno;
    }
    int number = errno;
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
        return number;
    }
    int failed = empty_folder(folder, name, depth);
    if (failed == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0) {
        failed = errno;
    }
    return failed;
}

int tree_remove(int folder, const char *name)
{
    return remove_below(folder, name, 0);
}
