#include "init/report/problem_json.h"

static void write_detail(struct jsonw *w, const char *key, const char *text)
{
    jsonw_string(w, key, text[0] == '\0' ? NULL : text);
}

void problem_json_item(struct jsonw *w, const struct problem *item)
{
    jsonw_object(w, NULL);
    jsonw_string(w, "rule", item->rule);
    jsonw_string(w, "where", item->where);
    jsonw_string(w, "text", item->text);
    write_detail(w, "source", item->source);
    write_detail(w, "found", item->found);
    write_detail(w, "accepted", item->accepted);
    write_detail(w, "hint", item->hint);
    jsonw_object_end(w);
}

void problem_json(struct jsonw *w, const char *key, const struct problems *p, bool warnings)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].warning == warnings) {
            problem_json_item(w, &p->items[i]);
        }
    }
    jsonw_array_end(w);
}
