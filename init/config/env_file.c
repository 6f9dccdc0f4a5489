#include "init/config/env_file.h"

#include <string.h>

static const char *const dialect_names[] = {[ENV_DOCKER] = "docker", [ENV_DOTENV] = "dotenv"};

const char *env_dialect_name(enum env_dialect d)
{
    return dialect_names[d];
}

int env_dialect_from_name(const char *name, size_t len)
{
    for (int d = 0; d <= ENV_DOTENV; d++) {
        if (strlen(dialect_names[d]) == len && memcmp(dialect_names[d], name, len) == 0) {
            return d;
        }
    }
    return -1;
}
