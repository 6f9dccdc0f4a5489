/*
 * model - the data model's nine variables and environments, for tests of the configuration that need no manifest.
 */
#ifndef MUSTER_TESTS_UNIT_MODEL_H
#define MUSTER_TESTS_UNIT_MODEL_H

#include "init/base/arena.h"
#include "init/config/schema.h"

static const char *const model_places[] = {"local", "docker", "cloud"};
static const struct alias model_aliases[] = {{.name = "MUSTER_ENVIRONMENT"}};

static const struct variable model[] = {
    {.name = "REDIS_URL", .field = "redis_url", .type = VALUE_REDIS_URL, .required = true},
    {.name = "REDIS_SESSION_DB",
     .field = "redis_session_db",
     .type = VALUE_INT,
     .default_value = "1",
     .has_min = true,
     .has_max = true,
     .max = 15},
    {.name = "REDIS_TASK_DB",
     .field = "redis_task_db",
     .type = VALUE_INT,
     .default_value = "2",
     .has_min = true,
     .has_max = true,
     .max = 15},
    {.name = "YOUTUBE_API_KEY", .field = "youtube_api_key", .type = VALUE_SECRET, .secret = true},
    {.name = "OPENAI_API_KEY", .field = "openai_api_key", .type = VALUE_SECRET, .secret = true},
    {.name = "BACKEND_URL", .field = "backend_url", .type = VALUE_HTTP_URL, .default_value = "http://localhost:8000"},
    {.name = "FRONTEND_URL", .field = "frontend_url", .type = VALUE_HTTP_URL, .default_value = "http://localhost:3000"},
    {.name = "WEBSOCKET_URL", .field = "websocket_url", .type = VALUE_WS_URL},
    {.name = "ENVIRONMENT",
     .field = "environment",
     .type = VALUE_ENUM,
     .default_value = "local",
     .aliases = model_aliases,
     .alias_count = 1,
     .choices = model_places,
     .choice_count = 3},
};

#define MODEL_COUNT (sizeof(model) / sizeof(model[0]))

/*
 * copy_entries - an environment as execve(2) hands it over, in the arena.
 */
static inline char **copy_entries(struct arena *a, const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    char **copy = arena_alloc(a, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = arena_strdup(a, list[i]);
    return copy;
}

/* Needs a variable `arena` where it is used. */
#define ENTRIES(...) copy_entries(&arena, (const char *const[]){__VA_ARGS__, NULL})

#endif
