/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ITEMS_H
#define NODE_CLI_ITEMS_H

#include "node/cli/session.h"

/* `item add` and `item change`: one row from the options, else lines of standard input. Returns an exit code. */
int items_run(struct session *session);

#endif
