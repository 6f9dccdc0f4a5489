#include "init/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"

#define ARENA_ALIGN 16U

static _Noreturn void out_of_memory(void)
{
    log_line(LOG_ERROR, "cannot load the configuration: out of memory");
    _exit(EXIT_INTERNAL);
}

void arena_init(struct arena *a)
{
    void *base = mmap(NULL, ARENA_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        out_of_memory();
    }
    (void)madvise(base, ARENA_MAX, MADV_DONTDUMP); /* it holds secrets */
    a->base = base;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > ARENA_MAX - ARENA_ALIGN) {
        out_of_memory();
    }
    size_t start = (a->used + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (start > ARENA_MAX - bytes) {
        out_of_memory();
    }
    a->used = start + bytes;
    return a->base + start; /* fresh pages of an anonymous mapping are zero */
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = arena_alloc(a, len + 1, 1);
    memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n;
    char *text = arena_alloc(a, len + 1, 1);
    (void)vsnprintf(text, len + 1, fmt, again);
    va_end(again);
    return text;
}

void arena_free_all(struct arena *a)
{
    (void)munmap(a->base, ARENA_MAX);
    a->base = NULL;
    a->used = 0;
}
