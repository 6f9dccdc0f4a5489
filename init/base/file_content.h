/*
 * file_content - the content of one file into another.
 */
#ifndef MUSTER_BASE_FILE_CONTENT_H
#define MUSTER_BASE_FILE_CONTENT_H

/*
 * file_content_copy - make @to hold what @from holds. Holes stay holes; blocks are shared where the file system can.
 *
 * @from  a regular file, readable. Its offset changes.
 * @to    a regular file, writable. It is emptied first.
 *
 * Returns 0, or -1 with errno; ESTALE = @from became shorter meanwhile. Blocks on the file system.
 */
int file_content_copy(int from, int to);

#endif
