/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_COMMAND_H
#define NAVETTE_SERVER_COMMAND_H

#include <jansson.h>

#include "server/options.h"

/*
 * The commands that people type: turns words and options into one request on the control socket and prints the answer. verify and rebuild also work on the folder
 * itself when no hub runs.
 */

/* Exit codes: what `navette` gives for the same, and one more. */
enum command_exit {
    COMMAND_OK = 0,
    COMMAND_REFUSED = 1, /* refused or not found: the text says what to do */
    COMMAND_USAGE = 2,   /* mistyped */
    COMMAND_AWAY = 3,    /* no hub answers */
    COMMAND_FAILED = 5,  /* disk full or failing, no memory: nothing recorded */
    COMMAND_DAMAGED = 7  /* verify found something */
};

/* Returns an exit code. */
int command_run(const struct options *options);
/* Everything there is to type, on stdout. */
void command_help(const struct options *options);
/* An error of the daemon's start, on stderr, in the reader's language. Returns the exit code. */
int command_explain(const struct options *options, int rc);
/* Says what was refused, in words or as JSON; takes the answer. Returns `code`. */
int command_say(const struct options *options, json_t *answer, int code);
/* A word too many after "serve". Returns the exit code. */
int command_surplus(const struct options *options, const char *word);

#endif
