/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_PERFORM_H
#define NODE_CLI_PERFORM_H

#include "node/cli/session.h"

/* Commands of one request: sends what was typed, shows the answer. Returns an exit code. */
int perform_run(struct session *session);

#endif
