#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/setup/control.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

static struct files files;
static struct statedir dir;
static struct control_request got;
static struct err e;

static void setup(void)
{
    files_make(&files);
    dir = (struct statedir){.fd = files.fd, .lock_fd = -1};
    snprintf(dir.path, sizeof(dir.path), "%s", files.base);
}

static void teardown(void)
{
    files_remove(&files);
}

/* To the socket, as anybody might. */
static void say(const void *bytes, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), "%.90s/control", files.base);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(sendto(fd, bytes, len, 0, (const struct sockaddr *)&at, sizeof(at)), (ssize_t)len);
    close(fd);
}

static struct control_request skip(const char *id)
{
    struct control_request r = {.verb = CONTROL_SKIP};
    snprintf(r.step_id, sizeof(r.step_id), "%s", id);
    return r;
}

START_TEST(what_is_asked_arrives_once)
{
    struct control_request asked = skip("migrate");
    int fd = control_open(&dir, &e);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(control_receive(fd, &got), 0);
    ck_assert_int_eq(control_send(&dir, &asked, &e), 0);
    ck_assert_int_eq(control_receive(fd, &got), 1);
    ck_assert_str_eq(got.step_id, "migrate");
    ck_assert_int_eq(control_receive(fd, &got), 0);
    close(fd);
}
END_TEST

START_TEST(what_is_no_request_is_dropped)
{
    struct control_request asked = skip("a");
    struct control_request other = {.verb = CONTROL_SKIP + 1};
    struct control_request endless = {.verb = CONTROL_SKIP};
    char longer[sizeof(asked) + 1] = {CONTROL_SKIP};
    int fd = control_open(&dir, &e);
    memset(endless.step_id, 'a', sizeof(endless.step_id));
    say("", 0);
    say("skip a", 6);
    say(&other, sizeof(other));
    say(&endless, sizeof(endless));
    say(longer, sizeof(longer));
    say(&asked, sizeof(asked));
    ck_assert_int_eq(control_receive(fd, &got), 1);
    ck_assert_str_eq(got.step_id, "a");
    close(fd);
}
END_TEST

START_TEST(one_that_a_killed_owner_left_is_replaced)
{
    struct control_request asked = skip("a");
    close(control_open(&dir, &e));
    ck_assert_int_eq(control_send(&dir, &asked, &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    int fd = control_open(&dir, &e);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(control_send(&dir, &asked, &e), 0);
    ck_assert_int_eq(control_receive(fd, &got), 1);
    close(fd);
}
END_TEST

START_TEST(a_path_that_is_too_long_for_an_address)
{
    char name[128];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    files_folder(&files, name, 0700);
    struct statedir deep = {.fd = openat(files.fd, name, O_RDONLY | O_DIRECTORY), .lock_fd = -1};
    snprintf(deep.path, sizeof(deep.path), "%.100s/%s", files.base, name);
    struct control_request asked = skip("a");
    int fd = control_open(&deep, &e);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(control_send(&deep, &asked, &e), 0);
    ck_assert_int_eq(control_receive(fd, &got), 1);
    close(fd);
    close(deep.fd);
}
END_TEST

Suite *suite_control(void)
{
    Suite *s = suite_create("control");
    TCase *t = tcase_create("control");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_is_asked_arrives_once);
    tcase_add_test(t, what_is_no_request_is_dropped);
    tcase_add_test(t, one_that_a_killed_owner_left_is_replaced);
    tcase_add_test(t, a_path_that_is_too_long_for_an_address);
    suite_add_tcase(s, t);
    return s;
}
