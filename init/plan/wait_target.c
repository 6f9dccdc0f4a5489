#include <stdio.h>
#include <string.h>

#include "init/base/text.h"
#include "init/plan/read.h"
#include "init/plan/wait.h"

/* A target is one word of a command line; nothing in a probe may be longer. */
#define TARGET_MAX 16384
/* "expect_body.json./status": more levels no key has. */
#define PARTS_MAX 3

/* What may stand in front of the colon. */
static const struct form {
    const char *scheme;
    const char *type;
} forms[] = {
    {"tcp", "tcp"},           {"unix", "unix"},           {"http", "http"},        {"https", "http"},
    {"redis", "redis"},       {"rediss", "redis"},        {"redis+unix", "redis"}, {"ws", "websocket"},
    {"wss", "websocket"},     {"grpc", "grpc"},           {"grpcs", "grpc"},       {"dns", "dns"},
    {"postgres", "postgres"}, {"postgresql", "postgres"}, {"mysql", "mysql"},      {"mariadb", "mysql"},
    {"file", "file"},         {"exec", "exec"},           {"process", "process"},
};
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

static const char *scheme_at(const void *ctx, size_t i)
{
    (void)ctx;
    return forms[i].scheme;
}

static const struct form *find_form(const char *target)
{
    size_t len = strcspn(target, ":");

    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (target[len] == ':' && strlen(forms[i].scheme) == len && strncmp(forms[i].scheme, target, len) == 0)
            return &forms[i];
    }
    return NULL;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found ? (int)((found - digits) % 16) : -1;
}

/* In place. A percent sign that stands for nothing is left alone: commands have them. */
static void unescape(char *text)
{
    char *out = text;

    for (; *text != '\0'; text++, out++) {
        int high = *text == '%' ? hex_value(text[1]) : -1;
        int low = high >= 0 ? hex_value(text[2]) : -1;

        *out = *text;
        if (low >= 0 && high + low > 0) {
            *out = (char)(high * 16 + low);
            text += 2;
        }
    }
    *out = '\0';
}

/* A dollar sign would begin a variable. */
static const char *verbatim(const char *text, struct arena *a)
{
    char *out = arena_alloc(a, strlen(text) * 2 + 1, 1);
    size_t len = 0;

    for (; *text != '\0'; text++) {
        out[len++] = *text;
        if (*text == '$')
            out[len++] = '$';
    }
    return out;
}

/* Where the keys begin: at the '#', of a command only if keys follow it. */
static const char *find_keys(const char *target)
{
    const char *hash = strrchr(target, '#');

    if (!hash || strncmp(target, "exec:", 5) != 0)
        return hash;
    const char *end = hash + 1 + strspn(hash + 1, "abcdefghijklmnopqrstuvwxyz_.");
    return end > hash + 1 && *end == '=' ? hash : NULL;
}

const char *wait_target_show(const char *target, struct arena *a)
{
    char text[sizeof(((struct problem *)0)->where)];
    struct buf b = BUF_OVER(text);
    const char *keys = find_keys(target);
    bool is_command = strncmp(target, "exec:", 5) == 0;
    char *copy = arena_strndup(a, target, keys ? (size_t)(keys - target) : strlen(target));
    const char *rest = strstr(copy, "://");
    const char *credentials = is_command ? NULL : strrchr(copy, '@');

    if (credentials)
        buf_printf(&b, "%.*s***", rest ? (int)(rest + 3 - copy) : 0, copy);
    rest = credentials ? credentials : copy;
    buf_printf(&b, "%.*s", (int)strcspn(rest, is_command ? "" : "?"), rest);
    return arena_strdup(a, text);
}

static void write_words(struct jsonw *w, char *text, const char *separators)
{
    for (char *word = strsep(&text, separators); word; word = strsep(&text, separators)) {
        if (*word != '\0')
            jsonw_string(w, NULL, word);
    }
}

/* With anything that only a shell understands it is a line for the shell, like a recipe of make(1). */
static void write_command(struct jsonw *w, char *line, struct arena *a)
{
    unescape(line);
    jsonw_array(w, "command");
    if (strpbrk(line, "\"'`\\|&;<>()$*?[]#~{}\n")) {
        jsonw_string(w, NULL, "/bin/sh");
        jsonw_string(w, NULL, "-c");
        jsonw_string(w, NULL, verbatim(line, a));
    } else {
        write_words(w, line, " \t");
    }
    jsonw_array_end(w);
}

