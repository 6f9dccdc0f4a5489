/*
 * entities - ServiceStatus, TestExecution and SetupProgress as JSON objects: the data model's fields under the data
 * model's names first, then what muster adds.
 */
#ifndef MUSTER_REPORT_ENTITIES_H
#define MUSTER_REPORT_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/jsonw.h"
#include "init/report/status.h"

/*
 * entity_service - ServiceStatus of node @i, plus required, reason, blocked_by, attempts, source, message, how it has been
 * failing and how often its process was restarted, a hint, and the members of a group.
 */
void entity_service(struct jsonw *w, const struct status_view *v, size_t i);

/*
 * entity_test_has_result - whether there is a record of that test yet.
 */
bool entity_test_has_result(const struct status_view *v, size_t i);

/*
 * entity_test - TestExecution of node @i, plus skip_reason. duration_ms is never 0.
 */
void entity_test(struct jsonw *w, const struct status_view *v, size_t i);

/*
 * entity_step - SetupProgress of node @i, plus skip_reason, blocked_by. completed_at is always after started_at.
 */
void entity_step(struct jsonw *w, const struct status_view *v, size_t i);

/*
 * entity_brief - of node @i nothing but its name, its status and whether readiness waits for it.
 */
void entity_brief(struct jsonw *w, const struct status_view *v, size_t i);

#endif
