#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json.h"
#include "tests/unit/suites.h"

static struct problems list;
static char written[1 << 16];

static struct json *parse(const char *text, size_t len, bool comments)
{
    memset(&list, 0, sizeof(list));
    return json_parse(text, len, comments, &list);
}

static const char *write_back(const struct json *n)
{
    struct buf b = BUF_OVER(written);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    json_write(&w, NULL, n);
    return written;
}

/* Text NULL = comes back as it was. */
static const struct {
    const char *text;
    const char *back;
} good[] = {
    {"{}", NULL},
    {"[]", NULL},
    {"null", NULL},
    {"true", NULL},
    {" \t\r\n[ 1 , 2 ]\n", "[1,2]"},
    {"{\"a\":{\"b\":[1,\"x\",false,null]}}", NULL},
    {"[0,-0,10,-1,1.5,1e2,1E+2,1.5e-3]", "[0,0,10,-1,1.5,100,100,0.0015]"},
    {"[9007199254740991,-9007199254740991]", NULL},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u00e4\\u20AC\\ud83d\\ude42\"", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82\""},
    {"{\"b\":1,\"a\":2,\"B\":3}", NULL},
    {"{\"\":1}", NULL},
    {"// a\n{ /* b */ \"a\": 1, // c\n \"b\": \"/* no */ // no\" /**/ }", "{\"a\":1,\"b\":\"/* no */ // no\"}"},
    {"/***/[/* * / */1]", "[1]"},
    {"\xef\xbb\xbf{}", "{}"},
};

START_TEST(good_texts_are_read)
{
    cleanup_json struct json *root = parse(good[_i].text, strlen(good[_i].text), true);

    ck_assert_msg(root != NULL, "%s: %s %s", good[_i].text, list.items[0].where, list.items[0].text);
    ck_assert_uint_eq(list.errors, 0);
    ck_assert_str_eq(write_back(root), good[_i].back ? good[_i].back : good[_i].text);
}
END_TEST

static const struct {
    const char *text;
    const char *rule;
    const char *where;
    const char *says; /* in the text or the hint */
} bad[] = {
    {"", "json.syntax", "1:1", "the end of the text"},
    {" // only\n", "json.syntax", "2:1", "expected a value"},
    {"{} {}", "json.syntax", "1:4", "nothing after the document"},
    {"{}x", "json.syntax", "1:3", "'x'"},
    {"{", "json.syntax", "1:2", "in double quotes"},
    {"{\"a\"}", "json.syntax", "1:5", "':'"},
    {"{\"a\":}", "json.syntax", "1:6", "expected a value"},
    {"{\"a\":1", "json.syntax", "1:7", "',' or '}'"},
    {"{\"a\":1,}", "json.syntax", "1:7", "comma after the last"},
    {"[1,]", "json.syntax", "1:3", "comma after the last"},
    {"[,1]", "json.syntax", "1:2", "expected a value"},
    {"[1,,2]", "json.syntax", "1:4", "expected a value"},
    {"[1 2]", "json.syntax", "1:4", "',' or ']'"},
    {"{\"a\":1 \"b\":2}", "json.syntax", "1:8", "a comma is missing"},
    {"[\"a\" \"b\"]", "json.syntax", "1:6", "a comma is missing"},
    {"[1}", "json.syntax", "1:3", "found '}'"},
    {"{a:1}", "json.syntax", "1:2", "in double quotes"},
    {"{'a':1}", "json.syntax", "1:2", "no single quotes"},
    {"['a']", "json.syntax", "1:2", "no single quotes"},
    {"[True]", "json.syntax", "1:2", "lower case"},
    {"[nul]", "json.syntax", "1:2", "\"nul\" is not a value"},
    {"[nullx]", "json.syntax", "1:2", "not a value"},
    {"\"abc", "json.syntax", "1:1", "not closed"},
    {"\n  \"a\nb\"", "json.syntax", "2:3", "not closed"},
    {"\"\\x\"", "json.syntax", "1:2", "before 'x'"},
    {"\"\\", "json.syntax", "1:1", "not closed"},
    {"\"\\u12g4\"", "json.syntax", "1:2", "four hexadecimal"},
    {"/* x", "json.syntax", "1:1", "not closed"},
    {"/*/", "json.syntax", "1:1", "not closed"},
    {"/", "json.syntax", "1:1", "'/'"},
    {"\"\\u0000\"", "json.control", "1:2", "NUL"},
    {"\"a\tb\"", "json.control", "1:3", "\\u0009"},
    {"\"\xc3\xa4\x01\"", "json.control", "1:3", "0x01"},
    {"\"\xff\"", "json.utf8", "1:2", "UTF-8"},
    {"{\"\xc0\x80\":1}", "json.utf8", NULL, "UTF-8"},
    {"\"\\ud83d\"", "json.utf8", "1:2", "half"},
    {"\"\\ud83dx\"", "json.utf8", "1:2", "half"},
    {"\"\\ud83d\\u0041\"", "json.utf8", "1:2", "half"},
    {"\"\\ude42\"", "json.utf8", "1:2", "half"},
    {"\xff", "json.syntax", "1:1", "0xff"},
    {"[01]", "json.number", "1:2", "\"01\""},
    {"[+1]", "json.number", "1:2", NULL},
    {"[.5]", "json.number", "1:2", NULL},
    {"[1.]", "json.number", "1:2", NULL},
    {"[-]", "json.number", "1:2", NULL},
    {"[1e]", "json.number", "1:2", NULL},
    {"[1e+]", "json.number", "1:2", NULL},
    {"[0x1]", "json.number", "1:2", "\"0x1\""},
    {"[1_000]", "json.number", "1:2", NULL},
    {"[1-2]", "json.number", "1:2", NULL},
    {"[1e999]", "json.number", "1:2", "too large"},
    {"[9007199254740993]", "json.number", "1:2", "as a string"},
    {"[0.0000000000000000000000000000000000000000000000000000000000000001]", "json.number", "1:2", "66 characters"},
    {"NaN", "json.syntax", "1:1", NULL},
    {"-Infinity", "json.number", "1:1", NULL},
    {"{\"a\":1,\"a\":2}", "json.duplicate", "/a", "at 1:2 and at 1:8"},
    {"{\"a\":1,\n\"\\u0061\":2}", "json.duplicate", "/a", "at 1:2 and at 2:1"},
    {"{\"x\":[0,{\"b/c~\":1,\"b/c~\":1}]}", "json.duplicate", "/x/1/b~1c~0", "twice"},
};

