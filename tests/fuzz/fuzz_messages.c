/*
 * A helper process under somebody else's control sends any bytes: what passes the checks is safe to use and to print.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/digest.h"
#include "init/wire/messages.h"

#define ID_LIMIT 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_text(const char *s, size_t cap)
{
    require(memchr(s, '\0', cap) != NULL);
    for (; *s != '\0'; s++)
        require((unsigned char)*s >= ' ' && *s != 127);
}

static void check_verdict(union wire_message *m, size_t len)
{
    struct err e = {0};
    if (wire_check_verdict(m, len, ID_LIMIT, &e) != 0) {
        require(e.code == ERR_PROTO && e.text[0] != '\0');
        return;
    }
    const struct wire_verdict *v = &m->verdict;
    require(len == sizeof(*v) && v->id < ID_LIMIT && v->verdict < VERDICT_CLASS_COUNT);
    require(verdict_class_name((enum verdict_class)v->verdict)[0] != '\0');
    require_text(v->address, sizeof(v->address));
    require_text(v->redis_role, sizeof(v->redis_role));
    require_text(v->text, sizeof(v->text));
    union wire_message again = *m;
    require(wire_check_verdict(&again, len, ID_LIMIT, &e) == 0 && memcmp(&again, m, sizeof(*v)) == 0);
}

static void require_facts(const struct wire_facts *f)
{
    require(f->kind <= WIRE_FILE_OTHER && f->mode <= 07777 && f->algorithm < DIGEST_ALGORITHM_COUNT &&
            f->reserved == 0);
    require(f->kind != WIRE_FILE_NONE || (f->size == 0 && f->algorithm == DIGEST_NONE));
}

static void require_kept(const struct wire_kept *k)
{
    require_facts(&k->facts);
    require_text(k->resolved, sizeof(k->resolved));
    require_text(k->text, sizeof(k->text));
    require(k->error >= 0 && (k->error != 0 || k->resolved[0] == '/'));
}

static void check_recorder(union wire_message *m, size_t len)
{
    struct err e = {0};
    if (wire_check_recorder(m, len, ID_LIMIT, &e) != 0) {
        require(e.code == ERR_PROTO && e.text[0] != '\0');
        return;
    }
    require(m->recorded.id < ID_LIMIT);
    if (m->type == WIRE_RECORDED) {
        require(len == sizeof(m->recorded) && m->recorded.error >= 0);
        require_facts(&m->recorded.facts);
    } else if (m->type == WIRE_KEPT) {
        require(len == sizeof(m->kept));
        require_kept(&m->kept);
    } else {
        require(m->type == WIRE_RESTORED && len == sizeof(m->restored));
        require(m->restored.outcome < RESTORE_OUTCOME_COUNT && m->restored.in_place <= 1);
        require_text(m->restored.text, sizeof(m->restored.text));
    }
    union wire_message again = *m;
    require(wire_check_recorder(&again, len, ID_LIMIT, &e) == 0 && memcmp(&again, m, len) == 0);
}

static void check_probe(const uint8_t *bytes, size_t len)
{
    struct err e = {0};
    struct wire_probe_request r;
    if (wire_unpack_probe(bytes, len, &r, &e) != 0) {
        require(e.code == ERR_PROTO && e.text[0] != '\0');
        return;
    }
    require(r.timeout_ms > 0 && r.database_count <= WIRE_DATABASES_MAX);
    unsigned char again[WIRE_PROBE_MAX];
    require(wire_pack_probe(&r, again, sizeof(again)) == len && memcmp(again, bytes, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    union wire_message m = {0};
    size_t len = size < sizeof(m) ? size : sizeof(m);
    memcpy(&m, data, len);
    check_probe(data, size);
    check_recorder(&m, size);
    check_verdict(&m, size);
    return 0;
}
