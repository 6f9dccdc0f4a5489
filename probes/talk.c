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

/* The first bytes of what commonly listens on the wrong port. */
void talk_find_stranger(struct talk *t, const unsigned char *bytes, size_t len)
{
    static const struct {
        const char *first;
        size_t len;
        enum verdict_class verdict;
        const char *text;
    } others[] = {
        {"\x15\x03", 2, VERDICT_IS_TLS, "it expects TLS"}, /* RFC 8446 section 6: an alert, version 3.x */
        {"HTTP", 4, VERDICT_PROTOCOL, "it answers in HTTP"},
        {"SSH-", 4, VERDICT_PROTOCOL, "it is an SSH server"},
        {"-ERR", 4, VERDICT_PROTOCOL, "it answers like Redis"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (len >= others[i].len && memcmp(bytes, others[i].first, others[i].len) == 0) {
            talk_find(t, others[i].verdict, "it does not speak the %s protocol: %s", t->kind->name, others[i].text);
            return;
        }
    }
    talk_find(t, VERDICT_PROTOCOL, "it does not speak the %s protocol", t->kind->name);
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
