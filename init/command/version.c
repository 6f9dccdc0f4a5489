#include "init/base/version.h"

#include "init/command/command.h"
#include "init/command/print.h"

int command_version(const struct options *o)
{
    char storage[4096];
    struct buf out = BUF_OVER(storage);
    buf_reset(&out);
    buf_printf(&out, "muster %s\n", muster_version);
    for (const struct component *c = muster_components; o->verbose && c->name != NULL; c++) {
        buf_printf(&out, "  %-12s %-24s sha256:%s\n", c->name, c->version, c->sha256);
    }
    return print_buf(&out);
}

int command_help(void)
{
    char storage[8192];
    struct buf out = BUF_OVER(storage);
    buf_reset(&out);
    options_help(&out);
    return print_buf(&out);
}
