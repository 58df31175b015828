/* SPDX-License-Identifier: Apache-2.0 */
#include "log/journal_run.h"
#include "navette/event.h"
#include "navette/hlc.h"
#include "navette/journal.h"

int journal_moment(struct store_txn *txn, uint64_t position, int64_t *time_ms)
{
    struct journal_entry entry;
    struct event event;
    int rc = journal_read(txn, position, &entry);

    *time_ms = 0;
    if (rc != 0 && rc != NAVETTE_E_PRUNED)
        return rc;
    if (entry.again != 0)
        return journal_again_moment(txn, position, time_ms);
    *time_ms = entry.received_ms;
    if (entry.received_ms != 0 || rc == NAVETTE_E_PRUNED)
        return 0;
    rc = event_decode(entry.event, &event);
    if (rc == NAVETTE_E_MEMORY)
        return rc;
    /* One that can't be read has no time: it counts as having always been there. */
    if (rc == 0) {
        *time_ms = hlc_ms(event.body->hlc);
        event_free(&event);
    }
    return 0;
}

int journal_at(struct store_txn *txn, int64_t time_ms, uint64_t *position)
{
    uint64_t held = 0; /* had come */
    uint64_t tail = 0;
    int rc = journal_tail(txn, &tail);

    *position = 0;
    while (rc == 0 && held < tail) {
        uint64_t middle = tail - (tail - held) / 2;
        int64_t came_ms;

        rc = journal_moment(txn, middle, &came_ms);
        if (rc == 0 && came_ms <= time_ms)
            held = middle;
        else
            tail = middle - 1;
    }
    *position = held;
    return rc;
}
