#include <string.h>

#include "init/base/digest.h"
#include "init/wire/messages.h"
#include "tests/unit/suites.h"

#define ID_LIMIT 8

static union wire_message m;
static struct err e;

static void good_verdict(void)
{
    memset(&m, 0, sizeof(m));
    m.verdict = (struct wire_verdict){.type = WIRE_VERDICT,
                                      .id = ID_LIMIT - 1,
                                      .verdict = VERDICT_STATUS,
                                      .http_status = 503,
                                      .tls_version = 13,
                                      .address = "127.0.0.1",
                                      .redis_role = "master",
                                      .text = "HTTP 503, expected 200-399"};
}

static void good_record(void)
{
    memset(&m, 0, sizeof(m));
    m.recorded =
        (struct wire_recorded){.type = WIRE_RECORDED, .id = 1, .facts = {.kind = WIRE_FILE_REGULAR, .mode = 0644}};
    m.recorded.facts.algorithm = DIGEST_SHA256;
}

static void good_kept(void)
{
    memset(&m, 0, sizeof(m));
    m.kept = (struct wire_kept){.type = WIRE_KEPT, .id = 1, .resolved = "/srv/app.conf"};
    m.kept.facts = (struct wire_facts){.kind = WIRE_FILE_SYMLINK, .algorithm = DIGEST_SHA512};
}

static void good_restored(void)
{
    memset(&m, 0, sizeof(m));
    m.restored = (struct wire_restored){.type = WIRE_RESTORED, .id = 1, .outcome = RESTORE_RESTORED, .in_place = 1};
}

static struct wire_probe_request probe;
static struct wire_probe_request unpacked;
static unsigned char packed[WIRE_PROBE_MAX];

static void good_probe(enum wire_probe_kind kind)
{
    probe = (struct wire_probe_request){
        .type = WIRE_PROBE, .kind = kind, .timeout_ms = 1000, .port = 80, .host = "cache", .url = "http://api/health"};
}

static int pass_on(void)
{
    size_t len = wire_pack_probe(&probe, packed, sizeof(packed));
    ck_assert_uint_gt(len, 0);
    return wire_unpack_probe(packed, len, &unpacked, &e);
}

static void refuse_verdict(void)
{
    ck_assert_int_eq(wire_check_verdict(&m, sizeof(m.verdict), ID_LIMIT, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    good_verdict();
}

static void refuse_record(void)
{
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.recorded), ID_LIMIT, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    good_record();
}

static void refuse_kept(void)
{
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.kept), ID_LIMIT, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    good_kept();
}

static void refuse_restored(void)
{
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.restored), ID_LIMIT, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    good_restored();
}

