/*
 * hpack - the headers of an HTTP/2 answer, as far as a gRPC client looks at them. RFC 7541. No I/O, no memory of its own.
 *
 * There is no dynamic table: the client says so in its SETTINGS (SETTINGS_HEADER_TABLE_SIZE 0), and what a server puts in
 * there is gone at once.
 */
#ifndef MUSTER_PROBES_HPACK_H
#define MUSTER_PROBES_HPACK_H

#include <stdbool.h>
#include <stddef.h>

/* What was in the headers so far; -1 and false = not there. */
struct hpack_fields {
    int status;      /* :status */
    int grpc_status; /* grpc-status; what is no small number is 2, UNKNOWN */
    bool grpc;       /* content-type begins with application/grpc */
};

/*
 * hpack_read - the fields of one whole header block.
 *
 * @fields  what is found is set, the rest is left alone.
 *
 * Returns 0, or -1 when the block is broken or refers to a table that is not there.
 */
int hpack_read(const unsigned char *block, size_t len, struct hpack_fields *fields);

/*
 * hpack_unpack - a string in the Huffman code of RFC 7541, appendix B.
 *
 * @cap  bytes at @out; what is longer is cut.
 *
 * Returns how many bytes were written, or -1 when the code or its padding is broken.
 */
int hpack_unpack(const unsigned char *bytes, size_t len, unsigned char *out, size_t cap);

#endif
