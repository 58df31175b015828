/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ORDERS_H
#define NODE_CLI_ORDERS_H

#include "node/cli/session.h"

/* `navette orders import`, `orders add`, `prepare`. Each returns the exit code. */
int orders_run(struct session *session);
/* A trial of an import may do without navette-node. */
int orders_needs_no_node(const struct arguments *arguments);
int orders_trial(const struct arguments *arguments);

#endif
