#include "init/plan/builtin.h"

#include <string.h>

/* The text goes in as it stands: what is embedded is the file that people read. */
#define EMBED(symbol, path)                                                                                            \
    __asm__(".pushsection .rodata\n" #symbol "_start:\n"                                                               \
            ".incbin \"" path "\"\n" #symbol "_end:\n"                                                                 \
            ".popsection\n");                                                                                          \
    extern const char symbol##_start[] __attribute__((visibility("hidden")));                                          \
    extern const char symbol##_end[] __attribute__((visibility("hidden")))

EMBED(devstack, "init/plan/devstack.json");
EMBED(none, "init/plan/none.json");

static const struct builtin builtins[] = {
    {"devstack", devstack_start, devstack_end},
    {"none", none_start, none_end},
};

const struct builtin *builtin_find(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    }
    return NULL;
}

const char *builtin_name(size_t i)
{
    return i < sizeof(builtins) / sizeof(builtins[0]) ? builtins[i].name : NULL;
}
