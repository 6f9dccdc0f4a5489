#include "probes/grpc_talk.h"

#include <string.h>

#include "init/base/buf.h"
#include "probes/grpc_answer.h"
#include "probes/hpack.h"

/* RFC 9113 section 4.1: three bytes of length, type, flags, stream. */
#define HEADER_SIZE 9
#define FRAME_MAX 16384

enum {
    FRAME_DATA,
    FRAME_HEADERS,
    FRAME_RESET = 0x3,
    FRAME_SETTINGS,
    FRAME_PUSH,
    FRAME_PING,
    FRAME_GOAWAY,
    FRAME_CONTINUATION = 0x9
};

enum { FLAG_ACK = 0x1, FLAG_END_STREAM = 0x1, FLAG_END_HEADERS = 0x4, FLAG_PADDED = 0x8, FLAG_PRIORITY = 0x20 };

/* RFC 9113 section 7: errors that say come again, and one that says speak HTTP/1.1. */
enum { ERROR_REFUSED_STREAM = 0x7, ERROR_ENHANCE_YOUR_CALM = 0xb, ERROR_HTTP_1_1_REQUIRED = 0xd };

/* Settings and pings that are acknowledged; servers send one or two. */
#define ROUNDS_MAX 16

struct frame {
    unsigned type, flags;
    uint32_t stream;
    const unsigned char *payload;
    size_t len;
};

