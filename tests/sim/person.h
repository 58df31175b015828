/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_PERSON_H
#define NAVETTE_SIM_PERSON_H

#include "navette/journal.h"

struct world;

/*
 * Somebody at a node does one thing and scans it: something that the node's own state makes plausible, and now and then something that it does not.
 * NAVETTE_E_NOT_FOUND when there is nothing to do, else what log_record() gives.
 */
int person_record(struct world *world, size_t node, struct store_txn *txn, const uint8_t *salt, struct journal_entry *entry);

#endif
