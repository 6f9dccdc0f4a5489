/*
 * fuzz_match - a match, a NUL, an answer: a match that passes the check gives an answer of a bounded length, and says why when it
 * does not hold.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/match.h"

/* A pointer, a value that was found and one that was expected. */
#define WHY_MAX (MATCH_JSON_MAX + 256)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems problems;
    char text[WHY_MAX];
    struct buf why = BUF_OVER(text);
    const uint8_t *nul = memchr(data, '\0', size);
    problems.errors = problems.warnings = problems.count = 0;
    buf_reset(&why);
    if (nul == NULL)
        return 0;
    const char *bytes = (const char *)nul + 1;
    size_t len = size - (size_t)(nul - data) - 1;
    struct json *n = json_parse((const char *)data, (size_t)(nul - data), false, &problems);
    if (n != NULL && match_check(n, "", &problems)) {
        bool holds = match_test((const char *)data, "it", bytes, len, &why);
        require(holds == (why.len == 0) && !why.overflow);
        require(memchr(text, '\n', why.len) == NULL);
    }
    json_free(n);
    return 0;
}
