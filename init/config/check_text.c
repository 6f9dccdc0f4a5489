#include "init/config/check.h"

#include <stdio.h>
#include <string.h>

/* RFC 5321, section 4.5.3.1, and its erratum 1690; RFC 1035, section 2.3.4. */
#define EMAIL_MAX 254
#define EMAIL_LOCAL_MAX 64
#define LABEL_MAX 63

void check_string(struct check *c)
{
    check_length(c, strlen(c->value), "byte");
}

void accept_string(const struct variable *v, struct buf *out)
{
    buf_puts(out, "text");
    accepted_length(v, "byte", out);
    if (!v->has_min && !v->has_max)
        buf_puts(out, " that is not empty");
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void check_secret(struct check *c)
{
    size_t len = strlen(c->value);
    size_t blanks = 0;
    size_t controls = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)c->value[i];
        blanks += is_blank(c->value[i]);
        controls += byte < 0x20 || byte == 0x7f;
    }
    if (blanks == len) {
        problem_hint(
            check_broken(c, "secret.empty", len == 0 ? "set, but empty" : "set, but nothing except white space"),
            "give %s its value, or do not set it at all (--empty-as-unset takes empty for unset)", c->name);
    } else if (is_blank(c->value[0]) || is_blank(c->value[len - 1])) {
        problem_hint(check_broken(c, "secret.whitespace", "white space at the beginning or the end of a secret"),
                     "remove it; a file that was read with its last line feed is the usual cause");
    } else if (controls > 0) {
        problem_hint(check_broken(c, "secret.whitespace", "control characters in a secret"),
                     "remove them; a line feed in the middle often means that two values were pasted together");
    } else {
        check_length(c, len, "byte");
    }
}

void accept_secret(const struct variable *v, struct buf *out)
{
    buf_puts(out, "a secret");
    accepted_length(v, "byte", out);
    buf_puts(out, " without control characters and without white space around it");
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The dot-atom of RFC 5322, section 3.2.3; quoted local parts are legal and nobody's. */
static bool is_local_part(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool dot = s[i] == '.' && i > 0 && i + 1 < len && s[i - 1] != '.';
        if (!dot && !is_alnum(s[i]) && !strchr("!#$%&'*+-/=?^_`{|}~", s[i]))
            return false;
    }
    return len > 0 && len <= EMAIL_LOCAL_MAX;
}

static bool is_host_name(const char *s)
{
    for (;;) {
        size_t n = strcspn(s, ".");
        if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!is_alnum(s[i]) && s[i] != '-')
                return false;
        }
        if (s[n] == '\0')
            return s[strspn(s, "0123456789")] != '\0';
        s += n + 1;
    }
}

void check_email(struct check *c)
{
    char quote[CHECK_QUOTE_ROOM];
    const char *at = strrchr(c->value, '@');
    const char *text = NULL;
    if (strlen(c->value) > EMAIL_MAX)
        text = "longer than the 254 bytes that an address may have";
    else if (!at)
        text = "no address: there is no @";
    else if (memchr(c->value, '@', (size_t)(at - c->value)))
        text = "no address: more than one @";
    else if (!is_local_part(c->value, (size_t)(at - c->value)))
        text = "no address: not valid before the @";
    else if (!is_host_name(at + 1))
        text = "no address: no valid host name behind the @";
    if (text)
        problem_hint(check_broken(c, "email", "%s%s", text, check_quote(c, quote)),
                     "write the address alone, like name@example.org: no display name, no <>, no blanks");
}

void accept_email(const struct variable *v, struct buf *out)
{
    (void)v;
    buf_puts(out, "an e-mail address, name@host");
}

void check_regex(struct check *c)
{
    char why[160];
    if (!value_pattern_fault(c->value, why, sizeof(why)))
        return;
    if (check_may_quote(c))
        problem_hint(check_broken(c, "regex", "no regular expression: %s", why),
                     "write it as a POSIX extended regular expression, regex(7)");
    else
        problem_hint(check_broken(c, "regex", "no regular expression that can be used"),
                     "write it as a POSIX extended regular expression, regex(7)");
}

void accept_regex(const struct variable *v, struct buf *out)
{
    (void)v;
    buf_printf(out, "a POSIX extended regular expression of at most %d bytes", PATTERN_MAX);
}
