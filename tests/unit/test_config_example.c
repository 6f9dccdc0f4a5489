#include <check.h>
#include <string.h>

#include "init/config/env_file.h"
#include "init/report/config_example.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems problems;
static char storage[32768];
static struct buf out;

static void setup(void)
{
    arena_init(&arena);
    memset(&problems, 0, sizeof(problems));
    buf_init(&out, storage, sizeof(storage));
}

static void teardown(void)
{
    arena_free_all(&arena);
}

static const struct {
    const char *value;
    bool plain;
} texts[] = {
    {"x", true},     {"a b", true},   {"a#b", true},   {"${A}", true},   {"caf\xc3\xa9", true},
    {"a=b", true},   {"", false},     {" a", false},   {"a ", false},    {"\"a", false},
    {"'a", false},   {"#a", false},   {"a #b", false}, {"a\t#b", false}, {"a\nb", false},
    {"a\\b", false}, {"a\"b", false}, {"\xff", false}, {"a\x7f", false}, {"`a`", false},
};

START_TEST(what_is_the_same_in_both_dialects)
{
    ck_assert_int_eq(config_example_plain(texts[_i].value), texts[_i].plain);
}
END_TEST

/* What is said to be plain is read as it is. */
START_TEST(plain_text_is_read_as_it_is)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (int dialect = 0; dialect < 2 && texts[i].plain; dialect++) {
            struct env_file f;
            const char *line = arena_printf(&arena, "A=%s\n", texts[i].value);
            ck_assert_int_eq(env_file_parse(line, strlen(line), (enum env_dialect)dialect, "f", &arena, &f, &problems),
                             0);
            ck_assert_uint_eq(f.count, 1);
            ck_assert_str_eq(f.entries[0].value, texts[i].value);
        }
    }
}
END_TEST

START_TEST(every_type_has_a_value)
{
    static const char *const words[] = {"one", "two"};
    struct variable v = {.name = "A", .type = (enum value_type)_i, .item_type = VALUE_STRING, .separator = ','};

    if (v.type == VALUE_ENUM) {
        v.choices = words;
        v.choice_count = 2;
    }
    const char *value = config_example_value(&v, &arena);
    if (v.type == VALUE_SECRET) {
        ck_assert_ptr_null(value);
        return;
    }
    ck_assert_ptr_nonnull(value);
    value_check(&v, "A", value, &problems);
    ck_assert_uint_eq(problems.errors, 0);
    ck_assert(config_example_plain(value));
    v.secret = true;
    ck_assert_ptr_null(config_example_value(&v, &arena));
}
END_TEST

static const char *const amqp[] = {"amqps", "amqp"};
static const char *const rediss[] = {"rediss"};
static const char *const sockets[] = {"redis+unix"};
static const char *const wss[] = {"wss"};

static const struct {
    struct variable v;
    const char *value;
} bounded[] = {
    {{.name = "A", .type = VALUE_INT, .has_min = true, .min = 7}, "7"},
    {{.name = "A", .type = VALUE_INT, .has_max = true, .max = -7}, "-7"},
    {{.name = "A", .type = VALUE_PORT, .has_max = true, .max = 80}, "80"},
    {{.name = "A", .type = VALUE_NUMBER, .has_min = true, .number_min = 1.5}, "1.5"},
    {{.name = "A", .type = VALUE_NUMBER, .has_max = true, .number_max = -0.25}, "-0.25"},
    {{.name = "A", .type = VALUE_DURATION, .has_min = true, .min = INT64_C(7200000000)}, "2h"},
    {{.name = "A", .type = VALUE_SIZE, .has_max = true, .max = 4096}, "4KiB"},
    {{.name = "A", .type = VALUE_STRING, .has_min = true, .min = 6}, "xxxxxx"},
    {{.name = "A", .type = VALUE_STRING, .has_max = true, .max = 1}, "x"},
    {{.name = "A", .type = VALUE_URI, .schemes = amqp, .scheme_count = 2}, "amqps://host:1234"},
    {{.name = "A", .type = VALUE_WS_URL, .schemes = wss, .scheme_count = 1}, "wss://api:8000/ws"},
    {{.name = "A", .type = VALUE_REDIS_URL, .schemes = rediss, .scheme_count = 1}, "rediss://cache:6379/0"},
    {{.name = "A", .type = VALUE_REDIS_URL, .schemes = sockets, .scheme_count = 1},
     "redis+unix:///run/redis/redis.sock"},
    {{.name = "A", .type = VALUE_REDIS_URL, .has_min = true, .min = 3}, "redis://cache:6379/3"},
    {{.name = "A", .type = VALUE_LIST, .item_type = VALUE_INT, .separator = ':', .has_min = true, .min = 3}, "1:1:1"},
    {{.name = "A", .type = VALUE_PATH, .path_rules = PATH_DIRECTORY}, "/data/file"},
    {{.name = "A", .type = VALUE_STRING, .pattern = "[0-9]+"}, NULL},
    {{.name = "A", .type = VALUE_STRING, .pattern = "[0-9]+", .example = "42"}, "42"},
    {{.name = "A", .type = VALUE_URI, .example = "tcp://u:hunter22@h"}, "tcp://u:***@h"},
};

START_TEST(bounds_and_schemes_are_kept)
{
    const char *value = config_example_value(&bounded[_i].v, &arena);

    if (!bounded[_i].value) {
        ck_assert_ptr_null(value);
        return;
    }
    ck_assert_ptr_nonnull(value);
    ck_assert_str_eq(value, bounded[_i].value);
}
END_TEST

START_TEST(who_knows_no_value_is_told)
{
    struct variable variables[] = {
        {.name = "A", .required = true, .pattern = "[0-9]+"},
        {.name = "B", .required = true, .type = VALUE_SECRET, .secret = true, .default_value = NULL},
        {.name = "C", .default_value = "a\\b"},
        {.name = "D", .type = VALUE_SECRET, .secret = true, .default_value = "hunter22"},
    };
    const struct manifest m = {.name = "m", .variables = variables, .variable_count = 4};

    config_example(&m, &arena, &out, &problems);
    ck_assert_uint_eq(problems.warnings, 1);
    ck_assert_str_eq(problems.items[0].rule, "example.missing");
    ck_assert_str_eq(problems.items[0].where, "A");
    ck_assert_ptr_nonnull(strstr(storage, "\nA=\n"));
    ck_assert_ptr_nonnull(strstr(storage, "\nB=\n"));
    ck_assert_ptr_nonnull(strstr(storage, "\n# Default: a\\b\n#C=text\n"));
    ck_assert_ptr_nonnull(strstr(storage, "\n#D=\n"));
    ck_assert_ptr_null(strstr(storage, "hunter22"));
}
END_TEST

Suite *suite_config_example(void)
{
    Suite *s = suite_create("config_example");
    TCase *t = tcase_create("config_example");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, what_is_the_same_in_both_dialects, 0, (int)(sizeof(texts) / sizeof(texts[0])));
    tcase_add_test(t, plain_text_is_read_as_it_is);
    tcase_add_loop_test(t, every_type_has_a_value, 0, VALUE_TYPE_COUNT);
    tcase_add_loop_test(t, bounds_and_schemes_are_kept, 0, (int)(sizeof(bounded) / sizeof(bounded[0])));
    tcase_add_test(t, who_knows_no_value_is_told);
    suite_add_tcase(s, t);
    return s;
}
