#include <stdio.h>
#include <string.h>

#include "init/config/environment.h"
#include "init/config/redact.h"
#include "init/config/resolve.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

static const struct alias aliases[] = {{.name = "OLD"}};

enum { TOKEN, KEY, FILED, HIDDEN, URL, PLAIN, ODD_FILE, VARIABLES };

static const struct variable variables[VARIABLES] = {
    [TOKEN] = {.name = "TOKEN", .type = VALUE_SECRET, .secret = true, .aliases = aliases, .alias_count = 1},
    [KEY] = {.name = "KEY", .type = VALUE_SECRET, .secret = true, .delivery = DELIVER_ENV},
    [FILED] = {.name = "FILED", .type = VALUE_SECRET, .secret = true, .delivery = DELIVER_FILE},
    [HIDDEN] = {.name = "HIDDEN", .type = VALUE_STRING, .delivery = DELIVER_NONE},
    [URL] = {.name = "URL", .type = VALUE_REDIS_URL},
    [PLAIN] = {.name = "PLAIN", .type = VALUE_STRING, .default_value = "by default"},
    [ODD_FILE] = {.name = "PLAIN_FILE", .type = VALUE_STRING},
};

static struct arena arena;
static struct setting settings[VARIABLES];
static const struct setting *by_name[VARIABLES];
static struct config config;

