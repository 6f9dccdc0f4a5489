/*
 * document - look into a status document as a reader does.
 */
#ifndef MUSTER_TESTS_UNIT_DOCUMENT_H
#define MUSTER_TESTS_UNIT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/json.h"
#include "tests/unit/run_fixture.h"

/*
 * run_document - write the status of the run and read it with the strict parser. Owned: json_free(). Fails the test when
 * it is not JSON or holds one of the run's secrets.
 */
struct json *run_document(const struct run *r);

/*
 * document_entry - the entry of the array @list whose member @key is @name, or NULL.
 */
const struct json *document_entry(const struct json *root, const char *list, const char *key, const char *name);

/*
 * document_string - a member's text; "(null)" when it has none. document_is_null - it is there, and null.
 */
const char *document_string(const struct json *n, const char *key);
bool document_is_null(const struct json *n, const char *key);

/*
 * DOCUMENT_HAS - fails the test unless @n has exactly these members, in this order.
 */
void document_has(const struct json *n, const char *const *fields, size_t count);
#define DOCUMENT_HAS(n, ...)                                                                                           \
    do {                                                                                                               \
        const char *const fields[] = {__VA_ARGS__};                                                                    \
        document_has(n, fields, sizeof(fields) / sizeof(fields[0]));                                                   \
    } while (0)

#endif