START_TEST(bad_texts_are_refused_with_their_place)
{
    struct json *root = parse(bad[_i].text, strlen(bad[_i].text), true);

    ck_assert_msg(root == NULL, "%s", bad[_i].text);
    ck_assert_msg(list.errors == 1, "%s: %zu errors", bad[_i].text, list.errors);
    ck_assert_msg(strcmp(list.items[0].rule, bad[_i].rule) == 0, "%s: %s", bad[_i].text, list.items[0].rule);
    if (bad[_i].where)
        ck_assert_msg(strcmp(list.items[0].where, bad[_i].where) == 0, "%s: %s", bad[_i].text, list.items[0].where);
    if (bad[_i].says)
        ck_assert_msg(strstr(list.items[0].text, bad[_i].says) || strstr(list.items[0].hint, bad[_i].says),
                      "%s: %s (%s)", bad[_i].text, list.items[0].text, list.items[0].hint);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
    static const char text[] = "{ \"a\": 01, \"b\": \"\\x\", \"a\": \"\t\" \"c\": Yes, \"d\": \"\xff\", }";
    static const char *const rules[] = {"json.number", "json.syntax", "json.control", "json.syntax",
                                        "json.syntax", "json.utf8",   "json.syntax",  "json.duplicate"};

    ck_assert_ptr_null(parse(text, strlen(text), true));
    ck_assert_uint_eq(list.errors, sizeof(rules) / sizeof(rules[0]));
    for (size_t i = 0; i < list.count; i++)
        ck_assert_str_eq(list.items[i].rule, rules[i]);
}
END_TEST

START_TEST(comments_only_when_asked_for)
{
    ck_assert_ptr_null(parse("{} // x", 7, false));
    ck_assert_str_eq(list.items[0].rule, "json.syntax");
    ck_assert(strstr(list.items[0].hint, "comments"));
    ck_assert_ptr_null(parse("\xef\xbb\xbf{}", 5, false));
    ck_assert_ptr_null(parse("[1,/**/2]", 9, false));
}
END_TEST

START_TEST(a_nul_byte_ends_nothing)
{
    ck_assert_ptr_null(parse("{}\0x", 4, true));
    ck_assert_ptr_null(parse("\"a\0b\"", 5, true));
    ck_assert_str_eq(list.items[0].rule, "json.control");
}
END_TEST

