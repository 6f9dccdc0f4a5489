#include <stdio.h>
#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/base/text.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/command/state_file.h"
#include "init/engine/states.h"
#include "init/report/status.h"

/* Enough for every service that one command line names in practice; the rest is cut. */
#define LINES_MAX 16384

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));
    return text == NULL ? "" : text;
}

/* One line of why not, or NULL when ready. */
static const char *why_not(const struct state_file *f)
{
    bool complete = strcmp(text_of(f->root, "phase"), run_phase_name(PHASE_COMPLETE)) == 0;
    if (complete) {
        return NULL;
    }
    if (!f->owner_alive) {
        return "muster is not running any more";
    }
    return json_true(json_get(f->root, "ready")) ? NULL : text_of(f->root, "summary");
}

static const char *name_at(const void *ctx, size_t i)
{
    const struct json *row = json_first(ctx);
    while (i-- > 0) {
        row = json_next(row);
    }
    return text_of(row, "service_name");
}

static const struct json *find_service(const struct json *services, const char *name)
{
    for (const struct json *row = json_first(services); row != NULL; row = json_next(row)) {
        if (strcmp(text_of(row, "service_name"), name) == 0) {
            return row;
        }
    }
    return NULL;
}

static int unknown_service(const struct json *services, const char *name)
{
    const char *near = text_nearest(name, name_at, services, json_count(services));
    if (near != NULL) {
        log_line(LOG_ERROR, "there is no service %s; did you mean %s?", name, near);
    } else {
        log_line(LOG_ERROR, "there is no service %s", name);
    }
    return EXIT_USAGE_ERROR;
}

/* "redis: unhealthy: refused: ..." for each that is not healthy. */
static int check_services(const struct options *o, const struct state_file *f, struct buf *out)
{
    const struct json *services = json_get(f->root, "services");
    const char *gone = f->owner_alive || why_not(f) == NULL ? NULL : why_not(f);
    int exit_code = EXIT_OK;
    for (size_t i = 0; i < o->target_count; i++) {
        const struct json *row = find_service(services, o->targets[i]);
        if (row == NULL) {
            return unknown_service(services, o->targets[i]);
        }
        const char *status = text_of(row, "status");
        if (gone == NULL && strcmp(status, service_status_name(SERVICE_HEALTHY)) == 0) {
            continue;
        }
        const char *detail = text_of(row, "error_message");
        detail = detail[0] == '\0' ? text_of(row, "reason") : detail;
        detail = gone != NULL ? gone : detail;
        buf_printf(out, "%s: %s%s%s\n", o->targets[i], status, detail[0] == '\0' ? "" : ": ", detail);
        exit_code = EXIT_NOT_READY;
    }
    return exit_code;
}

int command_check(const struct options *o)
{
    struct state_file file;
    struct err e;
    char storage[LINES_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    int exit_code = EXIT_NOT_READY;
    if (state_file_open(o->state_dir, &file, &e) != 0) {
        buf_printf(&line, "not ready: %s\n", e.text);
    } else if (o->target_count > 0) {
        exit_code = check_services(o, &file, &line);
    } else {
        const char *why = why_not(&file);
        if (why != NULL) {
            buf_printf(&line, "not ready: %s\n", why);
        } else {
            buf_puts(&line, "ready\n");
            exit_code = EXIT_OK;
        }
    }
    state_file_close(&file);
    if (!o->quiet && print_buf(&line) != EXIT_OK) {
        return EXIT_NOT_READY;
    }
    return exit_code;
}
