#include "init/setup/image_sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/setup/before_image.h"
#include "init/setup/tree_copy.h"

/* Digits of the session: enough to tell two that have used the same folder. */
#define SESSION_DIGITS 8

void image_name(const char *session, uint64_t sequence, uint32_t artifact, char out[WIRE_BACKUP_MAX])
{
    (void)snprintf(out, WIRE_BACKUP_MAX, "%.*s-%llu-%u", SESSION_DIGITS, session, (unsigned long long)sequence,
                   artifact);
}

static int compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* Every name that any step has, sorted; also one whose step was done anew since. Returns NULL without memory. */
static const char **named(const struct history *h, size_t *count)
{
    size_t room = 1;
    for (size_t i = 0; i < h->step_count; i++) {
        room += h->steps[i].artifact_count;
    }
    const char **names = calloc(room, sizeof *names);
    *count = 0;
    for (size_t i = 0; names != NULL && i < h->step_count; i++) {
        const struct past_step *s = &h->steps[i];
        for (size_t k = 0; k < s->artifact_count; k++) {
            if (s->artifacts[k].backup != NULL) {
                names[(*count)++] = s->artifacts[k].backup;
            }
        }
    }
    if (names != NULL) {
        qsort(names, *count, sizeof *names, compare);
    }
    return names;
}

static bool is_left_over(const char *name, const struct history *h, const char *const *names, size_t count)
{
    char stem[IMAGE_NAME_MAX];
    const char *key = stem;
    size_t len = strcspn(name, ".");
    if (strncmp(name, h->session, SESSION_DIGITS) != 0 || name[SESSION_DIGITS] != '-' || len >= sizeof stem) {
        return false;
    }
    memcpy(stem, name, len);
    stem[len] = '\0';
    return bsearch(&key, names, count, sizeof *names, compare) == NULL;
}

void image_sweep(int images, const struct history *h)
{
    int fd = openat(images, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL; /* takes the descriptor */
    if (folder == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return;
    }
    size_t count;
    const char **names = named(h, &count);
    const struct dirent *d;
    while (names != NULL && (d = readdir(folder)) != NULL) {
        if (is_left_over(d->d_name, h, names, count)) {
            (void)tree_remove(images, d->d_name);
        }
    }
    free(names);
    (void)closedir(folder);
}
