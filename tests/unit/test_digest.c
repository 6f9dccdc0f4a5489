#include <string.h>

#include "init/base/digest.h"
#include "tests/unit/suites.h"

/* FIPS 180-2, appendix B. */
static const struct {
    const char *text;
    const char *hex;
} sha_cases[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(sha256_matches_the_standard)
{
    uint8_t out[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of(sha_cases[_i].text, strlen(sha_cases[_i].text), out);
    digest_hex(out, hex);
    ck_assert_str_eq(hex, sha_cases[_i].hex);
}
END_TEST

START_TEST(pieces_give_the_same_as_the_whole)
{
    uint8_t out[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    struct digest d;
    digest_init(&d);
    for (const char *c = sha_cases[2].text; *c != '\0'; c++)
        digest_update(&d, c, 1);
    digest_final(&d, out);
    digest_hex(out, hex);
    ck_assert_str_eq(hex, sha_cases[2].hex);
}
END_TEST

/* RFC 4231, test cases 1 and 2. */
START_TEST(hmac_matches_the_standard)
{
    uint8_t out[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    uint8_t key[20];
    memset(key, 0x0b, sizeof(key));
    digest_hmac(key, sizeof(key), "Hi There", 8, out);
    digest_hex(out, hex);
    ck_assert_str_eq(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    digest_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
    digest_hex(out, hex);
    ck_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

/* FIPS 180-2, appendix C.1. */
START_TEST(sha512_matches_the_standard)
{
    uint8_t out[DIGEST_BYTES_MAX];
    char text[DIGEST_TEXT_MAX];
    struct digest d;
    digest_start(&d, DIGEST_SHA512);
    digest_update(&d, "ab", 2);
    digest_update(&d, "c", 1);
    digest_final(&d, out);
    digest_text(DIGEST_SHA512, out, text);
    ck_assert_str_eq(text, "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}
END_TEST

START_TEST(every_algorithm_has_a_name_and_a_size)
{
    ck_assert_str_eq(digest_name(DIGEST_NONE), "");
    ck_assert_uint_eq(digest_size(DIGEST_NONE), 0);
    ck_assert_uint_eq(digest_size(DIGEST_ALGORITHM_COUNT), 0);
    ck_assert_str_eq(digest_name(DIGEST_ALGORITHM_COUNT), "");
    for (int a = DIGEST_NONE + 1; a < DIGEST_ALGORITHM_COUNT; a++) {
        uint8_t out[DIGEST_BYTES_MAX] = {0};
        char text[DIGEST_TEXT_MAX];
        size_t name = strlen(digest_name((enum digest_algorithm)a));
        digest_text((enum digest_algorithm)a, out, text);
        ck_assert_uint_gt(name, 0);
        ck_assert_uint_le(digest_size((enum digest_algorithm)a), DIGEST_BYTES_MAX);
        ck_assert_uint_eq(strlen(text), name + 1 + 2 * digest_size((enum digest_algorithm)a));
    }
    char none[DIGEST_TEXT_MAX] = "x";
    digest_text(DIGEST_NONE, (const uint8_t *)"", none);
    ck_assert_str_eq(none, "");
}
END_TEST

Suite *suite_digest(void)
{
    Suite *s = suite_create("digest");
    TCase *t = tcase_create("digest");
    tcase_add_loop_test(t, sha256_matches_the_standard, 0, (int)(sizeof(sha_cases) / sizeof(sha_cases[0])));
    tcase_add_test(t, pieces_give_the_same_as_the_whole);
    tcase_add_test(t, sha512_matches_the_standard);
    tcase_add_test(t, every_algorithm_has_a_name_and_a_size);
    tcase_add_test(t, hmac_matches_the_standard);
    suite_add_tcase(s, t);
    return s;
}
