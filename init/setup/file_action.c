#include "init/setup/file_action.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/base/pending_file.h"
#include "init/setup/template.h"

#define FILE_MODE 0644
#define FOLDER_MODE 0755

void file_tell_written_over(const char *path)
{
    log_line(LOG_NOTICE, PENDING_WRITTEN_OVER, path);
}

static int put(void *context, const char *bytes, size_t len, struct err *e)
{
    const struct pending_file *p = context;
    return fd_write_all(p->fd, bytes, len) == 0 ? 0 : err_set(e, ERR_SYS, errno, "cannot write %s", p->at->path);
}

static int put_template(struct pending_file *p, const char *path, char *const *environ_, struct err *e)
{
    char *text = malloc(TEMPLATE_MAX + 1);
    if (text == NULL) {
        return err_set(e, ERR_SYS, ENOMEM, "cannot read %s", path);
    }
    size_t len;
    int rc = file_read(AT_FDCWD, path, text, TEMPLATE_MAX + 1, &len, e);
    if (rc == 0) {
        const struct template_text t = {.path = path, .text = text, .len = len, .environ_ = environ_};
        rc = template_expand(&t, put, p, e);
    }
    free(text);
    return rc;
}

static int do_write(const struct instructions *in, char *const *environ_, struct err *e)
{
    const struct file_look look = {
        .mode = in->mode == INSTRUCT_KEEP ? FILE_MODE : in->mode, .uid = in->uid, .gid = in->gid};
    cleanup_place struct place at = {.folder = -1};
    cleanup_pending struct pending_file file = PENDING_NONE;
    if (place_open(in->path, &at, e) != 0 || pending_file_open(&file, &at, PENDING_NEW, &look, e) != 0) {
        return -1;
    }
    int rc = in->from[0] != '\0' ? put_template(&file, in->from, environ_, e)
                                 : put(&file, in->content, strlen(in->content), e);
    if (rc == 0) {
        rc = pending_file_commit(&file, &look, e);
    }
    if (rc > 0) {
        file_tell_written_over(in->path);
    }
    return rc < 0 ? -1 : 0;
}

/* Their permissions and owner are nobody's wish: the usual ones. */
static int make_parents(const char *path, struct err *e)
{
    char folder[INSTRUCT_PATH_MAX + 1];
    size_t len = strlen(path);
    for (size_t i = 1; i < len; i++) {
        if (path[i] != '/') {
            continue;
        }
        memcpy(folder, path, i);
        folder[i] = '\0';
        /* A read-only file system says so before it says that the folder is there. */
        if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST && access(folder, F_OK) != 0) {
            return err_set(e, ERR_SYS, errno, "cannot make the folder %s", folder);
        }
    }
    return 0;
}

static int do_mkdir(const struct instructions *in, char *const *environ_, struct err *e)
{
    (void)environ_;
    cleanup_place struct place at = {.folder = -1};
    if ((in->parents && make_parents(in->path, e) != 0) || place_open(in->path, &at, e) != 0) {
        return -1;
    }
    struct stat st;
    const struct file_look look = {.mode = in->mode, .uid = in->uid, .gid = in->gid};
    bool made = mkdirat(at.folder, at.name, in->mode == INSTRUCT_KEEP ? FOLDER_MODE : in->mode) == 0;
    int error = errno;
    if (fstatat(at.folder, at.name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, made ? errno : error, "cannot make the folder %s", in->path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "cannot make the folder %s: something else is there", in->path);
    }
    if (file_look_apply_at(at.folder, at.name, in->path, &look, e) != 0) {
        return -1;
    }
    return place_sync(&at, e);
}

static int do_symlink(const struct instructions *in, char *const *environ_, struct err *e)
{
    (void)environ_;
    const struct file_look look = {.mode = FILE_LOOK_KEEP, .uid = in->uid, .gid = in->gid};
    cleanup_place struct place at = {.folder = -1};
    if (place_open(in->path, &at, e) != 0 || file_link(&at, in->target, &look, e) != 0) {
        return -1;
    }
    return place_sync(&at, e);
}

static int do_copy(const struct instructions *in, char *const *environ_, struct err *e)
{
    (void)environ_;
    return file_copy(in, e);
}

static int do_change(const struct instructions *in, char *const *environ_, struct err *e)
{
    (void)environ_;
    return file_change(in, e);
}

int file_action_do(const struct instructions *in, char *const *environ_, struct err *e)
{
    static int (*const actions[])(const struct instructions *in, char *const *environ_, struct err *e) = {
        [INSTRUCT_WRITE] = do_write,     [INSTRUCT_MKDIR] = do_mkdir,  [INSTRUCT_COPY] = do_copy,
        [INSTRUCT_SYMLINK] = do_symlink, [INSTRUCT_CHMOD] = do_change, [INSTRUCT_CHOWN] = do_change,
    };
    if (in->kind >= sizeof actions / sizeof actions[0] || actions[in->kind] == NULL) {
        return err_set(e, ERR_PROTO, 0, "this action belongs to another role (%u)", in->kind);
    }
    (void)umask(0); /* permissions are those that are asked for */
    return actions[in->kind](in, environ_, e);
}

static void ignore(int number)
{
    const struct sigaction action = {.sa_handler = SIG_IGN};
    (void)sigaction(number, &action, NULL);
}

int file_action_main(int instructions_fd, char *const *environ_)
{
    struct err e;
    struct instructions in;
    ignore(SIGXFSZ);
    ignore(SIGPIPE);
    unsigned char *storage = malloc(INSTRUCTIONS_MAX);
    if (storage == NULL) {
        log_line(LOG_ERROR, "cannot read the instructions of an action: out of memory");
        return EXIT_INTERNAL;
    }
    int code = EXIT_INTERNAL;
    if (instructions_read(instructions_fd, storage, &in, &e) == 0) {
        code = file_action_do(&in, environ_, &e) == 0 ? EXIT_OK : e.code == ERR_PROTO ? EXIT_INTERNAL : EXIT_FAILURE;
    }
    if (code != EXIT_OK) {
        log_line(LOG_ERROR, "%s", e.text);
    }
    explicit_bzero(storage, INSTRUCTIONS_MAX);
    free(storage);
    return code;
}
