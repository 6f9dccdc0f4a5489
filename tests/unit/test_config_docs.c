#include <check.h>
#include <string.h>

#include "init/report/config_docs.h"
#include "tests/unit/suites.h"

static struct arena arena;
static char storage[8192];
static struct buf out;

static void setup(void)
{
    arena_init(&arena);
    buf_init(&out, storage, sizeof(storage));
}

static void teardown(void)
{
    arena_free_all(&arena);
}

/* The row of one variable, without the part that its type says. */
static const char *row_of(struct variable *v)
{
    const struct manifest m = {.variables = v, .variable_count = 1};

    buf_reset(&out);
    config_docs(&m, &arena, &out);
    ck_assert(!out.overflow);
    char *row = strstr(storage, "|---|\n");
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(strchr(row + 6, '\n')[1], '\0');
    return row + 6;
}

static void has(const char *row, const char *part)
{
    ck_assert_msg(strstr(row, part) != NULL, "no '%s' in: %s", part, row);
}

START_TEST(the_head_is_a_table)
{
    const struct manifest m = {.variable_count = 0};

    config_docs(&m, &arena, &out);
    ck_assert_str_eq(storage, "| Name | Accepted | Default | Required | Description |\n|---|---|---|---|---|\n");
}
END_TEST

START_TEST(nothing_ends_a_cell_or_a_line)
{
    struct variable v = {.name = "A", .default_value = "a|b`c", .description = "x | y\n<b>z</b> `code`"};

    has(row_of(&v), "| `` a\\|b`c `` | no | x \\| y &lt;b>z&lt;/b> `code`. |\n");
    v.default_value = " ";
    has(row_of(&v), "| `   ` |");
    v.default_value = "";
    has(row_of(&v), "| empty |");
}
END_TEST

START_TEST(everything_is_told)
{
    static const char *const words[] = {"tls"};
    static const struct condition mode = {
        .kind = CONDITION_EQUALS, .variable = "MODE", .values = words, .value_count = 1};
    static const struct alias aliases[] = {{"B", NULL}, {"C", "gone soon"}, {"D", NULL}};
    static const struct variable_override overrides[] = {
        {"docker", "1", true, true}, {"cloud", NULL, true, true}, {"local", "2", false, false}};
    struct variable v = {.name = "A",
                         .aliases = aliases,
                         .alias_count = 3,
                         .overrides = overrides,
                         .override_count = 3,
                         .required_when = &mode,
                         .only_when = &mode,
                         .deprecated = "use B!"};

    has(row_of(&v),
        "| in docker: `1`; in local: `2` | in docker or cloud, and when MODE is tls | Deprecated: use B! Only used "
        "when MODE is tls. Also: `B`, `D`. Deprecated name: `C`. |\n");
}
END_TEST

START_TEST(no_secret_is_told)
{
    struct variable v = {.name = "A", .type = VALUE_SECRET, .secret = true, .default_value = "hunter22"};

    has(row_of(&v), "| set | no | Secret; can be given as `A_FILE`. |");
    ck_assert_ptr_null(strstr(storage, "hunter22"));
    v.no_file = true;
    has(row_of(&v), "| Secret. |");
    v = (struct variable){.name = "A", .type = VALUE_REDIS_URL, .default_value = "redis://u:hunter22@h"};
    has(row_of(&v), "| `redis://u:***@h` |");
    v.default_value = "redis://u:hunter22@${H}/1";
    has(row_of(&v), "| `redis://u:***@${H}/1` |");
    v.default_value = "redis://:${P}@h";
    has(row_of(&v), "| `redis://:${P}@h` |");
    v.default_value = "redis://${H}$$";
    has(row_of(&v), "| `redis://${H}$$` |");
}
END_TEST

Suite *suite_config_docs(void)
{
    Suite *s = suite_create("config_docs");
    TCase *t = tcase_create("config_docs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_head_is_a_table);
    tcase_add_test(t, nothing_ends_a_cell_or_a_line);
    tcase_add_test(t, everything_is_told);
    tcase_add_test(t, no_secret_is_told);
    suite_add_tcase(s, t);
    return s;
}
