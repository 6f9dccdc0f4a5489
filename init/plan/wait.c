#include "init/plan/wait.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/name_table.h"
#include "init/plan/manifest.h"

/* Of a service name's 63, so that there is room for a number. */
#define NAME_MAX_BYTES 56
#define ANY_NAME "any"
#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* A letter in lower case, a digit, or a hyphen for anything else. */
static char name_byte(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}

static void write_letters(const char *at, struct buf *out)
{
    for (; *at != '\0' && out->len < NAME_MAX_BYTES; at++) {
        char c = name_byte(*at);

        if (c != '-' || (out->len > 0 && out->data[out->len - 1] != '-'))
            buf_putc(out, c);
    }
}

/* "http://api.internal:80/health" -> "api-internal-80-health". A name begins with a letter. */
static void write_name(const char *shown, struct buf *out)
{
    const char *rest = strstr(shown, "://");
    const char *at = rest ? rest + 3 : shown;

    if (strncmp(at, "***@", 4) == 0)
        at += 4;
    at += strcspn(at, LETTERS_AND_DIGITS);
    if (*at >= '0' && *at <= '9')
        buf_printf(out, "%.*s-", rest ? (int)strcspn(shown, ":") : 3, rest ? shown : "tcp");
    write_letters(at, out);
    while (out->len > 0 && out->data[out->len - 1] == '-')
        out->data[--out->len] = '\0';
    if (out->len == 0)
        buf_puts(out, "target");
}

/* That no service and no target before it has. */
static const char *choose_name(const char *shown, const struct json *services, struct name_table *taken,
                               struct wait_names *n, struct arena *a)
{
    char text[NAME_MAX_BYTES * 2];
    struct buf base = BUF_OVER(text);

    write_name(shown, &base);
    n->names[n->count] = arena_strdup(a, text);
    for (unsigned number = 2; json_get(services, n->names[n->count]) || strcmp(n->names[n->count], ANY_NAME) == 0 ||
                              name_table_add(taken, (uint32_t)n->count) != NAME_TABLE_NONE;
         number++)
        n->names[n->count] = arena_printf(a, "%s-%u", text, number);
    return n->names[n->count];
}

static void write_any(struct jsonw *w, const struct wait_request *r, const struct wait_names *n, struct problems *p)
{
    if (n->count > MANIFEST_ARGS_MAX) {
        problem_add(p, "limit", "--any", "%zu targets; one of at most %d can be enough", n->count, MANIFEST_ARGS_MAX);
        return;
    }
    jsonw_object(w, ANY_NAME);
    if (r->alone)
        jsonw_string(w, "timeout", "0s");
    jsonw_array(w, "any_of");
    for (size_t i = 0; i < n->count; i++)
        jsonw_string(w, NULL, n->names[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_services(struct jsonw *w, const struct wait_request *r, const struct json *root,
                           struct wait_names *out, struct arena *a, struct problems *p)
{
    const struct json *services = json_get(root, "services");
    struct name_table taken;

    name_table_init(&taken, r->count, out->names, sizeof(out->names[0]), a);
    for (size_t i = 0; i < r->count; i++) {
        const char *shown = wait_target_show(r->targets[i], a);
        cleanup_json struct json *service = wait_target_json(r->targets[i], shown, r->alone, a, p);

        if (!service)
            continue;
        out->shown[out->count] = shown;
        json_write(w, choose_name(shown, services, &taken, out, a), service);
        out->count++;
    }
    if (r->any)
        write_any(w, r, out, p);
}

void wait_add(const struct wait_request *r, struct json *root, struct arena *a, struct wait_names *out,
              struct problems *p)
{
    struct buf text;
    struct jsonw w;

    *out = (struct wait_names){.names = arena_alloc(a, r->count + 1, sizeof(*out->names)),
                               .shown = arena_alloc(a, r->count + 1, sizeof(*out->shown))};
    if (r->count > WAIT_TARGETS_MAX) {
        problem_add(p, "limit", "targets", "%zu targets; at most %d are allowed", r->count, WAIT_TARGETS_MAX);
        return;
    }
    buf_init(&text, arena_alloc(a, JSON_TEXT_MAX, 1), JSON_TEXT_MAX);
    jsonw_init(&w, &text, false);
    jsonw_object(&w, NULL);
    if (r->alone)
        jsonw_string(&w, "deadline", arena_printf(a, "%" PRIu64 "ms", r->deadline_us / (uint64_t)US_PER_MS));
    jsonw_object(&w, "services");
    write_services(&w, r, root, out, a, p);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    cleanup_json struct json *patch = json_parse(text.data, text.len, false, p);
    json_merge(root, patch);
}

void wait_retarget(const struct wait_names *n, struct problems *p, size_t from)
{
    static const char services[] = "/services/";

    for (size_t i = from; i < p->count; i++) {
        struct problem *item = &p->items[i];
        const char *name = item->where + sizeof(services) - 1;

        if (strncmp(item->where, services, sizeof(services) - 1) != 0)
            continue;
        size_t len = strcspn(name, "/");
        for (size_t k = 0; k < n->count; k++) {
            if (strncmp(n->names[k], name, len) == 0 && n->names[k][len] == '\0') {
                (void)snprintf(item->where, sizeof(item->where), "%s", n->shown[k]);
                break;
            }
        }
    }
}
