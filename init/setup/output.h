/*
 * output - what a child writes: split into lines, secrets removed, the tail kept, each line handed on.
 */
#ifndef MUSTER_SETUP_OUTPUT_H
#define MUSTER_SETUP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/config/redact.h"
#include "init/setup/logfile.h"

/* Longer lines are split, but never within a secret. */
#define OUTPUT_LINE_MAX 4096
/* A longer terminal control sequence is text. */
#define OUTPUT_SEQUENCE_MAX 64
_Static_assert(REDACT_HELD_MAX + OUTPUT_SEQUENCE_MAX + 256 < OUTPUT_LINE_MAX,
               "a split line gets shorter by a useful amount");
/* Kept for error_details.output_tail: about forty lines of a terminal. */
#define OUTPUT_TAIL_MAX 3072

struct output {
    const struct redactor *redactor; /* borrowed; NULL = nothing is secret */
    bool show_all;                   /* lines are handed on as they are; tail and file are redacted all the same */
    struct logfile *file;            /* borrowed; NULL = its lines are not kept in one */
    size_t line_len;
    size_t tail_len;
    uint64_t total; /* bytes ever written by the child */
    bool truncated; /* the tail is not everything */
    /* The large ones last: for a child that writes nothing their pages are never touched. */
    char tail[OUTPUT_TAIL_MAX + 1]; /* newest bytes, whole lines, valid UTF-8, NUL-terminated */
    char line[OUTPUT_LINE_MAX + 1];
};

typedef void output_line_fn(void *ctx, const char *line, size_t len);

/*
 * output_init - nothing written yet.
 *
 * @r         borrowed; NULL = nothing is secret.
 * @show_all  hand secrets on; what is kept in files, and the tail is, is redacted whatever this says.
 * @file      borrowed; gets every line; NULL = none.
 */
void output_init(struct output *o, const struct redactor *r, bool show_all, struct logfile *file);

/*
 * output_feed - bytes from the child. Every complete line (without its newline, redacted, made printable) goes to @fn.
 *
 * However the bytes are cut into portions, and however long a line is, a secret is found. Time is linear in @len.
 */
void output_feed(struct output *o, const char *bytes, size_t len, output_line_fn *fn, void *ctx);

/*
 * output_flush - the child is gone: hand on what has no newline.
 */
void output_flush(struct output *o, output_line_fn *fn, void *ctx);

#endif
