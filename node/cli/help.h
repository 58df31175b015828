/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_HELP_H
#define NODE_CLI_HELP_H

#include "node/cli/arguments.h"

/* All commands, one command with its options, or the bare words for the shell's completion (--words). Returns an exit code. */
int help_run(const struct arguments *arguments);
/* Help of the command that was typed with --help; of everything when there is none. */
void help_show(const struct arguments *arguments, const struct spec *spec);
/* The placeholders of a usage ("SAC [CODE...]") in the reader's language. Returns out. */
const char *help_words(const struct arguments *arguments, const char *text, char out[128]);

#endif
