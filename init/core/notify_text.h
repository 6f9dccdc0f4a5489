/*
 * notify_text - what a process says of itself in one datagram, sd_notify(3): lines of NAME=VALUE. Bytes in, values out.
 */
#ifndef MUSTER_CORE_NOTIFY_TEXT_H
#define MUSTER_CORE_NOTIFY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Longer datagrams are not looked at: nobody has that much to say of himself. */
#define NOTIFY_DATAGRAM_MAX 4096

struct notify_text {
    bool ready;         /* READY=1 */
    bool stopping;      /* STOPPING=1 */
    int error;          /* ERRNO=n, 0 = none */
    const char *status; /* STATUS=…: borrowed from the datagram, not NUL-terminated, any bytes; NULL = none */
    size_t status_len;
};

/*
 * notify_text_parse - read one datagram.
 *
 * @bytes  borrowed; out->status points into it.
 *
 * What is not understood (MAINPID=, WATCHDOG=, garbage) is left out; of what is said twice the last counts. A datagram that
 * is too long says nothing. Allocates nothing, never fails.
 */
void notify_text_parse(const char *bytes, size_t len, struct notify_text *out);

#endif
