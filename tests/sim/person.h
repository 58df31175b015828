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

/* Where this person stands, and the event that is being written down. */
struct desk {
    struct world *world;
    struct node_host *host;
    struct store_txn *txn;
    struct random *chance;
    const char *place;
    struct draft *draft;
};

#define BODY(Name) NAVETTE__EVENT__BODY_##Name
#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG
#define CRATE NAVETTE__THING_KIND__THING_CRATE

const struct workload_thing *person_any_thing(struct desk *desk, int kind); /* 0: of any. NULL: none was met */
/* As far as this node knows, is it at this place and in nothing? */
int person_is_here(struct desk *desk, const struct workload_thing *thing);
const char *person_elsewhere(struct desk *desk); /* another place */

#endif
