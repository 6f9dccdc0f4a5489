#include "probes/hpack.h"

#include <stdint.h>
#include <string.h>

/* Static table (RFC 7541 appendix A): its length, and the rows that matter. */
#define STATIC_ROWS 61
#define ROW_STATUS_FIRST 8 /* :status 200, and six more */
#define ROW_STATUS_LAST 14
#define ROW_CONTENT_TYPE 31
static const int row_status[] = {200, 204, 206, 304, 400, 404, 500};

/* No number in a block is larger: lengths are bounded by the block, and tables are small. */
#define NUMBER_MAX ((size_t)1 << 20)

/* Of a name or value, enough to tell those that matter from others. */
#define TEXT_MAX 64

/* The Huffman code is canonical: codes of the same length follow each other in the order of their symbols, and the first code of
 * a length follows the last of the length before. So lengths say it all. */
#define CODE_LENGTH_MAX 30
static const unsigned char codes_of_length[CODE_LENGTH_MAX + 1] = {
    0, 0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4};
/* Symbols by length of their code. The 257th, the end of a string, must not be written. */
static const unsigned char symbols[] = {
    48,  49,  50,  97,  99,  101, 105, 111, 115, 116, 32,  37,  45,  46,  47,  51,  52,  53,  54,  55,  56,  57,
    61,  65,  95,  98,  100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58,  66,  67,  68,  69,  70,  71,  72,
    73,  74,  75,  76,  77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  89,  106, 107, 113, 118, 119, 120,
    121, 122, 38,  42,  44,  59,  88,  90,  33,  34,  40,  41,  63,  39,  43,  124, 35,  62,  0,   36,  64,  91,
    93,  126, 94,  125, 60,  96,  123, 92,  195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167, 172,
    176, 177, 179, 209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170,
    173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233, 1,   135, 137, 138, 139, 140, 141, 143, 147,
    149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239, 9,   142,
    144, 145, 148, 159, 171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193, 200, 201, 202, 205, 210, 213,
    218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250,
    251, 252, 253, 254, 2,   3,   4,   5,   6,   7,   8,   11,  12,  14,  15,  16,  17,  18,  19,  20,  21,  23,
    24,  25,  26,  27,  28,  29,  30,  31,  127, 220, 249, 10,  13,  22};

enum name { NAME_OTHER, NAME_STATUS, NAME_CONTENT_TYPE, NAME_GRPC_STATUS };

/* What is left of a block. */
struct input {
    const unsigned char *at;
    size_t len;
};

struct text {
    unsigned char bytes[TEXT_MAX];
    size_t len;
};

int hpack_unpack(const unsigned char *bytes, size_t len, unsigned char *out, size_t cap)
{
    size_t written = 0;
    uint32_t code = 0;  /* of the symbol that is being read */
    uint32_t first = 0; /* code of this length */
    size_t index = 0;   /* of the symbol with that first code */
    unsigned length = 0;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        code = code << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1U);
        first <<= 1;
        if (++length > CODE_LENGTH_MAX)
            return -1;
        unsigned count = codes_of_length[length];
        if (code - first < count) {
            if (index + (code - first) >= sizeof(symbols))
                return -1;
            if (written < cap)
                out[written++] = symbols[index + (code - first)];
            code = first = 0;
            index = length = 0;
            continue;
        }
        first += count;
        index += count;
    }
    /* Padding is the beginning of the longest code, all ones, and shorter than a byte. */
    return length < 8 && code == (1U << length) - 1 ? (int)written : -1;
}

/* A number that begins in the low @bits of the next byte; RFC 7541 section 5.1. */
static int take_number(struct input *in, unsigned bits, size_t *number)
{
    if (in->len == 0)
        return -1;
    size_t limit = ((size_t)1 << bits) - 1;
    *number = *in->at & limit;
    bool more = *number == limit;
    in->at++;
    in->len--;
    for (unsigned shift = 0; more; shift += 7) {
        if (in->len == 0 || *number > NUMBER_MAX || shift > 21)
            return -1;
        *number += (size_t)(*in->at & 0x7f) << shift;
        more = (*in->at & 0x80) != 0;
        in->at++;
        in->len--;
    }
    return 0;
}

