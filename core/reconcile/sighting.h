/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_SIGHTING_H
#define RECONCILE_SIGHTING_H

#include "navette/handover.h"

/*
 * A document or bag that is missing closes its alert when it is seen anywhere. Of what was short at a hand-over: every tag that was not seen there has moved since, by an event
 * that is not a dispatch of that hand-over, nothing else is short, and none is missing or lost. 1: by is the event that showed the last one; 0; or a code.
 */
int sighting_of(struct store_txn *state, struct store_txn *journal, const struct thing_key *subject, struct ref *by);
/* Where an event of the journal happened; "" when it is not held. */
int sighting_place(struct store_txn *journal, const struct ref *event, char place[LIMIT_PLACE_CODE + 1]);

#endif
