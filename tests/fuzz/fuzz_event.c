/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of events, as a batch or a delta may carry them: decoded, checked, named, scoped, journaled, folded, shown; then folded again in the other order,
 * which has to give the same state. The input is a sequence of events: length (2 bytes), bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "navette/adopted.h"
#include "navette/fold.h"
#include "tests/lib/memstore.h"

#define FUZZ_EVENTS 24u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct journal_entry *entry)
{
    struct event event;
    struct event_thing things[EVENT_THINGS_MAX];
    int rc = event_decode(entry->event, &event);

    if (rc == 0) {
        uint64_t mask = event_scope_mask(event.body);

        (void)event_things(event.body, things);
        if (event_concerns_place(event.body, "BIB-A") && (mask & scope_mask_of("BIB-A")) != scope_mask_of("BIB-A"))
            abort();
        if (event_check(event.body) != 0 || event_name(event.body) == NULL)
            abort();
    }
    event_free(&event);
}

static void fold_in_order(const struct journal_entry *entries, size_t count, int backwards, uint8_t digest[HASH_SIZE])
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct fold fold;

    for (size_t i = 0; i < count; i++) {
        struct journal_entry entry = entries[backwards ? count - 1 - i : i];
        struct journal_entry inside;

        if (journal_append(txn, &entry) != 0)
            abort();
        /* What was adopted is found by its own name, as hub and node see to. */
        inside = entry;
        if (adopted_open(&inside) == 0 && ref_compare(&inside.self, &entry.self) != 0 &&
            journal_adopt(txn, &inside.self, entry.position) != 0)
            abort();
    }
    if (fold_begin(&fold, txn, txn) != 0)
        abort();
    for (size_t i = 0; i < count; i++)
        if (fold_next(&fold) != 0)
            abort();
    if (fold_end(&fold) != 0 || fold_check(txn) != 0)
        abort();
    memcpy(digest, fold.digest, HASH_SIZE);
    memstore_commit(txn);
    memstore_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_entry entries[FUZZ_EVENTS];
    uint8_t digests[2][HASH_SIZE];
    size_t count = 0;
    size_t at = 0;

    memset(entries, 0, sizeof(entries));
    while (at + 2 <= size && count < FUZZ_EVENTS) {
        size_t len = (size_t)data[at] << 8 | data[at + 1];

        len = len > size - at - 2 ? size - at - 2 : len;
        memset(entries[count].self.incarnation, (int)(1 + count % 3), INCARNATION_SIZE);
        entries[count].self.seq = 1 + count / 3;
        entries[count].self.leaf = 100 + count;
        entries[count].event = span_of(data + at + 2, len);
        look(&entries[count++]);
        at += 2 + len;
    }
    fold_in_order(entries, count, 0, digests[0]);
    fold_in_order(entries, count, 1, digests[1]);
    if (memcmp(digests[0], digests[1], HASH_SIZE) != 0)
        abort();
    return 0;
}
