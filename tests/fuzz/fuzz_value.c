/*
 * fuzz_value - value_check() for every type: one problem at most, told completely, and nothing secret in it.
 *
 * The first byte picks the type, the second one options of the variable; the rest is the value.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"
#include "init/config/schema.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

/* Shorter pieces occur in our own sentences. */
#define TELLING_LENGTH 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const choices[] = {"local", "docker", "cloud"};

static void check_told(const struct problem *item)
{
    PROMISE(item->rule[0] != '\0' && item->text[0] != '\0' && item->hint[0] != '\0');
    PROMISE(strcmp(item->where, "PLACE") == 0);
    char printable[sizeof(item->text)];
    text_printable(item->text, strlen(item->text), printable, sizeof(printable));
    PROMISE(strcmp(printable, item->text) == 0);
}

/* Everything from the first "//" on may be a credential, and all of a secret is one. */
static void check_silent(const struct variable *v, const char *value, const struct problem *item)
{
    bool url =
        v->type == VALUE_URI || v->type == VALUE_HTTP_URL || v->type == VALUE_WS_URL || v->type == VALUE_REDIS_URL;
    const char *hidden = value;
    if (url && !v->secret) {
        hidden = strstr(value, "//");
        if (!hidden)
            return;
    } else if (!v->secret && v->type != VALUE_SECRET) {
        return;
    }
    char piece[TELLING_LENGTH + 1];
    for (size_t i = 0; i + TELLING_LENGTH <= strlen(hidden); i++) {
        snprintf(piece, sizeof(piece), "%s", hidden + i);
        /* The example in the hint is ours. */
        PROMISE(!strstr(item->text, piece) || strstr(value_type_help(v->type), piece));
    }
}

/* What was accepted is what the rules say, put in another way than the checker does. */
static void check_accepted(const struct variable *v, const char *value)
{
    int64_t n = 0;
    struct url u;
    PROMISE(value[0] != '\0');
    if (v->type == VALUE_INT)
        PROMISE(text_parse_int(value, &n) == 0 && (!v->has_min || n >= v->min) && (!v->has_max || n <= v->max));
    if (v->type == VALUE_PORT)
        PROMISE(text_parse_int(value, &n) == 0 && n >= 1 && n <= 65535);
    if (v->type == VALUE_ENUM)
        PROMISE(strcmp(value, "local") == 0 || strcmp(value, "docker") == 0 || strcmp(value, "cloud") == 0);
    if (v->type == VALUE_SECRET)
        PROMISE(!strpbrk(value, "\n\r\t\x1b\x7f") && value[0] != ' ' && value[strlen(value) - 1] != ' ');
    if (v->type == VALUE_HTTP_URL) {
        PROMISE(strncasecmp(value, "http", 4) == 0);
        PROMISE(url_parse(value, strlen(value), &u) == URL_OK && (v->allow_userinfo || !u.has_user));
    }
    if (v->type == VALUE_REDIS_URL) {
        PROMISE(url_parse(value, strlen(value), &u) == URL_OK);
        PROMISE(strcmp(u.scheme, "redis") == 0 || strcmp(u.scheme, "rediss") == 0 || u.host[0] == '\0');
        PROMISE(u.host[0] == '\0' || strlen(u.path) <= 3);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems list;
    char value[4096];
    if (size < 2 || size - 2 >= sizeof(value))
        return 0;
    struct variable v = {.name = "NAME",
                         .type = (enum value_type)(data[0] % VALUE_TYPE_COUNT),
                         .secret = data[1] & 1,
                         .allow_userinfo = data[1] & 2,
                         .has_min = data[1] & 4,
                         .has_max = data[1] & 8,
                         .max = 15,
                         .choices = choices,
                         .choice_count = 3};
    if (v.type == VALUE_REDIS_URL)
        v.has_min = v.has_max = false;
    memcpy(value, data + 2, size - 2);
    value[size - 2] = '\0';
    memset(&list, 0, offsetof(struct problems, items));
    value_check(&v, "PLACE", value, &list);
    PROMISE(list.warnings == 0 && list.errors <= 1 && list.count == list.errors);
    if (list.errors == 0) {
        check_accepted(&v, value);
        return 0;
    }
    check_told(&list.items[0]);
    check_silent(&v, value, &list.items[0]);
    return 0;
}
