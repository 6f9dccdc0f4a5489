#include "init/setup/pool.h"

#include <unistd.h>

/* Two blocks of content.h, a few paths, and room for a build with sanitizers. */
#define STACK_BYTES ((size_t)1 << 20)

unsigned pool_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned)n;
}

static void work_on(struct pool_share *s)
{
    for (;;) {
        size_t i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
        if (i >= s->count) {
            return;
        }
        s->work(s->context, i);
    }
}

/* With the mutex. */
static struct pool_share *open_share(struct pool *p)
{
    struct pool_share *s = p->shares;
    while (s != NULL && __atomic_load_n(&s->next, __ATOMIC_RELAXED) >= s->count) {
        s = s->below;
    }
    return s;
}

/* With the mutex, which is let go meanwhile. */
static void help(struct pool *p, struct pool_share *s)
{
    s->helpers++;
    pthread_mutex_unlock(&p->mutex);
    work_on(s);
    pthread_mutex_lock(&p->mutex);
    s->helpers--;
    pthread_cond_broadcast(&p->done);
}

static void run_job(struct pool *p)
{
    struct pool_job job = p->jobs[p->first_job];
    p->first_job = (p->first_job + 1) % POOL_JOBS_MAX;
    p->job_count--;
    pthread_cond_broadcast(&p->done);
    pthread_mutex_unlock(&p->mutex);
    job.run(job.argument);
    pthread_mutex_lock(&p->mutex);
}

static void *thread(void *argument)
{
    struct pool *p = argument;
    pthread_mutex_lock(&p->mutex);
    for (;;) {
        struct pool_share *s = open_share(p); /* finish what is begun, first */
        if (s != NULL) {
            help(p, s);
        } else if (p->job_count > 0) {
            run_job(p);
        } else if (p->ending) {
            break;
        } else {
            pthread_cond_wait(&p->wanted, &p->mutex);
        }
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

void pool_start(struct pool *p, unsigned threads)
{
    *p = (struct pool){.thread_count = 0};
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->wanted, NULL);
    pthread_cond_init(&p->done, NULL);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (p->thread_count < threads && p->thread_count < POOL_THREADS_MAX &&
           pthread_create(&p->threads[p->thread_count], &attributes, thread, p) == 0) {
        p->thread_count++;
    }
    (void)pthread_attr_destroy(&attributes);
}

void pool_add(struct pool *p, void (*run)(void *argument), void *argument)
{
    if (p->thread_count == 0) {
        run(argument);
        return;
    }
    pthread_mutex_lock(&p->mutex);
    while (p->job_count == POOL_JOBS_MAX) {
        pthread_cond_wait(&p->done, &p->mutex);
    }
    p->jobs[(p->first_job + p->job_count) % POOL_JOBS_MAX] = (struct pool_job){run, argument};
    p->job_count++;
    pthread_cond_signal(&p->wanted);
    pthread_mutex_unlock(&p->mutex);
}

static void leave(struct pool *p, struct pool_share *s)
{
    struct pool_share **at = &p->shares;
    while (*at != s) {
        at = &(*at)->below;
    }
    *at = s->below;
}

void pool_each(struct pool *p, size_t count, pool_work *work, void *context)
{
    struct pool_share share = {.work = work, .context = context, .count = count};
    if (p == NULL || p->thread_count == 0 || count < 2) {
        work_on(&share);
        return;
    }
    pthread_mutex_lock(&p->mutex);
    share.below = p->shares;
    p->shares = &share;
    pthread_cond_broadcast(&p->wanted);
    pthread_mutex_unlock(&p->mutex);
    work_on(&share);
    pthread_mutex_lock(&p->mutex);
    leave(p, &share);
    while (share.helpers > 0) {
        pthread_cond_wait(&p->done, &p->mutex);
    }
    pthread_mutex_unlock(&p->mutex);
}

void pool_end(struct pool *p)
{
    pthread_mutex_lock(&p->mutex);
    p->ending = true;
    pthread_cond_broadcast(&p->wanted);
    pthread_mutex_unlock(&p->mutex);
    for (unsigned i = 0; i < p->thread_count; i++) {
        (void)pthread_join(p->threads[i], NULL);
    }
    p->thread_count = 0;
    pthread_cond_destroy(&p->wanted);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->mutex);
}