START_TEST(the_text_may_end_without_a_nul)
{
    char *exact = malloc(2);

    memcpy(exact, "{}", 2);
    cleanup_json struct json *root = parse(exact, 2, true);
    ck_assert_ptr_nonnull(root);
    free(exact);
}
END_TEST

static size_t nested(char *out, size_t depth)
{
    memset(out, '[', depth);
    memset(out + depth, ']', depth);
    return 2 * depth;
}

START_TEST(depth_is_limited)
{
    static char text[2 << 17];

    cleanup_json struct json *deepest = parse(text, nested(text, JSON_DEPTH_MAX), true);
    ck_assert_ptr_nonnull(deepest);
    ck_assert_ptr_null(parse(text, nested(text, JSON_DEPTH_MAX + 1), true));
    ck_assert_str_eq(list.items[0].rule, "json.depth");
    ck_assert_ptr_null(parse(text, nested(text, 1 << 17), true));
    ck_assert_uint_eq(list.errors, 1);
}
END_TEST

START_TEST(length_is_limited)
{
    char *text = malloc(JSON_TEXT_MAX + 1);

    memset(text, ' ', JSON_TEXT_MAX + 1);
    memcpy(text, "{}", 2);
    struct json *longest = parse(text, JSON_TEXT_MAX, true);
    ck_assert_ptr_nonnull(longest);
    json_free(longest);
    ck_assert_ptr_null(parse(text, JSON_TEXT_MAX + 1, true));
    ck_assert_str_eq(list.items[0].rule, "json.limit");
    free(text);
}
END_TEST

static size_t many_members(char *out, size_t cap, size_t count)
{
    struct buf b;

    buf_init(&b, out, cap);
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%c\"k%zu\":0", i ? ',' : '{', i);
    buf_putc(&b, '}');
    return b.len;
}

START_TEST(members_are_limited)
{
    static char text[1 << 19];

    cleanup_json struct json *most = parse(text, many_members(text, sizeof(text), JSON_MEMBERS_MAX), true);
    ck_assert_ptr_nonnull(most);
    ck_assert_uint_eq(json_count(most), JSON_MEMBERS_MAX);
    ck_assert_ptr_null(parse(text, many_members(text, sizeof(text), JSON_MEMBERS_MAX + 1), true));
    ck_assert_str_eq(list.items[0].rule, "json.limit");
}
END_TEST

START_TEST(a_flood_of_mistakes_is_cut)
{
    static char text[1 << 20];

    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "01,", 3);
    text[0] = '[';
    ck_assert_ptr_null(parse(text, sizeof(text) - 1, true));
    ck_assert_uint_le(list.errors, PROBLEMS_MAX);
}
END_TEST

START_TEST(readers_answer_for_everything)
{
    static const char text[] = "{\"s\":\"x\",\"n\":5,\"f\":1.5,\"t\":true,\"a\":[1,2,3],\"o\":{\"S\":1},\"z\":null}";
    cleanup_json struct json *root = parse(text, strlen(text), false);
    int64_t i = -1;

    ck_assert_ptr_nonnull(root);
    ck_assert_str_eq(json_string(json_get(root, "s")), "x");
    ck_assert_ptr_null(json_string(json_get(root, "n")));
    ck_assert_ptr_null(json_get(root, "S"));
    ck_assert(json_integer(json_get(root, "n"), &i) && i == 5);
    ck_assert(!json_integer(json_get(root, "f"), &i) && !json_integer(json_get(root, "s"), &i) && i == 5);
    ck_assert(json_number(json_get(root, "f")) == 1.5);
    ck_assert(json_true(json_get(root, "t")) && !json_true(json_get(root, "s")));
    ck_assert_uint_eq(json_count(json_get(root, "a")), 3);
    ck_assert_str_eq(json_key(json_first(root)), "s");
    ck_assert_str_eq(json_key(json_next(json_first(root))), "n");
    ck_assert_ptr_null(json_key(json_first(json_get(root, "a"))));
    ck_assert_int_eq(json_type(json_get(root, "z")), JSON_NULL);
    ck_assert_int_eq(json_type(json_get(root, "a")), JSON_ARRAY);
    ck_assert_int_eq(json_type(NULL), JSON_NULL);
    ck_assert_ptr_null(json_get(NULL, "a"));
    ck_assert_ptr_null(json_first(NULL));
    ck_assert_ptr_null(json_next(NULL));
    ck_assert_ptr_null(json_key(NULL));
    ck_assert(json_number(NULL) == 0);
    ck_assert_uint_eq(json_count(NULL), 0);
}
END_TEST

