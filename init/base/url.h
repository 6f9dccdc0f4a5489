/*
 * url - split a URL into its parts (RFC 3986 as far as muster's targets need it). Bytes in, value out.
 *
 * Strict where curl and browsers are lenient: no blanks, control bytes, backslashes or invalid UTF-8 anywhere; a host
 * of letters, digits, '.', '-' and '_' where the scheme needs one; addresses only in their usual form (127.0.0.1, never
 * 127.1 or 0x7f000001); ports 1 to 65535 without leading zeros; '@' in a password only as %40.
 */
#ifndef MUSTER_BASE_URL_H
#define MUSTER_BASE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"

#define URL_MAX 2048

struct url {
    char scheme[16];         /* lower case */
    char user[256];          /* percent-decoded; a secret when url_user_is_token() */
    char password[512];      /* percent-decoded; a secret */
    char raw_password[1024]; /* as written; a secret too */
    char host[256];          /* IPv6 without brackets; empty for unix: and file: */
    char path[1024];         /* as written, from the first '/'; may be empty; percent-decoded for those */
    char query[1024];        /* without the '?' */
    uint16_t port;           /* 0 = not given */
    bool has_user;
    bool has_password;
    bool ipv6; /* the host was in brackets */
};

enum url_fault { URL_OK, URL_SYNTAX, URL_HOST, URL_PORT, URL_TOO_LONG };

/*
 * url_parse - split @text.
 *
 * @out  filled on URL_OK only. Holds secrets: the caller wipes it when it is done with it (explicit_bzero).
 *
 * "unix:/path", "redis+unix:///path" and "file:///path" have an empty host; every other scheme needs "//host". A fragment is accepted
 * and dropped. Percent-decoded parts hold no control bytes. Allocates nothing.
 */
enum url_fault url_parse(const char *text, size_t len, struct url *out);

/*
 * url_unescape - percent signs replaced, in place.
 *
 * Returns 0, or -1 (and @text in an unknown state) for a broken percent sign or one that stands for a control byte.
 */
int url_unescape(char *text);

/*
 * url_show - the URL for people: "scheme://user:***@host:port/path", the query as "?***"; never a password.
 *
 * A user name without a password is often a token and is masked too, except for Redis, where it names an ACL user.
 */
void url_show(const struct url *u, struct buf *out);

/*
 * url_user_is_token - a user name without a password where the scheme is not Redis: "https://TOKEN@host".
 */
bool url_user_is_token(const struct url *u);

/*
 * url_host_is_loopback - "localhost", *.localhost, 127/8, ::1.
 */
bool url_host_is_loopback(const struct url *u);

#endif
