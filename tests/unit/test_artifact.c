#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/digest.h"
#include "init/base/json.h"
#include "init/setup/artifact.h"
#include "tests/unit/suites.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct artifact declared;
static struct artifact_record record;
static char text[512];

static void setup(void)
{
    declared = (struct artifact){.type = ARTIFACT_FILE, .path = "/srv/abc"};
    record = (struct artifact_record){.declared = &declared, .path = "/srv/abc", .step_id = "make", .measured = true};
    record.found =
        (struct wire_recorded){.facts = {.kind = WIRE_FILE_REGULAR, .size = 3, .mode = 0640, .uid = 1000, .gid = 100}};
    record.found.facts.algorithm = DIGEST_SHA256;
    digest_of("abc", 3, record.found.facts.digest);
    text[0] = '\0';
}

START_TEST(lists_all_of_the_graph)
{
    struct artifact two[] = {{.type = ARTIFACT_FILE, .path = "${D}/a"}, {.type = ARTIFACT_SERVICE, .path = "svc"}};
    struct artifact one[] = {{.type = ARTIFACT_CONFIGURATION, .path = "/etc/x"}};
    struct step steps[] = {{.id = "first", .artifacts = two, .artifact_count = 2},
                           {.id = "none"},
                           {.id = "second", .artifacts = one, .artifact_count = 1}};
    const char *const paths_first[] = {"/d/a", "svc"};
    const char *const paths_second[] = {"/etc/x"};
    struct node nodes[] = {{.kind = NODE_SERVICE},
                           {.kind = NODE_STEP, .step = &steps[0], .artifact_paths = paths_first},
                           {.kind = NODE_STEP, .step = &steps[1]},
                           {.kind = NODE_STEP, .step = &steps[2], .artifact_paths = paths_second},
                           {.kind = NODE_TEST}};
    struct graph g = {.nodes = nodes, .count = 5};
    struct arena a;
    arena_init(&a);
    struct artifact_list list;
    artifact_list_build(&list, &g, &a);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_str_eq(list.items[0].path, "/d/a");
    ck_assert_str_eq(list.items[1].path, "svc");
    ck_assert_str_eq(list.items[1].step_id, "first");
    ck_assert_uint_eq(list.items[2].node, 3);
    ck_assert_str_eq(list.items[2].step_id, "second");
    ck_assert_ptr_eq(list.items[2].declared, &one[0]);
    ck_assert(!list.items[0].measured);
    arena_free_all(&a);
}
END_TEST

