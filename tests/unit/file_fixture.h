/*
 * file_fixture - a folder of files for one test.
 */
#ifndef MUSTER_TESTS_UNIT_FILE_FIXTURE_H
#define MUSTER_TESTS_UNIT_FILE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FIXTURE_PATH_MAX 512

/* Its real path, and a descriptor. */
struct files {
    char base[64];
    int fd;
};

void files_make(struct files *f);
void files_remove(struct files *f);

/* The path of a name in it. The text lasts for four calls. */
const char *files_path(const struct files *f, const char *name);

void files_write(const struct files *f, const char *name, const char *content, mode_t mode);
void files_folder(const struct files *f, const char *name, mode_t mode);
void files_link(const struct files *f, const char *name, const char *target);

bool files_have(const struct files *f, const char *name);

/* Content of a file; it lasts until the next call. */
const char *files_read(const struct files *f, const char *name);

/* How many names are in a folder. */
size_t files_count(const struct files *f, const char *name);

#endif
