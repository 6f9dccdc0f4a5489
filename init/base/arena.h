/*
 * arena - memory that lives as long as the process: the configuration, the manifest and the plan.
 *
 * Reserved once as address space and touched page by page, never freed. Its input is bounded (manifest, environment),
 * so running out is a bug or an attack: arena_alloc() then ends the process with exit code 70. That is allowed only
 * before the main process is started; nothing allocates afterwards.
 */
#ifndef MUSTER_BASE_ARENA_H
#define MUSTER_BASE_ARENA_H

#include <stddef.h>

/*
 * Sixteen times the largest manifest (4 MiB) plus the kernel's own limit on environments (2 MiB) fits easily, and so does what
 * a journal may hold (HISTORY_BYTES_MAX and its steps).
 */
#define ARENA_MAX ((size_t)144 << 20)

struct arena {
    char *base;
    size_t used;
};

/*
 * arena_init - reserve address space with mmap(2). Ends the process with 70 when there is none.
 */
void arena_init(struct arena *a);

/*
 * arena_alloc - @count elements of @size bytes, zeroed, aligned for any type. Never NULL; product is overflow-checked.
 */
void *arena_alloc(struct arena *a, size_t count, size_t size);

/*
 * arena_strdup, arena_strndup - NUL-terminated copies.
 */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);

/*
 * arena_printf - formatted string in the arena.
 */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * arena_free_all - give the address space back (tests only; the program keeps it for life).
 */
void arena_free_all(struct arena *a);

#endif
