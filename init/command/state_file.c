#include "init/command/state_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/fdio.h"
#include "init/report/status.h"

static int parse(struct state_file *f, struct err *e)
{
    struct problems problems = {.errors = 0};
    f->root = json_parse(f->text, f->len, false, &problems);
    if (f->root == NULL || json_type(json_get(f->root, "schema")) != JSON_STRING) {
        return err_set(e, ERR_MANIFEST, 0, "%s/" STATUS_FILE " is not a status file of muster", f->dir.path);
    }
    return 0;
}

int state_file_open(const char *wanted, struct state_file *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->dir.fd = -1;
    out->dir.lock_fd = -1;
    if (statedir_open(wanted, false, &out->dir, e) != 0) {
        return -1;
    }
    out->text = malloc(STATUS_TEXT_MAX + 1);
    if (out->text == NULL) {
        return err_set(e, ERR_SYS, ENOMEM, "cannot read the status file");
    }
    if (file_read(out->dir.fd, STATUS_FILE, out->text, STATUS_TEXT_MAX + 1, &out->len, e) != 0) {
        e->code = ERR_STATE;
        return err_wrap(e, "%s", out->dir.path);
    }
    out->owner_alive = statedir_owner_alive(&out->dir);
    return parse(out, e);
}

void state_file_close(struct state_file *f)
{
    json_free(f->root);
    free(f->text);
    statedir_close(&f->dir);
}
