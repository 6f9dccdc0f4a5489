#include "init/setup/image_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/text.h"
#include "init/setup/attributes.h"

#define HEADER "muster before-image 1 "
#define ENDING "end "
/* A path with everything escaped, and the numbers. */
#define LINE_MAX_BYTES (TREE_ESCAPED_MAX + 512)

/* ---- writing ---- */

struct writer {
    int fd;
    int failed;
    struct digest digest;
};

static void put(struct writer *w, const char *bytes, size_t len)
{
    digest_update(&w->digest, bytes, len);
    if (w->failed == 0 && fd_write_all(w->fd, bytes, len) != 0) {
        w->failed = errno;
    }
}

static void put_hex(struct buf *b, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf_printf(b, "%02x", bytes[i]);
    }
}

static void put_entry(struct writer *w, const struct tree *t, const struct tree_entry *entry)
{
    char storage[2 * LINE_MAX_BYTES];
    struct buf line = BUF_OVER(storage);
    buf_printf(&line, "%c %04o %u %u %lld %llu ", tree_kind_letter(entry->kind), (unsigned)entry->mode,
               (unsigned)entry->uid, (unsigned)entry->gid, (long long)entry->mtime_ns, (unsigned long long)entry->size);
    put_hex(&line, entry->digest, digest_size(t->algorithm));
    buf_putc(&line, ' ');
    tree_escape(&line, entry->path == 0 ? "." : tree_text(t, entry->path));
    buf_putc(&line, '\n');
    if (entry->kind == WIRE_FILE_SYMLINK) {
        buf_puts(&line, "t ");
        tree_escape(&line, tree_text(t, entry->target));
        buf_putc(&line, '\n');
    }
    put(w, line.data, line.len);
    if (entry->extended != NULL) {
        put(w, entry->extended, strlen(entry->extended));
    }
}

int image_list_write(const struct tree *t, int fd)
{
    struct writer w = {.fd = fd};
    digest_init(&w.digest);
    char storage[128];
    struct buf line = BUF_OVER(storage);
    buf_printf(&line, HEADER "%s\n", digest_name(t->algorithm));
    put(&w, line.data, line.len);
    for (size_t i = 0; i < t->count; i++) {
        if (tree_kind_letter(t->entries[i].kind) != '\0') {
            put_entry(&w, t, &t->entries[i]);
        }
    }
    uint8_t digest[DIGEST_BYTES];
    digest_final(&w.digest, digest);
    buf_reset(&line);
    buf_puts(&line, ENDING);
    put_hex(&line, digest, sizeof(digest));
    buf_putc(&line, '\n');
    if (w.failed == 0 && fd_write_all(fd, line.data, line.len) != 0) {
        w.failed = errno;
    }
    return w.failed;
}

/* ---- reading ---- */

struct reader {
    const char *at, *end;
};

/* The next line without its newline; false at the end, or when it has none. */
static bool next_line(struct reader *r, struct reader *line)
{
    const char *newline = r->at == r->end ? NULL : memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (newline == NULL) {
        return false;
    }
    *line = (struct reader){r->at, newline};
    r->at = newline + 1;
    return true;
}

