/*
 * fuzz_pattern - a pattern, a line feed, a text: whatever they are, it ends, within its bounds; and where the C library
 * has an opinion, it is the same one.
 */
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/pattern.h"

/* The C library takes time and memory with the square of the pattern, written out, and with far more than that for
 * repeated groups in each other: "((((.?){0}){2,}|(a*)*a?){9}){2,}|a" compiles for longer than anybody waits. */
#define COMPARED_STEPS 200
#define COMPARED_TEXT 200
#define COMPARED_GROUPS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool is_ascii(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s > 0x7f)
            return false;
    }
    return true;
}

/* It gets anchors wrong that are not at the edge: "(a^.){0,3}" matches "ab" there, and "^..^" two characters, the second one
 * a line feed. */
static bool has_inner_anchor(const struct pattern *p, const char *pattern)
{
    for (size_t i = 0; i < p->step_count; i++) {
        bool begin = p->steps[i].op == PATTERN_BEGIN;
        bool end = p->steps[i].op == PATTERN_END;
        bool edge = begin ? i == 0 : i == p->step_count - 1;
        if ((begin || end) && (!edge || strpbrk(pattern, "()|")))
            return true;
    }
    return false;
}

static bool has_many_repeated_groups(const char *pattern)
{
    int groups = 0;
    for (const char *s = strchr(pattern, ')'); s; s = strchr(s + 1, ')'))
        groups += s[1] != '\0' && strchr("*+?{", s[1]);
    return groups > COMPARED_GROUPS;
}

static void compare(const char *pattern, const char *text, bool matches)
{
    char whole[PATTERN_MAX + 8];
    regex_t theirs;
    snprintf(whole, sizeof(whole), "^(%s)$", pattern);
    require(regcomp(&theirs, whole, REG_EXTENDED | REG_NOSUB) == 0);
    bool found = regexec(&theirs, text, 0, NULL, 0) == 0;
    regfree(&theirs);
    require(found == matches);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pattern compiled;
    char input[1024];
    char why[160] = "";
    if (size >= sizeof(input))
        return 0;
    memcpy(input, data, size);
    input[size] = '\0';
    char *text = strchr(input, '\n');
    if (!text)
        return 0;
    *text++ = '\0';
    if (pattern_compile(input, &compiled, why, sizeof(why)) != 0) {
        require(why[0] != '\0' && strlen(why) < sizeof(why) - 1);
        return 0;
    }
    require(compiled.step_count <= PATTERN_STEPS_MAX && compiled.set_count <= PATTERN_SETS_MAX);
    require(compiled.range_count <= PATTERN_MAX);
    bool matches = pattern_matches(&compiled, text, strlen(text));
    bool comparable =
        is_ascii(input) && is_ascii(text) && !has_inner_anchor(&compiled, input) && !has_many_repeated_groups(input);
    if (comparable && compiled.step_count <= COMPARED_STEPS && strlen(text) <= COMPARED_TEXT)
        compare(input, text, matches);
    return 0;
}
