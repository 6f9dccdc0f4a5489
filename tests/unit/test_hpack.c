/* The examples are those of RFC 7541, appendix C. */
#include <string.h>

#include "probes/hpack.h"
#include "tests/unit/suites.h"

#define BLOCK_MAX 2048

static struct hpack_fields fields;

static void reset(void)
{
    fields = (struct hpack_fields){.status = -1, .grpc_status = -1};
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes from hexadecimal digits, between which may be spaces. Returns how many. */
static size_t from_hex(const char *hex, unsigned char out[BLOCK_MAX])
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        ck_assert_uint_lt(len, BLOCK_MAX);
        out[len++] = (unsigned char)(digit(hex[0]) << 4 | digit(hex[1]));
        hex++;
    }
    return len;
}

static int read_hex(const char *hex)
{
    unsigned char block[BLOCK_MAX];
    size_t len = from_hex(hex, block);
    return hpack_read(block, len, &fields);
}

/* Every byte there is, in order. */
static const char every_byte[] = "ffc7fffd 8fffffe2 fffffe3f ffffe4ff fffe5fff ffe6ffff fe7fffff e8ffffea fffffff3 "
                                 "fffffa7f ffffabff ffffdfff ffebffff"
                                 "fecfffff edfffffe efffffef ffffff0f fffff1ff ffff2fff ffffbfff ffcfffff fd3fffff "
                                 "d7fffffd bfffffdf fffffe3f ffffe7ff"
                                 "fffebfff ffed4fe3 f9ffaffc abf1febf afefe7fd fd2cbb00 089969b7 1d79fb9f 7fff20ff "
                                 "bff3ff50 ddbd7f06 1c58f265 cd9f469d"
                                 "5af66ddd bf871e5f 9cff7ff7 fffc3ff9 ffe45fff 4719242c b34e6e9d 68a6a3d7 dac426de "
                                 "fe3cfaf7 fffbfe7f fbffdfff fffcfffe"
                                 "6ffff4bf ff9ffffa 3fffd3ff ff53fffd 5ffffb3f ffeb7fff daffffb7 ffff73ff feeffffd "
                                 "effffebf fffbffff fd9ffffd bfffebff"
                                 "ffe0ffff eeffffc3 ffff8bff ff1ffffe 4fffee7f ffb1ffff 97fffd9f fffcdfff f9fffffb "
                                 "ffffdaff feeffff4 ffffb7ff fee7fffe"
                                 "8ffffd3f ffdeffff d5fffeef fffbdfff fe1fffdf ffff7fff ff5ffffe cffff07f ff87fffe "
                                 "0ffff17f ffedffff 87ffff77 fffeffff"
                                 "eaffff8b fffe3fff f93ffff8 7fffcbff ff37ffff 1fffff83 ffffe1ff febfffe3 ffff3fff "
                                 "ff2ffffa 3ffffd9f ffff17ff ffc7ffff"
                                 "f27ffffd efffffbf fffff2ff fff8ffff fb7fff97 fff8ffff fe6fffff c1fffff8 7ffffe7f "
                                 "ffffc5ff ffe5fffe 4ffff2ff fffd1fff"
                                 "ff4fffff fefffffe 3fffffc9 fffff97f ffb3ffff cffffb7f ffcdffff 4ffff9ff ffd1ffff "
                                 "cffffeaf fffaffff fddffffe ffffff4f"
                                 "ffff5fff ffabffff a7ffffd7 fffff9bf fffecfff ffb7ffff f3fffffe 8fffffd3 fffffabf "
                                 "ffff5fff ffff7fff fecfffff dbfffffb"
                                 "bfffff7f fffff0ff fffbbf";

static const struct {
    const char *hex;
    const char *text;
} packed[] = {
    {"", ""},
    {"f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"},
    {"a8eb 1064 9cbf", "no-cache"},
    {"25a8 49e9 5ba9 7d7f", "custom-key"},
    {"25a8 49e9 5bb8 e8b4 bf", "custom-value"},
    {"6402", "302"},
    {"640e ff", "307"},
    {"aec3 771a 4b", "private"},
    {"9bd9 ab", "gzip"},
    {"d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"},
    {"9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3", "https://www.example.com"},
    {"94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
     "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"},
};

