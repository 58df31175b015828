/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/trail.h"
#include "navette/fold.h"

#define OWN_LOOK_BACK 64u /* entries of one history looked at, newest first: further back the last event known has long followed ours */

int fold_own(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, const uint8_t incarnation[INCARNATION_SIZE],
             struct ref *own)
{
    uint64_t position;
    int rc = trail_newest(state, key, &position);

    memset(own, 0, sizeof(*own));
    for (unsigned int i = 0; rc == 0 && position != 0 && i < OWN_LOOK_BACK; i++) {
        struct journal_entry entry;

        rc = journal_read(journal, position, &entry);
        if (rc != 0 && rc != NAVETTE_E_PRUNED)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        if (memcmp(entry.self.incarnation, incarnation, INCARNATION_SIZE) == 0) {
            *own = entry.self;
            return 0;
        }
        rc = trail_before(state, key, &position);
    }
    return rc;
}