static void refuse_probe(enum wire_probe_kind next)
{
    ck_assert_int_eq(pass_on(), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    good_probe(next);
}

START_TEST(every_class_has_a_name_of_its_own)
{
    for (int c = 0; c < VERDICT_CLASS_COUNT; c++) {
        const char *name = verdict_class_name((enum verdict_class)c);
        ck_assert_ptr_nonnull(name);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz"), strlen(name));
        ck_assert_uint_gt(strlen(name), 0);
        for (int d = 0; d < c; d++)
            ck_assert_str_ne(name, verdict_class_name((enum verdict_class)d));
    }
    ck_assert_str_eq(verdict_class_name(VERDICT_WRONGPASS), "wrongpass");
    ck_assert_str_eq(verdict_class_name(VERDICT_CLASS_COUNT), "unknown");
}
END_TEST

START_TEST(every_failure_has_a_hint_of_one_sentence)
{
    ck_assert_str_eq(verdict_hint(VERDICT_OK, true), "");
    for (int c = VERDICT_OK + 1; c < VERDICT_CLASS_COUNT; c++) {
        const char *hint = verdict_hint((enum verdict_class)c, false);
        ck_assert_uint_gt(strlen(hint), 0);
        ck_assert_uint_lt(strlen(hint), 120);
        ck_assert_int_ne(hint[strlen(hint) - 1], '.');
        ck_assert_ptr_nonnull(verdict_hint((enum verdict_class)c, true));
    }
    ck_assert_ptr_nonnull(strstr(verdict_hint(VERDICT_RESOLVE, false), "same network"));
    ck_assert_ptr_nonnull(strstr(verdict_hint(VERDICT_REFUSED, false), "nothing listens there yet"));
    ck_assert_str_eq(verdict_hint(VERDICT_CLASS_COUNT, false), "");
}
END_TEST

START_TEST(hints_fit_every_kind_of_server)
{
    static const enum verdict_class shared[] = {VERDICT_NOAUTH, VERDICT_NOPERM, VERDICT_DATABASE, VERDICT_LOADING,
                                                VERDICT_BUSY,   VERDICT_STATUS, VERDICT_CONTENT,  VERDICT_PROTOCOL};
    static const char *const of_one[] = {"redis://", "ACL", "memory", "lower", "manifest", "is it http"};
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        for (size_t w = 0; w < sizeof(of_one) / sizeof(of_one[0]); w++)
            ck_assert_ptr_null(strstr(verdict_hint(shared[i], false), of_one[w]));
}
END_TEST

START_TEST(localhost_in_a_container_is_explained_where_it_matters)
{
    static const char expected[] = "localhost inside a container is the container itself: use the service's name";
    ck_assert_str_eq(verdict_hint(VERDICT_REFUSED, true), expected);
    ck_assert_str_ne(verdict_hint(VERDICT_WRONGPASS, true), expected);
}
END_TEST

START_TEST(a_good_verdict_passes_unchanged)
{
    good_verdict();
    union wire_message before = m;
    ck_assert_int_eq(wire_check_verdict(&m, sizeof(m.verdict), ID_LIMIT, &e), 0);
    ck_assert_mem_eq(&m, &before, sizeof(m));
}
END_TEST

START_TEST(every_field_of_a_verdict_is_checked)
{
    good_verdict();
    ck_assert_int_eq(wire_check_verdict(&m, sizeof(m.verdict) - 1, ID_LIMIT, &e), -1);
    ck_assert_int_eq(wire_check_verdict(&m, sizeof(m.verdict) + 1, ID_LIMIT, &e), -1);
    ck_assert_int_eq(wire_check_verdict(&m, 0, ID_LIMIT, &e), -1);
    m.verdict.type = WIRE_RECORDED;
    refuse_verdict();
    m.verdict.id = ID_LIMIT;
    refuse_verdict();
    m.verdict.verdict = VERDICT_CLASS_COUNT;
    refuse_verdict();
    m.verdict.tls_version = 11;
    refuse_verdict();
    m.verdict.http_status = 1000;
    refuse_verdict();
    m.verdict.redis_loading = 2;
    refuse_verdict();
    memset(m.verdict.address, 'a', sizeof(m.verdict.address));
    refuse_verdict();
    memset(m.verdict.redis_role, 'a', sizeof(m.verdict.redis_role));
    refuse_verdict();
    memset(m.verdict.text, 'a', sizeof(m.verdict.text));
    refuse_verdict();
}
END_TEST

START_TEST(a_prober_cannot_speak_for_processes_and_files)
{
    static const enum verdict_class others[] = {VERDICT_EXIT, VERDICT_MISSING, VERDICT_DIED, VERDICT_COMMAND,
                                                VERDICT_TEST};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        good_verdict();
        m.verdict.verdict = others[i];
        refuse_verdict();
    }
}
END_TEST

START_TEST(texts_of_a_verdict_are_made_printable)
{
    good_verdict();
    memcpy(m.verdict.text, "a\x1b[2Jb\nc\xff", 10);
    memcpy(m.verdict.address, "1\r2", 4);
    ck_assert_int_eq(wire_check_verdict(&m, sizeof(m.verdict), ID_LIMIT, &e), 0);
    ck_assert_str_eq(m.verdict.text, "a?[2Jb?c?");
    ck_assert_str_eq(m.verdict.address, "1?2");
}
END_TEST

START_TEST(every_field_of_a_record_is_checked)
{
    good_record();
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.recorded), ID_LIMIT, &e), 0);
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.recorded) - 1, ID_LIMIT, &e), -1);
    m.recorded.type = WIRE_VERDICT;
    refuse_record();
    m.recorded.id = ID_LIMIT;
    refuse_record();
    m.recorded.error = -1;
    refuse_record();
    m.recorded.error = 4096;
    refuse_record();
    m.recorded.facts.kind = WIRE_FILE_OTHER + 1;
    refuse_record();
    m.recorded.facts.mode = 010000;
    refuse_record();
    m.recorded.facts.algorithm = DIGEST_NONE;
    refuse_record();
    m.recorded.facts.algorithm = DIGEST_ALGORITHM_COUNT;
    refuse_record();
    m.recorded.facts.digest[DIGEST_BYTES] = 1;
    refuse_record();
    m.recorded.facts.size = UINT64_C(1) << 53;
    refuse_record();
    m.recorded.facts.reserved = 1;
    refuse_record();
    m.recorded.reserved = 1;
    refuse_record();
    m.recorded.error = 2; /* and facts */
    refuse_record();
    m.recorded.facts.kind = WIRE_FILE_NONE; /* and a mode */
    refuse_record();
    m.recorded.facts.kind = WIRE_FILE_OTHER; /* and a digest */
    refuse_record();
    m.recorded.facts.kind = WIRE_FILE_DIRECTORY;
    m.recorded.facts.algorithm = DIGEST_SHA512;
    refuse_record();
    m.recorded.facts = (struct wire_facts){.kind = WIRE_FILE_NONE};
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.recorded), ID_LIMIT, &e), 0);
    m.recorded.error = 2;
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.recorded), ID_LIMIT, &e), 0);
    ck_assert_int_eq(wire_check_recorder(&m, 2, ID_LIMIT, &e), -1);
}
END_TEST

