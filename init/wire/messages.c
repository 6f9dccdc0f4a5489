#include "init/wire/messages.h"

#include <string.h>

#include "init/base/text.h"
#include "init/wire/printable.h"

_Static_assert(sizeof(struct wire_verdict) == 376, "the layout is the wire format");

/* An HTTP status has three digits, RFC 9110 section 15. */
#define HTTP_STATUS_MAX 999

static const struct {
    const char *name;
    const char *hint;
    bool from_network; /* a network probe can come to it */
    bool permanent;
} classes[VERDICT_CLASS_COUNT] = {
    [VERDICT_OK] = {"ok", "", true},
    [VERDICT_RESOLVE] =
        {"resolve", "the name does not resolve yet: is the service on the same network, is the name spelled right?",
         true},
    [VERDICT_REFUSED] = {"refused", "nothing listens there yet", true},
    [VERDICT_UNREACHABLE] = {"unreachable", "no way there: is the network up, is the address right?", true},
    [VERDICT_TIMEOUT] = {"timeout", "no answer in time: is it overloaded, is there a firewall in between?", true},
    [VERDICT_RESET] = {"reset",
                       "something accepts connections and drops them: often a port forwarder with nothing behind it",
                       true},
    [VERDICT_TLS] = {"tls", "check the certificate's name, dates and authority, and that the port speaks TLS", true},
    [VERDICT_TLS_NAME] = {"tlsname", "use a name that is in the certificate, or get one for the name in the URL", true,
                          true},
    [VERDICT_TLS_TIME] = {"tlstime",
                          "compare the clock here with the dates in the certificate, and renew it if it has ended",
                          true},
    [VERDICT_STATUS] = {"status", "it answers, but not that it is ready: see its own log", true},
    [VERDICT_PROTOCOL] = {"protocol", "something else answers there: are the port and the scheme of the URL right?",
                          true, true},
    [VERDICT_IS_TLS] = {"istls", "this is a TLS port: write https, wss, rediss or grpcs instead", true, true},
    [VERDICT_CONTENT] = {"content", "it answers, but not what the probe expects: compare the two", true},
    [VERDICT_LOADING] = {"loading", "it starts, reads its data or shuts down: this passes by itself", true},
    [VERDICT_MASTERDOWN] = {"masterdown", "the replica has lost its master: look at the master", true},
    [VERDICT_BUSY] = {"busy", "it is up but cannot serve now; this can pass by itself", true},
    [VERDICT_NOAUTH] = {"noauth",
                        "it wants credentials: http, ws and redis take them in the URL, SCHEME://USER:PASSWORD@host",
                        true, true},
    [VERDICT_WRONGPASS] = {"wrongpass", "the password or the user name is wrong; waiting does not help", true, true},
    [VERDICT_NOPERM] = {"noperm", "it does not allow that to this user or host: see its rules of access", true, true},
    [VERDICT_DATABASE] = {"database",
                          "that database is not there for clients: compare its name or number with those on the server",
                          true, true},
    [VERDICT_EXIT] = {"exit", "run the command by hand to see what it says", false},
    [VERDICT_MISSING] = {"missing", "whoever writes that file or starts that process has not done so yet", false},
    [VERDICT_STALE] = {"stale", "whoever renews that file has stopped doing so", false},
    [VERDICT_UP] = {"up", "it is expected to be down, and still answers", false},
    [VERDICT_MEMBERS] = {"members", "see what its members say: enough of them have to be healthy", false},
    [VERDICT_DIED] = {"died", "its own process ended: see its output", false},
    [VERDICT_COMMAND] = {"command", "look at the command: is it in the image, is it executable?", false},
    [VERDICT_TEST] = {"test", "a test that the service must pass failed", false},
    [VERDICT_INTERNAL] = {"internal", "this is muster's own trouble, not the service's", true},
};

