/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_PROPOSED_H
#define NODE_CLI_PROPOSED_H

#include "node/cli/session.h"

/* `navette item proposed`: lists what imports found gone; a person withdraws it or says that it stays. Returns the exit code. */
int proposed_run(struct session *session);

#endif
