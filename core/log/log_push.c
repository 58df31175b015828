/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/log.h"

/* Spans lent by the store become the message's fields: packing copies them, nothing writes to them. */
static ProtobufCBinaryData lend(const uint8_t *data, size_t len)
{
    ProtobufCBinaryData bytes = {.len = len};

    memcpy(&bytes.data, &data, sizeof(data));
    return bytes;
}

static int lend_events(struct store_txn *txn, const struct batch_header *header, ProtobufCBinaryData *events)
{
    struct ref ref = {.seq = header->first_seq};
    struct journal_entry entry;

    memcpy(ref.incarnation, header->incarnation, INCARNATION_SIZE);
    for (size_t i = 0; i < header->count; i++, ref.seq++) {
        int rc = journal_find(txn, &ref, &entry);

        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        events[i] = lend(entry.event.data, entry.event.len);
    }
    return 0;
}

int log_push_body(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t first_seq, struct buffer *out,
                  uint64_t *last_seq)
{
    Navette__Push push = NAVETTE__PUSH__INIT;
    Navette__Batch batch = NAVETTE__BATCH__INIT;
    struct batch_header header;
    int rc = journal_batch(txn, incarnation, first_seq, &header);

    if (rc != 0)
        return rc;
    if (header.first_seq != first_seq || header.count == 0)
        return NAVETTE_E_NOT_FOUND;
    batch.n_events = header.count;
    batch.events = malloc(header.count * sizeof(*batch.events));
    if (batch.events == NULL)
        return NAVETTE_E_MEMORY;
    rc = lend_events(txn, &header, batch.events);
    if (rc != 0)
        goto out;
    batch.incarnation = lend(header.incarnation, INCARNATION_SIZE);
    batch.first_seq = header.first_seq;
    batch.salt = lend(header.salt, SALT_SIZE);
    batch.previous = lend(header.previous, HASH_SIZE);
    batch.head = lend(header.head, HASH_SIZE);
    batch.root = lend(header.root, HASH_SIZE);
    batch.signature = lend(header.signature, SIGNATURE_SIZE);
    push.batch = &batch;
    rc = buffer_reserve(out, navette__push__get_packed_size(&push));
    if (rc != 0)
        goto out;
    out->len += navette__push__pack(&push, out->data + out->len);
    *last_seq = header.first_seq + header.count - 1;

out:
    free(batch.events);
    return rc;
}
