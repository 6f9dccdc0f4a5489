/*
 * expand_node - a node's texts with every ${NAME} replaced: commands, probe requests, artifact paths.
 */
#ifndef MUSTER_PLAN_EXPAND_NODE_H
#define MUSTER_PLAN_EXPAND_NODE_H

#include "init/plan/graph.h"

/*
 * expand_node - fill argv, environment, directory, request, probe_argv, probe_path, shown_target and what a step has of @n.
 *
 * @id  the node's index: goes into the request.
 * @p   value.unset for a variable without a value, and what target_parse() and file_path_check() find in the expanded text;
 *      the warning secret.argument for credentials in a command line. At the JSON pointer of the text, which is never
 *      quoted.
 *
 * A step that is skipped by hand or not for here is not looked at: it may be so for exactly that reason. Its artifact paths
 * are those declared if they cannot be expanded.
 */
void expand_node(struct node *n, uint32_t id, const struct config *c, struct arena *a, struct problems *p);

#endif