static uint32_t read_u32(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void say_frame(struct talk *t, unsigned type, unsigned flags, uint32_t stream, const void *payload, size_t len)
{
    const unsigned char head[HEADER_SIZE] = {
        0, (unsigned char)(len >> 8), (unsigned char)len, (unsigned char)type, (unsigned char)flags, 0, 0,
        0, (unsigned char)stream};
    talk_say(t, head, sizeof(head));
    talk_say(t, payload, len);
}

/* A string of HPACK, not packed: RFC 7541 section 5.2. */
static void put_text(struct buf *b, const char *text)
{
    size_t len = strlen(text);
    buf_putc(b, (char)(len < 127 ? len : 127));
    if (len >= 127) {
        len -= 127;
        if (len >= 128)
            buf_putc(b, (char)(0x80 | (len & 0x7f)));
        buf_putc(b, (char)(len >= 128 ? len >> 7 : len));
    }
    buf_puts(b, text);
}

/* Fields that are in no table afterwards (RFC 7541 section 6.2.2), their names from the static table or written out. */
static void say_headers(struct talk *t)
{
    const struct wire_probe_request *r = t->request;
    char authority[288];
    char block[512];
    struct buf name = BUF_OVER(authority);
    struct buf b = BUF_OVER(block);
    bool ipv6 = strchr(r->host, ':') != NULL;
    const char *host = r->socket_path[0] != '\0' ? "localhost" : r->host;
    if (r->server_name[0] != '\0')
        host = r->server_name;
    buf_printf(&name, ipv6 && host == r->host ? "[%s]" : "%s", host);
    if (r->socket_path[0] == '\0')
        buf_printf(&name, ":%u", r->port);
    buf_putc(&b, (char)0x83);                   /* :method POST */
    buf_putc(&b, (char)(r->tls ? 0x87 : 0x86)); /* :scheme */
    buf_putc(&b, 0x04);                         /* :path */
    put_text(&b, "/grpc.health.v1.Health/Check");
    buf_putc(&b, 0x01); /* :authority */
    put_text(&b, authority);
    buf_write(&b, "\x0f\x10", 2); /* content-type */
    put_text(&b, "application/grpc");
    buf_putc(&b, 0x00);
    put_text(&b, "te");
    put_text(&b, "trailers");
    buf_write(&b, "\x0f\x2b", 2); /* user-agent */
    put_text(&b, "muster");
    say_frame(t, FRAME_HEADERS, FLAG_END_HEADERS, 1, block, b.len);
}

/* HealthCheckRequest: field 1, the name of the service. A message has a byte for compression and four of length in front. */
static void say_question(struct talk *t)
{
    const char *service = t->request->service;
    size_t len = strlen(service);
    char message[512];
    struct buf b = BUF_OVER(message);
    size_t head = len == 0 ? 0 : len < 128 ? 2 : 3;
    buf_write(&b, "\0\0\0", 3);
    buf_putc(&b, (char)((head + len) >> 8));
    buf_putc(&b, (char)(head + len));
    if (len > 0) {
        buf_putc(&b, 0x0a);
        buf_putc(&b, (char)(len < 128 ? len : 0x80 | (len & 0x7f)));
        if (len >= 128)
            buf_putc(&b, (char)(len >> 7));
        buf_puts(&b, service);
    }
    say_frame(t, FRAME_DATA, FLAG_END_STREAM, 1, message, b.len);
}

static void greet(struct talk *t)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    /* SETTINGS_HEADER_TABLE_SIZE 0, SETTINGS_ENABLE_PUSH 0. */
    static const unsigned char settings[] = {0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
    t->fields = (struct hpack_fields){.status = -1, .grpc_status = -1};
    talk_say(t, preface, sizeof(preface) - 1);
    say_frame(t, FRAME_SETTINGS, 0, 0, settings, sizeof(settings));
    say_headers(t);
    say_question(t);
}

/* The stream has ended: what came of it, and a goodbye. */
static void end(struct talk *t)
{
    static const unsigned char no_error[8] = {0};
    grpc_answer_find(t);
    say_frame(t, FRAME_GOAWAY, 0, 0, no_error, sizeof(no_error));
}

/* Takes padding and priority away; RFC 9113 sections 6.1 and 6.2. */
static bool unpad(struct frame *f)
{
    size_t padding = 0;
    if (f->flags & FLAG_PADDED) {
        if (f->len < 1)
            return false;
        padding = f->payload[0];
        f->payload++;
        f->len--;
    }
    size_t priority = f->type == FRAME_HEADERS && (f->flags & FLAG_PRIORITY) ? 5 : 0;
    if (f->len < padding + priority)
        return false;
    f->payload += priority;
    f->len -= padding + priority;
    return true;
}

static struct frame parse(const unsigned char *bytes)
{
    return (struct frame){
        .len = (size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2],
        .type = bytes[3],
        .flags = bytes[4],
        .stream = read_u32(bytes + 5) & 0x7fffffffU,
        .payload = bytes + HEADER_SIZE,
    };
}

static void find_broken(struct talk *t)
{
    talk_find(t, VERDICT_PROTOCOL, "its HTTP/2 is broken");
}

/* A header block is in one frame, or goes on in others that follow at once (RFC 9113 section 4.3): all have to be there. Returns
 * how many bytes they are; 0 = not complete, or over. */
static size_t take_headers(struct talk *t, const unsigned char *bytes, size_t len)
{
    unsigned char block[TALK_MESSAGE_MAX];
    size_t block_len = 0;
    size_t at = 0;
    struct frame first = parse(bytes);
    struct frame f = first;
    do {
        if (len - at < HEADER_SIZE)
            return 0;
        f = parse(bytes + at);
        if (at > 0 && (f.type != FRAME_CONTINUATION || f.stream != first.stream)) {
            find_broken(t);
            return 0;
        }
        if (len - at - HEADER_SIZE < f.len)
            return 0;
        at += HEADER_SIZE + f.len;
        if (f.type == FRAME_HEADERS && !unpad(&f)) {
            find_broken(t);
            return 0;
        }
        memcpy(block + block_len, f.payload, f.len);
        block_len += f.len;
    } while ((f.flags & FLAG_END_HEADERS) == 0);
    if (first.stream != 1)
        return at;
    if (hpack_read(block, block_len, &t->fields) != 0)
        find_broken(t);
    else if (first.flags & FLAG_END_STREAM)
        end(t);
    return at;
}

static void take_data(struct talk *t, struct frame *f)
{
    if (f->stream != 1)
        return;
    if (!unpad(f)) {
        find_broken(t);
        return;
    }
    if (f->len > sizeof(t->body) - t->body_len) {
        t->body_len = 0; /* of a page, perhaps, by something in front of the server */
        grpc_answer_find(t);
        return;
    }
    memcpy(t->body + t->body_len, f->payload, f->len);
    t->body_len += f->len;
    if (f->flags & FLAG_END_STREAM)
        end(t);
}

static void take_reset(struct talk *t, const struct frame *f)
{
    if (f->stream != 1)
        return;
    uint32_t code = f->len == 4 ? read_u32(f->payload) : 0;
    if (code == ERROR_REFUSED_STREAM || code == ERROR_ENHANCE_YOUR_CALM)
        talk_find(t, VERDICT_BUSY, "the server takes no calls at the moment (RST_STREAM, error %u)", code);
    else if (code == ERROR_HTTP_1_1_REQUIRED)
        talk_find(t, VERDICT_PROTOCOL, "it speaks HTTP/1.1 only, and gRPC needs HTTP/2");
    else
        talk_find(t, VERDICT_RESET, "the server breaks off the call (RST_STREAM, error %u)", code);
}

/* A server that wants to end still answers calls up to the last that it names. */
static void take_goaway(struct talk *t, const struct frame *f)
{
    if (f->len < 8) {
        find_broken(t);
        return;
    }
    uint32_t code = read_u32(f->payload + 4);
    if (code != 0 || (read_u32(f->payload) & 0x7fffffffU) < 1)
        talk_find(t, VERDICT_BUSY, "the server is closing its connections (GOAWAY, error %u)", code);
}

static void acknowledge(struct talk *t, const struct frame *f)
{
    if (f->flags & FLAG_ACK)
        return;
    if (++t->rounds > ROUNDS_MAX || (f->type == FRAME_PING && f->len != 8))
        find_broken(t);
    else
        say_frame(t, f->type, FLAG_ACK, 0, f->payload, f->type == FRAME_PING ? f->len : 0);
}

static void take_frame(struct talk *t, struct frame *f)
{
    switch (f->type) {
    case FRAME_DATA:
        take_data(t, f);
        break;
    case FRAME_RESET:
        take_reset(t, f);
        break;
    case FRAME_SETTINGS:
    case FRAME_PING:
        acknowledge(t, f);
        break;
    case FRAME_GOAWAY:
        take_goaway(t, f);
        break;
    case FRAME_PUSH:
    case FRAME_CONTINUATION:
        find_broken(t);
        break;
    default:
        break;
    }
}

static size_t take(struct talk *t, const unsigned char *bytes, size_t len)
{
    /* No frame is so long that its first byte is anything else; TLS alerts are shorter than the beginning of a frame. */
    if (!t->answered && bytes[0] != 0 && len >= 4) {
        talk_find_stranger(t, bytes, len);
        return 0;
    }
    if (len < HEADER_SIZE)
        return 0;
    struct frame f = parse(bytes);
    /* A server of HTTP/2 begins with its settings. */
    if (!t->answered && (f.type != FRAME_SETTINGS || f.stream != 0 || f.len > FRAME_MAX)) {
        talk_find_stranger(t, bytes, len);
        return 0;
    }
    t->answered = true;
    if (f.len > FRAME_MAX) {
        find_broken(t);
        return 0;
    }
    if (f.type == FRAME_HEADERS)
        return take_headers(t, bytes, len);
    size_t whole = HEADER_SIZE + f.len;
    if (len < whole)
        return 0;
    take_frame(t, &f); /* takes padding out of f.len */
    return whole;
}

const struct talk_kind grpc_talk = {.name = "gRPC", .greet = greet, .take = take};
