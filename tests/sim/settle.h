/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_SETTLE_H
#define NAVETTE_SIM_SETTLE_H

#include "workload.h"

/*
 * What the network's desk decides of what was found: a discrepancy is settled, a swap confirmed or rejected, two counts of one hand-over paired, a term or a
 * grace set. Where there is nothing to decide it sets a rule, so that every order gives one event of the hub's log.
 */
/* What an ORDER_RULE has in `place`: one drawn at random, or a term that passes within the run. */
enum settle_term { SETTLE_TERM_NONE, SETTLE_TERM_LATE, SETTLE_TERM_OVERDUE };

int settle_order(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt);

#endif
