/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "fold/horizon.h"
#include "navette/view.h"

static int count_kind(struct store_txn *state, uint8_t kind, struct thing_key *keys, size_t max, size_t *total)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(state, TABLE_THING, span_of(&kind, 1), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct thing_record record;
        struct thing_key thing;

        rc = thing_key_read(key, &thing);
        if (rc == 0)
            rc = thing_record_decode(&thing, value, &record);
        if (rc != 0)
            break;
        if (record.conflict) {
            if (*total < max)
                keys[*total] = thing;
            (*total)++;
        }
        thing_record_free(&record);
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int view_conflicts(struct store_txn *state, struct thing_key *keys, size_t max, size_t *total)
{
    static const uint8_t kinds[] = {NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_CRATE};
    int rc = 0;

    *total = 0;
    for (size_t i = 0; i < sizeof(kinds) && rc == 0; i++)
        rc = count_kind(state, kinds[i], keys, max, total);
    return rc;
}
