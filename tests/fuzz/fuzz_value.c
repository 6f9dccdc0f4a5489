/*
 * fuzz_value - value_check() for every type: one problem at most, told completely, and nothing secret in it.
 *
 * The first byte picks the type, the next two options of the variable, the fourth the place where a secret is put into
 * the value if it may have one; the rest is the value.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json.h"
#include "init/base/text.h"
#include "init/base/url.h"
#include "init/config/schema.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

#define HEADER 4
#define VALUE_ROOM 4096
/* Nothing of ours has so much of it in a row. */
#define SECRET "q7Xk9Jw2Zp4V"
#define SECRET_LENGTH (sizeof(SECRET) - 1)
#define TELLING_LENGTH 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const choices[] = {"local", "docker", "cloud"};
static const char *const patterns[] = {NULL, NULL, NULL, "[a-z]+", "([^@]|..)*", "/.*|[0-9]{1,5}[a-zA-Z]*"};
static const char separators[] = {',', ';', ' ', '\n', '|', '\0', ',', ','};

static const char *const *schemes_of(enum value_type t)
{
    static const char *const uri[] = {"amqp", "unix"};
    return t == VALUE_URI ? uri : value_type_schemes(t);
}

static struct variable variable_of(const uint8_t *header)
{
    struct variable v = {.name = "NAME",
                         .type = (enum value_type)(header[0] % VALUE_TYPE_COUNT),
                         .secret = header[1] & 1,
                         .allow_userinfo = header[1] & 2,
                         .has_min = header[1] & 4,
                         .has_max = header[1] & 8,
                         .max = 15,
                         .number_min = -0.5,
                         .number_max = 1e3,
                         .path_rules = header[1] & 16 ? PATH_EXISTS | PATH_READABLE : 0,
                         .separator = separators[header[1] >> 5],
                         .pattern = patterns[header[2] % (sizeof(patterns) / sizeof(patterns[0]))],
                         .item_type = (enum value_type)(header[2] % VALUE_TYPE_COUNT)};
    if (v.type == VALUE_DURATION || v.type == VALUE_SIZE)
        v.max = 86400000000;
    if (v.type == VALUE_REDIS_URL)
        v.has_min = v.has_max = false;
    if (v.item_type == VALUE_LIST || v.item_type == VALUE_JSON || v.item_type == VALUE_SECRET)
        v.item_type = VALUE_STRING;
    if (v.type == VALUE_ENUM || v.item_type == VALUE_ENUM) {
        v.choices = choices;
        v.choice_count = 3;
    }
    if (value_type_is_url(v.type) && (header[2] & 128)) {
        v.schemes = schemes_of(v.type);
        v.scheme_count = 1;
    }
    return v;
}

static void check_text(const char *text, bool must)
{
    char printable[sizeof(((struct problem *)0)->text)];
    PROMISE(!must || text[0] != '\0');
    text_printable(text, strlen(text), printable, sizeof(printable));
    PROMISE(strcmp(printable, text) == 0);
}

static void check_told(const struct variable *v, const struct problem *item)
{
    char accepted[sizeof(item->accepted)];
    PROMISE(item->rule[0] != '\0' && item->source[0] == '\0');
    PROMISE(strcmp(item->where, "PLACE") == 0);
    check_text(item->text, true);
    check_text(item->hint, true);
    check_text(item->found, false);
    value_accepted(v, accepted, sizeof(accepted));
    PROMISE(strcmp(accepted, item->accepted) == 0);
}

static void check_silent(const struct problem *item)
{
    static const char secret[] = SECRET;
    char piece[TELLING_LENGTH + 1];
    for (size_t i = 0; i + TELLING_LENGTH <= SECRET_LENGTH; i++) {
        memcpy(piece, &secret[i], TELLING_LENGTH);
        piece[TELLING_LENGTH] = '\0';
        PROMISE(!strstr(item->text, piece) && !strstr(item->hint, piece) && !strstr(item->found, piece));
    }
}

static void check_url(const struct variable *v, const char *value)
{
    struct url u;
    PROMISE(url_parse(value, strlen(value), &u) == URL_OK);
    if (v->scheme_count > 0)
        PROMISE(strcmp(u.scheme, v->schemes[0]) == 0);
    if (v->type == VALUE_HTTP_URL || v->type == VALUE_WS_URL)
        PROMISE(v->allow_userinfo || !u.has_user);
    if (v->type == VALUE_HTTP_URL)
        PROMISE(strncmp(u.scheme, "http", 4) == 0);
    if (v->type == VALUE_REDIS_URL)
        PROMISE(u.host[0] == '\0' || (strlen(u.path) <= 3 && strncmp(u.scheme, "redis", 5) == 0));
}

static void check_items(const struct variable *v, char *value)
{
    static struct problems list;
    char separator = v->separator == '\0' ? ',' : v->separator;
    struct variable item = *v;
    item.type = v->item_type;
    item.has_min = item.has_max = false;
    for (char *at = value; at;) {
        char *end = strchr(at, separator);
        if (end)
            *end = '\0';
        memset(&list, 0, offsetof(struct problems, items));
        value_check(&item, "PLACE", at, &list);
        PROMISE(list.errors == 0);
        at = end ? end + 1 : NULL;
    }
}

