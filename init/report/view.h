/*
 * view - questions about a run that documents and the terminal both ask: what is known about a node, whether readiness
 * still waits for it, and why, in words.
 */
#ifndef MUSTER_REPORT_VIEW_H
#define MUSTER_REPORT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/buf.h"
#include "init/report/status.h"

/*
 * view_state - what the engine knows about node @i; an all-zero state (nothing done yet) before there is an engine.
 */
const struct node_state *view_state(const struct status_view *v, size_t i);

/*
 * view_ready_us - when the run became ready: the roll was complete, and the main process said so if it has to. 0 = not yet.
 */
uint64_t view_ready_us(const struct status_view *v);

/*
 * view_failing - the last attempt on node @i came to something else than success.
 */
bool view_failing(const struct status_view *v, size_t i);

/*
 * view_missing - readiness needs node @i and it is not there: a required service that is not healthy, a step that is not
 * completed, a blocking test that did not pass. One that was well until it was stopped with everything else is not missing.
 */
bool view_missing(const struct status_view *v, size_t i);

/*
 * view_holds_up - whoever needs node @i has to wait for it, or waited in vain. One that was well until it was stopped with
 * everything else did not hold anybody up. Nothing does before there is an engine.
 */
bool view_holds_up(const struct status_view *v, size_t i);

/*
 * view_blocked - node @i was not taken up because of what it needs.
 */
bool view_blocked(const struct status_view *v, size_t i);

/*
 * view_reason - why node @i is where it is, one short clause: "refused: nothing listens on 127.0.0.1:6379",
 * "waits for redis, migrate", "exited with code 3", "not configured". "" when there is nothing to explain.
 *
 * @out  appended to; never a credential.
 */
void view_reason(const struct status_view *v, size_t i, struct buf *out);

/*
 * view_own_word - how service @i, which says itself that it is ready, is waited for: "for its own word (sd_notify): loading
 * the index".
 *
 * @out  appended to.
 */
void view_own_word(const struct status_view *v, size_t i, struct buf *out);

/*
 * view_members_needed - how many members of group @i have to be healthy.
 */
size_t view_members_needed(const struct status_view *v, size_t i);

/*
 * view_optional_missing - readiness does not wait for service @i, and it is not healthy.
 */
bool view_optional_missing(const struct status_view *v, size_t i);

/*
 * view_waits_for - names of the needs of node @i that are not satisfied: "redis, migrate and 3 more".
 *
 * @out  appended to.
 */
void view_waits_for(const struct status_view *v, size_t i, struct buf *out);

/*
 * view_hint - what a person should look at when node @i keeps failing; "" when there is nothing to add. Static text.
 */
const char *view_hint(const struct status_view *v, size_t i);

#endif