static void write_probe(struct jsonw *w, const struct form *form, char *target, struct arena *a)
{
    char *rest = target + strlen(form->scheme) + 1;

    jsonw_object(w, "probe");
    jsonw_string(w, "type", form->type);
    if (strcmp(form->type, "exec") == 0) {
        write_command(w, rest, a);
    } else if (strcmp(form->type, "process") == 0) {
        unescape(rest);
        jsonw_string(w, "name", rest);
    } else if (strcmp(form->type, "file") == 0) {
        char *path = strncmp(rest, "//", 2) == 0 ? rest + 2 : rest;
        unescape(path);
        jsonw_string(w, "path", verbatim(path, a));
    } else {
        jsonw_string(w, "url", verbatim(target, a));
    }
    jsonw_object_end(w);
}

/* host:port, as wait-for-it takes it. */
static bool is_host_and_port(const char *target)
{
    const char *colon = strrchr(target, ':');

    return colon && colon > target && colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
           (target[0] == '[' || !memchr(target, ':', (size_t)(colon - target))) && !strpbrk(target, "/@?");
}

static const struct key *find_key(const struct key_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->keys[i].name, name) == 0)
            return &table->keys[i];
    }
    return NULL;
}

/* Is what @parts lead to a text, whatever it looks like? */
static bool is_text(const struct key *key, char *const *parts, size_t count)
{
    if (count == 1)
        return key->kind != KEY_BOOL && key->kind != KEY_COUNT && key->kind != KEY_OWN;
    if (strcmp(parts[0], "expect_body") == 0)
        return count == 2 && strcmp(parts[1], "json") != 0;
    return strcmp(parts[0], "tls") != 0;
}

static bool is_replaced(const struct key *key)
{
    return key->kind == KEY_TEXT || strcmp(key->name, "headers") == 0 || strcmp(key->name, "tls") == 0;
}

/* A text, or what it looks like: a number, true or false; an object is merged in afterwards. */
static void write_value(struct jsonw *w, const char *name, const struct key *key, char *value, bool text,
                        struct arena *a)
{
    int64_t number = 0;

    if (strcmp(key->name, "databases") == 0) {
        jsonw_array(w, name);
        write_words(w, value, ",");
        jsonw_array_end(w);
    } else if (!text && text_parse_int(value, &number) == 0) {
        jsonw_int(w, name, number);
    } else if (!text && (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)) {
        jsonw_bool(w, name, value[0] == 't');
    } else {
        jsonw_string(w, name, is_replaced(key) ? verbatim(value, a) : value);
    }
}

/* {"probe": {"tls": {"ca": "/ca.pem"}}}: a patch for the service. */
static void write_option(struct buf *out, const struct key *key, bool of_probe, char *const *parts, size_t count,
                         char *value, struct arena *a)
{
    struct jsonw w;

    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    if (of_probe)
        jsonw_object(&w, "probe");
    for (size_t i = 0; i + 1 < count; i++)
        jsonw_object(&w, parts[i]);
    if (value[0] == '{' && strcmp(key->name, "headers") != 0) {
        /* As it is: what is wrong with it is told when it is parsed. */
        jsonw_object(&w, parts[count - 1]);
        buf_puts(out, value + 1);
        w.depth--;
    } else {
        write_value(&w, parts[count - 1], key, value, is_text(key, parts, count), a);
    }
    for (size_t i = 0; i + 1 < count; i++)
        jsonw_object_end(&w);
    if (of_probe)
        jsonw_object_end(&w);
    jsonw_object_end(&w);
}

static bool merge_text(struct json *service, const char *text, size_t len, const char *shown, struct problems *p)
{
    size_t from = p->count;
    cleanup_json struct json *patch = json_parse(text, len, false, p);

    for (size_t i = from; i < p->count; i++)
        (void)snprintf(p->items[i].where, sizeof(p->items[i].where), "%s", shown);
    json_merge(service, patch);
    return patch != NULL;
}

