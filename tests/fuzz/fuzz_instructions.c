/*
 * Instructions of any bytes: what passes is within its limits, and packs to the same bytes again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/wire/instructions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct instructions in;
    if (instructions_unpack(data, size, &in, &e) != 0) {
        require(e.code == ERR_PROTO && e.text[0] != '\0');
        return 0;
    }
    require(in.kind >= INSTRUCT_WRITE && in.kind <= INSTRUCT_LAST && (in.mode <= 07777 || in.mode == INSTRUCT_KEEP));
    require(in.path[0] == '/' && strrchr(in.path, '/')[1] != '\0' && (in.from[0] == '\0' || in.from[0] == '/'));
    require(instructions_size(&in) == size);
    unsigned char *again = malloc(size);
    instructions_pack(&in, again);
    require(memcmp(again, data, size) == 0);
    free(again);
    return 0;
}