static bool take_number(struct reader *line, unsigned base, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    const char *start = line->at;
    for (; line->at < line->end && *line->at >= '0' && *line->at < (char)('0' + (char)base); line->at++) {
        unsigned digit = (unsigned)(*line->at - '0');
        if (n > (max - digit) / base) {
            return false;
        }
        n = n * base + digit;
    }
    *out = n;
    return line->at > start && line->at < line->end && *line->at++ == ' ';
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct reader *line, uint8_t *out, size_t len)
{
    if ((size_t)(line->end - line->at) < 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++, line->at += 2) {
        int high = hex_digit(line->at[0]);
        int low = hex_digit(line->at[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool is_inside(const char *path)
{
    for (const char *part = path;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.')) {
            return false;
        }
        part += len;
        if (*part == '\0') {
            return true;
        }
    }
}

static enum wire_file_kind kind_of(char letter)
{
    return letter == 'f'   ? WIRE_FILE_REGULAR
           : letter == 'd' ? WIRE_FILE_DIRECTORY
           : letter == 'l' ? WIRE_FILE_SYMLINK
                           : WIRE_FILE_NONE;
}

static bool take_numbers(struct reader *line, enum digest_algorithm a, struct tree_entry *out)
{
    uint64_t mode;
    uint64_t uid;
    uint64_t gid;
    uint64_t mtime;
    bool past = false;
    if (line->end - line->at < 2 || line->at[1] != ' ') {
        return false;
    }
    out->kind = kind_of(line->at[0]);
    line->at += 2;
    if (out->kind == WIRE_FILE_NONE || !take_number(line, 8, 07777, &mode) ||
        !take_number(line, 10, UINT32_MAX, &uid) || !take_number(line, 10, UINT32_MAX, &gid)) {
        return false;
    }
    if (line->at < line->end && *line->at == '-') {
        past = true; /* before 1970 */
        line->at++;
    }
    if (!take_number(line, 10, INT64_MAX, &mtime) || !take_number(line, 10, INT64_MAX, &out->size)) {
        return false;
    }
    out->mode = (uint32_t)mode;
    out->uid = (uint32_t)uid;
    out->gid = (uint32_t)gid;
    out->mtime_ns = past ? -(int64_t)mtime : (int64_t)mtime;
    return take_hex(line, out->digest, digest_size(a)) && line->at < line->end && *line->at++ == ' ';
}

static bool take_entry(struct reader *line, struct tree *t)
{
    struct tree_entry entry = {.path = 0};
    char path[WIRE_PATH_MAX];
    if (!take_numbers(line, t->algorithm, &entry)) {
        return false;
    }
    size_t len = tree_unescape(line->at, (size_t)(line->end - line->at), path, sizeof(path));
    bool root = t->count == 0;
    if (len == 0 || (root ? strcmp(path, ".") != 0 : !is_inside(path))) {
        return false;
    }
    if (!root &&
        (t->entries[0].kind != WIRE_FILE_DIRECTORY || strcmp(tree_text(t, t->entries[t->count - 1].path), path) >= 0)) {
        return false; /* only a folder has entries; they are sorted, so a parent comes first and none comes twice */
    }
    struct tree_entry *added = tree_add(t, path, root ? 0 : len);
    if (added == NULL) {
        return false;
    }
    entry.path = added->path;
    *added = entry;
    return true;
}

static bool take_target(struct reader *line, struct tree *t)
{
    struct tree_entry *entry = t->count == 0 ? NULL : &t->entries[t->count - 1];
    char target[WIRE_PATH_MAX];
    if (entry == NULL || entry->kind != WIRE_FILE_SYMLINK || entry->target != 0) {
        return false;
    }
    size_t len = tree_unescape(line->at + 2, (size_t)(line->end - line->at) - 2, target, sizeof(target));
    if (len == 0 || len != entry->size) {
        return false;
    }
    size_t at = tree_add_text(t, target, len);
    entry->target = at;
    return at != 0;
}

/* All of an entry's follow each other; @line is the first. */
static bool take_extended(struct reader *line, struct reader *rest, struct tree *t)
{
    char name[ATTRIBUTE_NAME_MAX];
    unsigned char value[ATTRIBUTE_VALUE_MAX];
    size_t value_len;
    const char *start = line->at;
    struct tree_entry *entry = t->count == 0 ? NULL : &t->entries[t->count - 1];
    if (entry == NULL || entry->extended != NULL) {
        return false;
    }
    for (;;) {
        if (attributes_line(line->at, (size_t)(line->end - line->at), name, value, &value_len) != 0) {
            return false;
        }
        if (rest->at == rest->end || *rest->at != 'x' || !next_line(rest, line)) {
            break;
        }
    }
    entry->extended = strndup(start, (size_t)(rest->at - start));
    return entry->extended != NULL;
}

static bool take_header(struct reader *r, struct tree *t)
{
    struct reader line;
    size_t fixed = strlen(HEADER);
    if (!next_line(r, &line) || (size_t)(line.end - line.at) < fixed || memcmp(line.at, HEADER, fixed) != 0) {
        return false;
    }
    for (int a = DIGEST_SHA256; a < DIGEST_ALGORITHM_COUNT; a++) {
        const char *name = digest_name((enum digest_algorithm)a);
        if ((size_t)(line.end - line.at) == fixed + strlen(name) && memcmp(line.at + fixed, name, strlen(name)) == 0) {
            t->algorithm = (enum digest_algorithm)a;
            return true;
        }
    }
    return false;
}

/* The last line is the digest of what is before it. Shortens @r by it. */
static bool check_ending(struct reader *r)
{
    size_t ending = strlen(ENDING) + 2 * DIGEST_BYTES + 1;
    uint8_t stated[DIGEST_BYTES];
    uint8_t found[DIGEST_BYTES];
    if ((size_t)(r->end - r->at) < ending) {
        return false;
    }
    struct reader last = {r->end - ending, r->end - 1};
    if (*last.end != '\n' || memcmp(last.at, ENDING, strlen(ENDING)) != 0) {
        return false;
    }
    r->end = last.at;
    last.at += strlen(ENDING);
    digest_of(r->at, (size_t)(r->end - r->at), found);
    return take_hex(&last, stated, sizeof(stated)) && memcmp(stated, found, sizeof(found)) == 0;
}

static bool parse(struct reader *r, struct tree *t)
{
    struct reader line;
    if (!check_ending(r) || !take_header(r, t)) {
        return false;
    }
    while (next_line(r, &line)) {
        bool link = line.end - line.at > 2 && memcmp(line.at, "t ", 2) == 0;
        bool extended = line.end - line.at > 2 && line.at[0] == 'x';
        bool good = link ? take_target(&line, t) : extended ? take_extended(&line, r, t) : take_entry(&line, t);
        if (!good) {
            return false;
        }
    }
    return r->at == r->end && t->count > 0;
}

/* Every link has its target. */
static bool is_complete(const struct tree *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->entries[i].kind == WIRE_FILE_SYMLINK && t->entries[i].target == 0) {
            return false;
        }
    }
    return true;
}

int image_list_parse(const char *bytes, size_t len, struct tree *out, struct err *e)
{
    struct tree t = {.count = 0};
    struct reader r = {bytes, bytes + len};
    if (!parse(&r, &t) || !is_complete(&t)) {
        tree_free(&t);
        return err_set(e, ERR_STATE, 0, "the list of the before-image is damaged");
    }
    *out = t;
    return 0;
}
