#include "init/report/artifact_facts.h"

/* The algorithm, and twelve digits. */
#define CHECKSUM_SHOWN 19

static void put_checksum(struct paint *p, const struct wire_recorded *found)
{
    char text[DIGEST_TEXT_MAX];
    digest_text((enum digest_algorithm)found->facts.algorithm, found->facts.digest, text);
    paint_format(p, "%.*s...", CHECKSUM_SHOWN, text);
}

void artifact_facts(struct paint *p, const struct artifact_record *r)
{
    const struct wire_recorded *found = &r->found;
    if (!artifact_needs_measuring(r)) {
        paint_text(p, artifact_type_name(r->declared->type));
    } else if (!r->measured || found->error != 0 || found->facts.kind == WIRE_FILE_NONE) {
        paint_text(p, "missing");
    } else if (found->facts.kind == WIRE_FILE_REGULAR) {
        paint_format(p, "%llu bytes  %04o  ", (unsigned long long)found->facts.size, (unsigned)found->facts.mode);
        put_checksum(p, found);
    } else if (found->facts.kind == WIRE_FILE_SYMLINK) {
        paint_text(p, "symbolic link  ");
        put_checksum(p, found);
    } else {
        paint_format(p, "%s  %04o", found->facts.kind == WIRE_FILE_DIRECTORY ? "directory" : "special file",
                     (unsigned)found->facts.mode);
    }
}
