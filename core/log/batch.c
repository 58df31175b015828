/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/batch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/error.h"

/* TABLE_BATCH and the signed bytes share this order: incarnation, first_seq, count, salt, previous, head, root. */
static uint8_t *encode_fields(const struct batch_header *header, uint8_t *out)
{
    memcpy(out, header->incarnation, INCARNATION_SIZE);
    out += INCARNATION_SIZE;
    write_u64(out, header->first_seq);
    write_u32(out + 8, header->count);
    out += 12;
    memcpy(out, header->salt, SALT_SIZE);
    out += SALT_SIZE;
    memcpy(out, header->previous, HASH_SIZE);
    memcpy(out + HASH_SIZE, header->head, HASH_SIZE);
    memcpy(out + 2u * HASH_SIZE, header->root, HASH_SIZE);
    return out + 3u * HASH_SIZE;
}

void batch_header_encode(const struct batch_header *header, uint8_t out[BATCH_HEADER_SIZE])
{
    memcpy(encode_fields(header, out), header->signature, SIGNATURE_SIZE);
}

int batch_header_decode(struct span bytes, struct batch_header *header)
{
    struct reader reader = reader_of(bytes);

    if (bytes.len != BATCH_HEADER_SIZE)
        return NAVETTE_E_INVALID;
    memcpy(header->incarnation, reader_bytes(&reader, INCARNATION_SIZE).data, INCARNATION_SIZE);
    header->first_seq = reader_u64(&reader);
    header->count = reader_u32(&reader);
    memcpy(header->salt, reader_bytes(&reader, SALT_SIZE).data, SALT_SIZE);
    memcpy(header->previous, reader_bytes(&reader, HASH_SIZE).data, HASH_SIZE);
    memcpy(header->head, reader_bytes(&reader, HASH_SIZE).data, HASH_SIZE);
    memcpy(header->root, reader_bytes(&reader, HASH_SIZE).data, HASH_SIZE);
    memcpy(header->signature, reader_bytes(&reader, SIGNATURE_SIZE).data, SIGNATURE_SIZE);
    return 0;
}

void batch_signed_bytes(const struct batch_header *header, uint8_t out[BATCH_SIGNED_SIZE])
{
    memcpy(out, "navette batch v1", 16);
    encode_fields(header, out + 16);
}

/* Sizes only: nothing is computed or allocated for a batch that breaks one. */
static int check_sizes(const Navette__Batch *batch)
{
    size_t bytes = 0;

    if (batch->incarnation.len != INCARNATION_SIZE || batch->salt.len != SALT_SIZE || batch->previous.len != HASH_SIZE ||
        batch->head.len != HASH_SIZE || batch->root.len != HASH_SIZE || batch->signature.len != SIGNATURE_SIZE)
        return NAVETTE_E_INVALID;
    if (batch->n_events == 0 || batch->first_seq == 0)
        return NAVETTE_E_INVALID;
    if (batch->n_events > LIMIT_BATCH_EVENTS)
        return NAVETTE_E_TOO_LARGE;
    if (batch->first_seq > UINT64_MAX - batch->n_events)
        return NAVETTE_E_INVALID;
    for (size_t i = 0; i < batch->n_events; i++) {
        if (batch->events[i].len > LIMIT_ENTRY_BYTES)
            return NAVETTE_E_TOO_LARGE;
        bytes += batch->events[i].len + BATCH_EVENT_OVERHEAD;
    }
    return bytes > LIMIT_BATCH_BYTES ? NAVETTE_E_TOO_LARGE : 0;
}

void batch_header_read(const Navette__Batch *batch, struct batch_header *header)
{
    memcpy(header->incarnation, batch->incarnation.data, INCARNATION_SIZE);
    header->first_seq = batch->first_seq;
    header->count = (uint32_t)batch->n_events;
    memcpy(header->salt, batch->salt.data, SALT_SIZE);
    memcpy(header->previous, batch->previous.data, HASH_SIZE);
    memcpy(header->head, batch->head.data, HASH_SIZE);
    memcpy(header->root, batch->root.data, HASH_SIZE);
    memcpy(header->signature, batch->signature.data, SIGNATURE_SIZE);
}

/* Packing copies what is lent, nothing writes to it. */
static ProtobufCBinaryData lend(const uint8_t *data, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)data};
}

void batch_fill(const struct batch_header *header, ProtobufCBinaryData *events, size_t count, Navette__Batch *batch)
{
    navette__batch__init(batch);
    batch->incarnation = lend(header->incarnation, INCARNATION_SIZE);
    batch->first_seq = header->first_seq;
    batch->salt = lend(header->salt, SALT_SIZE);
    batch->previous = lend(header->previous, HASH_SIZE);
    batch->head = lend(header->head, HASH_SIZE);
    batch->root = lend(header->root, HASH_SIZE);
    batch->signature = lend(header->signature, SIGNATURE_SIZE);
    batch->n_events = count;
    batch->events = events;
}

int batch_verify(const Navette__Batch *batch, const uint8_t sign_key[KEY_SIZE], struct batch_header *header, uint64_t *leaves)
{
    uint8_t signed_bytes[BATCH_SIGNED_SIZE];
    uint8_t head[HASH_SIZE];
    uint8_t root[HASH_SIZE];
    struct span *events;
    uint8_t(*hashes)[HASH_SIZE];
    int rc = check_sizes(batch);

    if (rc != 0)
        return rc;
    batch_header_read(batch, header);
    hashes = malloc(batch->n_events * (HASH_SIZE + sizeof(*events)));
    if (hashes == NULL)
        return NAVETTE_E_MEMORY;
    events = (struct span *)(void *)(hashes + batch->n_events);
    for (size_t i = 0; i < batch->n_events; i++)
        events[i] = span_of(batch->events[i].data, batch->events[i].len);
    chain_leaves(header->salt, header->incarnation, header->first_seq, events, batch->n_events, hashes);
    memcpy(head, header->previous, HASH_SIZE);
    for (size_t i = 0; i < batch->n_events; i++) {
        chain_next(head, hashes[i], head);
        leaves[i] = chain_leaf_prefix(hashes[i]);
    }
    chain_root(hashes[0], batch->n_events, root);
    free(hashes);
    if (memcmp(head, header->head, HASH_SIZE) != 0 || memcmp(root, header->root, HASH_SIZE) != 0)
        return NAVETTE_E_CHAIN;
    batch_signed_bytes(header, signed_bytes);
    if (crypto_sign_verify_detached(header->signature, signed_bytes, sizeof(signed_bytes), sign_key) != 0)
        return NAVETTE_E_SIGNATURE;
    return 0;
}
