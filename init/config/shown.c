#include "init/config/shown.h"

#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"
#include "init/config/redact.h"

/* Longest shown URL: everything in struct url, the user name at most three times as long. */
#define SHOWN_URL_MAX (2 * URL_MAX)

static bool is_short(size_t len)
{
    return len > 0 && len < REDACT_MIN;
}

static const char *show_url(struct setting *s, struct arena *a)
{
    struct url u = {.port = 0};
    const char *too_short = NULL;
    if (url_parse(s->value, strlen(s->value), &u) == URL_OK) {
        char storage[SHOWN_URL_MAX];
        struct buf shown = BUF_OVER(storage);
        buf_reset(&shown);
        url_show(&u, &shown);
        s->tainted = u.has_password || url_user_is_token(&u) || u.query[0] != '\0';
        s->shown = arena_strdup(a, storage);
        too_short = is_short(strlen(u.password)) ? "the password in the URL" : NULL;
    } else {
        s->tainted = true;
        s->shown = "***";
    }
    explicit_bzero(&u, sizeof(u));
    return too_short;
}

/* A URL, or what has credentials or a query like one: a list of URLs does. */
static bool may_hold_a_secret(const struct setting *s)
{
    const struct variable *v = s->variable;
    if (s->value[0] == '\0' || value_type_is_url(v->type))
        return s->value[0] != '\0';
    bool urls = v->type == VALUE_LIST && value_type_is_url(v->item_type);
    return strstr(s->value, "://") && strpbrk(s->value, urls ? "@?" : "@");
}

const char *shown_set(struct setting *s, struct arena *a)
{
    size_t len = strlen(s->value);
    if (s->variable->secret || s->variable->type == VALUE_SECRET) {
        s->tainted = true;
        s->shown = "***";
        return is_short(len) ? "the secret" : NULL;
    }
    if (s->tainted) {
        s->shown = "***";
        return NULL;
    }
    if (may_hold_a_secret(s))
        return show_url(s, a);
    char *shown = arena_alloc(a, len + 1, 1);
    text_printable(s->value, len, shown, len + 1);
    s->shown = shown;
    return NULL;
}
