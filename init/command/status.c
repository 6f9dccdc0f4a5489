#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/command/processes.h"
#include "init/command/state_file.h"
#include "init/report/status.h"

/* A thousand rows; larger documents are for programs (--format json). */
#define STATUS_SHOWN_MAX 131072

/* As many processes as are looked at, in JSON. */
#define PROCESSES_TEXT_MAX ((size_t)PROCESSES_MAX * 256)

/* One collection of the document: what its rows are called, and which member says more. */
struct section {
    const char *key;
    const char *name;
    const char *kind;
    const char *detail;
};

static const struct section sections[] = {
    {"services", "service_name", "service", "error_message"},
    {"steps", "step_id", "step", NULL},
    {"tests", "test_name", "test", NULL},
};

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));
    return text == NULL ? "" : text;
}

/* What became of the taking back of a step, in words; "" when nobody wanted that. */
static const char *rollback_word(const char *state)
{
    static const char *const words[ROLLBACK_STATE_COUNT] = {
        [ROLLBACK_NOT_ASKED] = "",
        [ROLLBACK_PENDING] = "being taken back",
        [ROLLBACK_DONE] = "taken back",
        [ROLLBACK_PARTIAL] = "taken back in part",
        [ROLLBACK_FAILED] = "not taken back",
    };
    for (size_t i = 0; i < ROLLBACK_STATE_COUNT; i++) {
        if (strcmp(rollback_state_name((enum rollback_state)i), state) == 0) {
            return words[i];
        }
    }
    return "";
}

static void print_row(struct buf *out, const struct section *s, const struct json *row)
{
    buf_printf(out, "  %-8s %-20s %-12s", s->kind, text_of(row, s->name), text_of(row, "status"));
    const char *detail =
        s->detail != NULL ? text_of(row, s->detail) : text_of(json_get(row, "error_details"), "message");
    if (*detail == '\0') {
        detail = text_of(row, "reason");
    }
    const char *undone = rollback_word(text_of(json_get(row, "rollback"), "state"));
    buf_printf(out, "%s%s%s%s\n", *detail == '\0' ? "" : " ", detail, *undone == '\0' ? "" : "; ", undone);
}

static void print_artifact(struct buf *out, const struct json *row)
{
    buf_printf(out, "  %-8s %s  %s  %s\n", "artifact", text_of(row, "artifact_path"), text_of(row, "permissions"),
               text_of(row, "checksum"));
}

static void print_document(struct buf *out, const struct state_file *f)
{
    const char *alive = f->owner_alive ? "" : " (muster is not running any more)";
    buf_printf(out, "%s%s: %s\n", text_of(f->root, "phase"), alive, text_of(f->root, "summary"));
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const struct json *rows = json_get(f->root, sections[i].key);
        for (const struct json *row = json_first(rows); row != NULL; row = json_next(row)) {
            print_row(out, &sections[i], row);
        }
    }
    const struct json *artifacts = json_get(f->root, "artifacts");
    for (const struct json *row = json_first(artifacts); row != NULL; row = json_next(row)) {
        print_artifact(out, row);
    }
}

/* The tree below the running muster: what its status file cannot know. */
static int print_processes(const struct state_file *f, bool json, struct err *e)
{
    struct processes p;
    struct buf out;
    int64_t claimed = 0;
    if (!f->owner_alive) {
        return err_set(e, ERR_STATE, 0, "muster is not running any more, so nothing runs below it");
    }
    if (processes_read(&p, e) != 0) {
        return -1;
    }
    (void)json_integer(json_get(json_get(f->root, "owner"), "pid"), &claimed);
    pid_t owner = processes_owner(&p, &f->dir, (pid_t)claimed);
    char *text = owner > 0 ? malloc(PROCESSES_TEXT_MAX) : NULL;
    int result = 0;
    if (text == NULL) {
        result = err_set(e, ERR_STATE, 0, "muster runs, but cannot be seen from here: look from inside its container");
    } else {
        processes_arrange(&p, owner);
        buf_init(&out, text, PROCESSES_TEXT_MAX);
        json ? processes_print_json(&p, &out) : processes_print(&p, &out);
        result = print_buf(&out);
    }
    free(text);
    processes_free(&p);
    return result;
}

static int tell(const struct err *e)
{
    log_line(LOG_ERROR, "%s", e->text);
    return err_exit_code(e->code);
}

int command_status(const struct options *o)
{
    struct state_file file;
    struct err e;
    char storage[STATUS_SHOWN_MAX];
    struct buf out;
    int exit_code;
    if (state_file_open(o->state_dir, &file, &e) != 0) {
        exit_code = tell(&e);
    } else if (o->processes) {
        exit_code = print_processes(&file, o->json, &e);
        exit_code = exit_code < 0 ? tell(&e) : exit_code;
    } else if (o->json) {
        out = (struct buf){.data = file.text, .len = file.len};
        exit_code = print_buf(&out);
    } else {
        buf_init(&out, storage, sizeof storage);
        print_document(&out, &file);
        exit_code = print_buf(&out);
    }
    state_file_close(&file);
    return exit_code;
}
