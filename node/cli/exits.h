/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_EXITS_H
#define NODE_CLI_EXITS_H

/* Exit codes of `navette`; the help shows them. */
enum exits {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,    /* refused or not found: the message says what to do */
    EXIT_USAGE = 2,      /* mistyped */
    EXIT_NO_DAEMON = 3,  /* navette-node does not answer */
    EXIT_SOME = 4,       /* some scans were refused, each was told */
    EXIT_STORE = 5,      /* disk full, failing, or no memory: nothing recorded */
    EXIT_NOT_IN_STEP = 6 /* sync: not in step in time */
};

/* The exit code that an answer's "error" stands for. */
int exits_of(const char *error);

#endif
