/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "fold/past_counts.h"
#include "navette/view.h"

static int compare_keys(const void *a, const void *b)
{
    return span_compare(thing_key_span(a), thing_key_span(b));
}

int view_conflicts(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, struct thing_key *keys, size_t max,
                   size_t *total)
{
    struct past_counts past = {.conflicts = {.count = 0}};
    struct thing_key *all = NULL;
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    *total = 0;
    if (rc == 0)
        rc = past_counts_read(&horizon, at_ms, TALLY_STATES, &past);
    if (rc == 0) {
        all = calloc(past.conflicts.count + 1, sizeof(*all));
        rc = all == NULL ? NAVETTE_E_MEMORY : 0;
    }
    for (uint32_t i = 0; rc == 0 && i < past.conflicts.count; i++)
        rc = thing_key_read(keymap_key(&past.conflicts, i), &all[i]) == 0 ? 0 : NAVETTE_E_STORE;
    if (rc == 0) {
        *total = past.conflicts.count;
        qsort(all, *total, sizeof(*all), compare_keys);
        for (size_t i = 0; i < *total && i < max; i++)
            keys[i] = all[i];
    }
    free(all);
    past_counts_free(&past);
    return rc;
}
