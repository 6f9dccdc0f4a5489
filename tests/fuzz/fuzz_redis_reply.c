/*
 * Whatever a server sends, in whatever pieces: the conversation ends or waits, never repeats credentials, never calls
 * something a success that did not answer PONG, and says the same however the bytes are cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/redis_reply.h"

static const char password[] = "pa55word";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool converse(const struct wire_probe_request *r, const uint8_t *data, size_t size, size_t piece,
                     struct redis_finding *f)
{
    struct redis_talk *t = redis_talk_new(r);
    bool over = false;
    if (t == NULL)
        return false;
    for (size_t at = 0; at < size && !over; at += piece) {
        /* A copy of the exact size, so that reading beyond a piece is seen. */
        size_t len = size - at < piece ? size - at : piece;
        char *bytes = malloc(len);
        require(bytes != NULL);
        memcpy(bytes, data + at, len);
        over = redis_talk_feed(t, bytes, len, f);
        free(bytes);
    }
    redis_talk_free(t);
    return over;
}

static void check_finding(const struct redis_finding *f, const struct wire_probe_request *r, const uint8_t *data,
                          size_t size)
{
    require(f->verdict < VERDICT_CLASS_COUNT);
    require(memchr(f->text, '\0', sizeof(f->text)) != NULL);
    require(memchr(f->role, '\0', sizeof(f->role)) != NULL);
    require(f->text[0] != '\0');
    require(r->password[0] == '\0' || strstr(f->text, r->password) == NULL);
    for (const char *c = f->text; *c != '\0'; c++)
        require((unsigned char)*c >= ' ' && *c != 127);
    if (f->verdict == VERDICT_OK)
        require(memmem(data, size, "+PONG\r\n", 7) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4 * REDIS_ANSWER_MAX)
        return 0;
    struct wire_probe_request r = {.type = WIRE_PROBE,
                                   .kind = WIRE_REDIS,
                                   .database_count = data[0] & 1,
                                   .user = "",
                                   .password = data[0] & 2 ? password : "",
                                   .key = ""};
    struct redis_finding whole = {0};
    struct redis_finding cut = {0};
    size_t piece = (size_t)(data[0] >> 2) + 1;
    bool whole_over = converse(&r, data + 1, size - 1, size, &whole);
    bool cut_over = converse(&r, data + 1, size - 1, piece, &cut);
    if (whole_over)
        check_finding(&whole, &r, data + 1, size - 1);
    if (cut_over)
        check_finding(&cut, &r, data + 1, size - 1);
    /* Beyond the limit, the size of the pieces decides what is seen first; the same for what only first bytes show. */
    if (size <= REDIS_ANSWER_MAX && whole_over && cut_over)
        require(whole.verdict == cut.verdict);
    return 0;
}
