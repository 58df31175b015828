/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_OPERATORS_H
#define NODE_CLI_OPERATORS_H

#include "node/cli/lines.h"
#include "node/cli/session.h"

/* `navette operator ...`: the exit code. */
int operators_run(struct session *session);

/*
 * A command was refused because the place wants to know who works: the next line of standard input is a badge. 0: a session is open, ask again; else the exit code of what was said.
 */
int operators_badge(struct session *session, struct lines *lines);
/* Is that why it was refused? */
int operators_asks(const json_t *refusal);

#endif
