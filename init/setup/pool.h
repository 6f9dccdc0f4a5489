/*
 * pool - a few threads that share the recorder's work: whole requests, and the files of one folder.
 *
 * As many threads as there are processors, within POOL_THREADS_MAX. Where none can be started (a limit on processes) everything
 * still works, one after the other, in the caller.
 */
#ifndef MUSTER_SETUP_POOL_H
#define MUSTER_SETUP_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* More readers than this only queue at the disk. */
#define POOL_THREADS_MAX 16
/* Requests that wait for a thread; the next one waits in the channel. */
#define POOL_JOBS_MAX 64

/* Work on one of many; called from several threads at once. */
typedef void pool_work(void *context, size_t index);

struct pool_job {
    void (*run)(void *argument);
    void *argument;
};

/* Many alike, worked on by whoever has time. On the stack of pool_each(). */
struct pool_share {
    pool_work *work;
    void *context;
    size_t count;
    size_t next; /* taken from by several threads */
    unsigned helpers;
    struct pool_share *below;
};

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t wanted; /* there is something to do */
    pthread_cond_t done;   /* a job was taken, or a helper has left a share */
    pthread_t threads[POOL_THREADS_MAX];
    unsigned thread_count;
    struct pool_job jobs[POOL_JOBS_MAX]; /* a ring */
    size_t first_job, job_count;
    struct pool_share *shares;
    bool ending;
};

/*
 * pool_processors - how many of them this process may use, within 1 and POOL_THREADS_MAX.
 */
unsigned pool_processors(void);

/*
 * pool_start - @threads threads, or as many as the system allows. The pool must stay where it is.
 */
void pool_start(struct pool *p, unsigned threads);

/*
 * pool_add - have a thread call @run. Blocks while POOL_JOBS_MAX jobs wait; calls it itself where there is no thread.
 */
void pool_add(struct pool *p, void (*run)(void *argument), void *argument);

/*
 * pool_each - @work for each index below @count, by the caller and by every thread that has nothing else to do. Returns when
 * all are done.
 *
 * @p  NULL: by the caller alone.
 */
void pool_each(struct pool *p, size_t count, pool_work *work, void *context);

/*
 * pool_end - wait for all jobs and threads.
 */
void pool_end(struct pool *p);

#endif
