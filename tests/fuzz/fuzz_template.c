/*
 * Any text as a template: it ends, what comes out is bounded, and what has no dollar sign comes out as it is.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/setup/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char a[] = "A=value";
static char empty[] = "EMPTY=";
static char b[] = "B=${A}";
static char *const environment[] = {a, empty, b, NULL};

struct output {
    const char *plain; /* what has to come out, or NULL */
    size_t len;
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static int take(void *context, const char *bytes, size_t len, struct err *e)
{
    (void)e;
    struct output *out = context;
    require(len > 0 && out->len + len <= TEMPLATE_OUTPUT_MAX);
    require(out->plain == NULL || memcmp(out->plain + out->len, bytes, len) == 0);
    out->len += len;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    const char *text = (const char *)data;
    const struct template_text t = {.path = "t", .text = text, .len = size, .environ_ = environment};
    bool plain = size == 0 || memchr(data, '$', size) == NULL;
    struct output out = {.plain = plain ? text : NULL};
    int rc = template_expand(&t, take, &out, &e);
    require(rc == 0 || ((e.code == ERR_CONFIG || e.code == ERR_LIMIT) && e.text[0] != '\0'));
    require(!plain || (rc == 0 && out.len == size));
    return 0;
}
