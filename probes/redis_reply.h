/*
 * redis_reply - one conversation with a Redis server: which commands to send, and what the answers mean. Bytes in, bytes
 * and a finding out; no I/O. hiredis formats the commands and parses the replies.
 *
 * The commands go out in one piece: AUTH when there are credentials, PING, for each database SELECT and PING, EXISTS when a key
 * is expected (in the first database), ROLE, and INFO when a role is expected. The first answer that is not as it should be
 * ends the conversation. A refused ROLE is no failure, as it may be denied: INFO then tells the role that is expected. Nor
 * is a refused PING when there is a key to ask for.
 */
#ifndef MUSTER_PROBES_REDIS_REPLY_H
#define MUSTER_PROBES_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "init/wire/messages.h"

enum redis_command { REDIS_AUTH, REDIS_PING, REDIS_SELECT, REDIS_EXISTS, REDIS_ROLE, REDIS_INFO };

/* Every answer to these commands is short; a ROLE with dozens of replicas is the longest. */
#define REDIS_ANSWER_MAX ((size_t)16 << 10)
#define REDIS_ELEMENTS_MAX 64

/* All commands of one conversation: AUTH with the longest credentials, PING and SELECT for every database, EXISTS with the
 * longest key, ROLE, INFO. */
#define REDIS_COMMANDS_MAX 2048

struct redis_finding {
    enum verdict_class verdict;
    bool loading;
    char role[16];
    char text[WIRE_TEXT_MAX];
};

struct redis_talk;

/*
 * redis_talk_new - prepare a conversation.
 *
 * @request  borrowed until redis_talk_free().
 *
 * Returns it (owned), or NULL when out of memory.
 */
struct redis_talk *redis_talk_new(const struct wire_probe_request *request);

/*
 * redis_talk_free - wipes the commands, which hold the credentials. NULL is fine.
 */
void redis_talk_free(struct redis_talk *t);

/*
 * redis_talk_output - what is still to be sent (borrowed); @len is 0 when everything has been sent.
 */
const char *redis_talk_output(const struct redis_talk *t, size_t *len);

/*
 * redis_talk_sent - @len bytes of it went out.
 */
void redis_talk_sent(struct redis_talk *t, size_t len);

/*
 * redis_talk_feed - take bytes from the server.
 *
 * Returns true when the conversation is over; @finding is then filled and holds no credential, whatever the server sent.
 * More may be fed after that; it is ignored. Memory stays below 8 MiB for any input.
 */
bool redis_talk_feed(struct redis_talk *t, const char *bytes, size_t len, struct redis_finding *finding);

/*
 * redis_talk_closed - the server closed the connection, or the time is up: is what came before enough?
 *
 * Returns true with @finding filled when only the answer to ROLE is missing, and no role is expected; false otherwise.
 */
bool redis_talk_closed(struct redis_talk *t, struct redis_finding *finding);

/*
 * redis_classify - what an error reply means.
 *
 * @line  the reply without '-' and line end; need not be terminated.
 */
enum verdict_class redis_classify(const char *line, size_t len);

#endif
