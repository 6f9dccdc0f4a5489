#include "init/core/privilege.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "init/core/capability.h"
#include "tests/unit/privilege_run.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD 0
#else
#define LOW_WORD 4
#endif
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define LET_THROUGH BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define PRETEND BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO) /* error 0: "done", and nothing was */

static struct privilege_run run;

/* A kernel, or something between it and us, that says yes and does nothing. */
static void apply_with_pretended(int number, bool asking_back, bool ordinary)
{
    struct sock_filter any[] = {LOAD(offsetof(struct seccomp_data, nr)), UNLESS((uint32_t)number, 1), PRETEND,
                                LET_THROUGH};
    struct sock_filter back[] = {LOAD(offsetof(struct seccomp_data, nr)),
                                 UNLESS((uint32_t)number, 3),
                                 LOAD(offsetof(struct seccomp_data, args) + LOW_WORD),
                                 UNLESS(UINT32_MAX, 1),
                                 PRETEND,
                                 LET_THROUGH};
    const struct sock_fprog filter = {.len = asking_back ? sizeof back / sizeof back[0] : sizeof any / sizeof any[0],
                                      .filter = asking_back ? back : any};
    struct privilege p = {.set_ids = true, .uid = 4000, .gid = 4001, .groups = {4001, 4002}, .group_count = 2};
    if (!asking_back) { /* who may go back is not tried: the comparison alone must notice */
        p.set_caps = true;
        p.kept = CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID);
    }
    privilege_run(&p, ordinary, &filter, &run);
}

START_TEST(a_change_that_did_not_happen_is_noticed)
{
    static const int numbers[] = {SYS_setgroups, SYS_setresgid, SYS_setresuid};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        apply_with_pretended(numbers[i], false, false);
        ck_assert_int_eq(run.error, EPERM);
        ck_assert_int_eq(run.result, privileged() ? -PRIVILEGE_VERIFY : i == 0 ? -PRIVILEGE_GID : -PRIVILEGE_GROUPS);
    }
    apply_with_pretended(SYS_setgroups, false, true);
    ck_assert_int_eq(run.result, -PRIVILEGE_GID);
    ck_assert_int_eq(run.error, EPERM);
}
END_TEST

START_TEST(a_change_that_can_be_undone_is_noticed)
{
    static const int numbers[] = {SYS_setresgid, SYS_setresuid};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        apply_with_pretended(numbers[i], true, false);
        ck_assert_int_eq(run.error, EPERM);
        ck_assert_int_eq(run.result, privileged() ? -PRIVILEGE_VERIFY : -PRIVILEGE_GROUPS);
    }
}
END_TEST

Suite *suite_privilege_verify(void)
{
    Suite *s = suite_create("privilege_verify");
    TCase *tc = tcase_create("privilege_verify");
    tcase_add_test(tc, a_change_that_did_not_happen_is_noticed);
    tcase_add_test(tc, a_change_that_can_be_undone_is_noticed);
    suite_add_tcase(s, tc);
    return s;
}
