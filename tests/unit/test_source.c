#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/config/value_file.h"
#include "tests/unit/model.h"
#include "tests/unit/resolve_rig.h"
#include "tests/unit/suites.h"

#define arena rig.arena
#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define RESOLVE(table, entries) rig_resolve((table), sizeof(table) / sizeof((table)[0]), (entries))

static char *const nothing[] = {NULL};

static const struct alias old_names[] = {{.name = "DB_PASS"}, {.name = "PGPASSWORD"}};
static const struct variable_override in_docker[] = {{.environment = "docker", .default_value = "override"}};

static const struct variable places[] = {
    {.name = "ENVIRONMENT",
     .field = "environment",
     .type = VALUE_ENUM,
     .choices = model_places,
     .choice_count = 3,
     .default_value = "docker"},
    {.name = "X", .type = VALUE_STRING, .default_value = "default", .overrides = in_docker, .override_count = 1},
};

static const struct variable db[] = {
    {.name = "DB", .type = VALUE_SECRET, .secret = true, .aliases = old_names, .alias_count = 2},
};

static char *entry(const char *name, const char *value)
{
    return arena_printf(&arena, "%s=%s", name, value);
}

static void make_folder(const char *name)
{
    ck_assert_int_eq(mkdir(rig_path(name), 0700), 0);
}

/* All of them have it; then one after the other has it no more. */
START_TEST(sources_in_their_order)
{
    make_folder("s");
    const char *file = rig_write("s/X", "from the folder\n", 16);
    const char *named = rig_write("named", "from the file\n", 14);
    rig.options.secrets_dir = rig_path("s");
    rig_env_file("a.env", ENV_DOTENV, "\nX=from a");
    rig_env_file("b.env", ENV_DOCKER, "X=from b\n");

    RESOLVE(places, ENTRIES("X=from the environment"));
    rig_expect("X", "from the environment", SOURCE_ENVIRONMENT, "environment");
    RESOLVE(places, ((char *[]){entry("X_FILE", named), NULL}));
    rig_expect("X", "from the file", SOURCE_FILE, "file @/named (X_FILE)");
    RESOLVE(places, nothing);
    rig_expect("X", "from the folder", SOURCE_SECRETS, "file @/s/X");
    ck_assert_int_eq(unlink(file), 0);
    RESOLVE(places, nothing);
    rig_expect("X", "from b", SOURCE_ENV_FILE, "b.env:1");
    rig.options.env_file_count = 1;
    RESOLVE(places, nothing);
    rig_expect("X", "from a", SOURCE_ENV_FILE, "a.env:2");
    rig.options.env_file_count = 0;
    RESOLVE(places, nothing);
    rig_expect("X", "override", SOURCE_OVERRIDE, "default for docker");
    RESOLVE(places, ENTRIES("ENVIRONMENT=cloud"));
    rig_expect("X", "default", SOURCE_DEFAULT, "default");
    ck_assert_uint_eq(rig.list.count, 0);
}
END_TEST

/* An empty value is none, wherever it is, and the next source is asked. */
START_TEST(empty_values_give_way_in_every_source)
{
    make_folder("s");
    const char *file = rig_write("s/X", "\n", 1);
    rig.options.secrets_dir = rig_path("s");
    rig.options.empty_is_unset = true;
    rig_env_file("a.env", ENV_DOTENV, "X=from a");
    rig_env_file("b.env", ENV_DOTENV, "X=''");
    RESOLVE(places, ENTRIES("X=", "X_FILE="));
    rig_expect("X", "from a", SOURCE_ENV_FILE, "a.env:1");
    RESOLVE(places, ((char *[]){"X=", entry("X_FILE", file), NULL}));
    rig_expect("X", "from a", SOURCE_ENV_FILE, "a.env:1");
    ck_assert_uint_eq(rig.list.count, 0);
    rig.options.empty_is_unset = false;
    RESOLVE(places, nothing);
    rig_expect("X", "", SOURCE_SECRETS, "file @/s/X");
    ck_assert_ptr_nonnull(rig_told("value.empty", "X"));
    ck_assert_str_eq(rig_told("value.empty", "X")->source, config_find(&rig.config, "X")->origin);
}
END_TEST

