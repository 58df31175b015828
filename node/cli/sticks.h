/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_STICKS_H
#define NODE_CLI_STICKS_H

#include "node/cli/session.h"

/* `navette stick out`, `navette stick in`: the file is written and read here, with the rights of who typed it; the daemon seals and opens. Returns the exit code. */
int sticks_run(struct session *session);

#endif