START_TEST(packed_text_is_unpacked)
{
    unsigned char bytes[BLOCK_MAX];
    unsigned char text[100];
    size_t len = from_hex(packed[_i].hex, bytes);
    int written = hpack_unpack(bytes, len, text, sizeof(text));
    ck_assert_int_eq(written, (int)strlen(packed[_i].text));
    ck_assert_mem_eq(text, packed[_i].text, (size_t)written);
}
END_TEST

START_TEST(every_byte_has_its_code)
{
    unsigned char bytes[BLOCK_MAX];
    unsigned char out[300];
    size_t len = from_hex(every_byte, bytes);
    ck_assert_int_eq(hpack_unpack(bytes, len, out, sizeof(out)), 256);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_uint_eq(out[i], i);
}
END_TEST

START_TEST(what_is_longer_is_cut_but_still_checked)
{
    unsigned char bytes[BLOCK_MAX];
    unsigned char out[4] = "????";
    size_t len = from_hex("25a8 49e9 5ba9 7d7f", bytes);
    ck_assert_int_eq(hpack_unpack(bytes, len, out, 3), 3);
    ck_assert_mem_eq(out, "cus?", 4);
    bytes[len - 1] = 0;
    ck_assert_int_eq(hpack_unpack(bytes, len, out, 3), -1);
}
END_TEST

START_TEST(broken_codes_are_refused)
{
    static const char *const broken[] = {
        "18",                          /* "a", padded with zeros */
        "1fff",                        /* "a", padded with more than seven bits */
        "ff",                          /* nothing but padding, a whole byte of it */
        "ffff ffff",                   /* the end of a string, which must not be written */
        "ffff ffff ffff ffff",         /* on and on */
        "f1e3 c2e5 f23a 6ba0 ab90 f4", /* cut in the middle of a code: what is left is no padding */
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        unsigned char bytes[BLOCK_MAX];
        unsigned char out[100];
        size_t len = from_hex(broken[i], bytes);
        ck_assert_msg(hpack_unpack(bytes, len, out, sizeof(out)) == -1, "%s", broken[i]);
    }
}
END_TEST

static const struct {
    const char *hex;
    int result;
    int status;
    int grpc_status;
    bool grpc;
} blocks[] = {
    {"", 0, -1, -1, false},
    /* C.2: every kind of field. */
    {"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", 0, -1, -1, false},
    {"040c 2f73 616d 706c 652f 7061 7468", 0, -1, -1, false},
    {"1008 7061 7373 776f 7264 0673 6563 7265 74", 0, -1, -1, false},
    {"82", 0, -1, -1, false},
    /* C.4.1; C.4.2 refers to a row that was to be remembered. */
    {"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", 0, -1, -1, false},
    {"8286 84be 5886 a8eb 1064 9cbf", -1, -1, -1, false},
    /* C.5.1, C.6.1 and C.6.2: answers, as text and packed. */
    {"4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d "
     "546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
     0, 302, -1, false},
    {"4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 "
     "8f0b 97c8 e9ae 82ae 43d3",
     0, 302, -1, false},
    {"4883 640e ffc1 c0bf", -1, 307, -1, false},
    /* All rows of :status. */
    {"88", 0, 200, -1, false},
    {"89", 0, 204, -1, false},
    {"8a", 0, 206, -1, false},
    {"8b", 0, 304, -1, false},
    {"8c", 0, 400, -1, false},
    {"8d", 0, 404, -1, false},
    {"8e", 0, 500, -1, false},
    {"0807 3a73 7461 7475", -1, -1, -1, false}, /* value is cut */
    {"0007 3a73 7461 7475 7303 3530 33", 0, 503, -1, false},
    {"0803 3230 78", 0, -1, -1, false},
    {"0804 3230 3030", 0, -1, -1, false},
    /* content-type from the table and written out, application/grpc and application/grpc+proto, and another. */
    {"885f 1061 7070 6c69 6361 7469 6f6e 2f67 7270 63", 0, 200, -1, true},
    {"000c 636f 6e74 656e 742d 7479 7065 1661 7070 6c69 6361 7469 6f6e 2f67 7270 632b 7072 6f74 6f", 0, -1, -1, true},
    {"5f09 7465 7874 2f68 746d 6c", 0, -1, -1, false},
    /* grpc-status: 0, 12, nothing, a word. */
    {"400b 6772 7063 2d73 7461 7475 7301 30", 0, -1, 0, false},
    {"000b 6772 7063 2d73 7461 7475 7302 3132", 0, -1, 12, false},
    {"000b 6772 7063 2d73 7461 7475 7300", 0, -1, 2, false},
    {"000b 6772 7063 2d73 7461 7475 7302 6f6b", 0, -1, 2, false},
    /* Packed names: custom-key is passed over, what follows is not. */
    {"4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf 88", 0, 200, -1, false},
    /* The size of a table: none is agreed upon, and nothing else is. */
    {"2088", 0, 200, -1, false},
    {"3fe1 1f88", -1, -1, -1, false},
    {"3f", -1, -1, -1, false},
    /* Rows: there is none with the number 0, and the last is 61. */
    {"80", -1, -1, -1, false},
    {"bd", 0, -1, -1, false},
    {"be", -1, -1, -1, false},
    {"7e00", -1, -1, -1, false},
    /* Numbers without end, and larger than anything. */
    {"ff80 8080 8080 8080 8080 01", -1, -1, -1, false},
    {"ffff ffff ffff ffff ffff 7f", -1, -1, -1, false},
    {"007f ffff ffff 0f", -1, -1, -1, false},
    /* Cut short. */
    {"40", -1, -1, -1, false},
    {"400a 6375 73", -1, -1, -1, false},
    {"4001 61", -1, -1, -1, false},
    {"4001 6105 62", -1, -1, -1, false},
    {"0f", -1, -1, -1, false},
    /* A broken code in a value. */
    {"0881 18", -1, -1, -1, false},
};