static const struct {
    const char *bytes;
    const char *value;
} endings[] = {
    {"hunter22", "hunter22"},
    {"hunter22\n", "hunter22"},
    {"hunter22\r\n", "hunter22"},
    {"hunter22\n\n", "hunter22\n"},
    {"hunter22\r", "hunter22\r"},
    {"hunter22\n\r\n", "hunter22\n"},
    {" hunter22 \n", " hunter22 "},
    {"\xffhunter\n", "\xffhunter"},
    {"", ""},
    {"\n", ""},
    {"\r\n", ""},
    {"\r", "\r"},
};

START_TEST(one_line_ending_is_removed)
{
    const char *file = rig_write("f", endings[_i].bytes, strlen(endings[_i].bytes));
    RESOLVE(db, ((char *[]){entry("DB_FILE", file), NULL}));
    rig_expect("DB", endings[_i].value, SOURCE_FILE, "file @/f (DB_FILE)");
    ck_assert_str_eq(config_find(&rig.config, "DB")->name, "DB");
    ck_assert_str_eq(config_find(&rig.config, "DB")->shown, "***");
}
END_TEST

static const struct {
    const char *entries[4]; /* "@" is a readable file */
    const char *text;
} conflicts[] = {
    {{"DB=abcdef", "DB_FILE=@"}, "DB and DB_FILE are both set"},
    {{"DB_FILE=@", "DB="}, "DB and DB_FILE are both set"},
    {{"DB_PASS=abcdef", "DB_FILE=@"}, "DB_PASS and DB_FILE are both set"},
    {{"DB_PASS_FILE=@", "DB=abcdef"}, "DB_PASS_FILE and DB are both set"},
    {{"PGPASSWORD_FILE=@", "DB_PASS_FILE=@"}, "DB_PASS_FILE and PGPASSWORD_FILE are both set"},
    {{"PGPASSWORD=abcdef", "PGPASSWORD_FILE=@"}, "PGPASSWORD and PGPASSWORD_FILE are both set"},
};

START_TEST(a_value_and_a_file_are_too_much)
{
    char *entries[5] = {NULL};
    const char *file = rig_write("f", "hunter22", 8);
    for (size_t i = 0; i < 4 && conflicts[_i].entries[i]; i++) {
        const char *at = strchr(conflicts[_i].entries[i], '@');
        entries[i] = arena_printf(&arena, "%.*s%s", at ? (int)(at - conflicts[_i].entries[i]) : 99,
                                  conflicts[_i].entries[i], at ? file : "");
    }
    RESOLVE(db, entries);
    ck_assert_ptr_nonnull(rig_told("source.conflict", "DB"));
    ck_assert_str_eq(rig_told("source.conflict", "DB")->text, conflicts[_i].text);
    ck_assert_str_ne(rig_told("source.conflict", "DB")->hint, "");
}
END_TEST

START_TEST(an_alias_may_come_by_file)
{
    const char *file = rig_write("f", "hunter22", 8);
    RESOLVE(db, ((char *[]){entry("PGPASSWORD_FILE", file), NULL}));
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("DB", "hunter22", SOURCE_FILE, "file @/f (PGPASSWORD_FILE)");
    ck_assert_str_eq(config_find(&rig.config, "DB")->name, "PGPASSWORD");
}
END_TEST

START_TEST(a_file_variable_may_mean_something_else)
{
    static const struct alias alias[] = {{.name = "C_FILE"}};
    static const struct variable logs[] = {
        {.name = "A", .type = VALUE_STRING, .no_file = true},
        {.name = "B", .type = VALUE_STRING},
        {.name = "B_FILE", .type = VALUE_STRING},
        {.name = "C", .type = VALUE_STRING},
        {.name = "OTHER", .type = VALUE_STRING, .aliases = alias, .alias_count = 1},
    };
    RESOLVE(logs, ENTRIES("A=a", "A_FILE=/nowhere", "B=b", "B_FILE=/nowhere", "C=c", "C_FILE=/nowhere"));
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("A", "a", SOURCE_ENVIRONMENT, "environment");
    rig_expect("B_FILE", "/nowhere", SOURCE_ENVIRONMENT, "environment");
    rig_expect("OTHER", "/nowhere", SOURCE_ENVIRONMENT, "environment");
}
END_TEST

