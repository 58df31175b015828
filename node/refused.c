/* SPDX-License-Identifier: Apache-2.0 */
#include "node/refused.h"

#include <stdlib.h>
#include <string.h>

#include "navette/view.h"

#define REFUSED_COUNTED 10000u

int refused_count(const struct office *office, struct store_txn *txn, struct refused_counts *counts)
{
    struct aside *list = calloc(REFUSED_COUNTED, sizeof *list);
    struct log_head head;
    int found = list != NULL ? view_aside(txn, txn, 1, UINT64_MAX, list, REFUSED_COUNTED) : NAVETTE_E_MEMORY;

    *counts = (struct refused_counts){0, 0};
    for (int i = 0; i < found; i++) {
        if (journal_head(txn, list[i].self.incarnation, &head) != 0 || memcmp(head.node, office->identity.node, NODE_ID_SIZE) != 0)
            continue;
        counts->refused += !list[i].parked;
        counts->parked += list[i].parked == 1 ? 1u : 0u;
    }
    free(list);
    return found < 0 ? found : 0;
}
