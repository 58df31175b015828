/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_COMMAND_H
#define NAVETTE_SERVER_COMMAND_H

#include "server/options.h"

/*
 * The commands that people type: turns words and options into one request on the control socket and prints the answer. verify and rebuild also work on the folder
 * itself when no hub runs.
 */

/* Exit codes, the same as those of `navette`. */
enum command_exit {
    COMMAND_OK = 0,
    COMMAND_REFUSED = 1, /* asked and answered: no; the text says why and what to do */
    COMMAND_USAGE = 2,   /* not understood */
    COMMAND_AWAY = 3,    /* no hub answers */
    COMMAND_DAMAGED = 4, /* verify found something */
    COMMAND_FAILED = 5   /* the disk, the memory, our own bug */
};

/* Returns an exit code. */
int command_run(const struct options *options);
/* Everything there is to type, on stdout. */
void command_help(const struct options *options);
/* An error of the daemon's start, on stderr, in the reader's language. Returns the exit code. */
int command_explain(const struct options *options, int rc);

#endif
