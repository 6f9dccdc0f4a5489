/*
 * download - a file from the network, as a built-in action of a set-up step: PID 1 starts its own binary in the role
 * "@download", as the step's user.
 *
 * Two processes: this one opens and judges files and never sees a network byte; its child talks to the server
 * (fetch.h) behind the prober's sandbox, and has nothing but the open file.
 *
 *   target has the check sum ─▶ done
 *   else: .NAME.muster-part ─▶ fetch it, or the rest of it ─▶ check sum ─▶ rename
 *
 * What came so far is kept when the connection fails, and gone on with next time. Only the check sum says whether that was
 * right: when it was not, all is fetched anew, once.
 */
#ifndef MUSTER_PROBES_DOWNLOAD_H
#define MUSTER_PROBES_DOWNLOAD_H

/*
 * download_main - the whole life of the process.
 *
 * @instructions_fd  see init/wire/instructions.h.
 *
 * Returns the exit code: 0 = the file is there; 69 = the server or the way to it, which may get better; 1 = anything
 * else: a status like 404, a certificate, a wrong check sum, a full disk; 70 = bad instructions.
 */
int download_main(int instructions_fd);

#endif
