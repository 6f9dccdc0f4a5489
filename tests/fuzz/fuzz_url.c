/*
 * fuzz_url - url_parse() keeps its promises for any bytes, and url_show() shows nothing of a secret.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_control(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    }
    return false;
}

static void fill(char *out, size_t cap)
{
    memset(out, 'x', cap - 1);
    out[cap - 1] = '\0';
}

/* What is shown must not depend on what is hidden: another secret in the same place gives the same text. */
static void check_shown(const struct url *u)
{
    char storage[8192];
    char other_storage[8192];
    struct buf shown;
    struct buf other_shown;
    struct url other = *u;
    buf_init(&shown, storage, sizeof(storage));
    buf_init(&other_shown, other_storage, sizeof(other_storage));
    url_show(u, &shown);
    PROMISE(!shown.overflow);
    PROMISE(!has_control(storage));
    PROMISE(text_utf8_span(storage, shown.len) == shown.len);
    fill(other.password, sizeof(other.password));
    fill(other.raw_password, sizeof(other.raw_password));
    if (url_user_is_token(u))
        fill(other.user, sizeof(other.user));
    if (u->query[0] != '\0')
        fill(other.query, sizeof(other.query));
    url_show(&other, &other_shown);
    PROMISE(strcmp(storage, other_storage) == 0);
}

static void check_parts(const struct url *u)
{
    bool is_socket = strcmp(u->scheme, "unix") == 0 || strcmp(u->scheme, "redis+unix") == 0;
    PROMISE(u->scheme[0] != '\0');
    PROMISE(is_socket == (u->host[0] == '\0'));
    PROMISE(is_socket || u->path[0] == '\0' || u->path[0] == '/');
    PROMISE(u->has_user || (u->user[0] == '\0' && !u->has_password));
    PROMISE(u->has_password || (u->password[0] == '\0' && u->raw_password[0] == '\0'));
    PROMISE(!has_control(u->scheme) && !has_control(u->user) && !has_control(u->password) && !has_control(u->host));
    PROMISE(!has_control(u->path) && !has_control(u->query));
    (void)url_host_is_loopback(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct url u;
    struct url before;
    memset(&u, 0x55, sizeof(u));
    memcpy(&before, &u, sizeof(u));
    enum url_fault fault = url_parse((const char *)data, size, &u);
    if (fault != URL_OK) {
        PROMISE(memcmp(&u, &before, sizeof(u)) == 0);
        return 0;
    }
    PROMISE(size < URL_MAX);
    for (size_t i = 0; i < size; i++)
        PROMISE(data[i] > 0x20 && data[i] != 0x7f && data[i] != '\\');
    check_parts(&u);
    check_shown(&u);
    return 0;
}
