#include "init/config/crosscheck.h"

#include <inttypes.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

static bool runs_in_container(const struct config *c)
{
    const struct setting *s = config_field(c, "environment");
    return s && s->valid && (strcmp(s->value, "docker") == 0 || strcmp(s->value, "cloud") == 0);
}

static bool is_loopback(const char *value)
{
    struct url u = {.port = 0};
    bool loopback = url_parse(value, strlen(value), &u) == URL_OK && url_host_is_loopback(&u);
    explicit_bzero(&u, sizeof(u));
    return loopback;
}

static void warn_of_localhost(const struct config *c, struct problems *p)
{
    static const struct {
        const char *field;
        const char *example;
    } fields[] = {
        {"redis_url", "redis://redis:6379"},
        {"backend_url", "http://backend:8000"},
        {"frontend_url", "http://frontend:3000"},
        {"websocket_url", "ws://backend:8000/ws"},
    };
    if (!runs_in_container(c))
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct setting *s = config_field(c, fields[i].field);
        if (!s || !s->valid || !is_loopback(s->value))
            continue;
        struct problem *item =
            problem_warn(p, "url.localhost_in_container", s->name, "%s%s leads to this container itself: %s is %s",
                         s->shown, s->source == SOURCE_DEFAULT ? " (the default)" : "",
                         config_field(c, "environment")->name, config_field(c, "environment")->value);
        problem_hint(item, "set %s to the name of the service, for example %s", s->variable->name, fields[i].example);
    }
}

static bool database_of(const struct setting *s, int64_t *out)
{
    return s && s->valid && text_parse_int(s->value, out) == 0;
}

static bool database_in_url(const struct setting *s, int64_t *out)
{
    struct url u = {.port = 0};
    bool given = s && s->valid && url_parse(s->value, strlen(s->value), &u) == URL_OK && u.host[0] != '\0' &&
                 u.path[0] == '/' && text_parse_int(u.path + 1, out) == 0;
    explicit_bzero(&u, sizeof(u));
    return given;
}

static void warn_of_databases(const struct config *c, struct problems *p)
{
    const struct setting *url = config_field(c, "redis_url");
    const struct setting *session = config_field(c, "redis_session_db");
    const struct setting *task = config_field(c, "redis_task_db");
    int64_t in_url = -1;
    int64_t session_db = -1;
    int64_t task_db = -1;
    if (!database_of(session, &session_db) || !database_of(task, &task_db))
        return;
    if (database_in_url(url, &in_url) && in_url != session_db && in_url != task_db)
        problem_hint(problem_warn(p, "redis.db_in_url", url->name,
                                  "database %" PRId64 " in the URL is neither %s (%" PRId64 ") nor %s (%" PRId64 ")",
                                  in_url, session->name, session_db, task->name, task_db),
                     "leave the database out of the URL: %s and %s decide", session->name, task->name);
    if (session_db == task_db)
        problem_hint(problem_warn(p, "redis.db_shared", task->name,
                                  "%s and %s are both database %" PRId64 ": FLUSHDB for one wipes the other",
                                  session->name, task->name, session_db),
                     "give each its own database");
}

void crosscheck(const struct config *c, struct problems *p)
{
    warn_of_localhost(c, p);
    warn_of_databases(c, p);
}
