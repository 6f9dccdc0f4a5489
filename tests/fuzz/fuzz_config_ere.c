/*
 * fuzz_config_ere - any bytes as a pattern: what is one can be translated, and what is none is survived.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/schema.h"
#include "init/report/config_ere.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char storage[CONFIG_ERE_TEXT_MAX];
    char why[160];
    bool anchored;
    struct buf out = BUF_OVER(storage);
    char *pattern = malloc(size + 1);
    if (!pattern)
        return 0;
    memcpy(pattern, data, size);
    pattern[size] = '\0';
    buf_reset(&out);
    bool good = value_pattern_fault(pattern, why, sizeof(why)) == NULL;
    int rc = config_ere_translate(pattern, &out, &anchored);
    if (good && rc != 0)
        abort();
    free(pattern);
    return 0;
}