static const struct {
    const char *target;
    const char *patch;
    const char *result;
} merges[] = {
    {"{}", "{'a':1}", "{'a':1}"},
    {"{'a':1}", "{'a':2}", "{'a':2}"},
    {"{'a':1}", "{'b':2}", "{'a':1,'b':2}"},
    {"{'a':1,'b':2}", "{'a':null}", "{'b':2}"},
    {"{'a':1}", "{'b':null}", "{'a':1}"},
    {"{'a':[1,2]}", "{'a':[3]}", "{'a':[3]}"},
    {"{'a':{'x':1}}", "{'a':{'y':2}}", "{'a':{'x':1,'y':2}}"},
    {"{'a':{'x':1}}", "{'a':{'x':null}}", "{'a':{}}"},
    {"{'a':1}", "{'a':{'x':1,'y':null}}", "{'a':{'x':1}}"},
    {"{}", "{'a':{'x':{'y':null}}}", "{'a':{'x':{}}}"},
    {"{'a':{'x':1}}", "{'a':'s'}", "{'a':'s'}"},
    {"{}", "{'a':[null,{'x':null}]}", "{'a':[null,{'x':null}]}"},
    {"{'a':1,'A':2}", "{'a':null}", "{'A':2}"},
    {"{'a':1,'b':2,'c':3}", "{'b':9}", "{'a':1,'b':9,'c':3}"},
    {"{'a':1}", "[]", "{'a':1}"},
};

static struct json *parse_quoted(const char *text)
{
    char copy[256];
    size_t len = strlen(text);

    for (size_t i = 0; i <= len; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i];
    return parse(copy, len, false);
}

START_TEST(merging_follows_rfc_7396)
{
    cleanup_json struct json *target = parse_quoted(merges[_i].target);
    cleanup_json struct json *patch = parse_quoted(merges[_i].patch);
    cleanup_json struct json *result = parse_quoted(merges[_i].result);
    char wanted[256];

    json_merge(target, patch);
    snprintf(wanted, sizeof(wanted), "%s", write_back(result));
    ck_assert_str_eq(write_back(target), wanted);
}
END_TEST

START_TEST(members_can_be_removed)
{
    cleanup_json struct json *root = parse_quoted("{'a':{'x':1,'X':2},'b':1}");

    json_remove(json_get_mutable(root, "a"), "x");
    json_remove(root, "b");
    json_remove(root, "nothing");
    json_remove(NULL, "a");
    ck_assert_ptr_null(json_get_mutable(NULL, "a"));
    ck_assert_str_eq(write_back(root), "{\"a\":{\"X\":2}}");
}
END_TEST

START_TEST(pointers_are_escaped_and_bounded)
{
    struct json_pointer p = {.len = 0};

    size_t up = json_pointer_push(&p, "a/b~c");
    ck_assert_str_eq(p.text, "/a~1b~0c");
    size_t in = json_pointer_index(&p, 12);
    ck_assert_str_eq(p.text, "/a~1b~0c/12");
    json_pointer_pop(&p, in);
    json_pointer_pop(&p, up);
    ck_assert_str_eq(p.text, "");
    for (int i = 0; i < 100; i++)
        json_pointer_push(&p, "0123456789");
    ck_assert_uint_eq(strlen(p.text), sizeof(p.text) - 1);
    json_pointer_pop(&p, 3);
    ck_assert_str_eq(p.text, "/01");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_json(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_add_loop_test(t, good_texts_are_read, 0, ROWS(good));
    tcase_add_loop_test(t, bad_texts_are_refused_with_their_place, 0, ROWS(bad));
    tcase_add_test(t, all_mistakes_are_told_at_once);
    tcase_add_test(t, comments_only_when_asked_for);
    tcase_add_test(t, a_nul_byte_ends_nothing);
    tcase_add_test(t, the_text_may_end_without_a_nul);
    tcase_add_test(t, depth_is_limited);
    tcase_add_test(t, length_is_limited);
    tcase_add_test(t, members_are_limited);
    tcase_add_test(t, a_flood_of_mistakes_is_cut);
    tcase_add_test(t, readers_answer_for_everything);
    tcase_add_loop_test(t, merging_follows_rfc_7396, 0, ROWS(merges));
    tcase_add_test(t, members_can_be_removed);
    tcase_add_test(t, pointers_are_escaped_and_bounded);
    suite_add_tcase(s, t);
    return s;
}
