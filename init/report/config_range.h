/*
 * config_range - whole numbers as regular expressions, for the schema: there, values of the environment are texts.
 */
#ifndef MUSTER_REPORT_CONFIG_RANGE_H
#define MUSTER_REPORT_CONFIG_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/buf.h"

/* Two signs, nineteen digits up and down again, some twenty bytes each. */
#define CONFIG_RANGE_TEXT_MAX 2048

struct config_range {
    bool has_min, has_max;
    int64_t min, max; /* min <= max */
};

/*
 * config_range_pattern - alternatives that match exactly the whole numbers of @r in plain decimal (text_parse_int), but for
 * the bounds of 64 bits: "[0-9]|1[0-5]" for 0 to 15. Without anchors and brackets around them.
 *
 * @out  appended to.
 */
void config_range_pattern(const struct config_range *r, struct buf *out);

#endif