static void check_json(const char *value)
{
    static struct problems list;
    memset(&list, 0, offsetof(struct problems, items));
    struct json *root = json_parse(value, strlen(value), false, &list);
    PROMISE(root && list.errors == 0);
    json_free(root);
}

static void check_number(const struct variable *v, const char *value)
{
    char *end = NULL;
    double x = strtod(value, &end);
    PROMISE(*end == '\0' && isfinite(x) && value[strspn(value, "0123456789.eE+-")] == '\0');
    PROMISE((!v->has_min || x >= v->number_min) && (!v->has_max || x <= v->number_max));
}

static void check_quantity(const struct variable *v, const char *value)
{
    int64_t n = 0;
    size_t digits = strspn(value, "0123456789");
    size_t letters = strspn(value + digits, "msmhdBKMGTi");
    PROMISE(digits > 0 && letters > 0 && value[digits + letters] == '\0');
    PROMISE(value_bound(v->type, value, &n) == 0 && n >= 0 && (!v->has_max || n <= v->max));
}

static void check_hostport(const char *value)
{
    const char *colon = strrchr(value, ':');
    int64_t n = 0;
    PROMISE(colon && colon > value && text_parse_int(colon + 1, &n) == 0 && n >= 1 && n <= 65535);
    PROMISE(!strpbrk(value, "/?#@ \t\n%\\"));
}

/* What was accepted is what the rules say, put in another way than the checker does. */
static void check_accepted(const struct variable *v, char *value)
{
    int64_t n = 0;
    size_t len = strlen(value);
    PROMISE(len > 0);
    if (v->pattern == patterns[3] && v->type != VALUE_LIST)
        PROMISE(strspn(value, "abcdefghijklmnopqrstuvwxyz") == len);
    if (value_type_is_url(v->type))
        check_url(v, value);
    switch (v->type) {
    case VALUE_SECRET:
        PROMISE(!strpbrk(value, "\n\r\t\x1b\x7f") && value[0] != ' ' && value[len - 1] != ' ');
        break;
    case VALUE_INT:
        PROMISE(text_parse_int(value, &n) == 0 && (!v->has_min || n >= v->min) && (!v->has_max || n <= v->max));
        break;
    case VALUE_NUMBER:
        check_number(v, value);
        break;
    case VALUE_PORT:
        PROMISE(text_parse_int(value, &n) == 0 && n >= 1 && n <= 65535);
        break;
    case VALUE_ENUM:
        PROMISE(strcmp(value, "local") == 0 || strcmp(value, "docker") == 0 || strcmp(value, "cloud") == 0);
        break;
    case VALUE_DURATION:
    case VALUE_SIZE:
        check_quantity(v, value);
        break;
    case VALUE_PATH:
        PROMISE(value[0] == '/' && !strpbrk(value, "\n\r\t\x1b\x7f"));
        break;
    case VALUE_JSON:
        check_json(value);
        break;
    case VALUE_BASE64:
        PROMISE(len % 4 == 0 && !(strpbrk(value, "+/") && strpbrk(value, "-_")) && !strpbrk(value, " \n.,"));
        break;
    case VALUE_EMAIL:
        PROMISE(len <= 254 && strchr(value, '@') == strrchr(value, '@') && !strpbrk(value, " \n<>\","));
        break;
    case VALUE_LIST:
        check_items(v, value);
        break;
    case VALUE_HOSTPORT:
        check_hostport(value);
        break;
    default:
        break;
    }
}

/* Where in the value a secret begins if it may hold one: everything of a secret, what is behind "//" in a URL. */
static const char *hidden_part(const struct variable *v, const char *value)
{
    bool urls = value_type_is_url(v->type) || (v->type == VALUE_LIST && value_type_is_url(v->item_type));
    if (v->secret || v->type == VALUE_SECRET)
        return value;
    const char *slashes = urls ? strstr(value, "//") : NULL;
    return slashes ? slashes + 2 : NULL;
}

static void hide_secret(const struct variable *v, char *value, uint8_t place)
{
    const char *hidden = hidden_part(v, value);
    if (!hidden)
        return;
    size_t at = (size_t)(hidden - value);
    at += place % (strlen(hidden) + 1);
    memmove(value + at + SECRET_LENGTH, value + at, strlen(value + at) + 1);
    memcpy(value + at, SECRET, SECRET_LENGTH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems list;
    char value[VALUE_ROOM + SECRET_LENGTH];
    if (size < HEADER || size - HEADER >= VALUE_ROOM)
        return 0;
    struct variable v = variable_of(data);
    memcpy(value, data + HEADER, size - HEADER);
    value[size - HEADER] = '\0';
    bool has_secret = data[3] != 0 && !strchr(value, SECRET[0]) && hidden_part(&v, value);
    if (has_secret)
        hide_secret(&v, value, data[3]);
    memset(&list, 0, offsetof(struct problems, items));
    value_check(&v, "PLACE", value, &list);
    PROMISE(list.warnings == 0 && list.errors <= 1 && list.count == list.errors);
    if (list.errors == 0) {
        check_accepted(&v, value);
        return 0;
    }
    check_told(&v, &list.items[0]);
    if (has_secret)
        check_silent(&list.items[0]);
    return 0;
}