static void expect_refused(const char *path, const char *why)
{
    static const struct variable required[] = {
        {.name = "DB", .type = VALUE_SECRET, .secret = true, .required = true, .default_value = "default-secret"}};
    RESOLVE(required, ((char *[]){entry("DB_FILE", path), NULL}));
    ck_assert_uint_eq(rig.list.count, 1);
    const struct problem *item = rig_told("source.file", "DB");
    ck_assert_ptr_nonnull(item);
    ck_assert_msg(strstr(item->text, why), "%s: %s", item->text, why);
    ck_assert_ptr_nonnull(strstr(item->text, path));
    ck_assert_ptr_nonnull(strstr(item->text, "DB_FILE"));
    ck_assert_str_ne(item->hint, "");
    ck_assert_int_eq(rig.config.state, CONFIG_CONFIGURATION);
    rig_expect("DB", NULL, SOURCE_FILE, arena_printf(&arena, "file %s (DB_FILE)", path));
}

START_TEST(what_cannot_be_read_is_told)
{
    expect_refused(rig_path("missing"), "No such file or directory");
    make_folder("folder");
    expect_refused(rig_path("folder"), "not a regular file");
    ck_assert_int_eq(mkfifo(rig_path("pipe"), 0600), 0);
    expect_refused(rig_path("pipe"), "not a regular file");
    expect_refused("/dev/zero", "not a regular file");
    expect_refused(rig_write("nul", "a\0b", 3), "zero byte");
    ck_assert_int_eq(symlink("loop", rig_path("loop")), 0);
    expect_refused(rig_path("loop"), "symbolic links");
    ck_assert_int_eq(symlink("missing", rig_path("dangling")), 0);
    expect_refused(rig_path("dangling"), "No such file or directory");
}
END_TEST

START_TEST(as_large_as_may_be)
{
    static const struct variable three[] = {
        {.name = "A", .type = VALUE_STRING}, {.name = "B", .type = VALUE_STRING}, {.name = "C", .type = VALUE_STRING}};
    char *bytes = malloc(VALUE_FILE_MAX + 1);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 'x', VALUE_FILE_MAX + 1);
    expect_refused(rig_write("large", bytes, VALUE_FILE_MAX + 1), "larger than 1 MiB");
    const char *most = rig_write("most", bytes, VALUE_FILE_MAX);
    const char *one = rig_write("one", bytes, 1);
    RESOLVE(three, ((char *[]){entry("A_FILE", most), entry("B_FILE", most), entry("C_FILE", one), NULL}));
    ck_assert_uint_eq(strlen(config_find(&rig.config, "A")->value), VALUE_FILE_MAX);
    ck_assert_uint_eq(strlen(config_find(&rig.config, "B")->value), VALUE_FILE_MAX);
    ck_assert_ptr_nonnull(strstr(rig_told("source.file", "C")->text, "together"));
    free(bytes);
}
END_TEST

/* As execve(2) would say later, and of no variable in particular. */
START_TEST(what_children_get_has_to_fit)
{
    static const enum delivery deliveries[] = {DELIVER_AS_IT_CAME, DELIVER_ENV, DELIVER_FILE, DELIVER_NONE};
    struct variable x = {.name = "X", .type = VALUE_STRING};
    size_t most = CONFIG_EXPAND_MAX - sizeof("X=");
    char *bytes = malloc(most + 1);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 'x', most + 1);
    make_folder("s");
    rig.options.secrets_dir = rig_path("s");
    for (size_t i = 0; i < 4; i++) {
        x.delivery = deliveries[i];
        rig_write("s/X", bytes, most);
        rig_resolve(&x, 1, nothing);
        ck_assert_uint_eq(rig.list.count, 0);
        const char *file = rig_write("s/X", bytes, most + 1);
        rig_resolve(&x, 1, nothing);
        ck_assert_uint_eq(rig.list.errors, i < 2);
        ck_assert(i >= 2 || rig_told("value.large", "X"));
        rig_resolve(&x, 1, (char *[]){entry("X_FILE", file), NULL});
        ck_assert_uint_eq(rig.list.errors, x.delivery == DELIVER_ENV);
    }
    free(bytes);
}
END_TEST

START_TEST(an_empty_path_is_told)
{
    RESOLVE(db, ENTRIES("DB_FILE="));
    ck_assert_str_eq(rig_told("source.file", "DB")->text, "DB_FILE is set, but empty: it should name a file");
}
END_TEST

