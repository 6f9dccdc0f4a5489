/*
 * Whatever a server sends as headers: they are read within their bounds, the same each time, and what is found is a number of
 * three digits at most.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/hpack.h"

#define BLOCK_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_unpacking(const uint8_t *data, size_t size)
{
    unsigned char whole[2 * BLOCK_MAX];
    unsigned char part[64];
    int len = hpack_unpack(data, size, whole, sizeof(whole));
    int cut = hpack_unpack(data, size, part, sizeof(part));
    /* The shortest code has five bits. */
    require(len >= -1 && len <= (int)(8 * size / 5));
    require(cut == (len < (int)sizeof(part) ? len : (int)sizeof(part)));
    require(cut <= 0 || memcmp(whole, part, (size_t)cut) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BLOCK_MAX)
        return 0;
    struct hpack_fields fields = {.status = -1, .grpc_status = -1};
    struct hpack_fields again = fields;
    int result = hpack_read(data, size, &fields);
    require(result == 0 || result == -1);
    require(fields.status >= -1 && fields.status <= 999);
    require(fields.grpc_status >= -1 && fields.grpc_status <= 999);
    require(hpack_read(data, size, &again) == result && again.status == fields.status);
    check_unpacking(data, size);
    return 0;
}
