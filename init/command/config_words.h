/*
 * config_words - the words behind `config`: one row each, so that parser and --help agree.
 */
#ifndef MUSTER_COMMAND_CONFIG_WORDS_H
#define MUSTER_COMMAND_CONFIG_WORDS_H

#include "init/base/buf.h"
#include "init/base/err.h"
#include "init/command/options.h"

/*
 * config_words_take - one word of the command line after `config`: an action first, then what it takes.
 *
 * @word  borrowed for the life of the process.
 *
 * Returns 0, or -1 with ERR_USAGE: names the word and what would be right.
 */
int config_words_take(struct options *o, const char *word, struct err *e);

/*
 * config_words_check - whether the options fit the action, once all of them are known.
 *
 * Returns 0, or -1 with ERR_USAGE.
 */
int config_words_check(const struct options *o, struct err *e);

/*
 * config_words_help - a line for each, for --help.
 */
void config_words_help(struct buf *out);

#endif
