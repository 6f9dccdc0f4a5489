#include "init/core/main_options.h"

#include <stddef.h>
#include <string.h>

#include "init/base/text.h"

#define PAIR_MAX 32

void main_options_init(struct main_options *o)
{
    memset(o, 0, sizeof *o);
    o->grace_us = MAIN_GRACE_DEFAULT_US;
}

/* "LEFT<separator>RIGHT" into @left and the returned right half; NULL when it is not that. */
static const char *split(const char *text, char separator, char left[PAIR_MAX])
{
    const char *at = strchr(text, separator);
    if (at == NULL || at == text || at[1] == '\0' || (size_t)(at - text) >= PAIR_MAX) {
        return NULL;
    }
    memcpy(left, text, (size_t)(at - text));
    left[at - text] = '\0';
    return at + 1;
}

int main_options_rewrite(struct main_options *o, const char *text, struct err *e)
{
    char left[PAIR_MAX];
    const char *right = split(text, ':', left);
    int from = right == NULL ? -1 : signame_parse(left);
    int to = right == NULL ? -1 : strcmp(right, "0") == 0 ? SIGNAL_DROPPED : signame_parse(right);
    if (from < 0 || to < 0) {
        return err_set(e, ERR_USAGE, 0, "%s: not two signals; write like TERM:QUIT, or HUP:0 to drop HUP", text);
    }
    o->rewrite[from] = (uint8_t)to;
    return 0;
}

int main_options_remap(struct main_options *o, const char *text, struct err *e)
{
    char left[PAIR_MAX];
    const char *right = split(text, '=', left);
    int64_t from;
    int64_t to;
    if (right == NULL || text_parse_int(left, &from) != 0 || text_parse_int(right, &to) != 0 || from < 0 ||
        from > 255 || to < 0 || to > 255) {
        return err_set(e, ERR_USAGE, 0, "%s: not two exit codes from 0 to 255; write like 143=0", text);
    }
    o->remap[from] = (uint8_t)to;
    o->remapped[from] = true;
    return 0;
}
