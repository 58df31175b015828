/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PHONED_H
#define NODE_PHONED_H

#include "node/request.h"

/*
 * What every phone report says: which place speaks ("reporter", a declared one), who ("speaker": a code or a role), when ("said_at": not in the future; *said_ms 0: now). 0, also when
 * something is wrong: *answer says what; or a code of the store.
 */
int phoned_check(struct office *office, const struct request *request, struct store_txn *txn, int64_t *said_ms, json_t **answer);

#endif
