#include <string.h>

#include "init/setup/pool.h"
#include "tests/unit/suites.h"

#define MANY 1000

static struct pool pool;
static unsigned char done[MANY];
static unsigned total;

static void mark(void *context, size_t index)
{
    (void)context;
    __atomic_add_fetch(&done[index], 1, __ATOMIC_RELAXED);
}

static void add(void *argument)
{
    __atomic_add_fetch(&total, *(unsigned *)argument, __ATOMIC_RELAXED);
}

/* A job that shares its work while every thread has a job of the kind. */
static void add_together(void *argument)
{
    pool_each(&pool, MANY, mark, NULL);
    add(argument);
}

static void every_index_was(unsigned char times)
{
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(done[i], times);
}

static const unsigned thread_counts[] = {0, 1, 2, POOL_THREADS_MAX, 1000};

START_TEST(every_index_is_worked_on_once)
{
    pool_start(&pool, thread_counts[_i]);
    ck_assert_uint_le(pool.thread_count, POOL_THREADS_MAX);
    pool_each(&pool, MANY, mark, NULL);
    every_index_was(1);
    pool_each(&pool, 0, mark, NULL);
    pool_each(&pool, 1, mark, NULL);
    ck_assert_uint_eq(done[0], 2);
    pool_end(&pool);
}
END_TEST

START_TEST(no_pool_is_the_caller)
{
    pool_each(NULL, MANY, mark, NULL);
    every_index_was(1);
}
END_TEST

START_TEST(every_job_is_done_before_the_end)
{
    unsigned one = 1;
    pool_start(&pool, thread_counts[_i]);
    for (unsigned i = 0; i < 10 * POOL_JOBS_MAX; i++)
        pool_add(&pool, add, &one);
    pool_end(&pool);
    ck_assert_uint_eq(total, 10 * POOL_JOBS_MAX);
}
END_TEST

START_TEST(jobs_share_their_work)
{
    unsigned one = 1;
    pool_start(&pool, thread_counts[_i]);
    for (unsigned i = 0; i < 50; i++)
        pool_add(&pool, add_together, &one);
    pool_end(&pool);
    ck_assert_uint_eq(total, 50);
    every_index_was(50);
}
END_TEST

START_TEST(counts_processors)
{
    ck_assert_uint_ge(pool_processors(), 1);
    ck_assert_uint_le(pool_processors(), POOL_THREADS_MAX);
}
END_TEST

Suite *suite_pool(void)
{
    Suite *s = suite_create("pool");
    TCase *t = tcase_create("pool");
    int counts = (int)(sizeof(thread_counts) / sizeof(thread_counts[0]));
    tcase_add_loop_test(t, every_index_is_worked_on_once, 0, counts);
    tcase_add_test(t, no_pool_is_the_caller);
    tcase_add_loop_test(t, every_job_is_done_before_the_end, 0, counts);
    tcase_add_loop_test(t, jobs_share_their_work, 0, counts);
    tcase_add_test(t, counts_processors);
    suite_add_tcase(s, t);
    return s;
}
