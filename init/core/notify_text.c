#include "init/core/notify_text.h"

#include <string.h>

/* Linux has no greater error numbers. */
#define ERRNO_LAST 4095

static bool is(const char *line, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(line, word, len) == 0;
}

/* The value of a line that begins with @name, or NULL. */
static const char *value_of(const char *line, size_t len, const char *name)
{
    size_t skip = strlen(name);
    return len >= skip && memcmp(line, name, skip) == 0 ? line + skip : NULL;
}

/* Strict decimal; 0 when it is no error number. */
static int parse_error(const char *digits, size_t len)
{
    int number = 0;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9' || number > ERRNO_LAST) {
            return 0;
        }
        number = number * 10 + (digits[i] - '0');
    }
    return number <= ERRNO_LAST ? number : 0;
}

static void parse_line(const char *line, size_t len, struct notify_text *out)
{
    const char *value;
    if (is(line, len, "READY=1")) {
        out->ready = true;
    } else if (is(line, len, "STOPPING=1")) {
        out->stopping = true;
    } else if ((value = value_of(line, len, "STATUS=")) != NULL) {
        out->status = value;
        out->status_len = (size_t)(line + len - value);
    } else if ((value = value_of(line, len, "ERRNO=")) != NULL) {
        out->error = parse_error(value, (size_t)(line + len - value));
    }
}

void notify_text_parse(const char *bytes, size_t len, struct notify_text *out)
{
    *out = (struct notify_text){.ready = false};
    if (len > NOTIFY_DATAGRAM_MAX) {
        return;
    }
    while (len > 0 && bytes[len - 1] == '\0') {
        len--; /* some senders count the end of their string */
    }
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t line = end != NULL ? (size_t)(end - bytes) : len;
        parse_line(bytes, line, out);
        size_t taken = line + (end != NULL);
        bytes += taken;
        len -= taken;
    }
}
