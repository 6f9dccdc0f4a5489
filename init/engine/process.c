#include "init/engine/job.h"

void process_run(struct engine *en, size_t i)
{
    en->states[i].running = true;
    en->running++;
    action_push(en, ACTION_RUN, i);
}

bool process_withdraw(struct engine *en, size_t i)
{
    if (!action_waits(en, ACTION_RUN, i)) {
        return false;
    }
    en->states[i].running = false;
    en->running--;
    return true;
}

void process_ended(struct engine *en, size_t i, const struct engine_event *ev)
{
    struct node_state *st = &en->states[i];
    st->running = false;
    st->wait_status = ev->wait_status;
    st->exec_errno = ev->exec_errno;
    en->running--;
    alarm_clear(en, i);
    bool stopping = !engine_running(en);
    if (en->graph->nodes[i].kind != NODE_SERVICE) {
        job_exit(en, i, ev->text);
    } else if (!stopping) {
        service_exit(en, i, ev->text);
    }
    if (stopping) {
        stop_ended(en, i);
    }
}
