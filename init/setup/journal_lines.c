#include "init/setup/journal_lines.h"

int journal_step(struct journal *j, const struct step_line *line, uint64_t now_us, struct err *e)
{
    const struct past_step *s = history_find(j->history, line->step_id);
    const struct past_step *running = s != NULL && s->status == STEP_IN_PROGRESS ? s : NULL;
    uint32_t attempts = s != NULL ? s->attempts : 0;
    const struct entry entry = {
        .kind = ENTRY_STEP,
        .step_id = line->step_id,
        .from = s != NULL ? s->status : STEP_PENDING,
        .to = line->to,
        .attempt = line->to == STEP_IN_PROGRESS ? attempts + 1 : attempts,
        .definition_sha256 = running != NULL ? running->definition_sha256 : line->definition_sha256,
        .inputs = running != NULL ? running->inputs : line->inputs,
        .started_at = running != NULL ? running->started_at : line->started_at,
        .completed_at = line->completed_at,
        .error = line->error,
        .exited = line->exited,
        .exit_code = line->exit_code,
        .signal = line->signal,
        .clock_jump_ms = line->clock_jump_ms,
        .skip_reason = line->skip_reason,
        .skip_source = line->skip_source,
    };
    return journal_put(j, &entry, now_us, e);
}

int journal_reopen(struct journal *j, const char *step_id, const char *why, const char *detail, uint64_t now_us,
                   struct err *e)
{
    const struct entry entry = {.kind = ENTRY_REOPEN, .step_id = step_id, .why = why, .detail = detail};
    return journal_put(j, &entry, now_us, e);
}

int journal_before(struct journal *j, const char *step_id, const char *path, const char *resolved, const char *backup,
                   const struct wire_facts *facts, uint64_t now_us, struct err *e)
{
    const struct entry entry = {
        .kind = ENTRY_BEFORE,
        .step_id = step_id,
        .artifact_path = path,
        .resolved = resolved,
        .backup = backup,
        .before = *facts,
    };
    return journal_put(j, &entry, now_us, e);
}

int journal_after(struct journal *j, const char *step_id, const char *path, const struct wire_facts *facts,
                  uint64_t now_us, struct err *e)
{
    const struct entry entry = {.kind = ENTRY_AFTER, .step_id = step_id, .artifact_path = path, .after = *facts};
    return journal_put(j, &entry, now_us, e);
}

int journal_rollback(struct journal *j, const char *step_id, enum rollback_state state, uint64_t now_us, struct err *e)
{
    const struct entry entry = {.kind = ENTRY_ROLLBACK, .step_id = step_id, .rollback = state};
    return journal_put(j, &entry, now_us, e);
}

int journal_taken_back(struct journal *j, const char *step_id, const char *path, enum wire_restore_outcome outcome,
                       const char *detail, uint64_t now_us, struct err *e)
{
    const struct entry entry = {
        .kind = ENTRY_TAKEN_BACK,
        .step_id = step_id,
        .artifact_path = path,
        .outcome = outcome,
        .detail = detail,
    };
    return journal_put(j, &entry, now_us, e);
}
