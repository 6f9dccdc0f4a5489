#include "probes/talk.h"

#include <stdarg.h>
#include <string.h>

#include "init/base/buf.h"

void talk_find(struct talk *t, enum verdict_class verdict, const char *fmt, ...)
{
    if (t->over)
        return;
    struct buf text = BUF_OVER(t->text);
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    t->verdict = verdict;
    t->over = true;
}

/* RFC 8446 section 6: an alert, version 3.x. Web servers say in a page that they expect TLS. */
static bool is_tls(const unsigned char *bytes, size_t len)
{
    static const char page[] = "HTTPS ";
    return (len >= 2 && memcmp(bytes, "\x15\x03", 2) == 0) || memmem(bytes, len, page, sizeof(page) - 1) != NULL;
}

/* The first bytes of what commonly listens on the wrong port. */
void talk_find_stranger(struct talk *t, const unsigned char *bytes, size_t len)
{
    static const struct {
        const char *first;
        const char *text;
    } others[] = {
        {"HTTP/1", "it answers in HTTP/1"},
        {"SSH-", "it is an SSH server"},
        {"-ERR", "it answers like Redis"},
    };
    if (is_tls(bytes, len))
        talk_find(t, VERDICT_IS_TLS, "it does not speak plain %s: it expects TLS", t->kind->name);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (len >= strlen(others[i].first) && memcmp(bytes, others[i].first, strlen(others[i].first)) == 0)
            talk_find(t, VERDICT_PROTOCOL, "it does not speak %s: %s", t->kind->name, others[i].text);
    }
    talk_find(t, VERDICT_PROTOCOL, "it does not speak %s", t->kind->name);
}

void talk_say(struct talk *t, const void *bytes, size_t len)
{
    if (len > sizeof(t->output) - t->output_len) {
        talk_find(t, VERDICT_INTERNAL, "a message to the server is too long");
        return;
    }
    memcpy(t->output + t->output_len, bytes, len);
    t->output_len += len;
}

void talk_begin(struct talk *t, const struct talk_kind *kind, const struct wire_probe_request *request)
{
    /* Not the arrays at the end: many attempts are one page each until a server is talkative. */
    memset(t, 0, offsetof(struct talk, output));
    t->kind = kind;
    t->request = request;
    if (kind->greet != NULL)
        kind->greet(t);
}

static void take_messages(struct talk *t)
{
    size_t at = 0;
    size_t taken = 1;
    while (!t->over && taken > 0 && at < t->input_len) {
        taken = t->kind->take(t, t->input + at, t->input_len - at);
        at += taken;
    }
    t->input_len -= at;
    memmove(t->input, t->input + at, t->input_len);
}

bool talk_feed(struct talk *t, const unsigned char *bytes, size_t len)
{
    while (!t->over && len > 0) {
        size_t room = sizeof(t->input) - t->input_len;
        size_t n = len < room ? len : room;
        memcpy(t->input + t->input_len, bytes, n);
        t->input_len += n;
        t->total += n;
        bytes += n;
        len -= n;
        take_messages(t);
        if (t->total > TALK_INPUT_MAX || t->input_len == sizeof(t->input))
            talk_find(t, VERDICT_PROTOCOL, "it sends far more than %s would: something else answers there",
                      t->kind->name);
    }
    return t->over;
}
