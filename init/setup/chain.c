#include "init/setup/chain.h"

#include <string.h>

#include "init/base/digest.h"

/* Within a string the quotes would be escaped: this is nowhere but where the member begins. */
#define MEMBER ",\"check\":\""
#define MEMBER_LEN (sizeof(MEMBER) - 1)
#define END "\"}"
#define END_LEN (sizeof(END) - 1)
#define SUFFIX_LEN (MEMBER_LEN + CHAIN_DIGITS + END_LEN)

void chain_start(char out[CHAIN_TEXT_MAX])
{
    memset(out, '0', CHAIN_DIGITS);
    out[CHAIN_DIGITS] = '\0';
}

void chain_check(const char before[CHAIN_TEXT_MAX], const char *line, size_t len, char out[CHAIN_TEXT_MAX])
{
    struct digest d = {.opaque = {0}};
    uint8_t sum[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_init(&d);
    digest_update(&d, before, CHAIN_DIGITS);
    digest_update(&d, line, len);
    digest_final(&d, sum);
    digest_hex(sum, hex);
    memcpy(out, hex, CHAIN_DIGITS);
    out[CHAIN_DIGITS] = '\0';
}

bool chain_holds(const char before[CHAIN_TEXT_MAX], const char *line, size_t len, char out[CHAIN_TEXT_MAX])
{
    if (len < SUFFIX_LEN) {
        return false;
    }
    const char *suffix = line + len - SUFFIX_LEN;
    char sum[CHAIN_TEXT_MAX];
    if (memcmp(suffix, MEMBER, MEMBER_LEN) != 0 || memcmp(line + len - END_LEN, END, END_LEN) != 0) {
        return false;
    }
    chain_check(before, line, len - SUFFIX_LEN, sum);
    if (memcmp(suffix + MEMBER_LEN, sum, CHAIN_DIGITS) != 0) {
        return false;
    }
    memcpy(out, sum, sizeof(sum));
    return true;
}

size_t chain_span(const char before[CHAIN_TEXT_MAX], const char *bytes, size_t len)
{
    const char *member = memmem(bytes, len, MEMBER, MEMBER_LEN);
    size_t span = member != NULL ? (size_t)(member - bytes) + SUFFIX_LEN : 0;
    char sum[CHAIN_TEXT_MAX];
    return span > 0 && span <= len && chain_holds(before, bytes, span, sum) ? span : 0;
}
