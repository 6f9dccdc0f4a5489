/*
 * hash - `hash THREADS PATH`: measure what is at PATH as the recorder does, with so many threads, and print its checksum.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "init/setup/measure.h"

int main(int argc, char **argv)
{
    static struct pool pool;
    struct wire_facts facts;
    struct err e;
    char text[DIGEST_TEXT_MAX];
    if (argc != 3)
        return 64;
    pool_start(&pool, (unsigned)strtoul(argv[1], NULL, 10));
    int rc = measure(&pool, AT_FDCWD, argv[2], DIGEST_SHA256, &facts, &e);
    pool_end(&pool);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], e.text);
        return 1;
    }
    digest_text((enum digest_algorithm)facts.algorithm, facts.digest, text);
    printf("%s  %s\n", text, argv[2]);
    return 0;
}
