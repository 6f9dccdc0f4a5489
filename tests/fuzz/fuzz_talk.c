/*
 * Whatever a postgres, mysql or gRPC server sends, in whatever pieces: the conversation ends or waits, its text is fit to be
 * printed, and how the bytes are cut does not decide whether the server takes clients. The first byte
 * is the protocol and the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/grpc_talk.h"
#include "probes/mysql_talk.h"
#include "probes/postgres_talk.h"

/* Beyond, the limit of all input decides. */
#define BYTES_MAX (TALK_MESSAGE_MAX / 2)

static struct talk whole;
static struct talk cut;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_finding(const struct talk *t)
{
    require(t->verdict < VERDICT_CLASS_COUNT && t->verdict != VERDICT_INTERNAL);
    require(t->text[0] != '\0' && memchr(t->text, '\0', sizeof(t->text)) != NULL);
    for (const char *c = t->text; *c != '\0'; c++)
        require((unsigned char)*c >= ' ' && *c != 127);
}

static void converse(struct talk *t, const uint8_t *data, size_t size, size_t piece)
{
    for (size_t at = 0; at < size && !t->over; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        bool over = talk_feed(t, data + at, len);
        require(over == t->over && t->output_len <= sizeof(t->output));
    }
    if (t->over)
        check_finding(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct talk_kind *const kinds[] = {&postgres_talk, &mysql_talk, &grpc_talk};
    if (size < 2 || size > BYTES_MAX)
        return 0;
    struct wire_probe_request r = {.host = "db",
                                   .socket_path = "",
                                   .user = "app",
                                   .password = "",
                                   .database = "shop",
                                   .service = "cart",
                                   .server_name = ""};
    const struct talk_kind *kind = kinds[data[0] % 3];
    talk_begin(&whole, kind, &r);
    talk_begin(&cut, kind, &r);
    converse(&whole, data + 1, size - 1, size);
    converse(&cut, data + 1, size - 1, data[0] / 3 + 1U);
    require((whole.over && whole.verdict == VERDICT_OK) == (cut.over && cut.verdict == VERDICT_OK));
    return 0;
}
