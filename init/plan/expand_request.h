/*
 * expand_request - a probe's texts with every ${NAME} replaced, as a request to the prober.
 */
#ifndef MUSTER_PLAN_EXPAND_REQUEST_H
#define MUSTER_PLAN_EXPAND_REQUEST_H

#include "init/base/json.h"
#include "init/plan/graph.h"

struct expander {
    enum node_kind kind;
    const struct config *config;
    struct arena *arena;
    struct problems *problems;
    struct json_pointer at; /* the text that is being expanded */
};

/*
 * expand_text - NULL when it cannot be done; that was reported then: value.unset, ref.syntax.
 */
const char *expand_text(struct expander *x, const char *text);

/*
 * expand_request - fill request, tls_files and shown_target of @n. @x->at is the probe.
 *
 * @id  the node's index: goes into the request.
 */
void expand_request(struct expander *x, const struct probe *p, uint32_t id, struct node *n);

#endif
