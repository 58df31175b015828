/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_INVITATION_H
#define NAVETTE_SERVER_INVITATION_H

#include "navette/enrol.h"
#include "navette/store.h"

/*
 * Invitations, kept in TABLE_LOCAL of the hub's journal so that they survive a restart. One is used once; it stays until a day after it ran out, so that whoever
 * comes late is told "used" or "expired" and not "unknown", and so that a node whose answer was lost can ask again.
 */
struct invitation {
    struct enrol_invitation open;
    uint64_t number;
    int used;
    struct enrol_claim claim; /* who used it */
};

#define INVITATIONS_MAX 256u /* open at once; each costs one hash a try at the enrolment port */

struct invitation_list {
    size_t count;
    struct invitation invitations[INVITATIONS_MAX];
    struct enrol_invitation open[INVITATIONS_MAX]; /* the same, as enrol_port_take() wants them */
};

/* Reads all. NAVETTE_E_STORE when one is damaged. */
int invitation_load(struct store_txn *journal, struct invitation_list *list);
/* Writes one; number 0: a new one is given. NAVETTE_E_TOO_LARGE over INVITATIONS_MAX. Those that ran out over a day ago are deleted. */
int invitation_save(struct store_txn *journal, struct invitation *invitation, int64_t now_ms);
/* All of them, used or not: after a restoration nobody knows which were used since. */
int invitation_drop_all(struct store_txn *journal);

#endif