START_TEST(measures_what_is_a_file)
{
    static const struct {
        enum artifact_type type;
        const char *path;
        bool needs;
    } rows[] = {
        {ARTIFACT_FILE, "/srv/x", true},       {ARTIFACT_CONFIGURATION, "/etc/x", true},
        {ARTIFACT_CONFIGURATION, "id", false}, {ARTIFACT_SERVICE, "/run/x", false},
        {ARTIFACT_DEPENDENCY, "pkg:x", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        declared.type = rows[i].type;
        record.path = rows[i].path;
        ck_assert_int_eq(artifact_needs_measuring(&record), rows[i].needs);
    }
}
END_TEST

START_TEST(agrees_with_what_was_declared)
{
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    declared.permissions = "0640";
    declared.checksum = "sha256:" ABC;
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    declared.checksum = ABC;
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    declared.owner = "1000";
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    declared.owner = "1000:100";
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    record.found.facts.kind = WIRE_FILE_DIRECTORY;
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
}
END_TEST

START_TEST(is_measured_with_the_declared_algorithm)
{
    char checksum[DIGEST_TEXT_MAX];
    struct digest d;
    ck_assert_int_eq(artifact_algorithm(&declared), DIGEST_SHA256);
    declared.checksum = "sha256:" ABC;
    ck_assert_int_eq(artifact_algorithm(&declared), DIGEST_SHA256);
    digest_start(&d, DIGEST_SHA512);
    digest_update(&d, "abc", 3);
    digest_final(&d, record.found.facts.digest);
    record.found.facts.algorithm = DIGEST_SHA512;
    digest_text(DIGEST_SHA512, record.found.facts.digest, checksum);
    declared.checksum = checksum;
    ck_assert_int_eq(artifact_algorithm(&declared), DIGEST_SHA512);
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
    checksum[20] ^= 1;
    ck_assert(!artifact_agrees(&record, text, sizeof(text)));
}
END_TEST

static void disagrees(const char *part)
{
    ck_assert(!artifact_agrees(&record, text, sizeof(text)));
    ck_assert_msg(strncmp(text, "/srv/abc: ", 10) == 0, "%s", text);
    ck_assert_msg(strstr(text, part) != NULL, "%s", text);
    setup();
}

START_TEST(says_what_is_wrong)
{
    declared.permissions = "0600";
    disagrees("its permissions are 0640, declared are 0600");
    declared.checksum = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    disagrees("its checksum is sha256:" ABC);
    record.measured = false;
    disagrees("not measured");
    record.found.error = ENOENT;
    disagrees("does not exist");
    record.found.facts.kind = WIRE_FILE_NONE;
    disagrees("does not exist");
    record.found.error = ESTALE;
    disagrees("cannot measure it: it changed meanwhile");
    record.found.error = EACCES;
    disagrees("access is denied");
    record.found.facts.kind = WIRE_FILE_DIRECTORY;
    declared.checksum = "sha512:" ABC ABC;
    disagrees("that of a folder is always sha256");
    record.found.facts.kind = WIRE_FILE_OTHER;
    record.found.facts.algorithm = DIGEST_NONE;
    declared.checksum = ABC;
    disagrees("it is a device, pipe or socket");
    record.found.error = E2BIG;
    disagrees("more files");
    declared.owner = "0";
    disagrees("its owner is 1000, declared is 0");
    declared.owner = "1000:0";
    disagrees("its owner is 1000:100, declared is 1000:0");
}
END_TEST

START_TEST(identifiers_always_agree)
{
    declared.type = ARTIFACT_DEPENDENCY;
    record.measured = false;
    ck_assert(artifact_agrees(&record, text, sizeof(text)));
}
END_TEST

static const char *written(void)
{
    static char out[2048];
    struct buf b;
    struct jsonw w;
    buf_init(&b, out, sizeof(out));
    jsonw_init(&w, &b, false);
    artifact_write(&w, NULL, &record, NULL, "/run/muster");
    ck_assert(!b.overflow);
    return out;
}

START_TEST(writes_the_fields_of_the_model)
{
    static const char *const cleanup[] = {"rm", "-f", "/srv/abc", NULL};
    declared.cleanup = (struct strings){cleanup, 3};
    ck_assert_str_eq(written(),
                     "{\"artifact_type\":\"file\",\"artifact_path\":\"/srv/abc\",\"created_by_step\":\"make\","
                     "\"size_bytes\":3,\"checksum\":\"sha256:" ABC "\",\"permissions\":\"0640\","
                     "\"backup_location\":null,\"cleanup_script\":[\"rm\",\"-f\",\"/srv/abc\"],"
                     "\"kind\":\"regular\",\"uid\":1000,\"gid\":100}");
}
END_TEST

START_TEST(writes_null_for_what_does_not_apply)
{
    static const char *const rest = "\"size_bytes\":null,\"checksum\":null,\"permissions\":null,"
                                    "\"backup_location\":null,\"cleanup_script\":null,"
                                    "\"kind\":null,\"uid\":null,\"gid\":null}";
    declared.type = ARTIFACT_SERVICE;
    record.measured = false;
    ck_assert_ptr_nonnull(strstr(written(), rest));
    setup();
    record.found = (struct wire_recorded){.error = ENOENT};
    ck_assert_ptr_nonnull(strstr(written(), rest));
    setup();
    record.found.facts.kind = WIRE_FILE_OTHER;
    record.found.facts.algorithm = DIGEST_NONE;
    ck_assert_ptr_nonnull(strstr(written(), "\"size_bytes\":null,\"checksum\":null,\"permissions\":\"0640\""));
    ck_assert_ptr_nonnull(strstr(written(), "\"kind\":\"other\""));
}
END_TEST

Suite *suite_artifact(void)
{
    Suite *s = suite_create("artifact");
    TCase *t = tcase_create("artifact");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, lists_all_of_the_graph);
    tcase_add_test(t, measures_what_is_a_file);
    tcase_add_test(t, agrees_with_what_was_declared);
    tcase_add_test(t, is_measured_with_the_declared_algorithm);
    tcase_add_test(t, says_what_is_wrong);
    tcase_add_test(t, identifiers_always_agree);
    tcase_add_test(t, writes_the_fields_of_the_model);
    tcase_add_test(t, writes_null_for_what_does_not_apply);
    suite_add_tcase(s, t);
    return s;
}