START_TEST(every_field_of_a_before_image_is_checked)
{
    good_kept();
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.kept), ID_LIMIT, &e), 0);
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.kept) - 1, ID_LIMIT, &e), -1);
    m.kept.id = ID_LIMIT;
    refuse_kept();
    m.kept.error = 4096;
    refuse_kept();
    m.kept.error = 28; /* and a path and facts, and no text */
    refuse_kept();
    m.kept.reserved = 1;
    refuse_kept();
    m.kept.facts.kind = 77;
    refuse_kept();
    m.kept.resolved[0] = '\0';
    refuse_kept();
    m.kept.resolved[0] = 'x';
    refuse_kept();
    m.kept.resolved[3] = '\n';
    refuse_kept();
    memset(m.kept.resolved, '/', sizeof(m.kept.resolved));
    refuse_kept();
    memset(m.kept.text, 'a', sizeof(m.kept.text));
    refuse_kept();
    m.kept.text[0] = 'a'; /* without an error */
    refuse_kept();
    m.kept = (struct wire_kept){.type = WIRE_KEPT, .id = 1, .error = 28, .text = "disk\033full"};
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.kept), ID_LIMIT, &e), 0);
    ck_assert_str_eq(m.kept.text, "disk?full");
}
END_TEST

START_TEST(every_field_of_a_restoration_is_checked)
{
    good_restored();
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.restored), ID_LIMIT, &e), 0);
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.restored) + 1, ID_LIMIT, &e), -1);
    m.restored.id = ID_LIMIT;
    refuse_restored();
    m.restored.outcome = RESTORE_OUTCOME_COUNT;
    refuse_restored();
    m.restored.error = 28;
    refuse_restored();
    m.restored.in_place = 2;
    refuse_restored();
    m.restored.outcome = RESTORE_UNCHANGED; /* and in place */
    refuse_restored();
    m.restored.reserved = 1;
    refuse_restored();
    m.restored.text[0] = 'a';
    refuse_restored();
    m.restored = (struct wire_restored){.type = WIRE_RESTORED, .outcome = RESTORE_CONFLICT};
    refuse_restored();
    m.restored = (struct wire_restored){.type = WIRE_RESTORED, .outcome = RESTORE_FAILED, .text = "full"};
    refuse_restored();
    m.restored = (struct wire_restored){.type = WIRE_RESTORED, .outcome = RESTORE_FAILED, .error = 28, .text = "a\nb"};
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(m.restored), ID_LIMIT, &e), 0);
    ck_assert_str_eq(m.restored.text, "a?b");
}
END_TEST

START_TEST(every_outcome_of_a_restoration_has_a_name)
{
    static const char *const names[] = {"unchanged", "restored", "removed", "conflict", "failed", "unknown"};
    for (int o = 0; o <= RESTORE_OUTCOME_COUNT; o++)
        ck_assert_str_eq(restore_outcome_name((enum wire_restore_outcome)o), names[o]);
}
END_TEST

START_TEST(every_kind_of_request_passes)
{
    for (int kind = WIRE_TCP; kind <= WIRE_KIND_LAST; kind++) {
        good_probe((enum wire_probe_kind)kind);
        ck_assert_int_eq(pass_on(), 0);
        ck_assert_str_eq(unpacked.host, "cache");
        ck_assert_str_eq(unpacked.proxy, "");
        ck_assert_uint_eq(unpacked.port, 80);
    }
    good_probe(WIRE_REDIS);
    probe.host = NULL;
    probe.port = 0;
    probe.socket_path = "/run/redis.sock";
    ck_assert_int_eq(pass_on(), 0);
    ck_assert_str_eq(unpacked.socket_path, "/run/redis.sock");
}
END_TEST

