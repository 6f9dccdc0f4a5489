/*
 * signame - signals by name and number, as kill(1) knows them.
 */
#ifndef MUSTER_BASE_SIGNAME_H
#define MUSTER_BASE_SIGNAME_H

/* The kernel's own range, signal(7); C libraries leave some of the real-time ones out. */
#define SIGNAL_LAST 64
#define SIGNAME_MAX 16

/*
 * signame_known - "SIGTERM"; NULL for signals without a name of their own (real-time ones). Static text.
 */
const char *signame_known(int number);

/*
 * signame_parse - "TERM", "SIGTERM", "term", "15": a number from 1 to SIGNAL_LAST, or -1.
 */
int signame_parse(const char *text);

#endif
