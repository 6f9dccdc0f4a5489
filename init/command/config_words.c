#include "init/command/config_words.h"

#include <string.h>

#include "init/base/text.h"

static const struct {
    const char *word; /* NULL: no word at all */
    const char *argument;
    const char *help;
    bool formats; /* has a text and a JSON form */
} actions[CONFIG_ACTION_COUNT] = {
    [CONFIG_SHOW] = {NULL, NULL, NULL, true},
    [CONFIG_EXPLAIN] = {"explain", "NAME...", "where a value comes from and why, and who uses it", true},
    [CONFIG_EXAMPLE] = {"example", NULL, "an .env.example of the variables", false},
    [CONFIG_DOCS] = {"docs", NULL, "a Markdown table of the variables", false},
    [CONFIG_SCHEMA] = {"schema", NULL, "a JSON Schema of the environment", false},
    [CONFIG_CHECK] = {"check", "--against KIND:FILE", "look for mistakes in a file of variables", true},
};

static const char *word_of(const void *ctx, size_t i)
{
    (void)ctx;
    return actions[i + 1].word;
}

static int unknown_word(const char *word, struct err *e)
{
    const char *near = text_nearest(word, word_of, NULL, CONFIG_ACTION_COUNT - 1);
    if (near != NULL) {
        return err_set(e, ERR_USAGE, 0, "config has no %s; did you mean config %s?", word, near);
    }
    return err_set(e, ERR_USAGE, 0, "config has no %s; write config alone, or explain, example, docs, schema or check",
                   word);
}

static int take_name(struct options *o, const char *word, struct err *e)
{
    if (o->config_action != CONFIG_EXPLAIN) {
        return err_set(e, ERR_USAGE, 0, "config %s takes no more words: %s", actions[o->config_action].word, word);
    }
    if (o->name_count == CONFIG_NAMES_MAX) {
        return err_set(e, ERR_USAGE, 0, "config explain takes at most %d names", CONFIG_NAMES_MAX);
    }
    o->names[o->name_count++] = word;
    return 0;
}

int config_words_take(struct options *o, const char *word, struct err *e)
{
    if (o->config_action != CONFIG_SHOW) {
        return take_name(o, word, e);
    }
    for (int i = CONFIG_SHOW + 1; i < CONFIG_ACTION_COUNT; i++) {
        if (strcmp(actions[i].word, word) == 0) {
            o->config_action = (enum config_action)i;
            return 0;
        }
    }
    return unknown_word(word, e);
}

int config_words_check(const struct options *o, struct err *e)
{
    const enum config_action action = o->config_action;
    if (o->against != NULL && action != CONFIG_CHECK) {
        return err_set(e, ERR_USAGE, 0, "--against is for config check");
    }
    if (o->against == NULL && action == CONFIG_CHECK) {
        return err_set(e, ERR_USAGE, 0,
                       "config check needs a file: --against docker:FILE or --against dotenv:FILE; "
                       "to check the environment write config alone");
    }
    if (action == CONFIG_EXPLAIN && o->name_count == 0) {
        return err_set(e, ERR_USAGE, 0, "config explain needs a name: config explain NAME...");
    }
    if (o->manifest && action != CONFIG_SHOW) {
        return err_set(e, ERR_USAGE, 0, "--manifest makes no sense with config %s", actions[action].word);
    }
    if (o->json && !actions[action].formats) {
        return err_set(e, ERR_USAGE, 0, "--format json makes no sense with config %s, which has one form",
                       actions[action].word);
    }
    return 0;
}

void config_words_help(struct buf *out)
{
    for (int i = CONFIG_SHOW + 1; i < CONFIG_ACTION_COUNT; i++) {
        buf_printf(out, "           %s%s%s: %s\n", actions[i].word, actions[i].argument != NULL ? " " : "",
                   actions[i].argument != NULL ? actions[i].argument : "", actions[i].help);
    }
}
