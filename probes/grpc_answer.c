#include "probes/grpc_answer.h"

#include <string.h>

#include "init/base/text.h"

/* HealthCheckResponse.ServingStatus. */
enum { SERVING_UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN };

/* How much of the service's name goes into a text. */
#define QUOTE_MAX 80

static uint32_t read_u32(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* HealthCheckResponse: field 1, a number; others are passed over. Returns it, or -1 for what is no such message. */
static int serving_status(const unsigned char *bytes, size_t len)
{
    int status = SERVING_UNKNOWN;
    if (len < 5 || bytes[0] != 0 || read_u32(bytes + 1) != len - 5)
        return -1;
    for (size_t at = 5; at < len; at += 2) {
        /* Field and value are small numbers: a byte each. */
        if (at + 1 >= len || (bytes[at] & 0x87) != 0 || bytes[at + 1] > SERVICE_UNKNOWN)
            return -1;
        if (bytes[at] == 0x08)
            status = bytes[at + 1];
    }
    return status;
}

static void find_unknown_service(struct talk *t)
{
    char quote[QUOTE_MAX];
    text_printable(t->request->service, strlen(t->request->service), quote, sizeof(quote));
    if (quote[0] == '\0')
        talk_find(t, VERDICT_CONTENT, "the gRPC server does not tell its health as a whole: name a service");
    else
        talk_find(t, VERDICT_CONTENT, "the gRPC server knows no service \"%s\"", quote);
}

static void find_serving(struct talk *t)
{
    switch (serving_status(t->body, t->body_len)) {
    case SERVING:
        talk_find(t, VERDICT_OK, "SERVING");
        break;
    case NOT_SERVING:
        talk_find(t, VERDICT_STATUS, "the gRPC server says NOT_SERVING");
        break;
    case SERVING_UNKNOWN:
        talk_find(t, VERDICT_STATUS, "the gRPC server says UNKNOWN: it does not know its health yet");
        break;
    case SERVICE_UNKNOWN:
        find_unknown_service(t);
        break;
    default:
        talk_find(t, VERDICT_PROTOCOL, "the answer is no HealthCheckResponse of grpc.health.v1");
    }
}

/* Status codes of gRPC that are no matter of the service's health. */
static void find_grpc_status(struct talk *t)
{
    static const struct {
        int status;
        enum verdict_class verdict;
        const char *text;
    } rows[] = {
        {7, VERDICT_NOPERM, "the gRPC server does not allow to ask for its health (PERMISSION_DENIED)"},
        {8, VERDICT_BUSY, "the gRPC server has no resources for another call (RESOURCE_EXHAUSTED)"},
        {12, VERDICT_PROTOCOL, "the gRPC server has no health service, grpc.health.v1 (UNIMPLEMENTED)"},
        {14, VERDICT_BUSY, "the gRPC server is unavailable (UNAVAILABLE)"},
        {16, VERDICT_NOAUTH, "the gRPC server wants credentials (UNAUTHENTICATED)"},
    };
    if (t->fields.grpc_status == 5) {
        find_unknown_service(t);
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == t->fields.grpc_status)
            talk_find(t, rows[i].verdict, "%s", rows[i].text);
    }
    talk_find(t, VERDICT_STATUS, "the gRPC server fails the call with status %d", t->fields.grpc_status);
}

/* What HTTP says when it is not the gRPC server that answers, but something in front of it. */
static void find_http_status(struct talk *t)
{
    int status = t->fields.status;
    enum verdict_class verdict = VERDICT_PROTOCOL;
    if (status == 401)
        verdict = VERDICT_NOAUTH;
    else if (status == 403)
        verdict = VERDICT_NOPERM;
    else if (status == 429 || (status >= 502 && status <= 504))
        verdict = VERDICT_BUSY;
    talk_find(t, verdict, "it answers with HTTP %d instead of gRPC", status);
}

void grpc_answer_find(struct talk *t)
{
    if (t->fields.status < 0)
        talk_find(t, VERDICT_PROTOCOL, "its HTTP/2 is broken");
    else if (t->fields.status != 200)
        find_http_status(t);
    else if (!t->fields.grpc)
        talk_find(t, VERDICT_PROTOCOL, "it answers in HTTP/2, but not as a gRPC server");
    else if (t->fields.grpc_status == 0)
        find_serving(t);
    else if (t->fields.grpc_status > 0)
        find_grpc_status(t);
    else
        talk_find(t, VERDICT_PROTOCOL, "the answer has no grpc-status");
}