/* Section 5.2. */
static int take_text(struct input *in, struct text *text)
{
    size_t len = 0;
    bool packed = in->len > 0 && (*in->at & 0x80) != 0;
    if (take_number(in, 7, &len) != 0 || len > in->len)
        return -1;
    int written = 0;
    if (packed) {
        written = hpack_unpack(in->at, len, text->bytes, sizeof(text->bytes));
    } else {
        written = (int)(len < sizeof(text->bytes) ? len : sizeof(text->bytes));
        memcpy(text->bytes, in->at, (size_t)written);
    }
    in->at += len;
    in->len -= len;
    text->len = written < 0 ? 0 : (size_t)written;
    return written < 0 ? -1 : 0;
}

static bool equals(const struct text *text, const char *word)
{
    return text->len == strlen(word) && memcmp(text->bytes, word, text->len) == 0;
}

/* A decimal number of up to three digits, or -1. */
static int number_of(const struct text *text)
{
    int number = 0;
    if (text->len == 0 || text->len > 3)
        return -1;
    for (size_t i = 0; i < text->len; i++) {
        if (text->bytes[i] < '0' || text->bytes[i] > '9')
            return -1;
        number = 10 * number + (text->bytes[i] - '0');
    }
    return number;
}

static void note(struct hpack_fields *fields, enum name name, const struct text *value)
{
    static const char grpc[] = "application/grpc";
    if (name == NAME_STATUS)
        fields->status = number_of(value);
    if (name == NAME_GRPC_STATUS)
        fields->grpc_status = number_of(value) < 0 ? 2 : number_of(value);
    if (name == NAME_CONTENT_TYPE)
        fields->grpc = value->len >= sizeof(grpc) - 1 && memcmp(value->bytes, grpc, sizeof(grpc) - 1) == 0;
}

static enum name name_of_row(size_t row)
{
    if (row >= ROW_STATUS_FIRST && row <= ROW_STATUS_LAST)
        return NAME_STATUS;
    return row == ROW_CONTENT_TYPE ? NAME_CONTENT_TYPE : NAME_OTHER;
}

static enum name name_of_text(const struct text *name)
{
    if (equals(name, ":status"))
        return NAME_STATUS;
    if (equals(name, "content-type"))
        return NAME_CONTENT_TYPE;
    return equals(name, "grpc-status") ? NAME_GRPC_STATUS : NAME_OTHER;
}

/* A name, from the table or written out, and a value; the table's row is in the low @bits of the first byte. */
static int take_literal(struct input *in, unsigned bits, struct hpack_fields *fields)
{
    size_t row = 0;
    struct text text;
    if (take_number(in, bits, &row) != 0 || row > STATIC_ROWS)
        return -1;
    enum name name = name_of_row(row);
    if (row == 0) {
        if (take_text(in, &text) != 0)
            return -1;
        name = name_of_text(&text);
    }
    if (take_text(in, &text) != 0)
        return -1;
    note(fields, name, &text);
    return 0;
}

/* Name and value from the table. */
static int take_row(struct input *in, struct hpack_fields *fields)
{
    size_t row = 0;
    if (take_number(in, 7, &row) != 0 || row == 0 || row > STATIC_ROWS)
        return -1;
    if (name_of_row(row) == NAME_STATUS)
        fields->status = row_status[row - ROW_STATUS_FIRST];
    return 0;
}

/* Section 6: the highest bits say what follows. */
static int take_field(struct input *in, struct hpack_fields *fields)
{
    unsigned char first = *in->at;
    size_t size = 0;
    if (first & 0x80)
        return take_row(in, fields);
    if (first & 0x40)
        return take_literal(in, 6, fields);
    if (first & 0x20)
        return take_number(in, 5, &size) == 0 && size == 0 ? 0 : -1;
    return take_literal(in, 4, fields);
}

int hpack_read(const unsigned char *block, size_t len, struct hpack_fields *fields)
{
    struct input in = {block, len};
    while (in.len > 0) {
        if (take_field(&in, fields) != 0)
            return -1;
    }
    return 0;
}
