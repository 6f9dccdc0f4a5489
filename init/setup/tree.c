#include "init/setup/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Kind, mode, a 64-bit number, a digest, and blanks. */
#define LINE_NUMBERS_MAX 128

void tree_free(struct tree *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->entries[i].extended);
    }
    free(t->entries);
    free(t->text);
    *t = (struct tree){.count = 0};
}

const char *tree_text(const struct tree *t, size_t at)
{
    return at == 0 ? "" : t->text + at;
}

/* Room for @more bytes; the first byte is for "". */
static int grow_text(struct tree *t, size_t more)
{
    size_t used = t->text_len == 0 ? 1 : t->text_len;
    if (used + more > TREE_TEXT_MAX) {
        errno = E2BIG;
        return -1;
    }
    if (used + more > t->text_cap) {
        size_t cap = 2 * (used + more) + 256;
        char *text = realloc(t->text, cap);
        if (text == NULL) {
            return -1;
        }
        t->text = text;
        t->text_cap = cap;
    }
    t->text[0] = '\0';
    t->text_len = used;
    return 0;
}

size_t tree_add_text(struct tree *t, const char *text, size_t len)
{
    if (len == 0 || grow_text(t, len + 1) != 0) {
        return 0;
    }
    size_t at = t->text_len;
    memcpy(t->text + at, text, len);
    t->text[at + len] = '\0';
    t->text_len += len + 1;
    return at;
}

struct tree_entry *tree_add(struct tree *t, const char *path, size_t len)
{
    if (t->count == TREE_ENTRIES_MAX) {
        errno = E2BIG;
        return NULL;
    }
    if (t->count == t->cap) {
        size_t cap = 2 * t->cap + 1; /* most have one */
        struct tree_entry *entries = realloc(t->entries, cap * sizeof(*entries));
        if (entries == NULL) {
            return NULL;
        }
        t->entries = entries;
        t->cap = cap;
    }
    size_t at = tree_add_text(t, path, len);
    if (at == 0 && len > 0) {
        return NULL;
    }
    struct tree_entry *added = &t->entries[t->count++];
    *added = (struct tree_entry){.path = at};
    return added;
}

char tree_kind_letter(enum wire_file_kind kind)
{
    switch (kind) {
    case WIRE_FILE_REGULAR:
        return 'f';
    case WIRE_FILE_DIRECTORY:
        return 'd';
    case WIRE_FILE_SYMLINK:
        return 'l';
    default:
        return '\0';
    }
}

enum wire_file_kind tree_kind_of(unsigned mode)
{
    if (S_ISREG(mode)) {
        return WIRE_FILE_REGULAR;
    }
    if (S_ISDIR(mode)) {
        return WIRE_FILE_DIRECTORY;
    }
    return S_ISLNK(mode) ? WIRE_FILE_SYMLINK : WIRE_FILE_OTHER;
}

void tree_escape(struct buf *b, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '\\') {
            buf_puts(b, "\\\\");
        } else if (*path == '\n') {
            buf_puts(b, "\\n");
        } else if (*path == '\r') {
            buf_puts(b, "\\r");
        } else {
            buf_putc(b, *path);
        }
    }
}

size_t tree_unescape(const char *text, size_t len, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\\') {
            i++;
            c = i == len ? '\0' : text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : text[i] == '\\' ? '\\' : '\0';
        } else if (c == '\n' || c == '\r') {
            c = '\0';
        }
        if (c == '\0' || n + 1 >= cap) {
            return 0;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return n;
}

static void add_line(struct digest *d, const struct tree *t, const struct tree_entry *entry)
{
    char storage[TREE_ESCAPED_MAX + LINE_NUMBERS_MAX];
    struct buf line = BUF_OVER(storage);
    char hex[DIGEST_HEX_MAX];
    char letter = tree_kind_letter(entry->kind);
    if (letter == '\0') {
        return;
    }
    digest_hex(entry->digest, hex);
    unsigned long long size = entry->kind == WIRE_FILE_REGULAR ? entry->size : 0;
    buf_printf(&line, "%c %04o %llu %s ", letter, (unsigned)entry->mode, size, hex);
    tree_escape(&line, tree_text(t, entry->path));
    buf_putc(&line, '\n');
    digest_update(d, line.data, line.len);
}

static void add_up(const struct tree *t, struct wire_facts *out)
{
    struct digest d;
    digest_init(&d);
    for (size_t i = 1; i < t->count; i++) {
        add_line(&d, t, &t->entries[i]);
        out->size += t->entries[i].kind == WIRE_FILE_REGULAR ? t->entries[i].size : 0;
    }
    digest_final(&d, out->digest);
}

void tree_facts(const struct tree *t, struct wire_facts *out)
{
    *out = (struct wire_facts){.kind = WIRE_FILE_NONE};
    if (t->count == 0) {
        return;
    }
    const struct tree_entry *root = &t->entries[0];
    out->kind = root->kind;
    out->mode = root->mode;
    out->uid = root->uid;
    out->gid = root->gid;
    out->mtime_ns = root->mtime_ns;
    if (root->kind == WIRE_FILE_DIRECTORY && t->shallow) {
        return;
    }
    if (root->kind == WIRE_FILE_DIRECTORY) {
        out->algorithm = DIGEST_SHA256;
        add_up(t, out);
    } else if (root->kind != WIRE_FILE_OTHER) {
        out->algorithm = t->algorithm;
        out->size = root->size;
        memcpy(out->digest, root->digest, digest_size(t->algorithm));
    }
}
