#include "init/core/children.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* main, prober, recorder, a clean-up script */
#define CHILDREN_BESIDES_NODES 4
#define READ_BLOCK 4096
/* One talkative child must not keep PID 1 from the others. */
#define READ_BLOCKS_MAX 16

void children_init(struct children *c, size_t commands, struct arena *a)
{
    c->capacity = commands * 2 + CHILDREN_BESIDES_NODES;
    c->slots = arena_alloc(a, c->capacity, sizeof *c->slots);
}

struct child *children_add(struct children *c, enum child_role role, size_t node, pid_t pid)
{
    for (size_t i = 0; i < c->capacity; i++) {
        if (c->slots[i].role == CHILD_FREE) {
            c->slots[i] = (struct child){.role = role, .node = node, .pid = pid, .output_fd = -1};
            return &c->slots[i];
        }
    }
    return NULL;
}

struct child *children_by_pid(struct children *c, pid_t pid)
{
    for (size_t i = 0; i < c->capacity; i++) {
        if (c->slots[i].role != CHILD_FREE && c->slots[i].pid == pid) {
            return &c->slots[i];
        }
    }
    return NULL;
}

struct child *children_find(struct children *c, enum child_role role, size_t node)
{
    for (size_t i = 0; i < c->capacity; i++) {
        struct child *slot = &c->slots[i];
        if (slot->role == role && slot->node == node && slot->pid > 0) {
            return slot;
        }
    }
    return NULL;
}

void children_forget(struct children *c, size_t node)
{
    for (size_t i = 0; i < c->capacity; i++) {
        struct child *slot = &c->slots[i];
        if (slot->role == CHILD_NODE && slot->node == node && slot->pid == 0) {
            (void)close(slot->output_fd);
            slot->role = CHILD_FREE;
        }
    }
}

size_t child_index(const struct children *c, const struct child *slot)
{
    return (size_t)(slot - c->slots);
}

void child_signal(const struct child *slot, int number)
{
    /* Groups 0 and 1 would be ourselves or everybody. */
    if (slot->pid > 1 && kill(-slot->pid, number) != 0 && errno == ESRCH) {
        (void)kill(slot->pid, number);
    }
}

bool child_read(struct child *slot, output_line_fn *fn, void *ctx)
{
    char block[READ_BLOCK];
    for (int i = 0; i < READ_BLOCKS_MAX; i++) {
        ssize_t n = read(slot->output_fd, block, sizeof block);
        if (n > 0) {
            output_feed(slot->output, block, (size_t)n, fn, ctx);
            explicit_bzero(block, (size_t)n); /* not redacted yet */
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        output_flush(slot->output, fn, ctx);
        (void)close(slot->output_fd);
        slot->output_fd = -1;
        return false;
    }
    return true;
}

void child_release(struct child *slot)
{
    if (slot->pid == 0 && slot->output_fd < 0) {
        slot->role = CHILD_FREE;
    }
}
