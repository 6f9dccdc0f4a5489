/*
 * config - `config MANIFEST`: CPU time in microseconds of reading that manifest, of validating the environment against it, and
 * of building the graph. Each once, in a process that has done nothing before: caches are cold, pages are touched first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "init/config/environment.h"
#include "init/core/load.h"

static double now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    static struct loaded loaded;
    struct load_options options = {.file = argc == 2 ? argv[1] : NULL, .environ_ = environ};
    struct err e = {.code = ERR_NONE};
    if (argc != 2)
        return 64;
    double start = now_us();
    int rc = load_manifest(&options, &loaded, &e);
    double read = now_us();
    rc = rc == 0 ? load_config(&options, &loaded, &e) : rc;
    double validated = now_us();
    rc = rc == 0 ? load_graph(&options, &loaded, &e) : rc;
    double planned = now_us();
    if (rc != 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    printf("%.0f %.0f %.0f\n", read - start, validated - read, planned - validated);
    return 0;
}