START_TEST(every_number_of_a_request_is_checked)
{
    good_probe(WIRE_TCP);
    probe.type = WIRE_CANCEL;
    refuse_probe(WIRE_TCP);
    probe.kind = 0;
    refuse_probe(WIRE_TCP);
    probe.kind = WIRE_KIND_LAST + 1;
    refuse_probe(WIRE_TCP);
    probe.timeout_ms = 0;
    refuse_probe(WIRE_TCP);
    probe.timeout_ms = WIRE_TIMEOUT_MAX_MS + 1;
    refuse_probe(WIRE_TCP);
    probe.tls = 2;
    refuse_probe(WIRE_TCP);
    probe.tls_insecure = 2;
    refuse_probe(WIRE_TCP);
    probe.record = WIRE_RECORD_AAAA + 1;
    refuse_probe(WIRE_TCP);
    probe.role = WIRE_ROLE_REPLICA + 1;
    refuse_probe(WIRE_TCP);
    probe.database_count = WIRE_DATABASES_MAX + 1;
    refuse_probe(WIRE_TCP);
    probe.port = 0;
    refuse_probe(WIRE_TCP);
    probe.host = "";
    refuse_probe(WIRE_DNS);
    probe.host = "";
    refuse_probe(WIRE_HTTP);
    probe.url = "";
    refuse_probe(WIRE_HTTP);
}
END_TEST

START_TEST(every_text_of_a_request_has_a_limit)
{
    static char longest[WIRE_PROBE_MAX];
    for (size_t i = 0; i < wire_text_count; i++) {
        memset(longest, 'a', wire_texts[i].max);
        longest[wire_texts[i].max] = '\0';
        good_probe(WIRE_TCP);
        const char **text = (const char **)(void *)((char *)&probe + wire_texts[i].offset);
        *text = longest;
        ck_assert_msg(pass_on() == 0, "%s: %s", wire_texts[i].name, e.text);
        ck_assert_str_eq(*(const char **)(void *)((char *)&unpacked + wire_texts[i].offset), longest);
        longest[wire_texts[i].max] = 'a';
        longest[wire_texts[i].max + 1] = '\0';
        ck_assert_uint_eq(wire_pack_probe(&probe, packed, sizeof(packed)), 0);
    }
}
END_TEST

START_TEST(all_texts_at_their_longest_fit)
{
    static char longest[WIRE_PROBE_MAX];
    memset(longest, 'a', sizeof(longest) - 1);
    good_probe(WIRE_TCP);
    for (size_t i = 0; i < wire_text_count; i++)
        *(const char **)(void *)((char *)&probe + wire_texts[i].offset) =
            longest + sizeof(longest) - 1 - wire_texts[i].max;
    ck_assert_int_eq(pass_on(), 0);
}
END_TEST

START_TEST(a_request_that_is_cut_or_goes_on_is_refused)
{
    good_probe(WIRE_REDIS);
    probe.password = "s3cr3t";
    size_t len = wire_pack_probe(&probe, packed, sizeof(packed));
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_int_eq(wire_unpack_probe(packed, cut, &unpacked, &e), -1);
    packed[len] = '\0';
    ck_assert_int_eq(wire_unpack_probe(packed, len + 1, &unpacked, &e), -1);
    ck_assert_ptr_null(strstr(e.text, "s3cr3t"));
    ck_assert_int_eq(wire_unpack_probe(packed, len, &unpacked, &e), 0);
}
END_TEST

Suite *suite_messages(void)
{
    Suite *s = suite_create("messages");
    TCase *t = tcase_create("messages");
    tcase_add_test(t, every_class_has_a_name_of_its_own);
    tcase_add_test(t, every_failure_has_a_hint_of_one_sentence);
    tcase_add_test(t, hints_fit_every_kind_of_server);
    tcase_add_test(t, localhost_in_a_container_is_explained_where_it_matters);
    tcase_add_test(t, a_good_verdict_passes_unchanged);
    tcase_add_test(t, every_field_of_a_verdict_is_checked);
    tcase_add_test(t, a_prober_cannot_speak_for_processes_and_files);
    tcase_add_test(t, texts_of_a_verdict_are_made_printable);
    tcase_add_test(t, every_field_of_a_record_is_checked);
    tcase_add_test(t, every_field_of_a_before_image_is_checked);
    tcase_add_test(t, every_field_of_a_restoration_is_checked);
    tcase_add_test(t, every_outcome_of_a_restoration_has_a_name);
    tcase_add_test(t, every_kind_of_request_passes);
    tcase_add_test(t, every_number_of_a_request_is_checked);
    tcase_add_test(t, every_text_of_a_request_has_a_limit);
    tcase_add_test(t, all_texts_at_their_longest_fit);
    tcase_add_test(t, a_request_that_is_cut_or_goes_on_is_refused);
    suite_add_tcase(s, t);
    return s;
}
