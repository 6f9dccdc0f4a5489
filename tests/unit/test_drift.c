#include "init/base/digest.h"
#include "init/setup/drift.h"
#include "tests/unit/suites.h"

static const struct wire_facts recorded = {
    .kind = WIRE_FILE_REGULAR, .mode = 0644, .uid = 1, .gid = 2, .size = 3, .mtime_ns = 4, .algorithm = DIGEST_SHA256};

static void touch(struct wire_facts *f)
{
    f->mtime_ns++;
}

static void remove_it(struct wire_facts *f)
{
    *f = (struct wire_facts){.kind = WIRE_FILE_NONE};
}

static void make_folder(struct wire_facts *f)
{
    f->kind = WIRE_FILE_DIRECTORY;
    f->mode = 0755;
}

static void grow(struct wire_facts *f)
{
    f->size++;
    f->mode = 0600;
}

static void edit(struct wire_facts *f)
{
    f->digest[63] = 1;
    f->uid = 9;
}

static void measure_otherwise(struct wire_facts *f)
{
    f->algorithm = DIGEST_SHA512;
}

static void chmod_it(struct wire_facts *f)
{
    f->mode = 04644;
    f->uid = 9;
}

static void give_away(struct wire_facts *f)
{
    f->uid = 9;
}

static void give_to_group(struct wire_facts *f)
{
    f->gid = 9;
}

static const struct {
    void (*change)(struct wire_facts *f);
    enum drift drift;
    const char *name;
} rows[] = {
    {touch, DRIFT_NONE, "none"},           {remove_it, DRIFT_DELETED, "deleted"},
    {make_folder, DRIFT_TYPE, "type"},     {grow, DRIFT_CHANGED, "changed"},
    {edit, DRIFT_CHANGED, "changed"},      {measure_otherwise, DRIFT_CHANGED, "changed"},
    {chmod_it, DRIFT_MODE, "mode"},        {give_away, DRIFT_OWNER, "owner"},
    {give_to_group, DRIFT_OWNER, "owner"},
};

START_TEST(tells_the_first_difference)
{
    struct wire_facts found = recorded;
    rows[_i].change(&found);
    ck_assert_int_eq(facts_differ(&recorded, &found), rows[_i].drift);
    ck_assert_str_eq(drift_name(rows[_i].drift), rows[_i].name);
}
END_TEST

START_TEST(every_kind_of_drift_is_told_of_something)
{
    bool seen[DRIFT_COUNT] = {false};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        seen[rows[i].drift] = true;
    for (size_t d = 0; d < DRIFT_COUNT; d++)
        ck_assert_msg(seen[d], "%s", drift_name((enum drift)d));
    ck_assert_str_eq(drift_name(DRIFT_COUNT), "unknown");
}
END_TEST

START_TEST(something_where_nothing_was_is_another_type)
{
    struct wire_facts nothing = {.kind = WIRE_FILE_NONE};
    ck_assert_int_eq(facts_differ(&nothing, &nothing), DRIFT_NONE);
    ck_assert_int_eq(facts_differ(&nothing, &recorded), DRIFT_TYPE);
}
END_TEST

Suite *suite_drift(void)
{
    Suite *s = suite_create("drift");
    TCase *t = tcase_create("drift");
    tcase_add_loop_test(t, tells_the_first_difference, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(t, every_kind_of_drift_is_told_of_something);
    tcase_add_test(t, something_where_nothing_was_is_another_type);
    suite_add_tcase(s, t);
    return s;
}
