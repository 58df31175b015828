/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/horizon.h"
#include "navette/fold.h"

#define OWN_LOOK_BACK 64u /* entries of one history looked at, newest first: further back the last event known has long followed ours */

#define LAST_POSITION UINT64_C(0x00ffffffffffffff) /* positions are below 2^56: behind them stand the things inside (contain.c) */

static int look_back(struct store_txn *journal, struct store_scan *scan, const struct store_ops *ops, const struct thing_key *key,
                     const uint8_t incarnation[INCARNATION_SIZE], struct ref *own)
{
    uint8_t last[THING_KEY_MAX + 8u];
    struct span found;
    struct span value;
    int rc;

    memcpy(last, key->bytes, key->len);
    write_u64(last + key->len, LAST_POSITION);
    rc = ops->scan_upto(scan, span_of(last, key->len + 8u), &found, &value);
    for (unsigned int i = 0; rc == 0 && i < OWN_LOOK_BACK; i++) {
        struct journal_entry entry;

        if (found.len != key->len + 8u || memcmp(found.data, key->bytes, key->len) != 0)
            return 0;
        rc = journal_read(journal, read_u64(found.data + key->len), &entry);
        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        if (memcmp(entry.self.incarnation, incarnation, INCARNATION_SIZE) == 0) {
            *own = entry.self;
            return 0;
        }
        rc = ops->scan_prev(scan, &found, &value);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int fold_own(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, const uint8_t incarnation[INCARNATION_SIZE],
             struct ref *own)
{
    struct store_scan *scan;
    int rc = store_scan_open(state, TABLE_HISTORY, &scan);

    memset(own, 0, sizeof(*own));
    if (rc != 0)
        return rc;
    rc = look_back(journal, scan, state->ops, key, incarnation, own);
    state->ops->scan_close(scan);
    return rc;
}
