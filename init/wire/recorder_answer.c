/*
 * What the recorder answers: believed only when every field is as it can be.
 */
#include <string.h>

#include "init/base/digest.h"
#include "init/wire/messages.h"
#include "init/wire/printable.h"

_Static_assert(sizeof(struct wire_recorded) == 120, "the layout is the wire format");

const char *restore_outcome_name(enum wire_restore_outcome o)
{
    static const char *const names[RESTORE_OUTCOME_COUNT] = {
        [RESTORE_UNCHANGED] = "unchanged", [RESTORE_RESTORED] = "restored", [RESTORE_REMOVED] = "removed",
        [RESTORE_CONFLICT] = "conflict",   [RESTORE_FAILED] = "failed",
    };
    return (size_t)o < RESTORE_OUTCOME_COUNT ? names[o] : "unknown";
}

/* Numbers of 2^53 and more are not exact in JSON (data model: InstallationArtifact.size_bytes). */
#define SIZE_LIMIT (UINT64_C(1) << 53)

static bool is_zero(const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < len; i++)
        if (b[i] != 0)
            return false;
    return true;
}

/* Linux keeps error numbers below 4096 (include/linux/err.h, MAX_ERRNO). */
static bool is_error_number(int32_t n)
{
    return n >= 0 && n <= 4095;
}

static bool are_facts(const struct wire_facts *f, int32_t error)
{
    if (f->kind == WIRE_FILE_NONE || error != 0)
        return is_zero(f, sizeof(*f));
    bool alone = f->kind == WIRE_FILE_DIRECTORY && f->algorithm == DIGEST_NONE;
    bool hashed = f->kind != WIRE_FILE_OTHER && !alone;
    size_t digest = digest_size((enum digest_algorithm)f->algorithm);
    if (f->kind > WIRE_FILE_OTHER || hashed != (digest != 0) || f->algorithm >= DIGEST_ALGORITHM_COUNT)
        return false;
    if (f->kind == WIRE_FILE_DIRECTORY && !(alone ? f->size == 0 : f->algorithm == DIGEST_SHA256))
        return false;
    return (f->mode & ~07777U) == 0 && f->size < SIZE_LIMIT && f->reserved == 0 &&
           is_zero(f->digest + digest, sizeof(f->digest) - digest);
}

static int check_recorded(const struct wire_recorded *r, struct err *e)
{
    if (!is_error_number(r->error) || r->reserved != 0)
        return err_set(e, ERR_PROTO, 0, "a record has an impossible error number (%d)", r->error);
    if (!are_facts(&r->facts, r->error))
        return err_set(e, ERR_PROTO, 0, "a record has impossible facts");
    return 0;
}

/* A path is used as it is: what cannot be shown is refused, not replaced. */
static bool is_path(const char *s, size_t cap)
{
    size_t len = strnlen(s, cap);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 127)
            return false;
    return len < cap && s[0] == '/';
}

static int check_kept(struct wire_kept *k, struct err *e)
{
    if (!is_error_number(k->error) || k->reserved != 0 || !are_facts(&k->facts, k->error))
        return err_set(e, ERR_PROTO, 0, "a before-image has impossible facts");
    if (k->error == 0 ? !is_path(k->resolved, sizeof(k->resolved)) : k->resolved[0] != '\0')
        return err_set(e, ERR_PROTO, 0, "a before-image has an impossible path");
    if (!is_terminated(k->text, sizeof(k->text)) || (k->text[0] != '\0') != (k->error != 0))
        return err_set(e, ERR_PROTO, 0, "a before-image has an unterminated text, or none, or one too many");
    make_printable(k->text, sizeof(k->text));
    return 0;
}

static int check_restored(struct wire_restored *r, struct err *e)
{
    if (r->outcome >= RESTORE_OUTCOME_COUNT || r->reserved != 0)
        return err_set(e, ERR_PROTO, 0, "a restoration has an impossible outcome (%u)", r->outcome);
    if (!is_error_number(r->error) || (r->error != 0) != (r->outcome == RESTORE_FAILED))
        return err_set(e, ERR_PROTO, 0, "a restoration has an impossible error number (%d)", r->error);
    if (r->in_place > (r->outcome == RESTORE_RESTORED ? 1U : 0U))
        return err_set(e, ERR_PROTO, 0, "a restoration has impossible details");
    bool explained = r->outcome == RESTORE_CONFLICT || r->outcome == RESTORE_FAILED;
    if (!is_terminated(r->text, sizeof(r->text)) || (r->text[0] != '\0') != explained)
        return err_set(e, ERR_PROTO, 0, "a restoration has an unterminated text, or none, or one too many");
    make_printable(r->text, sizeof(r->text));
    return 0;
}

int wire_check_recorder(union wire_message *m, size_t len, uint32_t id_limit, struct err *e)
{
    size_t expected = len < sizeof(m->type)      ? 0
                      : m->type == WIRE_RECORDED ? sizeof(m->recorded)
                      : m->type == WIRE_KEPT     ? sizeof(m->kept)
                      : m->type == WIRE_RESTORED ? sizeof(m->restored)
                                                 : 0;
    if (expected == 0 || len != expected)
        return err_set(e, ERR_PROTO, 0, "a record has the wrong type or length");
    if (m->recorded.id >= id_limit) /* in all three at the same place */
        return err_set(e, ERR_PROTO, 0, "a record is about nothing that was asked (id %u)", m->recorded.id);
    switch (m->type) {
    case WIRE_KEPT:
        return check_kept(&m->kept, e);
    case WIRE_RESTORED:
        return check_restored(&m->restored, e);
    default:
        return check_recorded(&m->recorded, e);
    }
}
