#include "init/config/check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the rules ask of a path that is there, with the words for it. */
static const struct {
    unsigned rule;
    int mode; /* of access(2) */
    const char *word;
} accesses[] = {
    {PATH_READABLE, R_OK, "readable"}, {PATH_WRITABLE, W_OK, "writable"}, {PATH_EXECUTABLE, X_OK, "executable"}};
#define ACCESSES (sizeof(accesses) / sizeof(accesses[0]))

static bool has_control(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    }
    return false;
}

static bool too_long(const char *path)
{
    size_t len = strlen(path);
    size_t component = 0;
    for (size_t i = 0; i < len && component <= NAME_MAX; i++)
        component = path[i] == '/' ? 0 : component + 1;
    return len >= PATH_MAX || component > NAME_MAX;
}

static void check_form(struct check *c)
{
    char quote[CHECK_QUOTE_ROOM];
    check_quote(c, quote);
    if (c->value[0] != '/')
        problem_hint(check_broken(c, "path.relative", "not an absolute path%s", quote),
                     c->value[0] == '~' ? "write the folder out: ~ means something to shells only"
                                        : "begin with /: a relative path depends on where a program is started");
    else if (has_control(c->value))
        problem_hint(check_broken(c, "path.syntax", "control characters in a path%s", quote),
                     "remove them; a line feed or a carriage return at the end is the usual cause");
    else if (too_long(c->value))
        problem_hint(check_broken(c, "path.syntax", "too long for a path%s", quote),
                     "a path has at most %d bytes, and a name in it %d", PATH_MAX - 1, NAME_MAX);
}

static void told_why_missing(struct check *c, int error)
{
    char quote[CHECK_QUOTE_ROOM];
    bool missing = error == ENOENT || error == ENOTDIR || error == ELOOP;
    check_quote(c, quote);
    if (missing)
        problem_hint(check_broken(c, "path.missing", "nothing is there%s", quote),
                     "create it or mount it, or correct %s; a link that leads nowhere counts as nothing", c->name);
    else
        problem_hint(check_broken(c, "path.access", "not to be looked at: %s%s", strerror(error), quote),
                     "muster runs as user %u: let it through the folders above, or correct %s", (unsigned)geteuid(),
                     c->name);
}

static void check_kind(struct check *c, mode_t mode)
{
    char quote[CHECK_QUOTE_ROOM];
    unsigned rules = c->variable->path_rules;
    check_quote(c, quote);
    if ((rules & PATH_FILE) && !S_ISREG(mode))
        problem_hint(check_broken(c, "path.kind", "%s, not a regular file%s",
                                  S_ISDIR(mode) ? "a directory" : "something else", quote),
                     S_ISDIR(mode) ? "name a file in it; a mount of a file that is missing makes a directory"
                                   : "name a regular file");
    else if ((rules & PATH_DIRECTORY) && !S_ISDIR(mode))
        problem_hint(check_broken(c, "path.kind", "not a directory%s", quote), "name the directory, not what is in it");
}

static void check_access(struct check *c)
{
    char quote[CHECK_QUOTE_ROOM];
    for (size_t i = 0; i < ACCESSES && !c->broken; i++) {
        if (!(c->variable->path_rules & accesses[i].rule) || access(c->value, accesses[i].mode) == 0)
            continue;
        int error = errno;
        problem_hint(
            check_broken(c, "path.access", "not %s: %s%s", accesses[i].word, strerror(error), check_quote(c, quote)),
            "muster runs as user %u: change the owner or the mode, or mount it otherwise", (unsigned)getuid());
    }
}

void check_path(struct check *c)
{
    struct stat st;
    check_form(c);
    if (c->broken || c->variable->path_rules == 0)
        return;
    if (stat(c->value, &st) != 0) {
        told_why_missing(c, errno);
        return;
    }
    check_kind(c, st.st_mode);
    if (!c->broken)
        check_access(c);
}

void accept_path(const struct variable *v, struct buf *out)
{
    unsigned rules = v->path_rules;
    size_t words = 0;
    buf_puts(out, "an absolute path");
    if (rules == 0)
        return;
    buf_puts(out, " of a");
    for (size_t i = 0; i < ACCESSES; i++) {
        if (rules & accesses[i].rule)
            buf_printf(out, "%s %s", words++ == 0 ? (accesses[i].rule == PATH_EXECUTABLE ? "n" : "") : " and",
                       accesses[i].word);
    }
    if (rules & PATH_DIRECTORY)
        buf_puts(out, " directory");
    else if (rules & PATH_FILE)
        buf_puts(out, words == 0 ? " regular file" : " file");
    else
        buf_puts(out, words == 0 ? " file or directory that exists" : " file or directory");
}