/* Somebody put the secret itself where its path should be. */
START_TEST(what_is_no_path_is_not_shown)
{
    RESOLVE(db, ENTRIES("DB_FILE=hunter22/x"));
    const struct problem *item = rig_told("source.file", "DB");
    ck_assert_str_eq(item->text, "cannot read the file, which DB_FILE names: No such file or directory");
    ck_assert_str_eq(item->source, "file *** (DB_FILE)");
    ck_assert_ptr_null(strstr(item->hint, "hunter22"));
}
END_TEST

START_TEST(a_folder_of_secrets)
{
    static const struct variable two[] = {{.name = "API_KEY", .type = VALUE_SECRET, .secret = true},
                                          {.name = "lower", .type = VALUE_STRING}};
    make_folder("s");
    rig_write("s/api_key", "hunter22\n", 9);
    rig_write("s/lower", "x\n", 2);
    rig_write("s/LOWER", "y\n", 2);
    rig.options.secrets_dir = rig_path("s/");
    RESOLVE(two, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("API_KEY", "hunter22", SOURCE_SECRETS, "file @/s/api_key");
    rig_expect("lower", "x", SOURCE_SECRETS, "file @/s/lower");
    rig_write("s/API_KEY", "hunter23\n", 9);
    RESOLVE(two, nothing);
    rig_expect("API_KEY", "hunter23", SOURCE_SECRETS, "file @/s/API_KEY");
    ck_assert_ptr_nonnull(strstr(rig_told("source.conflict", "API_KEY")->text, "API_KEY and api_key in "));
    rig.options.secrets_dir = rig_path("missing");
    RESOLVE(two, ENTRIES("API_KEY=hunter24"));
    ck_assert_ptr_nonnull(strstr(rig_told("source.directory", rig.options.secrets_dir)->text, "No such file"));
    ck_assert_int_eq(rig.config.state, CONFIG_CONFIGURATION);
}
END_TEST

START_TEST(a_folder_in_the_folder_is_no_value)
{
    make_folder("s");
    make_folder("s/db");
    rig.options.secrets_dir = rig_path("s");
    RESOLVE(db, nothing);
    ck_assert_ptr_nonnull(strstr(rig_told("source.file", "DB")->text, "not a regular file"));
}
END_TEST

START_TEST(a_secret_volume_is_a_farm_of_links)
{
    make_folder("s");
    make_folder("s/..2024_11_23");
    rig_write("s/..2024_11_23/DB", "hunter22", 8);
    ck_assert_int_eq(symlink("..2024_11_23", rig_path("s/..data")), 0);
    ck_assert_int_eq(symlink("..data/DB", rig_path("s/DB")), 0);
    rig.options.secrets_dir = rig_path("s");
    RESOLVE(db, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("DB", "hunter22", SOURCE_SECRETS, "file @/s/DB");
    rig.options.secrets_dir = NULL;
    RESOLVE(db, ((char *[]){entry("DB_FILE", rig_path("s/DB")), NULL}));
    rig_expect("DB", "hunter22", SOURCE_FILE, "file @/s/DB (DB_FILE)");
}
END_TEST

static const struct {
    mode_t mode;
    const char *text;
} modes[] = {
    {0400, NULL},
    {0600, NULL},
    {0640, NULL},
    {0440, NULL},
    {0604, "everybody may read"},
    {0644, "everybody may read"},
    {0444, "everybody may read"},
    {0660, "its group may write to"},
    {0664, "its group may write to"},
    {0602, "everybody may write to"},
    {0666, "everybody may write to"},
};

START_TEST(files_that_others_get_at)
{
    static const struct variable two[] = {{.name = "DB", .type = VALUE_SECRET, .secret = true},
                                          {.name = "URL", .type = VALUE_REDIS_URL},
                                          {.name = "PLAIN", .type = VALUE_STRING}};
    const char *file = rig_write("f", "redis://u:hunter22@h", 20);
    ck_assert_int_eq(chmod(file, modes[_i].mode), 0);
    RESOLVE(two, ((char *[]){entry("DB_FILE", file), entry("URL_FILE", file), entry("PLAIN_FILE", file), NULL}));
    ck_assert_uint_eq(rig.list.errors, 0);
    ck_assert_uint_eq(rig.list.warnings, modes[_i].text ? 3 : 0);
    if (modes[_i].text) {
        const struct problem *item = rig_told("source.permissions", "DB");
        ck_assert_uint_eq(strncmp(item->text, modes[_i].text, strlen(modes[_i].text)), 0);
        ck_assert_ptr_nonnull(strstr(item->text, file));
        ck_assert_ptr_nonnull(rig_told("source.permissions", "URL"));
    }
    rig_write("f", "nothing secret", 14);
    ck_assert_int_eq(chmod(file, modes[_i].mode), 0);
    RESOLVE(two, ((char *[]){entry("PLAIN_FILE", file), NULL}));
    ck_assert_uint_eq(rig.list.count, 0);
}
END_TEST

START_TEST(names_alone_come_from_the_environment)
{
    rig_env_file("a.env", ENV_DOCKER, "X=from a");
    rig_env_file("b.env", ENV_DOCKER, "X");
    RESOLVE(places, nothing);
    rig_expect("X", "from a", SOURCE_ENV_FILE, "a.env:1");
    RESOLVE(places, ENTRIES("X=e"));
    rig_expect("X", "e", SOURCE_ENVIRONMENT, "environment");
}
END_TEST

START_TEST(aliases_count_in_files_too)
{
    make_folder("s");
    rig_write("s/pgpassword", "from the folder", 15);
    rig_env_file("a.env", ENV_DOTENV, "DB=from-own\nDB_PASS=from-alias");
    RESOLVE(db, nothing);
    rig_expect("DB", "from-alias", SOURCE_ENV_FILE, "a.env:2");
    ck_assert_str_eq(config_find(&rig.config, "DB")->name, "DB_PASS");
    ck_assert_ptr_nonnull(rig_told("alias.conflict", "DB"));
    rig.options.secrets_dir = rig_path("s");
    RESOLVE(db, nothing);
    rig_expect("DB", "from the folder", SOURCE_SECRETS, "file @/s/pgpassword");
    ck_assert_str_eq(config_find(&rig.config, "DB")->name, "PGPASSWORD");
    ck_assert_uint_eq(rig.list.count, 0);
}
END_TEST

START_TEST(mistakes_say_where_the_value_came_from)
{
    static const struct variable n[] = {{.name = "N", .type = VALUE_INT}};
    const char *file = rig_write("f", "many", 4);
    RESOLVE(n, ENTRIES("N=many"));
    ck_assert_str_eq(rig_told("int.format", "N")->source, "environment");
    RESOLVE(n, ((char *[]){entry("N_FILE", file), NULL}));
    ck_assert_str_eq(rig_told("int.format", "N")->source, arena_printf(&arena, "file %s (N_FILE)", file));
    rig_env_file(".env", ENV_DOTENV, "#\n\nN=many");
    RESOLVE(n, nothing);
    ck_assert_str_eq(rig_told("int.format", "N")->source, ".env:3");
}
END_TEST

Suite *suite_source(void)
{
    Suite *s = suite_create("source");
    TCase *t = tcase_create("source");
    tcase_add_checked_fixture(t, rig_up, rig_down);
    tcase_add_test(t, sources_in_their_order);
    tcase_add_test(t, empty_values_give_way_in_every_source);
    tcase_add_loop_test(t, one_line_ending_is_removed, 0, ROWS(endings));
    tcase_add_loop_test(t, a_value_and_a_file_are_too_much, 0, ROWS(conflicts));
    tcase_add_test(t, an_alias_may_come_by_file);
    tcase_add_test(t, a_file_variable_may_mean_something_else);
    tcase_add_test(t, what_cannot_be_read_is_told);
    tcase_add_test(t, as_large_as_may_be);
    tcase_add_test(t, what_children_get_has_to_fit);
    tcase_add_test(t, an_empty_path_is_told);
    tcase_add_test(t, what_is_no_path_is_not_shown);
    tcase_add_test(t, a_folder_of_secrets);
    tcase_add_test(t, a_folder_in_the_folder_is_no_value);
    tcase_add_test(t, a_secret_volume_is_a_farm_of_links);
    tcase_add_loop_test(t, files_that_others_get_at, 0, ROWS(modes));
    tcase_add_test(t, names_alone_come_from_the_environment);
    tcase_add_test(t, aliases_count_in_files_too);
    tcase_add_test(t, mistakes_say_where_the_value_came_from);
    suite_add_tcase(s, t);
    return s;
}
