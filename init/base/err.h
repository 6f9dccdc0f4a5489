/*
 * err - the one error contract.
 *
 * A fallible function returns 0, or -1 with the caller's struct err set exactly once, where it failed. Callers add
 * context with err_wrap() or handle it; only the top of the program logs. Out-parameters are untouched on failure.
 */
#ifndef MUSTER_BASE_ERR_H
#define MUSTER_BASE_ERR_H

enum err_code {
    ERR_NONE,
    ERR_USAGE,    /* the command line */
    ERR_CONFIG,   /* the environment-variable configuration */
    ERR_MANIFEST, /* the manifest, or state read back from disk */
    ERR_SYS,      /* a system call: err.sys holds errno */
    ERR_PROTO,    /* a peer on a channel broke the rules */
    ERR_TIMEOUT,
    ERR_LIMIT,  /* a stated maximum was exceeded */
    ERR_STATE,  /* no usable state directory */
    ERR_LOCKED, /* another instance owns the state directory */
};

/* One line; longer text is cut. Large enough for PATH-like names plus a reason. */
#define ERR_TEXT_MAX 320

struct err {
    enum err_code code;
    int sys;
    char text[ERR_TEXT_MAX];
};

/*
 * err_set - record a failure.
 *
 * @e    filled; never NULL.
 * @sys  errno to append as text, or 0.
 * @fmt  "cannot VERB OBJECT", without a full stop; never a secret.
 *
 * Returns -1 always, so that `return err_set(...)` reads well. Saves and restores errno. Allocates nothing.
 */
int err_set(struct err *e, enum err_code code, int sys, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * err_wrap - put context in front of the text: "CONTEXT: old text".
 *
 * Returns -1 always. Code and errno are kept.
 */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * err_exit_code - the process exit code of an error, from sysexits(3) as the interface documents it.
 */
int err_exit_code(enum err_code code);

#endif
