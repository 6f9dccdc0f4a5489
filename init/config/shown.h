/*
 * shown - what people and documents get to see of a value.
 */
#ifndef MUSTER_CONFIG_SHOWN_H
#define MUSTER_CONFIG_SHOWN_H

#include "init/base/arena.h"
#include "init/config/resolve.h"

/*
 * shown_set - fill `shown` and `tainted` of a setting that has a value; one that is tainted already stays so.
 *
 * "***" for a secret, for what took one in, and for a URL that cannot be split; a text that looks like a URL with
 * credentials is masked like one whatever its type.
 *
 * Returns what of it is secret but too short to be kept out of output (redact.h), for people: "the secret"; or NULL.
 */
const char *shown_set(struct setting *s, struct arena *a);

#endif
