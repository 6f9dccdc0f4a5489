/*
 * grpc_answer - what a call of grpc.health.v1.Health/Check came to: HTTP's status, gRPC's, and that of the service.
 */
#ifndef MUSTER_PROBES_GRPC_ANSWER_H
#define MUSTER_PROBES_GRPC_ANSWER_H

#include "probes/talk.h"

/*
 * grpc_answer_find - end the conversation, by @t->fields and @t->body: all that will come has come.
 */
void grpc_answer_find(struct talk *t);

#endif
