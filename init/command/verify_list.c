#include "init/command/verify_list.h"

#include <fcntl.h>
#include <string.h>

#include "init/base/digest.h"
#include "init/setup/tree.h"

bool verified_is_good(const struct verified *v)
{
    return v->error == 0 && v->drift == DRIFT_NONE;
}

static const char *kind_name(const struct wire_facts *f)
{
    static const char *const names[] = {
        [WIRE_FILE_NONE] = "none",    [WIRE_FILE_REGULAR] = "file", [WIRE_FILE_DIRECTORY] = "dir",
        [WIRE_FILE_SYMLINK] = "link", [WIRE_FILE_OTHER] = "other",
    };
    return names[f->kind <= WIRE_FILE_OTHER ? f->kind : WIRE_FILE_OTHER];
}

static const char *drift_word(const struct verified *v)
{
    return v->error != 0 ? "unreadable" : drift_name(v->drift);
}

void list_text(const struct verified *items, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!verified_is_good(&items[i])) {
            buf_printf(out, "%s  %s%s%s  (step %s)\n", items[i].recorded->path, drift_word(&items[i]),
                       items[i].error != 0 ? ": " : "", items[i].error != 0 ? strerror(items[i].error) : "",
                       items[i].step->id);
        }
    }
}

static void write_facts(struct jsonw *w, const char *key, const struct wire_facts *f)
{
    char text[DIGEST_TEXT_MAX];
    char mode[16];
    if (f->kind == WIRE_FILE_NONE) {
        jsonw_null(w, key);
        return;
    }
    jsonw_object(w, key);
    struct buf b = BUF_OVER(mode);
    buf_reset(&b);
    buf_printf(&b, "%04o", (unsigned)f->mode);
    jsonw_uint(w, "size_bytes", f->size);
    digest_text((enum digest_algorithm)f->algorithm, f->digest, text);
    jsonw_string(w, "checksum", digest_size((enum digest_algorithm)f->algorithm) > 0 ? text : NULL);
    jsonw_string(w, "permissions", mode);
    jsonw_uint(w, "uid", f->uid);
    jsonw_uint(w, "gid", f->gid);
    jsonw_object_end(w);
}

void list_json(const struct verified *items, size_t count, struct buf *out)
{
    struct jsonw w;
    size_t drifted = 0;
    for (size_t i = 0; i < count; i++) {
        drifted += !verified_is_good(&items[i]);
    }
    jsonw_init(&w, out, true);
    jsonw_object(&w, NULL);
    jsonw_uint(&w, "verified", count);
    jsonw_uint(&w, "drifted", drifted);
    jsonw_array(&w, "artifacts");
    for (size_t i = 0; i < count; i++) {
        const struct verified *v = &items[i];
        jsonw_object(&w, NULL);
        jsonw_string(&w, "artifact_path", v->recorded->path);
        jsonw_string(&w, "created_by_step", v->step->id);
        jsonw_string(&w, "drift", verified_is_good(v) ? NULL : drift_word(v));
        jsonw_string(&w, "error", v->error != 0 ? strerror(v->error) : NULL);
        write_facts(&w, "recorded", &v->recorded->after);
        write_facts(&w, "found", &v->found);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_putc(out, '\n');
}

/* sha256sum(1): a name with a backslash, newline or carriage return is escaped, and its line begins with a backslash. */
static void put_sum(struct buf *out, const uint8_t *digest, const char *folder, const char *name)
{
    char hex[DIGEST_HEX_MAX];
    bool special = strpbrk(folder, "\\\n\r") != NULL || strpbrk(name, "\\\n\r") != NULL;
    digest_hex(digest, hex);
    buf_printf(out, "%s%s  ", special ? "\\" : "", hex);
    tree_escape(out, folder);
    if (name[0] != '\0') {
        buf_putc(out, '/');
        tree_escape(out, name);
    }
    buf_putc(out, '\n');
}

static void put_tree_sums(struct buf *out, const struct verified *v)
{
    cleanup_tree struct tree t = {.count = 0};
    struct err e;
    if (!verified_is_good(v) || tree_scan(NULL, AT_FDCWD, v->recorded->path, DIGEST_SHA256, &t, &e) != 0) {
        return;
    }
    for (size_t i = 1; i < t.count; i++) {
        if (t.entries[i].kind == WIRE_FILE_REGULAR) {
            put_sum(out, t.entries[i].digest, v->recorded->path, tree_text(&t, t.entries[i].path));
        }
    }
}

void list_sha256sum(const struct verified *items, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct wire_facts *f = &items[i].recorded->after;
        if (f->algorithm != DIGEST_SHA256) {
            continue;
        }
        if (f->kind == WIRE_FILE_REGULAR) {
            put_sum(out, f->digest, items[i].recorded->path, "");
        } else if (f->kind == WIRE_FILE_DIRECTORY) {
            put_tree_sums(out, &items[i]);
        }
    }
}

/* mtree(5): what is not printable, and blanks and backslashes, as three octal digits. */
static void put_mtree_name(struct buf *out, const char *path)
{
    buf_putc(out, '.');
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;
        if (c <= ' ' || c >= 127 || c == '\\' || c == '#') {
            buf_printf(out, "\\%03o", c);
        } else {
            buf_putc(out, (char)c);
        }
    }
}

void list_mtree(const struct verified *items, size_t count, struct buf *out)
{
    buf_puts(out, "#mtree v2.0\n");
    for (size_t i = 0; i < count; i++) {
        const struct wire_facts *f = &items[i].recorded->after;
        char text[DIGEST_TEXT_MAX];
        if (f->kind != WIRE_FILE_REGULAR && f->kind != WIRE_FILE_DIRECTORY && f->kind != WIRE_FILE_SYMLINK) {
            continue;
        }
        put_mtree_name(out, items[i].recorded->path);
        buf_printf(out, " type=%s mode=%04o uid=%u gid=%u", kind_name(f), (unsigned)f->mode, (unsigned)f->uid,
                   (unsigned)f->gid);
        if (f->kind == WIRE_FILE_REGULAR) {
            digest_text((enum digest_algorithm)f->algorithm, f->digest, text);
            buf_printf(out, " size=%llu %s=%s", (unsigned long long)f->size,
                       digest_name((enum digest_algorithm)f->algorithm), strchr(text, ':') + 1);
        }
        buf_putc(out, '\n');
    }
}