START_TEST(blocks_are_read_or_refused)
{
    ck_assert_msg(read_hex(blocks[_i].hex) == blocks[_i].result, "%s", blocks[_i].hex);
    ck_assert_int_eq(fields.status, blocks[_i].status);
    ck_assert_int_eq(fields.grpc_status, blocks[_i].grpc_status);
    ck_assert_int_eq(fields.grpc, blocks[_i].grpc);
}
END_TEST

/* C.1.3's 1337 as the length of a value (with the seven bits of one): what follows is found where it is. */
START_TEST(long_lengths_are_counted)
{
    unsigned char block[BLOCK_MAX];
    size_t len = from_hex("0001 617f ba09", block);
    memset(block + len, 'v', 1337);
    len += 1337;
    block[len++] = 0x88;
    ck_assert_int_eq(hpack_read(block, len, &fields), 0);
    ck_assert_int_eq(fields.status, 200);
    ck_assert_int_eq(hpack_read(block, len - 2, &fields), -1);
}
END_TEST

START_TEST(fields_that_are_not_there_are_left_alone)
{
    ck_assert_int_eq(read_hex("885f 1061 7070 6c69 6361 7469 6f6e 2f67 7270 63"), 0);
    ck_assert_int_eq(read_hex("400b 6772 7063 2d73 7461 7475 7301 30"), 0);
    ck_assert_int_eq(fields.status, 200);
    ck_assert_int_eq(fields.grpc_status, 0);
    ck_assert(fields.grpc);
}
END_TEST

Suite *suite_hpack(void)
{
    Suite *s = suite_create("hpack");
    TCase *c = tcase_create("hpack");
    tcase_add_checked_fixture(c, reset, NULL);
    tcase_add_loop_test(c, packed_text_is_unpacked, 0, (int)(sizeof(packed) / sizeof(packed[0])));
    tcase_add_test(c, every_byte_has_its_code);
    tcase_add_test(c, what_is_longer_is_cut_but_still_checked);
    tcase_add_test(c, broken_codes_are_refused);
    tcase_add_loop_test(c, blocks_are_read_or_refused, 0, (int)(sizeof(blocks) / sizeof(blocks[0])));
    tcase_add_test(c, long_lengths_are_counted);
    tcase_add_test(c, fields_that_are_not_there_are_left_alone);
    suite_add_tcase(s, c);
    return s;
}
