/*
 * prober - the role that makes network probes. The only edge from the rest of muster into this folder.
 */
#ifndef MUSTER_PROBES_PROBER_H
#define MUSTER_PROBES_PROBER_H

/*
 * prober_main - enter the sandbox, then serve requests until the channel closes.
 *
 * @channel_fd  taken; one end of channel_pair(). All higher descriptors are closed.
 *
 * Answers every struct wire_probe_request with one struct wire_verdict, unless it was cancelled or replaced by a newer
 * one with the same id. Reads SSL_CERT_FILE and SSL_CERT_DIR from the environment, nothing else.
 *
 * Returns the exit code: 0 when the channel closed, 70 when it could not start or a request broke the rules.
 */
int prober_main(int channel_fd);

#endif
