/*
 * url - split a URL into its parts (RFC 3986 as far as muster's targets need it). Bytes in, value out.
 *
 * Strict where curl and browsers are lenient: no blanks, control bytes or backslashes anywhere; a host where the scheme
 * needs one; ports 1 to 65535.
 */
#ifndef MUSTER_BASE_URL_H
#define MUSTER_BASE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"

#define URL_MAX 2048

struct url {
    char scheme[16];     /* lower case */
    char user[256];      /* percent-decoded */
    char password[512];  /* percent-decoded; a secret */
    char raw_password[1024]; /* as written; a secret too */
    char host[256];      /* IPv6 without brackets; empty for unix: */
    char path[1024];     /* as written, from the first '/'; may be empty; percent-decoded for unix: */
    char query[1024];    /* without the '?' */
    uint16_t port;       /* 0 = not given */
    bool has_user;
    bool has_password;
    bool ipv6;           /* the host was in brackets */
};

enum url_fault { URL_OK, URL_SYNTAX, URL_HOST, URL_PORT, URL_TOO_LONG };

/*
 * url_parse - split @text.
 *
 * @out  filled on URL_OK only. Holds secrets: the caller wipes it when it is done with it (explicit_bzero).
 *
 * "unix:/path" and "redis+unix:///path" have an empty host; every other scheme needs "//host". Allocates nothing.
 */
enum url_fault url_parse(const char *text, size_t len, struct url *out);

/*
 * url_show - the URL for people: "scheme://user:***@host:port/path", the query as "?***"; never a password.
 */
void url_show(const struct url *u, struct buf *out);

/*
 * url_host_is_loopback - "localhost", *.localhost, 127/8, ::1.
 */
bool url_host_is_loopback(const struct url *u);

#endif
