#include "init/plan/file_path.h"

#include <limits.h>
#include <string.h>

/* What the kernel makes up on reading is no artifact: measuring it means nothing, removing it fails. */
static const char *const system_roots[] = {"/proc", "/sys", "/dev"};

static bool has_control_bytes(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    }
    return false;
}

static bool is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool is_below_system_root(const char *path)
{
    for (size_t i = 0; i < sizeof(system_roots) / sizeof(system_roots[0]); i++) {
        if (is_in(path, system_roots[i]))
            return true;
    }
    return false;
}

/* The parts between slashes. */
static bool check_parts(const char *path, const char *where, struct problems *p)
{
    for (const char *part = path + 1;; part++) {
        size_t len = strcspn(part, "/");

        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0)) {
            problem_hint(problem_add(p, "path.dotdot", where, "the path has a part that is empty, \".\" or \"..\""),
                         "write the path as it really is, without a slash at its end");
            return false;
        }
        if (len > NAME_MAX) {
            problem_add(p, "path.long", where, "a part of the path is longer than %d bytes", NAME_MAX);
            return false;
        }
        part += len;
        if (*part == '\0')
            return true;
    }
}

bool file_path_check_text(const char *path, const char *where, struct problems *p)
{
    if (has_control_bytes(path)) {
        problem_add(p, "path.control", where, "the path has a control character");
        return false;
    }
    if (strlen(path) >= PATH_MAX) {
        problem_add(p, "path.long", where, "the path is longer than %d bytes", PATH_MAX - 1);
        return false;
    }
    return true;
}

bool file_path_check_source(const char *path, const char *where, struct problems *p)
{
    if (path[0] != '/') {
        problem_hint(problem_add(p, "path.relative", where, "the path is not absolute"), "begin it with \"/\"");
        return false;
    }
    return file_path_check_text(path, where, p);
}

bool file_path_check_state(const char *path, const char *state_dir, const char *where, struct problems *p)
{
    if (!is_in(path, state_dir) && !is_in(state_dir, path))
        return true;
    problem_hint(problem_add(p, "path.state", where, "the path is in the state directory, or leads to it"),
                 "what muster keeps there is no artifact: use another path, or another --state-dir");
    return false;
}

bool file_path_check(const char *path, const char *where, struct problems *p)
{
    if (!file_path_check_source(path, where, p))
        return false;
    if (path[1] == '\0') {
        problem_hint(problem_add(p, "path.root", where, "the root directory is no artifact"),
                     "name what the step creates");
        return false;
    }
    if (!check_parts(path, where, p))
        return false;
    if (is_below_system_root(path)) {
        problem_hint(problem_add(p, "path.system", where, "nothing below /proc, /sys or /dev can be an artifact"),
                     "what the kernel makes up cannot be measured or removed: leave it out");
        return false;
    }
    return true;
}