static const char *key_name_at(const void *ctx, size_t i)
{
    const struct key_table *const *tables = ctx;
    size_t first = tables[0]->count;

    return i < first ? tables[0]->keys[i].name : tables[1]->keys[i - first].name;
}

static void unknown_key(const char *name, const char *shown, struct problems *p)
{
    static const struct key_table *const tables[] = {&probe_keys, &service_keys};
    struct problem *item = problem_add(p, "key.unknown", shown, "neither a probe nor a service has a key \"%s\"", name);
    const char *meant = text_nearest(name, key_name_at, tables, tables[0]->count + tables[1]->count);

    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
}

/* "tls.ca=/ca.pem" */
static bool add_option(struct json *service, char *option, const char *shown, struct arena *a, struct problems *p)
{
    char *parts[PARTS_MAX] = {option};
    size_t count = 1;
    char *value = strchr(option, '=');

    if (!value) {
        problem_hint(problem_add(p, "target", shown, "\"%s\" behind the # is not key=value", option),
                     "like #status=204&timeout=1s");
        return false;
    }
    *value++ = '\0';
    for (char *dot = strchr(option, '.'); dot && count < PARTS_MAX; dot = strchr(dot, '.')) {
        *dot++ = '\0';
        parts[count++] = dot;
    }
    unescape(value);
    for (size_t i = 0; i < count; i++)
        unescape(parts[i]);
    const struct key *of_probe = find_key(&probe_keys, parts[0]);
    const struct key *key = of_probe ? of_probe : find_key(&service_keys, parts[0]);
    if (!key || key->kind == KEY_REFS || key->kind == KEY_COMMAND || strcmp(parts[0], "type") == 0) {
        unknown_key(parts[0], shown, p);
        return false;
    }
    char storage[TARGET_MAX];
    struct buf text = BUF_OVER(storage);
    write_option(&text, key, of_probe != NULL, parts, count, value, a);
    return merge_text(service, text.data, text.len, shown, p);
}

static void not_a_target(const char *target, const char *shown, struct problems *p)
{
    struct problem *item = problem_add(p, "target", shown, "not a target");
    char scheme[24] = "";
    size_t len = strcspn(target, ":");

    if (target[len] == ':' && len < sizeof(scheme))
        memcpy(scheme, target, len);
    const char *meant = text_nearest(scheme, scheme_at, NULL, FORM_COUNT);
    if (meant && scheme[0] != '\0')
        problem_hint(item, "did you mean %s:?", meant);
    else
        problem_hint(item,
                     "write host:port, or tcp, unix, http, https, redis, ws, grpc, dns, postgres, mysql or file with "
                     "://, or exec:command");
}

struct json *wait_target_json(const char *target, const char *shown, bool alone, struct arena *a, struct problems *p)
{
    const char *keys = find_keys(target);
    size_t len = keys ? (size_t)(keys - target) : strlen(target);
    char *text = arena_strndup(a, target, len);
    char storage[TARGET_MAX];
    struct buf out = BUF_OVER(storage);
    struct jsonw w;

    if (strlen(target) > TARGET_MAX / 4) {
        problem_add(p, "limit", shown, "longer than %d bytes", TARGET_MAX / 4);
        return NULL;
    }
    if (!find_form(text) && is_host_and_port(text))
        text = arena_printf(a, "tcp://%s", text);
    const struct form *form = find_form(text);
    if (!form) {
        not_a_target(text, shown, p);
        return NULL;
    }
    jsonw_init(&w, &out, false);
    jsonw_object(&w, NULL);
    if (alone)
        jsonw_string(&w, "timeout", "0s");
    write_probe(&w, form, text, a);
    jsonw_object_end(&w);
    struct json *service = json_parse("{}", 2, false, p);
    bool good = service && merge_text(service, out.data, out.len, shown, p);
    char *rest = keys ? arena_strdup(a, keys + 1) : NULL;
    for (char *option = rest ? strsep(&rest, "&") : NULL; good && option; option = strsep(&rest, "&"))
        good = add_option(service, option, shown, a, p);
    if (good)
        return service;
    json_free(service);
    return NULL;
}
