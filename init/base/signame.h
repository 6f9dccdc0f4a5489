/*
 * signame - signals by name and number, as kill(1) knows them.
 */
#ifndef MUSTER_BASE_SIGNAME_H
#define MUSTER_BASE_SIGNAME_H

/* The kernel's own range, signal(7); C libraries leave some of the real-time ones out. */
#define SIGNAL_LAST 64
/* The first real-time signal for programs: 32 and 33 are glibc's own; musl's SIGRTMIN is 35. */
#define SIGNAME_RTMIN 34
#define SIGNAME_MAX 16

/*
 * signame_known - "SIGTERM", "SIGRTMIN+2", as `kill -l` lists them; NULL for 32, 33 and what is no signal. Static text.
 */
const char *signame_known(int number);

/*
 * signame_parse - "TERM", "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-30": a number from 1 to SIGNAL_LAST, or -1.
 *
 * RTMIN and RTMAX are glibc's, SIGNAME_RTMIN and SIGNAL_LAST, whatever C library this is built with.
 */
int signame_parse(const char *text);

#endif
