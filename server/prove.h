/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PROVE_H
#define NAVETTE_SERVER_PROVE_H

#include "navette/lmdb_store.h"

/*
 * Is a state store fit to be opened? LMDB has no checksums and reads its file through memory: a file cut short is a SIGBUS, a torn one anything. So a child process
 * opens it first and dies in our place. A state of up to PROVE_BYTES is checked whole (fold_check), a larger one is only opened and looked into, so that a start never
 * takes minutes; `verify` checks it whole.
 */
#define PROVE_BYTES 67108864u

/*
 * 0: fit, absent, or not openable for a reason that opening will tell; NAVETTE_E_STORE: damaged. To be called while this process has no other thread and the
 * store is closed.
 */
int prove_state(const struct lmdb_options *options);

#endif
