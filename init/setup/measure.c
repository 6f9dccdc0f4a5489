#include "init/setup/measure.h"

#include "init/setup/tree.h"

int measure(struct pool *pool, int folder, const char *name, enum digest_algorithm algorithm, struct wire_facts *out,
            struct err *e)
{
    cleanup_tree struct tree t = {.count = 0};
    if (tree_scan(pool, folder, name, algorithm, &t, e) != 0) {
        return -1;
    }
    tree_facts(&t, out);
    return 0;
}
