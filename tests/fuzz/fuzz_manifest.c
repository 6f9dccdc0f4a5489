/*
 * fuzz_manifest - any text is a manifest or a list of mistakes. What is accepted has a canonical form that is accepted too, with the same
 * digest (PRF-01) and the same steps, refers to declared variables only, and becomes a graph or a list of mistakes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/placeholder.h"
#include "init/plan/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char redis_url[] = "REDIS_URL=redis://user:secret@cache/3";
static char *environment[] = {redis_url, NULL};

static void feed_back(const struct manifest *m, struct arena *a)
{
    static struct problems list;
    static struct manifest again;

    memset(&list, 0, sizeof(list));
    if (manifest_load(m->canonical, strlen(m->canonical), "again", NULL, a, &again, &list) != 0)
        abort();
    if (strcmp(again.sha256, m->sha256) != 0 || again.step_count != m->step_count)
        abort();
    for (size_t i = 0; i < m->step_count; i++) {
        if (strcmp(again.steps[i].definition_sha256, m->steps[i].definition_sha256) != 0)
            abort();
    }
}

/* Conditions of what is accepted can be told, and name declared variables only. */
static void declared(void *ctx, const char *name)
{
    const struct manifest *m = ctx;
    size_t i = 0;

    while (name && i < m->variable_count && strcmp(m->variables[i].name, name) != 0)
        i++;
    if (name && i == m->variable_count)
        abort();
}

static void tell_conditions(struct manifest *m)
{
    char text[256];
    struct buf b = BUF_OVER(text);

    for (size_t i = 0; i < m->variable_count; i++) {
        const struct condition *both[] = {m->variables[i].required_when, m->variables[i].only_when};
        for (size_t k = 0; k < 2; k++) {
            buf_reset(&b);
            if (!both[k])
                continue;
            condition_show(both[k], &b);
            condition_variables(both[k], declared, m);
            if (b.len == 0)
                abort();
        }
        if (m->variables[i].default_value)
            placeholder_variables(m->variables[i].default_value, declared, m);
    }
    for (size_t i = 0; i < m->step_count; i++) {
        if (m->steps[i].when)
            condition_variables(m->steps[i].when, declared, m);
    }
}

/* A step that is accepted does one thing, and what it makes by itself is an artifact of its. */
static void look_at_steps(struct manifest *m)
{
    for (size_t i = 0; i < m->step_count; i++) {
        const struct step *s = &m->steps[i];
        const struct step_action *a = &s->action;
        const char *const texts[] = {a->path, a->content, a->from, a->target, a->url};

        if ((a->kind == DO_COMMAND) != (s->command.count > 0) || (a->kind == DO_COMMAND) != !a->path)
            abort();
        if (a->kind != DO_COMMAND && s->artifact_count == 0)
            abort();
        if (s->retry.max == 0 || strlen(s->definition_sha256) != DIGEST_HEX_MAX - 1)
            abort();
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            if (texts[k])
                placeholder_variables(texts[k], declared, m);
        }
    }
}

static void build_graph(const struct manifest *m, struct arena *a)
{
    static struct problems list;
    static struct config config;
    struct resolve_options options = {.empty_is_unset = false};
    struct graph graph;

    memset(&list, 0, sizeof(list));
    config_resolve(m->variables, m->variable_count, environment, &options, a, &config, &list);
    memset(&list, 0, sizeof(list));
    int rc = graph_build(m, &config, NULL, a, &graph, &list);
    if ((rc != 0) != (list.errors > 0))
        abort();
    for (size_t i = 0; rc == 0 && i < graph.count; i++) {
        if (graph.order[i] >= graph.count)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems list;
    static struct manifest manifest;
    struct arena arena;

    memset(&list, 0, sizeof(list));
    arena_init(&arena);
    int rc = manifest_load((const char *)data, size, "fuzz", NULL, &arena, &manifest, &list);
    if ((rc != 0) != (list.errors > 0))
        abort();
    if (rc == 0) {
        feed_back(&manifest, &arena);
        tell_conditions(&manifest);
        look_at_steps(&manifest);
        build_graph(&manifest, &arena);
    }
    arena_free_all(&arena);
    return 0;
}
