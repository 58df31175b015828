/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/log.h"

static int lend_events(struct store_txn *txn, const struct batch_header *header, ProtobufCBinaryData *events)
{
    struct ref ref = {.seq = header->first_seq};
    struct journal_entry entry;

    memcpy(ref.incarnation, header->incarnation, INCARNATION_SIZE);
    for (size_t i = 0; i < header->count; i++, ref.seq++) {
        int rc = journal_find(txn, &ref, &entry);

        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        events[i] = (ProtobufCBinaryData){.len = entry.event.len, .data = (uint8_t *)(uintptr_t)entry.event.data};
    }
    return 0;
}

int log_push_body(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t first_seq, struct buffer *out,
                  uint64_t *last_seq)
{
    Navette__Push push = NAVETTE__PUSH__INIT;
    ProtobufCBinaryData *events;
    Navette__Batch batch;
    struct batch_header header;
    int rc = journal_batch(txn, incarnation, first_seq, &header);

    if (rc != 0)
        return rc;
    if (header.first_seq != first_seq || header.count == 0)
        return NAVETTE_E_NOT_FOUND;
    events = malloc(header.count * sizeof(*events));
    if (events == NULL)
        return NAVETTE_E_MEMORY;
    rc = lend_events(txn, &header, events);
    if (rc != 0)
        goto out;
    batch_fill(&header, events, header.count, &batch);
    push.batch = &batch;
    rc = buffer_reserve(out, navette__push__get_packed_size(&push));
    if (rc != 0)
        goto out;
    out->len += navette__push__pack(&push, out->data + out->len);
    *last_seq = header.first_seq + header.count - 1;

out:
    free(events);
    return rc;
}
