/*
 * fetch - one HTTP or HTTPS resource into an open file. The part of a download that sees network bytes.
 */
#ifndef MUSTER_PROBES_FETCH_H
#define MUSTER_PROBES_FETCH_H

#include <stdint.h>

/* More than this is a loop. */
#define FETCH_REDIRECTS_MAX 5
/* Progress is not told more often. */
#define FETCH_PROGRESS_S 2

struct fetch {
    const char *url;   /* may hold credentials */
    const char *path;  /* for messages */
    int fd;            /* written at its offset, which is left behind the last byte */
    uint64_t offset;   /* bytes that are there already; 0 = none */
    uint64_t size_max; /* of the whole file */
    uint32_t stall_ms; /* given up when nothing comes for so long */
};

/* An exit code. */
enum fetch_outcome {
    FETCH_DONE = 0,    /* the rest has been added, or there was none */
    FETCH_FAILED = 1,  /* waiting does not help */
    FETCH_AFRESH = 2,  /* done, but the server does not send parts: it was written from the beginning */
    FETCH_LATER = 69,  /* the server or the way to it */
    FETCH_BROKEN = 70, /* the sandbox or libcurl */
};

/*
 * fetch_run - in a process of its own, which is not good for anything else afterwards: enters the sandbox, fetches, says
 * what went wrong on standard error.
 *
 * Redirects are followed, from https to https only. Certificates are verified against those of SSL_CERT_FILE, SSL_CERT_DIR
 * or the system. No proxy, no .netrc, no cookies. Credentials and query of the URL are never told.
 */
enum fetch_outcome fetch_run(const struct fetch *f);

#endif
