#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/read.h"

/* Ten years: authorities give less. */
#define EXPIRY_MAX_US ((int64_t)(3650 * 86400 * US_PER_S))

/* A certificate lives for weeks, so this may be longer than any other duration. */
static void read_expiry(struct reader *r, const struct json *n, void *field)
{
    int64_t us = 0;

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (text_parse_time(json_string(n), &us) != TEXT_OK || us > EXPIRY_MAX_US)
        problem_hint(reader_fault(r, "duration", "\"%s\" is not a duration", json_string(n)),
                     "write a whole number and a unit: 14d, 48h; at most 3650d");
    else
        *(uint64_t *)field = (uint64_t)us;
}

#define OFFSET(member) offsetof(struct probe_tls, member)

static const struct key keys[] = {
    {.name = "ca", .kind = KEY_TEXT, .offset = OFFSET(ca)},
    {.name = "certificate", .kind = KEY_TEXT, .offset = OFFSET(certificate)},
    {.name = "key", .kind = KEY_TEXT, .offset = OFFSET(key)},
    {.name = "server_name", .kind = KEY_TEXT, .offset = OFFSET(server_name)},
    {.name = "insecure", .kind = KEY_BOOL, .offset = OFFSET(insecure)},
    {.name = "expiry_warning", .kind = KEY_OWN, .offset = OFFSET(expiry_us), .read = read_expiry},
};
const struct key_table probe_tls_keys = {"\"tls\" of a probe", keys, sizeof(keys) / sizeof(keys[0])};

void read_probe_tls(struct reader *r, const struct json *n, void *field)
{
    struct probe_tls *t = field;

    reader_object(r, n, &probe_tls_keys, t);
    if (t->key && !t->certificate)
        reader_fault(r, "required", "\"key\" needs \"certificate\"");
    if (t->ca && t->insecure)
        problem_hint(reader_fault(r, "value", "\"ca\" means nothing when any certificate is believed"),
                     "remove \"insecure\"");
}
