#include "init/command/personality.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/config/environment.h"

static const struct personality *const personalities[] = {
    &personality_tini,
    &personality_dumb_init,
    &personality_catatonit,
};
#define PERSONALITIES (sizeof personalities / sizeof personalities[0])

const struct personality *personality_find(const char *argv0)
{
    const char *slash = argv0 == NULL ? NULL : strrchr(argv0, '/');
    const char *name = slash == NULL ? argv0 : slash + 1;
    for (size_t i = 0; name != NULL && i < PERSONALITIES; i++) {
        for (const char *const *n = personalities[i]->names; *n != NULL; n++) {
            if (strcmp(*n, name) == 0) {
                return personalities[i];
            }
        }
    }
    return NULL;
}

void personality_over(struct personality_request *r, int fd, int exit_code)
{
    r->over = true;
    r->fd = fd;
    r->exit_code = exit_code;
}

const char *personality_variable(const struct personality_request *r, const char *name)
{
    size_t len = strlen(name);
    for (char *const *v = r->environ_; *v != NULL; v++) {
        if (strncmp(*v, name, len) == 0 && (*v)[len] == '=') {
            return *v + len + 1;
        }
    }
    return NULL;
}

/* r->said holds what is wrong. All three programs exit 1 then. */
static void refuse(const struct personality *p, struct personality_request *r)
{
    if (p->usage != NULL) {
        p->usage(r);
    }
    personality_over(r, STDERR_FILENO, 1);
}

/* A cluster of letters; the value of one is the rest of the word, or the next word. Returns the last word used. */
static char *const *parse_letters(const struct personality *p, struct personality_request *r, char *const *argv)
{
    for (const char *at = *argv + 1; *at != '\0' && !r->over; at++) {
        const struct personality_flag *f = p->flags;
        while (f->letter != 0 && f->letter != *at) {
            f++;
        }
        if (f->letter == 0) {
            buf_printf(&r->said, "%s: invalid option -- '%c'\n", r->program, *at);
            refuse(p, r);
            return argv;
        }
        if (!f->has_value) {
            f->apply(r, NULL);
            continue;
        }
        const char *value = at[1] != '\0' ? at + 1 : *++argv;
        if (value == NULL) {
            buf_printf(&r->said, "%s: option requires an argument -- '%c'\n", r->program, *at);
            refuse(p, r);
            return argv - 1;
        }
        f->apply(r, value);
        return argv;
    }
    return argv;
}

static bool begins(const struct personality_flag *f, const char *name, size_t len)
{
    return f->name != NULL && strncmp(f->name, name, len) == 0;
}

/* The flag whose long name that is, or the only one whose name begins so; else NULL after saying it. */
static const struct personality_flag *find_long(const struct personality *p, struct personality_request *r,
                                                const char *word, size_t len)
{
    const struct personality_flag *found = NULL;
    size_t count = 0;
    for (const struct personality_flag *f = p->flags; f->letter != 0; f++) {
        if (begins(f, word + 2, len)) {
            if (f->name[len] == '\0') {
                return f;
            }
            found = f;
            count++;
        }
    }
    if (count == 1) {
        return found;
    }
    if (count == 0) {
        buf_printf(&r->said, "%s: unrecognized option '%s'\n", r->program, word);
        return NULL;
    }
    buf_printf(&r->said, "%s: option '%s' is ambiguous; possibilities:", r->program, word);
    for (const struct personality_flag *f = p->flags; f->letter != 0; f++) {
        if (begins(f, word + 2, len)) {
            buf_printf(&r->said, " '--%s'", f->name);
        }
    }
    buf_putc(&r->said, '\n');
    return NULL;
}

static char *const *parse_long(const struct personality *p, struct personality_request *r, char *const *argv)
{
    size_t len = strcspn(*argv + 2, "=");
    const char *value = (*argv)[2 + len] == '=' ? *argv + 3 + len : NULL;
    const struct personality_flag *f = find_long(p, r, *argv, len);
    if (f == NULL) {
        refuse(p, r);
        return argv;
    }
    if (!f->has_value && value != NULL) {
        buf_printf(&r->said, "%s: option '--%s' doesn't allow an argument\n", r->program, f->name);
        refuse(p, r);
        return argv;
    }
    if (f->has_value && value == NULL && (value = argv[1]) == NULL) {
        buf_printf(&r->said, "%s: option '--%s' requires an argument\n", r->program, f->name);
        refuse(p, r);
        return argv;
    }
    if (value != NULL && value == argv[1]) {
        argv++;
    }
    f->apply(r, value);
    return argv;
}

void personality_parse(const struct personality *p, char *const *argv, char *const *environ_, bool is_init,
                       struct personality_request *out)
{
    memset(out, 0, offsetof(struct personality_request, storage)); /* pages that stay untouched cost PID 1 nothing */
    main_options_init(&out->options);
    buf_init(&out->said, out->storage, sizeof out->storage);
    out->program = argv[0];
    out->environ_ = environ_;
    out->verbosity = p->verbosity;
    out->fd = STDERR_FILENO;
    if (p->begin != NULL) {
        p->begin(out, argv);
    }
    for (argv++; !out->over && *argv != NULL; argv++) {
        if (strcmp(*argv, "--") == 0) {
            argv++;
            break;
        }
        if ((*argv)[0] != '-' || (*argv)[1] == '\0') {
            break;
        }
        argv = (*argv)[1] == '-' && p->long_names ? parse_long(p, out, argv) : parse_letters(p, out, argv);
    }
    if (out->over) {
        return;
    }
    out->argv = *argv == NULL ? NULL : argv;
    p->finish(out);
    if (out->pause) {
        out->argv = NULL;
    }
    /* Whoever neither is PID 1 nor asked for orphans never was responsible for them. */
    if (out->pause || !(is_init || out->reaper)) {
        out->options.grace_us = 0;
    }
}

static void start_log(const struct personality_request *r)
{
    int level = r->verbosity < LOG_ERROR ? LOG_ERROR : r->verbosity > LOG_DEBUG ? LOG_DEBUG : r->verbosity;
    log_init((enum log_level)level, isatty(STDERR_FILENO) && environment_get(r->environ_, "NO_COLOR") == NULL);
}

int personality_run(const struct personality *p, char *const *argv, char *const *environ_,
                    const struct inherited_signals *inherited)
{
    struct personality_request r;
    personality_parse(p, argv, environ_, getpid() == 1, &r);
    start_log(&r);
    int written = fd_write_all(r.fd, r.said.data, r.said.len);
    if (r.over) {
        return written == 0 ? r.exit_code : 1;
    }
    const struct supervise_request request = {
        .options = &r.options,
        .argv = r.argv,
        .envp = environ_,
        .signals = inherited,
        .stop_too = r.stop_too,
        .tell_reaped = r.tell_reaped,
        .exec_failed = p->exec_failed,
        .tell = p->tell != NULL && log_shows(LOG_DEBUG) ? p->tell : NULL,
    };
    return supervise_run(&request);
}
