/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SEARCHING_H
#define NODE_CLI_SEARCHING_H

#include "node/cli/session.h"

/* `navette search`: one question from the words typed, else one a line of standard input, each answered at once. Exit code. */
int searching_run(struct session *session);

#endif
