#include <string.h>

#include "init/plan/read.h"

#define BIT(type) (1U << (type))
#define URLS (BIT(VALUE_URI) | BIT(VALUE_HTTP_URL) | BIT(VALUE_WS_URL) | BIT(VALUE_REDIS_URL))
#define LENGTHS (BIT(VALUE_STRING) | BIT(VALUE_SECRET) | BIT(VALUE_BASE64) | BIT(VALUE_LIST))
#define NUMBERS (BIT(VALUE_INT) | BIT(VALUE_NUMBER) | BIT(VALUE_PORT) | BIT(VALUE_DURATION) | BIT(VALUE_SIZE))
#define BOUNDED (LENGTHS | NUMBERS | BIT(VALUE_REDIS_URL))
#define TEXTS (BIT(VALUE_STRING) | BIT(VALUE_SECRET) | BIT(VALUE_PATH) | BIT(VALUE_EMAIL) | BIT(VALUE_HOSTPORT))

/* Keys that only mean something for some types. */
static const struct {
    const char *key;
    unsigned types;
} only_for[] = {
    {"min", BOUNDED},
    {"max", BOUNDED},
    {"values", BIT(VALUE_ENUM) | BIT(VALUE_LIST)},
    {"schemes", URLS},
    {"pattern", TEXTS | BIT(VALUE_LIST) | URLS},
    {"must", BIT(VALUE_PATH)},
    {"items", BIT(VALUE_LIST)},
    {"separator", BIT(VALUE_LIST)},
    {"allow_userinfo", BIT(VALUE_HTTP_URL) | BIT(VALUE_WS_URL)},
};

/* "int, port and redis-url" */
static void write_types(unsigned types, struct buf *out)
{
    for (int t = 0; types != 0; t++) {
        if (!(types & BIT(t)))
            continue;
        types &= ~BIT(t);
        buf_printf(out, "%s%s", value_type_name((enum value_type)t),
                   types == 0                   ? ""
                   : (types & (types - 1)) == 0 ? " and "
                                                : ", ");
    }
}

static void check_keys(struct reader *r, const struct json *n, enum value_type type)
{
    for (size_t i = 0; i < sizeof(only_for) / sizeof(only_for[0]); i++) {
        char list[200];
        struct buf types = BUF_OVER(list);

        if (!json_get(n, only_for[i].key) || only_for[i].types & BIT(type))
            continue;
        buf_reset(&types);
        write_types(only_for[i].types, &types);
        size_t up = json_pointer_push(&r->at, only_for[i].key);
        reader_fault(r, "value", "\"%s\" means nothing for type %s, only for %s", only_for[i].key,
                     value_type_name(type), list);
        json_pointer_pop(&r->at, up);
    }
}

/* A duration or a size has a unit, so its bounds have one too. */
static bool read_unit_bound(struct reader *r, const struct json *n, enum value_type type, int64_t *bound)
{
    const char *noun = type == VALUE_SIZE ? "size" : "duration";
    const char *example = type == VALUE_SIZE ? "64KiB" : "500ms";
    const char *text = json_string(n);

    if (text && value_bound(type, text, bound) == 0)
        return true;
    if (text)
        problem_hint(reader_fault(r, "value", "\"%s\" is not a %s", text, noun),
                     "write a whole number and a unit: \"%s\"", example);
    else
        problem_hint(reader_fault(r, "type", "expected a %s, found %s", noun, json_type_name(json_type(n))),
                     "write a number and a unit in quotes: \"%s\"", example);
    return false;
}

static bool read_whole_bound(struct reader *r, const struct json *n, enum value_type type, int64_t *bound)
{
    if (!reader_expect(r, n, JSON_NUMBER))
        return false;
    if (!json_integer(n, bound))
        reader_fault(r, "value", "a whole number is expected here");
    else if (type == VALUE_PORT && (*bound < 1 || *bound > UINT16_MAX))
        reader_fault(r, "value", "ports are numbers from 1 to %d", UINT16_MAX);
    else if (*bound < 0 && type == VALUE_REDIS_URL)
        reader_fault(r, "value", "databases are numbered from 0");
    else if (*bound < 0 && BIT(type) & LENGTHS)
        reader_fault(r, "value",
                     type == VALUE_LIST ? "a number of items cannot be negative"
                                        : "a length in bytes cannot be negative");
    else
        return true;
    return false;
}

/* Returns whether there is one that can be used. */
static bool read_bound(struct reader *r, const struct json *variable, const char *key, enum value_type type,
                       int64_t *whole, double *number)
{
    const struct json *n = json_get(variable, key);
    bool good = false;

    if (!n || !(BOUNDED & BIT(type)))
        return false;
    size_t up = json_pointer_push(&r->at, key);
    if (type == VALUE_NUMBER) {
        good = reader_expect(r, n, JSON_NUMBER);
        *number = json_number(n);
    } else if (type == VALUE_DURATION || type == VALUE_SIZE) {
        good = read_unit_bound(r, n, type, whole);
    } else {
        good = read_whole_bound(r, n, type, whole);
    }
    json_pointer_pop(&r->at, up);
    return good;
}

static void read_bounds(struct reader *r, const struct json *n, struct variable *v)
{
    v->has_min = read_bound(r, n, "min", v->type, &v->min, &v->number_min);
    v->has_max = read_bound(r, n, "max", v->type, &v->max, &v->number_max);
    if (v->has_min && v->has_max && (v->min > v->max || v->number_min > v->number_max))
        reader_fault(r, "value", "\"min\" is greater than \"max\"");
}

/* The type's own schemes are the most that can be had. */
static void check_schemes(struct reader *r, const struct variable *v)
{
    const char *const *own = value_type_schemes(v->type);
    struct names known = {own, 0, "scheme of this type"};
    size_t up = json_pointer_push(&r->at, "schemes");

    while (own && own[known.count])
        known.count++;
    for (size_t i = 0; known.count > 0 && i < v->scheme_count; i++) {
        size_t in = json_pointer_index(&r->at, i);
        reader_choice(r, v->schemes[i], &known);
        json_pointer_pop(&r->at, in);
    }
    json_pointer_pop(&r->at, up);
}

void read_type_rules(struct reader *r, const struct json *n, struct variable *v)
{
    bool words = v->type == VALUE_ENUM || (v->type == VALUE_LIST && v->item_type == VALUE_ENUM);

    check_keys(r, n, v->type);
    read_bounds(r, n, v);
    if (value_type_is_url(v->type))
        check_schemes(r, v);
    if (words && !json_get(n, "values"))
        problem_hint(reader_fault(r, "required", "a variable of type enum needs \"values\""),
                     "list the accepted words: \"values\": [\"one\", \"two\"]");
}
