#include "probes/redis_error.h"

#include <string.h>
#include <strings.h>

/* Error replies begin with a code or, if they are "ERR", with words that have not changed since Redis 2. */
static const struct redis_error errors[] = {
    {"LOADING", VERDICT_LOADING, "redis is still loading its data into memory (LOADING)"},
    {"MASTERDOWN", VERDICT_MASTERDOWN, "redis is a replica that has lost its master (MASTERDOWN)"},
    {"BUSY", VERDICT_BUSY, "redis is busy with a script (BUSY)"},
    {"TRYAGAIN", VERDICT_BUSY, "redis is moving keys between nodes (TRYAGAIN)"},
    {"CLUSTERDOWN", VERDICT_BUSY, "the redis cluster does not serve all its slots (CLUSTERDOWN)"},
    {"MISCONF", VERDICT_BUSY,
     "redis cannot save its data to disk and refuses commands (MISCONF): look at its disk and log"},
    {"ERR max number of clients", VERDICT_BUSY, "redis has no room for another client (maxclients)"},
    {"NOAUTH", VERDICT_NOAUTH, "redis needs a password and the URL has none (NOAUTH)"},
    {"ERR operation not permitted", VERDICT_NOAUTH, "redis needs a password and the URL has none"},
    {"WRONGPASS", VERDICT_WRONGPASS, "redis does not accept the user name and password (WRONGPASS)"},
    {"ERR invalid password", VERDICT_WRONGPASS, "redis does not accept the password"},
    {"ERR AUTH <password> called without", VERDICT_WRONGPASS,
     "the URL has a password, but redis has none configured: take it out of the URL, or set requirepass"},
    {"ERR Client sent AUTH, but no password", VERDICT_WRONGPASS,
     "the URL has a password, but redis has none configured: take it out of the URL, or set requirepass"},
    {"ERR wrong number of arguments for 'auth'", VERDICT_WRONGPASS,
     "the URL has a user name, but this redis is older than version 6 and knows passwords only"},
    {"NOPERM", VERDICT_NOPERM, "the redis user logged in, but its ACL does not allow"},
    {"DENIED", VERDICT_NOPERM,
     "redis is in protected mode and takes no clients from other hosts: set a password or `bind`"},
    {"ERR DB index is out of range", VERDICT_DATABASE, "redis has no such database"},
    {"ERR invalid DB index", VERDICT_DATABASE, "redis has no such database"},
    {"ERR SELECT is not allowed in cluster mode", VERDICT_DATABASE, "a redis cluster has only database 0"},
};

bool redis_error_is(const char *line, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    return len >= n && strncasecmp(line, prefix, n) == 0;
}

const struct redis_error *redis_error_find(const char *line, size_t len)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (redis_error_is(line, len, errors[i].prefix))
            return &errors[i];
    }
    return NULL;
}
