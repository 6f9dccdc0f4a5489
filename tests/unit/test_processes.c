#include "init/command/processes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suites.h"

/* What follows the parent in /proc/PID/stat up to the start time, and one field behind it. */
#define REST " 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4200 99\n"

static const struct {
    const char *text;
    pid_t pid, parent; /* pid 0 = it is none */
    char state;
    const char *name;
} lines[] = {
    {"12 (sh) S 1" REST, 12, 1, 'S', "sh"},
    {"13 (odd) S 1 (x) Z 12" REST, 13, 12, 'Z', "odd) S 1 (x"},
    {"14 (a b) R 0" REST, 14, 0, 'R', "a b"},
    {"15 (\x1b[31m\xff) T 1" REST, 15, 1, 'T', "?[31m?"},
    {"16 () S 1" REST, 16, 1, 'S', ""},
    {"", 0, 0, 0, NULL},
    {"17", 0, 0, 0, NULL},
    {"17 (sh", 0, 0, 0, NULL},
    {"17 (sh)", 0, 0, 0, NULL},
    {"17 )sh( S 1" REST, 0, 0, 0, NULL},
    {"17 (sh) S 1 1 1 0", 0, 0, 0, NULL},
    {"x (sh) S 1" REST, 0, 0, 0, NULL},
};

START_TEST(a_line_of_proc_is_read)
{
    struct process p;
    bool good = processes_parse(lines[_i].text, strlen(lines[_i].text), &p);
    ck_assert_int_eq(good, lines[_i].pid != 0);
    if (good) {
        ck_assert_int_eq(p.pid, lines[_i].pid);
        ck_assert_int_eq(p.parent, lines[_i].parent);
        ck_assert_int_eq(p.state, lines[_i].state);
        ck_assert_str_eq(p.name, lines[_i].name);
        ck_assert_uint_eq(p.started_ticks, 4200);
    }
}
END_TEST

static void print(const struct process *all, size_t count, pid_t owner, struct buf *out)
{
    struct processes p = {.all = calloc(count + 1, sizeof *all), .count = count, .now_ticks = 100 * 90};
    memcpy(p.all, all, count * sizeof *all);
    processes_arrange(&p, owner);
    processes_print(&p, out);
    processes_free(&p);
}

START_TEST(only_what_is_below_the_owner_is_shown_as_a_tree)
{
    static const struct process all[] = {
        {.pid = 1, .parent = 0, .state = 'S', .name = "init"},
        {.pid = 40, .parent = 7, .state = 'Z', .name = "mine", .started_ticks = 8900},
        {.pid = 30, .parent = 20, .state = 'Z', .name = "dead", .started_ticks = 3000},
        {.pid = 7, .parent = 1, .state = 'S', .name = "muster"},
        {.pid = 20, .parent = 7, .state = 'S', .name = "app"},
        {.pid = 25, .parent = 20, .state = 'R', .name = "worker", .started_ticks = 8999},
        {.pid = 9, .parent = 1, .state = 'S', .name = "other"},
    };
    char text[2048];
    struct buf out = BUF_OVER(text);
    buf_reset(&out);
    print(all, sizeof all / sizeof all[0], 7, &out);
    ck_assert_str_eq(text,
                     "    PID  STATE           AGE  COMMAND\n"
                     "      7  sleeping      1 min  muster\n"
                     "     20  sleeping      1 min    app\n"
                     "     25  running        0 ms      worker\n"
                     "     30  zombie        1 min      dead  zombie of 20 (app): its parent does not wait for it\n"
                     "     40  zombie          1 s    mine\n");
}
END_TEST

START_TEST(a_circle_ends)
{
    static const struct process all[] = {
        {.pid = 7, .parent = 9, .state = 'S', .name = "a"},
        {.pid = 8, .parent = 7, .state = 'S', .name = "b"},
        {.pid = 9, .parent = 8, .state = 'S', .name = "c"},
    };
    char text[2048];
    struct buf out = BUF_OVER(text);
    buf_reset(&out);
    print(all, 3, 7, &out);
    ck_assert(strstr(text, "c") != NULL);
    buf_reset(&out);
    print(all, 3, 12, &out);
    ck_assert_str_eq(text, "    PID  STATE           AGE  COMMAND\n");
}
END_TEST

START_TEST(proc_itself_is_read)
{
    struct processes p;
    struct err e;
    ck_assert_int_eq(processes_read(&p, &e), 0);
    processes_arrange(&p, getpid());
    ck_assert_uint_ge(p.count, 1);
    ck_assert_int_eq(p.all[0].pid, getpid());
    ck_assert_int_eq(p.all[0].parent, getppid());
    ck_assert_uint_le(p.all[0].started_ticks, p.now_ticks);
    processes_free(&p);
}
END_TEST

Suite *suite_processes(void)
{
    Suite *s = suite_create("processes");
    TCase *t = tcase_create("processes");
    tcase_add_loop_test(t, a_line_of_proc_is_read, 0, (int)(sizeof lines / sizeof lines[0]));
    tcase_add_test(t, only_what_is_below_the_owner_is_shown_as_a_tree);
    tcase_add_test(t, a_circle_ends);
    tcase_add_test(t, proc_itself_is_read);
    suite_add_tcase(s, t);
    return s;
}
