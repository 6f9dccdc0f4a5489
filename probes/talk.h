/*
 * talk - a short conversation in messages, up to the point where the server has said whether it takes clients. Bytes in,
 * bytes and a finding out; no I/O. What the messages mean is in postgres_talk.h, mysql_talk.h and
 * grpc_talk.h.
 */
#ifndef MUSTER_PROBES_TALK_H
#define MUSTER_PROBES_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "init/wire/messages.h"
#include "probes/hpack.h"

/* One message of a server. The longest that matter are errors with a sentence or two. */
#define TALK_MESSAGE_MAX ((size_t)17 << 10)

/* All messages of a server. */
#define TALK_INPUT_MAX ((size_t)64 << 10)

/* What may be unsent at a time: two names of the longest (wire_texts[]), and fixed words around them. */
#define TALK_OUTPUT_MAX 1280

/* The message of a gRPC call: some bytes. */
#define TALK_BODY_MAX 64

struct talk;

/* A protocol. */
struct talk_kind {
    const char *name; /* of the server, for texts */

    /* The first words, before the server has said anything. May be NULL. */
    void (*greet)(struct talk *t);

    /* Take the first whole message of @bytes: answer with talk_say(), or end the conversation with talk_find(). Returns how
     * many bytes it took; 0 = the message is not complete. */
    size_t (*take)(struct talk *t, const unsigned char *bytes, size_t len);
};

struct talk {
    const struct talk_kind *kind;
    const struct wire_probe_request *request; /* borrowed */
    bool over;
    enum verdict_class verdict; /* when over */
    char text[WIRE_TEXT_MAX];   /* when over; ours, and printable words of the server that hold no credential */
    bool answered;              /* the protocols' own: the server has answered to the first words */
    unsigned rounds;            /* the protocols' own */
    struct hpack_fields fields; /* grpc: headers and trailers */
    size_t body_len;
    unsigned char body[TALK_BODY_MAX]; /* grpc */
    size_t total;
    size_t input_len;
    size_t output_len;
    unsigned char output[TALK_OUTPUT_MAX]; /* to be sent; the sender takes it away */
    unsigned char input[TALK_MESSAGE_MAX];
};

/*
 * talk_begin - start, with the first words of @kind in @t->output.
 *
 * @request  borrowed as long as @t is used.
 */
void talk_begin(struct talk *t, const struct talk_kind *kind, const struct wire_probe_request *request);

/*
 * talk_feed - take bytes from the server. Returns true when the conversation is over; more bytes are ignored then.
 */
bool talk_feed(struct talk *t, const unsigned char *bytes, size_t len);

/*
 * talk_say - more to be sent. What does not fit ends the conversation as VERDICT_INTERNAL.
 */
void talk_say(struct talk *t, const void *bytes, size_t len);

/*
 * talk_find - the conversation is over. The first finding stands.
 */
void talk_find(struct talk *t, enum verdict_class verdict, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * talk_find_stranger - over: @bytes, the first of the server, are not @t's protocol. Names what they look like.
 */
void talk_find_stranger(struct talk *t, const unsigned char *bytes, size_t len);

#endif