const char *verdict_class_name(enum verdict_class c)
{
    return (unsigned)c < VERDICT_CLASS_COUNT ? classes[c].name : "unknown";
}

const char *verdict_hint(enum verdict_class c, bool loopback_in_container)
{
    if ((unsigned)c >= VERDICT_CLASS_COUNT)
        return "";
    bool nobody_there = c == VERDICT_REFUSED || c == VERDICT_RESET || c == VERDICT_TIMEOUT;
    if (loopback_in_container && nobody_there)
        return "localhost inside a container is the container itself: use the service's name";
    return classes[c].hint;
}

bool verdict_is_permanent(enum verdict_class c)
{
    return (unsigned)c < VERDICT_CLASS_COUNT && classes[c].permanent;
}

int wire_check_verdict(union wire_message *m, size_t len, uint32_t id_limit, struct err *e)
{
    struct wire_verdict *v = &m->verdict;
    if (len != sizeof(*v) || v->type != WIRE_VERDICT)
        return err_set(e, ERR_PROTO, 0, "a verdict has the wrong type or length");
    if (v->id >= id_limit)
        return err_set(e, ERR_PROTO, 0, "a verdict is about nothing that was asked (id %u)", v->id);
    if (v->verdict >= VERDICT_CLASS_COUNT || !classes[v->verdict].from_network)
        return err_set(e, ERR_PROTO, 0, "a verdict has an impossible class (%u)", v->verdict);
    if (v->http_status > HTTP_STATUS_MAX || v->redis_loading > 1 || v->tries > WIRE_TRIES_MAX)
        return err_set(e, ERR_PROTO, 0, "a verdict has impossible details");
    if (v->tls_version != 0 && v->tls_version != 12 && v->tls_version != 13)
        return err_set(e, ERR_PROTO, 0, "a verdict has an impossible TLS version (%u)", v->tls_version);
    if (!is_terminated(v->address, sizeof(v->address)) || !is_terminated(v->redis_role, sizeof(v->redis_role)) ||
        !is_terminated(v->text, sizeof(v->text)))
        return err_set(e, ERR_PROTO, 0, "a verdict has an unterminated text");
    make_printable(v->address, sizeof(v->address));
    make_printable(v->redis_role, sizeof(v->redis_role));
    make_printable(v->text, sizeof(v->text));
    return 0;
}

#define TEXT(member, limit)                                                                                            \
    {                                                                                                                  \
        .name = #member, .offset = offsetof(struct wire_probe_request, member), .max = (limit)                         \
    }

const struct wire_text_row wire_texts[] = {
    TEXT(host, 255),         TEXT(socket_path, 107),
    TEXT(user, 255),         TEXT(password, 511),
    TEXT(database, 255),     TEXT(url, 2047),
    TEXT(method, 31),        TEXT(headers, 2047),
    TEXT(body, 4095),        TEXT(expect_headers, 2047),
    TEXT(expect_body, 2047), TEXT(key, 511),
    TEXT(service, 255),      TEXT(server, 63),
    TEXT(address, 63),       TEXT(server_name, 255),
    TEXT(proxy, 511),
};
const size_t wire_text_count = sizeof(wire_texts) / sizeof(wire_texts[0]);

/* The texts are pointers behind the numbers, which are sent as they are. */
#define NUMBERS_SIZE offsetof(struct wire_probe_request, host)
_Static_assert(NUMBERS_SIZE == 64, "the layout is the wire format");

static const char **text_at(struct wire_probe_request *r, size_t i)
{
    return (const char **)(void *)((char *)r + wire_texts[i].offset);
}

static const char *text_of(const struct wire_probe_request *r, size_t i)
{
    const char *text = *(const char *const *)(const void *)((const char *)r + wire_texts[i].offset);
    return text == NULL ? "" : text;
}

