#include <stddef.h>
#include <string.h>

#include "init/base/match.h"
#include "init/base/signame.h"
#include "init/base/text.h"
#include "init/plan/read.h"

#define SIGNAL_PREFIX "signal:"
#define LOG_LIMIT_MAX ((int64_t)1 << 30)

static void read_ready_fd(struct reader *r, const struct json *n, void *entry)
{
    struct service *s = entry;
    int64_t fd = 0;

    if (!json_integer(n, &fd) || fd < READY_FD_MIN || fd > READY_FD_MAX) {
        problem_hint(reader_fault(r, "value", "not a descriptor that a service can write its readiness to"),
                     "write a whole number from %d to %d", READY_FD_MIN, READY_FD_MAX);
        return;
    }
    s->ready_fd = (uint8_t)fd;
}

static void read_ready_line(struct reader *r, const struct json *n, void *entry)
{
    struct service *s = entry;
    struct pattern *compiled = arena_alloc(r->arena, 1, sizeof(*compiled));
    char why[160];
    const char *regex = reader_line(r, n);

    if (!regex)
        return;
    if (match_compile_search(regex, compiled, why, sizeof(why)) != 0)
        problem_hint(reader_fault(r, "pattern", "%s", why), "patterns are those of POSIX, extended");
    else
        s->ready_line = regex;
}

static const struct key ready_object_keys[] = {
    {.name = "fd", .kind = KEY_OWN, .read = read_ready_fd},
    {.name = "line", .kind = KEY_OWN, .read = read_ready_line},
};
static const struct key_table ready_keys = {"\"ready\"", ready_object_keys,
                                            sizeof(ready_object_keys) / sizeof(ready_object_keys[0])};

void read_ready(struct reader *r, const struct json *n, void *service)
{
    struct service *s = service;

    if (json_type(n) == JSON_OBJECT) {
        bool line = json_get(n, "line") != NULL;
        bool fd = json_get(n, "fd") != NULL;

        s->ready = line ? READY_BY_LINE : READY_BY_DESCRIPTOR;
        reader_object(r, n, &ready_keys, s);
        if (line == fd)
            problem_hint(reader_fault(r, "required", "\"ready\" needs \"fd\" or \"line\""), "one of the two");
    } else if (reader_word(r, n, &ready_word_names) >= 0) {
        s->ready = READY_BY_NOTIFY;
    }
}

static int read_signal(struct reader *r, const char *name)
{
    int number = signame_parse(name);

    if (number < 0)
        problem_hint(reader_fault(r, "value", "\"%s\" is not a signal", name), "write HUP, TERM, USR1 or RTMIN+3");
    return number;
}

void read_stop_signal(struct reader *r, const struct json *n, void *service)
{
    int number = reader_expect(r, n, JSON_STRING) ? read_signal(r, json_string(n)) : -1;

    if (number > 0)
        ((struct service *)service)->stop_signal = number;
}

void read_when_lost(struct reader *r, const struct json *n, void *service)
{
    static const char *const words[] = {[LOST_REPORT] = "report", [LOST_STOP] = "stop"};
    struct service *s = service;
    const char *text = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (strcmp(text, words[LOST_REPORT]) == 0) {
        s->when_lost = LOST_REPORT;
    } else if (strcmp(text, words[LOST_STOP]) == 0) {
        s->when_lost = LOST_STOP;
    } else if (strncmp(text, SIGNAL_PREFIX, strlen(SIGNAL_PREFIX)) == 0) {
        int number = read_signal(r, text + strlen(SIGNAL_PREFIX));
        s->when_lost = LOST_SIGNAL;
        s->lost_signal = number > 0 ? number : 0;
    } else {
        problem_hint(reader_fault(r, "enum", "\"%s\" is nothing to do when a service is lost", text),
                     "write report, stop, or signal:HUP");
    }
}

void read_log_limit(struct reader *r, const struct json *n, void *service)
{
    int64_t bytes = 0;

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (text_parse_size(json_string(n), &bytes) != TEXT_OK || bytes > LOG_LIMIT_MAX)
        problem_hint(reader_fault(r, "value", "\"%s\" is not a size of a log", json_string(n)),
                     "write a whole number and a unit: 64KiB, 10MiB; 0B for none, at most 1GiB");
    else
        ((struct service *)service)->log_limit = (uint64_t)bytes;
}
