/*
 * fuzz_json - what json_parse() accepts comes back: written and parsed again it gives the same text. Comments only add.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte may become an escape of six; a short number like 9e15 grows less. */
static char *write_text(const struct json *root, size_t source_len, size_t *len)
{
    struct buf b;
    struct jsonw w;
    size_t cap = 6 * source_len + 1;
    char *text = malloc(cap);

    if (!text)
        abort();
    buf_init(&b, text, cap);
    jsonw_init(&w, &b, false);
    json_write(&w, NULL, root);
    if (b.overflow)
        abort();
    *len = b.len;
    return text;
}

static void come_back(const struct json *root, size_t source_len)
{
    static struct problems list;
    size_t len = 0;
    size_t again_len = 0;
    char *text = write_text(root, source_len, &len);

    memset(&list, 0, sizeof(list));
    if (len <= JSON_TEXT_MAX) {
        struct json *again = json_parse(text, len, false, &list);
        if (!again || list.errors)
            abort();
        char *second = write_text(again, source_len, &again_len);
        if (again_len != len || memcmp(text, second, len) != 0)
            abort();
        free(second);
        json_free(again);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems list;

    memset(&list, 0, sizeof(list));
    struct json *root = json_parse((const char *)data, size, true, &list);
    /* A tree or a reason, never both, never neither. */
    if ((root == NULL) != (list.errors > 0))
        abort();
    struct json *strict = json_parse((const char *)data, size, false, &list);
    if (strict && !root)
        abort();
    if (root)
        come_back(root, size);
    json_free(strict);
    json_free(root);
    return 0;
}
