#include "init/core/environment.h"

#include <stddef.h>
#include <string.h>

const char *environment_get(char *const *environ_, const char *name)
{
    size_t len = strlen(name);
    for (; *environ_ != NULL; environ_++) {
        if (strncmp(*environ_, name, len) == 0 && (*environ_)[len] == '=') {
            const char *value = *environ_ + len + 1;
            return *value == '\0' ? NULL : value;
        }
    }
    return NULL;
}
