#include "init/core/session.h"

#include <string.h>

#include "init/base/clock.h"
#include "init/base/log.h"
#include "init/report/terminal.h"

/* A reader wants to see that somebody is alive, not every attempt. */
#define REFRESH_US US_PER_S

void session_handle(struct session *s, const struct engine_event *event)
{
    s->now_us = clock_mono_us();
    engine_handle(s->engine, event, s->now_us);
}

void session_refresh(struct session *s)
{
    if (s->now_us >= s->published_us + REFRESH_US) {
        s->dirty = true;
    }
}

void session_refresh_soon(struct session *s)
{
    session_refresh(s);
    if (!s->dirty && s->refresh_us == 0) {
        s->refresh_us = s->published_us + REFRESH_US;
    }
}

int session_activate(struct session *s, struct err *e)
{
    s->view.phase = PHASE_READY;
    s->dirty = true;
    if (session_configuration(s, CONFIG_ACTIVE, e) != 0) {
        return -1;
    }
    if (s->loaded->declared) {
        terminal_ready(&s->view, s->now_us);
    }
    return 0;
}

void session_fail(struct session *s, const struct err *e)
{
    log_line(LOG_ERROR, "%s", e->text);
    const struct engine_event event = {.kind = EVENT_FAIL, .exit_code = err_exit_code(e->code), .text = e->text};
    session_handle(s, &event);
}

void session_publish(struct session *s)
{
    if (!s->dirty) {
        return;
    }
    s->dirty = false;
    s->refresh_us = 0;
    s->published_us = clock_mono_us();
    struct err e;
    if (status_publish(&s->statedir, &s->view, s->published_us, s->scratch, STATUS_TEXT_MAX, &e) != 0) {
        log_line(LOG_WARNING, "%s", e.text);
    }
}

int session_configuration(struct session *s, enum config_state state, struct err *e)
{
    struct config *c = &s->loaded->config;
    char storage[JOURNAL_LINE_MAX];
    struct buf line;
    struct jsonw w;
    journal_begin(&s->journal, &w, &line, storage, sizeof storage, "configuration", clock_mono_us());
    jsonw_string(&w, "from", state == CONFIG_CONFIGURATION ? NULL : config_state_name(c->state));
    jsonw_string(&w, "to", config_state_name(state));
    jsonw_string(&w, "config_digest", c->digest[0] == '\0' ? NULL : c->digest);
    if (journal_commit(&s->journal, &w, e) != 0) {
        return -1;
    }
    c->state = state;
    s->dirty = true;
    session_publish(s);
    return 0;
}

void session_line(void *ctx, const char *line, size_t len)
{
    const struct session_line_target *target = ctx;
    terminal_output(&target->session->view, target->node, line, len);
    own_process_line(target->session, target->node, line, len);
}

void session_no_line(void *ctx, const char *line, size_t len)
{
    (void)ctx;
    (void)line;
    (void)len;
}
