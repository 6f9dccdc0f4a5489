/*
 * redact_forms - which texts are secret in a configuration, and in which forms they are looked for. Internal to redact.c.
 */
#ifndef MUSTER_CONFIG_REDACT_FORMS_H
#define MUSTER_CONFIG_REDACT_FORMS_H

#include "init/config/redact.h"

/*
 * redact_collect - every form of every secret of @c, in any order, repeated ones too.
 *
 * @forms  room for them, or NULL to count only.
 * @a      their texts are put there, and nothing else; untouched while counting.
 *
 * Returns how many there are.
 */
size_t redact_collect(const struct config *c, struct redact_form *forms, struct arena *a);

/*
 * redact_is_base64 - is it a character of one of the two alphabets of base64?
 */
bool redact_is_base64(char c);

#endif
