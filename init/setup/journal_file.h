/*
 * journal_file - parts of the journal that open it and write it anew. Internal to journal.
 */
#ifndef MUSTER_SETUP_JOURNAL_FILE_H
#define MUSTER_SETUP_JOURNAL_FILE_H

#include "init/setup/journal.h"

/*
 * journal_fail - "cannot @what the journal", why, and what to do about it. Returns -1 with ERR_STATE.
 *
 * @sys  errno, or 0.
 */
int journal_fail(struct err *e, int sys, const char *what);

/*
 * journal_new_session - a random id for the session that begins. Returns 0, or -1 with ERR_STATE.
 */
int journal_new_session(char out[SESSION_ID_MAX], struct err *e);

/*
 * journal_put_session - the "session" line of the journal's session.
 */
int journal_put_session(struct journal *j, const char *config_digest, uint64_t now_us, struct err *e);

/*
 * journal_compact - write it anew as a snapshot of its history, if that is worth it.
 *
 * @dirfd  the state directory; borrowed.
 * @j      open and up to date; its descriptor is replaced.
 *
 * Whatever happens meanwhile, a whole journal has the name. The old one stays as journal.ndjson.1, where the file system has hard
 * links. What cannot be written is left alone: the old journal is as good. Returns 0, or -1 with ERR_STATE: nobody can tell which
 * of the two the name would belong to after a power cut.
 */
int journal_compact(int dirfd, struct journal *j, struct err *e);

#endif
