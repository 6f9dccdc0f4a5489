#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/setup/statedir.h"
#include "tests/unit/suites.h"

#define NOBODY 65534

static char base[64];
static char path[128];
static struct statedir dir;
static struct err e;

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(path, sizeof(path), "%s/state", base);
    dir = (struct statedir){.fd = -1, .lock_fd = -1};
    e = (struct err){0};
}

static void teardown(void)
{
    statedir_close(&dir);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", base, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(makes_a_private_folder)
{
    (void)umask(0277);
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    struct stat st;
    ck_assert_int_eq(fstat(dir.fd, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    ck_assert_str_eq(dir.path, path);
    ck_assert_int_eq(fcntl(dir.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(key_is_made_once)
{
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, "key", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_size, STATEDIR_KEY_BYTES);
    struct statedir again;
    ck_assert_int_eq(statedir_open(path, false, &again, &e), 0);
    ck_assert_mem_eq(dir.key, again.key, STATEDIR_KEY_BYTES);
    statedir_close(&again);

    char other[128];
    snprintf(other, sizeof(other), "%s/other", base);
    ck_assert_int_eq(statedir_open(other, true, &again, &e), 0);
    ck_assert_mem_ne(dir.key, again.key, STATEDIR_KEY_BYTES);
    statedir_close(&again);
}
END_TEST

START_TEST(torn_key_is_made_again)
{
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    int fd = openat(dir.fd, "key", O_WRONLY);
    ck_assert_int_eq(ftruncate(fd, 5), 0);
    close(fd);
    statedir_close(&dir);
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, "key", &st, 0), 0);
    ck_assert_int_eq(st.st_size, STATEDIR_KEY_BYTES);
}
END_TEST

START_TEST(reader_does_not_create)
{
    ck_assert_int_eq(statedir_open(path, false, &dir, &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_ptr_nonnull(strstr(e.text, path));
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(dir.fd, -1);
}
END_TEST

START_TEST(refuses_an_open_folder)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, 0750), 0);
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_ptr_nonnull(strstr(e.text, "0750"));
}
END_TEST

START_TEST(refuses_a_foreign_folder)
{
    if (geteuid() != 0) {
        return; /* only root can make one */
    }
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "belongs to user 65534"));
}
END_TEST

START_TEST(refuses_a_symbolic_link)
{
    char target[128];
    snprintf(target, sizeof(target), "%s/target/", base);
    ck_assert_int_eq(mkdir(target, 0700), 0);
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), -1);
    char with_slash[sizeof(path) + 1];
    snprintf(with_slash, sizeof(with_slash), "%s/", path);
    ck_assert_int_eq(statedir_open(with_slash, true, &dir, &e), -1);
}
END_TEST

START_TEST(refuses_what_is_no_folder)
{
    close(open(path, O_CREAT | O_WRONLY, 0600));
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), -1);
    ck_assert_int_eq(statedir_open("", true, &dir, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "empty"));
}
END_TEST

START_TEST(second_instance_is_refused)
{
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    ck_assert(!statedir_owner_alive(&dir));
    ck_assert_int_eq(statedir_lock(&dir, &e), 0);
    ck_assert(statedir_owner_alive(&dir));

    struct statedir second;
    ck_assert_int_eq(statedir_open(path, true, &second, &e), 0);
    ck_assert_int_eq(statedir_lock(&second, &e), -1);
    ck_assert_int_eq(e.code, ERR_LOCKED);
    char pid[32];
    snprintf(pid, sizeof(pid), "pid %ld since 2", (long)getpid());
    ck_assert_ptr_nonnull(strstr(e.text, pid));
    ck_assert_int_eq(second.lock_fd, -1);

    statedir_close(&dir);
    ck_assert(!statedir_owner_alive(&second));
    ck_assert_int_eq(statedir_lock(&second, &e), 0);
    statedir_close(&second);
}
END_TEST

START_TEST(lock_ends_with_the_process)
{
    ck_assert_int_eq(statedir_open(path, true, &dir, &e), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct statedir own;
        bool locked = statedir_open(path, true, &own, &e) == 0 && statedir_lock(&own, &e) == 0;
        _exit(locked ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(!statedir_owner_alive(&dir));
    ck_assert_int_eq(statedir_lock(&dir, &e), 0);
}
END_TEST

START_TEST(without_a_folder_nothing_is_locked)
{
    struct statedir memory = {.fd = -1, .lock_fd = -1};
    ck_assert_int_eq(statedir_lock(&memory, &e), 0);
    ck_assert(!statedir_owner_alive(&memory));
    statedir_close(&memory);
}
END_TEST

/* As a user who cannot write to /run, so that the test leaves nothing there. */
static int child_default(const char *runtime, bool create)
{
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        return 10;
    }
    if (access("/run", W_OK) == 0) {
        return 0;
    }
    char wanted[128];
    snprintf(wanted, sizeof(wanted), "%s/muster", runtime);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    struct statedir found;
    if (statedir_open(NULL, create, &found, &e) != 0) {
        return 11;
    }
    return strcmp(found.path, wanted) == 0 && found.fd >= 0 ? 0 : 12;
}

START_TEST(default_falls_back_to_the_runtime_folder)
{
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(base, NOBODY, NOBODY), 0);
    }
    for (int create = 1; create >= 0; create--) {
        pid_t pid = fork();
        if (pid == 0) {
            _exit(child_default(base, create != 0));
        }
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(WEXITSTATUS(status), 0);
    }
}
END_TEST

Suite *suite_statedir(void)
{
    Suite *s = suite_create("statedir");
    TCase *t = tcase_create("statedir");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, makes_a_private_folder);
    tcase_add_test(t, key_is_made_once);
    tcase_add_test(t, torn_key_is_made_again);
    tcase_add_test(t, reader_does_not_create);
    tcase_add_test(t, refuses_an_open_folder);
    tcase_add_test(t, refuses_a_foreign_folder);
    tcase_add_test(t, refuses_a_symbolic_link);
    tcase_add_test(t, refuses_what_is_no_folder);
    tcase_add_test(t, second_instance_is_refused);
    tcase_add_test(t, lock_ends_with_the_process);
    tcase_add_test(t, without_a_folder_nothing_is_locked);
    tcase_add_test(t, default_falls_back_to_the_runtime_folder);
    suite_add_tcase(s, t);
    return s;
}