static void set_up(void)
{
    static const int sorted[] = {FILED, HIDDEN, KEY, PLAIN, ODD_FILE, TOKEN, URL};
    arena_init(&arena);
    for (size_t i = 0; i < VARIABLES; i++)
        settings[i] = (struct setting){.variable = &variables[i], .name = variables[i].name};
    for (size_t i = 0; i < VARIABLES; i++)
        by_name[i] = &settings[sorted[i]];
    config = (struct config){.settings = settings, .count = VARIABLES, .by_name = by_name};
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

static void set(int i, const char *value, enum value_source source)
{
    settings[i].value = value;
    settings[i].source = source;
    settings[i].tainted = variables[i].secret || strchr(value, '@');
}

static void expect(char *const *entries, const struct environment_options *o, const char *const *wanted)
{
    char **got = config_environment(&config, entries, o, &arena);
    size_t i = 0;
    for (; wanted[i]; i++)
        ck_assert_pstr_eq(got[i], wanted[i]);
    ck_assert_pstr_eq(got[i], NULL);
}

#define EXPECT(entries, options, ...) expect(entries, &(struct environment_options)options, LIST(__VA_ARGS__))
#define LIST(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
#define ALL                                                                                                            \
    {                                                                                                                  \
        .files = NULL                                                                                                  \
    }

START_TEST(values_are_delivered_as_they_came)
{
    set(TOKEN, "t0ken", SOURCE_FILE);
    set(PLAIN, "by default", SOURCE_DEFAULT);
    EXPECT(ENTRIES("A=1", "TOKEN_FILE=/run/t", "Z=2"), ALL, "A=1", "TOKEN_FILE=/run/t", "Z=2", "PLAIN=by default");
    /* From files that only muster was told about. */
    set(TOKEN, "t0ken", SOURCE_SECRETS);
    set(PLAIN, "x", SOURCE_ENV_FILE);
    EXPECT(ENTRIES("A=1", "Z=2"), ALL, "A=1", "Z=2", "TOKEN=t0ken", "PLAIN=x");
}
END_TEST

START_TEST(the_file_of_an_alias_is_known_by_the_own_name_too)
{
    set(TOKEN, "t0ken", SOURCE_FILE);
    settings[TOKEN].name = "OLD";
    EXPECT(ENTRIES("OLD_FILE=/run/t"), ALL, "OLD_FILE=/run/t", "TOKEN_FILE=/run/t");
}
END_TEST

START_TEST(a_value_is_exported_if_the_variable_says_so)
{
    set(KEY, "k3y", SOURCE_FILE);
    EXPECT(ENTRIES("A=1", "KEY_FILE=/run/k", "Z=2"), ALL, "A=1", "Z=2", "KEY=k3y");
}
END_TEST

START_TEST(a_value_is_handed_over_as_a_file)
{
    static int files[VARIABLES] = {
        [TOKEN] = -1, [KEY] = -1, [FILED] = 300, [HIDDEN] = -1, [URL] = -1, [PLAIN] = -1, [ODD_FILE] = -1};
    struct environment_options o = {.files = files};
    set(FILED, "v", SOURCE_ENVIRONMENT);
    expect(ENTRIES("FILED=v", "A=1"), &o, LIST("A=1", "FILED_FILE=/proc/self/fd/300"));
    set(FILED, "v", SOURCE_FILE);
    expect(ENTRIES("A=1", "FILED_FILE=/run/f", "Z=1"), &o, LIST("A=1", "FILED_FILE=/proc/self/fd/300", "Z=1"));
    ck_assert(environment_admits(&settings[FILED], &o));
}
END_TEST

START_TEST(what_is_for_muster_alone_is_left_out)
{
    set(HIDDEN, "h", SOURCE_ENVIRONMENT);
    EXPECT(ENTRIES("HIDDEN=h", "A=1", "HIDDEN=again", "HIDDEN_FILE=/x"), ALL, "A=1");
}
END_TEST

START_TEST(secrets_are_for_those_who_list_them)
{
    char **entries = ENTRIES("OLD=t0ken", "TOKEN_FILE=/x", "KEY=k3y", "URL=redis://:pw@h", "PLAIN=p", "OTHER=o");
    static const char *const one[] = {"KEY", NULL};
    static const char *const none[] = {NULL};
    struct environment_options o = {.secrets = one};
    set(TOKEN, "t0ken", SOURCE_ENVIRONMENT);
    settings[TOKEN].name = "OLD";
    set(KEY, "k3y", SOURCE_ENVIRONMENT);
    set(URL, "redis://:pw@h", SOURCE_ENVIRONMENT);
    set(PLAIN, "p", SOURCE_ENVIRONMENT);
    expect(entries, &o, LIST("KEY=k3y", "PLAIN=p", "OTHER=o"));
    ck_assert(environment_admits(&settings[KEY], &o));
    ck_assert(environment_admits(&settings[PLAIN], &o));
    ck_assert(!environment_admits(&settings[TOKEN], &o));
    o.secrets = none;
    expect(entries, &o, LIST("PLAIN=p", "OTHER=o"));
    /* A URL without a password is no secret. */
    set(URL, "redis://h", SOURCE_ENVIRONMENT);
    expect(ENTRIES("URL=redis://h"), &o, LIST("URL=redis://h", "PLAIN=p"));
}
END_TEST

START_TEST(only_what_is_declared_and_what_all_need)
{
    set(TOKEN, "t0ken", SOURCE_ENVIRONMENT);
    set(KEY, "k3y", SOURCE_FILE);
    set(PLAIN, "by default", SOURCE_DEFAULT);
    struct environment_options o = {.only_declared = true};
    expect(ENTRIES("PATH=/bin", "AWS_SECRET=x", "TOKEN=t0ken", "KEY_FILE=/k", "LC_ALL=C", "PATHS=1", "odd",
                   "URL_FILE=/y", "PLAIN_FILE=declared itself", "NOTIFY_SOCKET=@x", "HOME=/"),
           &o,
           LIST("PATH=/bin", "TOKEN=t0ken", "LC_ALL=C", "URL_FILE=/y", "PLAIN_FILE=declared itself", "NOTIFY_SOCKET=@x",
                "HOME=/", "KEY=k3y", "PLAIN=by default"));
}
END_TEST

/* NAME_FILE of a variable is another variable here: nothing of the first one's. */
START_TEST(a_declared_name_is_nobodys_file)
{
    static const char *const none[] = {NULL};
    struct environment_options o = {.secrets = none};
    set(PLAIN, "p@", SOURCE_ENVIRONMENT);
    set(ODD_FILE, "f", SOURCE_ENVIRONMENT);
    expect(ENTRIES("PLAIN=p@", "PLAIN_FILE=f"), &o, LIST("PLAIN_FILE=f"));
}
END_TEST

START_TEST(secrets_are_overwritten_where_they_came_from)
{
    char **entries = ENTRIES("A=1", "OLD=abc", "TOKEN=abc", "TOKEN=def", "URL=redis://h", "OTHER=x-k3y-value-y", "odd",
                             "E=", "B64=eCBrM3ktdmFsdWUgeQ==", "TOKEN_FILE=/run/t");
    char **was = environment_copy(entries, &arena);
    struct redactor r;
    set(TOKEN, "abc", SOURCE_ENVIRONMENT);
    set(KEY, "k3y-value", SOURCE_SECRETS);
    set(URL, "redis://h", SOURCE_ENVIRONMENT);
    redactor_init(&r, &config, &arena);
    environment_scrub(entries, &config, &r);
    static const char *const wanted[] = {"A=1",    "OLD=", "TOKEN=", "TOKEN=", "URL=redis://h",
                                         "OTHER=", "odd",  "E=",     "B64=",   "TOKEN_FILE=/run/t"};
    for (size_t i = 0; was[i]; i++) {
        ck_assert_str_eq(entries[i], wanted[i]);
        for (size_t k = strlen(wanted[i]); k < strlen(was[i]); k++)
            ck_assert_int_eq(entries[i][k], 0);
    }
}
END_TEST

Suite *suite_environment(void)
{
    Suite *s = suite_create("environment");
    TCase *t = tcase_create("environment");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, values_are_delivered_as_they_came);
    tcase_add_test(t, the_file_of_an_alias_is_known_by_the_own_name_too);
    tcase_add_test(t, a_value_is_exported_if_the_variable_says_so);
    tcase_add_test(t, a_value_is_handed_over_as_a_file);
    tcase_add_test(t, what_is_for_muster_alone_is_left_out);
    tcase_add_test(t, secrets_are_for_those_who_list_them);
    tcase_add_test(t, only_what_is_declared_and_what_all_need);
    tcase_add_test(t, a_declared_name_is_nobodys_file);
    tcase_add_test(t, secrets_are_overwritten_where_they_came_from);
    suite_add_tcase(s, t);
    return s;
}