size_t wire_pack_probe(const struct wire_probe_request *r, unsigned char *out, size_t cap)
{
    size_t len = NUMBERS_SIZE;
    if (cap < len)
        return 0;
    memcpy(out, r, NUMBERS_SIZE);
    for (size_t i = 0; i < wire_text_count; i++) {
        const char *text = text_of(r, i);
        size_t size = strlen(text) + 1;
        if (size > wire_texts[i].max + 1 || size > cap - len)
            return 0;
        memcpy(out + len, text, size);
        len += size;
    }
    return len;
}

static int unpack_texts(const unsigned char *bytes, size_t len, struct wire_probe_request *out, struct err *e)
{
    for (size_t i = 0; i < wire_text_count; i++) {
        const unsigned char *end = memchr(bytes, '\0', len);
        if (end == NULL || (size_t)(end - bytes) > wire_texts[i].max)
            return err_set(e, ERR_PROTO, 0, "a request's %s is unterminated or too long", wire_texts[i].name);
        *text_at(out, i) = (const char *)bytes;
        len -= (size_t)(end - bytes) + 1;
        bytes = end + 1;
    }
    return len == 0 ? 0 : err_set(e, ERR_PROTO, 0, "a request is longer than its texts");
}

/* What a kind needs to know where to go. */
enum wire_need { NEED_HOST, NEED_HOST_AND_PORT, NEED_URL };
static const enum wire_need needs[] = {
    [WIRE_TCP] = NEED_HOST_AND_PORT,      [WIRE_HTTP] = NEED_URL,
    [WIRE_REDIS] = NEED_HOST_AND_PORT,    [WIRE_WEBSOCKET] = NEED_URL,
    [WIRE_GRPC] = NEED_HOST_AND_PORT,     [WIRE_DNS] = NEED_HOST,
    [WIRE_POSTGRES] = NEED_HOST_AND_PORT, [WIRE_MYSQL] = NEED_HOST_AND_PORT,
};
_Static_assert(sizeof(needs) / sizeof(needs[0]) == WIRE_KIND_LAST + 1, "every kind has a row");

static int check_target(const struct wire_probe_request *r, struct err *e)
{
    enum wire_need need = needs[r->kind];
    if (need == NEED_URL)
        return r->url[0] != '\0' ? 0 : err_set(e, ERR_PROTO, 0, "a request has no URL");
    if (need == NEED_HOST_AND_PORT && r->socket_path[0] != '\0')
        return 0;
    if (r->host[0] == '\0' || (need == NEED_HOST_AND_PORT && r->port == 0))
        return err_set(e, ERR_PROTO, 0, "a request has no host or port");
    return 0;
}

int wire_unpack_probe(const unsigned char *bytes, size_t len, struct wire_probe_request *out, struct err *e)
{
    *out = (struct wire_probe_request){.type = 0};
    if (len < NUMBERS_SIZE)
        return err_set(e, ERR_PROTO, 0, "a request has the wrong type or length");
    memcpy(out, bytes, NUMBERS_SIZE);
    if (out->type != WIRE_PROBE)
        return err_set(e, ERR_PROTO, 0, "a request has the wrong type or length");
    if (out->kind < WIRE_TCP || out->kind > WIRE_KIND_LAST)
        return err_set(e, ERR_PROTO, 0, "a request has an unknown kind (%u)", out->kind);
    if (out->timeout_ms == 0 || out->timeout_ms > WIRE_TIMEOUT_MAX_MS)
        return err_set(e, ERR_PROTO, 0, "a request has an impossible timeout (%u ms)", out->timeout_ms);
    if (out->tls > 1 || out->tls_insecure > 1 || out->database_count > WIRE_DATABASES_MAX ||
        out->record > WIRE_RECORD_AAAA || out->role > WIRE_ROLE_REPLICA)
        return err_set(e, ERR_PROTO, 0, "a request has impossible options");
    if (unpack_texts(bytes + NUMBERS_SIZE, len - NUMBERS_SIZE, out, e) != 0)
        return -1;
    return check_target(out, e);
}
