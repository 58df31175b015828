/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ILS_H
#define NODE_CLI_ILS_H

#include "node/cli/session.h"

/*
 * `navette ils export`, `ils taken`, `ils refused`. The file is on the disk, whole, before it is recorded that its lines were given; a power cut between the two gives
 * the same lines again, in a file of the same name. Returns the exit code.
 */
int ils_run(struct session *session);

#endif
