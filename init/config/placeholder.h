/*
 * placeholder - what a text of the manifest says with a dollar sign. Bytes in, structure out; fuzzed by fuzz_expand.
 *
 *   ${NAME}            the value of a variable
 *   ${NAME:-text}      the text when it is unset or empty, as in shells; the text may hold placeholders itself
 *   ${NAME:?message}   a mistake with that message when it is unset or empty; the message is shown as it is
 *   $$                 a dollar sign, also in text and message
 *
 * Anything else behind a dollar sign is wrong. Nothing is ever executed.
 */
#ifndef MUSTER_CONFIG_PLACEHOLDER_H
#define MUSTER_CONFIG_PLACEHOLDER_H

#include <stddef.h>

/* A placeholder in the text of one in the text of one …: more than this is not readable. */
#define PLACEHOLDER_DEPTH_MAX 4
/* With the NUL; the longest that text_is_variable_name() takes. */
#define PLACEHOLDER_NAME_MAX 257

enum placeholder_kind { PLACEHOLDER_VALUE, PLACEHOLDER_ELSE, PLACEHOLDER_MESSAGE };

enum placeholder_fault {
    PLACEHOLDER_OK,
    PLACEHOLDER_DOLLAR,   /* neither "${" nor "$$" */
    PLACEHOLDER_COMMAND,  /* "$(": a shell would run something */
    PLACEHOLDER_NAME,     /* no valid variable name behind "${" */
    PLACEHOLDER_OPERATOR, /* behind the name neither "}" nor ":-" nor ":?" */
    PLACEHOLDER_OPEN,     /* no "}" */
    PLACEHOLDER_DEEP,     /* deeper than PLACEHOLDER_DEPTH_MAX */
    PLACEHOLDER_VERBATIM, /* a placeholder in a message */
};

struct placeholder {
    enum placeholder_kind kind;
    char name[PLACEHOLDER_NAME_MAX];
    const char *text; /* of PLACEHOLDER_ELSE and PLACEHOLDER_MESSAGE; borrowed */
    size_t text_len;
    const char *end; /* behind the closing brace */
};

/*
 * placeholder_parse - the placeholder at @dollar, which is no "$$".
 *
 * @limit  the end of the text.
 * @level  1 for one in a text of the manifest, 2 for one in the text of that, and so on.
 * @out    filled when PLACEHOLDER_OK; with the name only (as far as it is one, else "") otherwise.
 *
 * Its text is not looked at, except for placeholders in a message. Time is linear in the length of the placeholder.
 */
enum placeholder_fault placeholder_parse(const char *dollar, const char *limit, unsigned level,
                                         struct placeholder *out);

/*
 * placeholder_variables - call @fn with the name of every variable in @text, also of those that are only used when another
 * one is unset; once per placeholder. The name is valid during the call. What is wrong is passed over.
 */
void placeholder_variables(const char *text, void (*fn)(void *ctx, const char *name), void *ctx);

#endif
