#include <string.h>

#include "init/base/text.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define ENVIRONMENT_MAX 256
#define LIMITS_MAX 16
#define UMASK_MAX 0777

static const char *environment_value(struct reader *r, const struct json *n)
{
    const char *text = reader_scalar(r, n);

    return text && reference_check(r, text, REFERENCE_TEXT) ? text : NULL;
}

void read_environment(struct reader *r, const struct json *n, void *process)
{
    static const struct pair_rules rules = {"variable", ENVIRONMENT_MAX, text_is_variable_name,
                                            "letters, digits and underscores, not beginning with a digit",
                                            environment_value};

    read_pairs(r, n, &rules, &((struct process_options *)process)->environment);
}

void read_umask(struct reader *r, const struct json *n, void *process)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    size_t len = strlen(s);
    if (len < 1 || len > 4 || s[strspn(s, "01234567")] != '\0' || (len == 4 && s[0] != '0'))
        problem_hint(reader_fault(r, "mode", "\"%s\" is not a umask", s), "write octal digits, 000 to 777: \"027\"");
    else
        ((struct process_options *)process)->umask = arena_strdup(r->arena, s);
}

/* One of the two numbers of a limit; @out is the largest for "unlimited". */
static bool parse_limit(const char *text, size_t len, int64_t *out)
{
    char copy[24];

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (strcmp(copy, "unlimited") == 0)
        *out = INT64_MAX;
    else if (text_parse_int(copy, out) != 0)
        return false;
    return *out >= 0;
}

static const char *limit_value(struct reader *r, const struct json *n)
{
    const char *text = reader_scalar(r, n);
    int64_t soft = 0;
    int64_t hard = 0;

    if (!text)
        return NULL;
    size_t len = strcspn(text, ":");
    bool good = parse_limit(text, len, &soft) &&
                (text[len] == '\0' || (parse_limit(text + len + 1, strlen(text + len + 1), &hard) && soft <= hard));
    if (!good)
        problem_hint(reader_fault(r, "value", "not a limit"),
                     "write 1024, or \"1024:4096\" for soft and hard, the soft one not above; or \"unlimited\"");
    return good ? text : NULL;
}

static bool is_limit_name(const char *name)
{
    return names_find(&limit_names, name) >= 0;
}

void read_limits(struct reader *r, const struct json *n, void *process)
{
    static const struct pair_rules rules = {"limit", LIMITS_MAX, is_limit_name,
                                            "names are those of getrlimit(2): nofile, nproc, core, memlock, ...",
                                            limit_value};
    struct strings *limits = &((struct process_options *)process)->limits;
    struct pairs pairs = {.count = 0};

    read_pairs(r, n, &rules, &pairs);
    const char **items = arena_alloc(r->arena, pairs.count + 1, sizeof(*items));
    for (size_t i = 0; i < pairs.count; i++)
        items[i] = arena_printf(r->arena, "%s=%s", pairs.names[i], pairs.values[i]);
    *limits = (struct strings){.items = items, .count = pairs.count};
}

/* Who exists is asked when the process is started; here is only what cannot be. */
void read_account(struct reader *r, const struct json *n, void *field)
{
    const char *line = reader_line(r, n);

    if (line && strpbrk(line, " $/"))
        problem_hint(reader_fault(r, "value", "not a user or group"),
                     "write names or numbers: \"app\", \"1000:1000\"; variables are not replaced here");
    else if (line)
        *(const char **)field = line;
}

void read_check_directory(struct reader *r, const char *directory)
{
    size_t up = json_pointer_push(&r->at, "directory");

    if (directory[0] != '/' && !reference_found(directory))
        problem_hint(reader_fault(r, "path.relative", "a working directory has to be absolute"), "begin it with \"/\"");
    json_pointer_pop(&r->at, up);
}
