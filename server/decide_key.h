/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_KEY_H
#define NAVETTE_SERVER_DECIDE_KEY_H

#include "server/decide.h"

/* Keys of nodes that are no longer to be trusted (decide.h says how they are called). */
decide_function decide_replace; /* node: revoked, and a code with which a machine becomes that node with keys of its own */
decide_function decide_revoke;  /* node: id, its beginning, or a place; reason; since: a time */

/*
 * One portion of what revocations "since" still have to refuse, in a transaction of its own; executor->disowning is 0 once nothing is left. A fatal code, or 0: a full disk is tried again
 * later.
 */
int decide_disown(struct executor *executor);

#endif
