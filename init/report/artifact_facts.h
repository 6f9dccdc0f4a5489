/*
 * artifact_facts - what was found of an artifact, for a line of the terminal report.
 */
#ifndef MUSTER_REPORT_ARTIFACT_FACTS_H
#define MUSTER_REPORT_ARTIFACT_FACTS_H

#include "init/report/paint.h"
#include "init/setup/artifact.h"

/*
 * artifact_facts - append "1204 bytes  0644  sha256:5e884898da28...", "directory  0755", "missing", or the type of what has
 * no file.
 */
void artifact_facts(struct paint *p, const struct artifact_record *r);

#endif
