#include "tests/unit/document.h"

#include <check.h>
#include <string.h>

struct json *run_document(const struct run *r)
{
    static char text[STATUS_TEXT_MAX];
    struct buf b;
    struct jsonw w;
    buf_init(&b, text, sizeof(text));
    jsonw_init(&w, &b, true);
    status_write(&w, &r->view, r->now_us);
    ck_assert(!b.overflow);
    ck_assert_ptr_null(strstr(text, RUN_PASSWORD));
    ck_assert_ptr_null(strstr(text, RUN_TOKEN));
    struct problems p = {0};
    struct json *root = json_parse(text, b.len, false, &p);
    ck_assert_msg(root != NULL, "%s: %s", p.items[0].where, p.items[0].text);
    return root;
}

const struct json *document_entry(const struct json *root, const char *list, const char *key, const char *name)
{
    for (const struct json *n = json_first(json_get(root, list)); n != NULL; n = json_next(n)) {
        if (strcmp(json_string(json_get(n, key)), name) == 0) {
            return n;
        }
    }
    return NULL;
}

const char *document_string(const struct json *n, const char *key)
{
    const char *value = json_string(json_get(n, key));
    return value != NULL ? value : "(null)";
}

bool document_is_null(const struct json *n, const char *key)
{
    const struct json *value = json_get(n, key);
    return value != NULL && json_type(value) == JSON_NULL;
}

void document_has(const struct json *n, const char *const *fields, size_t count)
{
    ck_assert_ptr_nonnull(n);
    size_t i = 0;
    for (const struct json *m = json_first(n); m != NULL; m = json_next(m), i++) {
        ck_assert_msg(i < count, "unexpected field %s", json_key(m));
        ck_assert_str_eq(json_key(m), fields[i]);
    }
    ck_assert_uint_eq(i, count);
}
