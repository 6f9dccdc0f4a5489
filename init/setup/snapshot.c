#include "init/setup/snapshot.h"

uint64_t snapshot_lines(const struct history *h)
{
    uint64_t lines = 1;
    for (size_t i = 0; i < h->step_count; i++) {
        lines += 1 + h->steps[i].recent_count + h->steps[i].artifact_count;
    }
    return lines;
}

static struct entry of_step(const struct past_step *s)
{
    return (struct entry){
        .kind = ENTRY_SNAPSHOT_STEP,
        .step_id = s->id,
        .to = s->status,
        .generation = s->generation,
        .attempt = s->attempts,
        .definition_sha256 = s->definition_sha256,
        .inputs = s->inputs,
        .started_at = s->started_at,
        .completed_at = s->completed_at,
        .error = s->error,
        .skip_reason = s->skip_reason,
        .skip_source = s->skip_source,
        .why = s->reopened,
        .rollback = s->rollback,
    };
}

static struct entry of_attempt(const struct past_step *s, const struct past_attempt *a)
{
    return (struct entry){
        .kind = ENTRY_SNAPSHOT_ATTEMPT,
        .step_id = s->id,
        .to = a->status,
        .attempt = a->number,
        .definition_sha256 = a->definition_sha256,
        .started_at = a->started_at,
        .completed_at = a->completed_at,
        .error = a->error,
    };
}

static struct entry of_artifact(const struct past_step *s, const struct past_artifact *a)
{
    return (struct entry){
        .kind = ENTRY_SNAPSHOT_ARTIFACT,
        .step_id = s->id,
        .artifact_path = a->path,
        .resolved = a->resolved,
        .backup = a->backup,
        .has_before = a->has_before,
        .has_after = a->has_after,
        .taken_back = a->taken_back,
        .before = a->before,
        .after = a->after,
    };
}

bool snapshot_next(struct snapshot *s, struct entry *out)
{
    const struct history *h = s->history;
    if (!s->begun) {
        s->begun = true;
        *out = (struct entry){
            .kind = ENTRY_SNAPSHOT,
            .config_digest = h->config_digest[0] != '\0' ? h->config_digest : NULL,
            .lines = (uint32_t)(snapshot_lines(h) - 1),
        };
        return true;
    }
    if (s->step == h->step_count) {
        return false;
    }
    const struct past_step *step = &h->steps[s->step];
    size_t item = s->item++;
    if (item == 0) {
        *out = of_step(step);
    } else if (item <= step->recent_count) {
        *out = of_attempt(step, &step->recent[item - 1]);
    } else {
        *out = of_artifact(step, &step->artifacts[item - 1 - step->recent_count]);
    }
    if (item == step->recent_count + step->artifact_count) {
        s->step++;
        s->item = 0;
    }
    return true;
}
