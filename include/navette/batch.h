/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_BATCH_H
#define NAVETTE_BATCH_H

#include "navette/limits.h"
#include "navette/span.h"
#include "navette.pb-c.h"

/*
 * What a signed batch says besides its events; also the value of TABLE_BATCH: the fields in this order, integers big-endian. While a batch of
 * the own log is open its row has count 0, and in the first 8 bytes of root what its events take of LIMIT_BATCH_BYTES so far.
 */
struct batch_header {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first_seq;
    uint32_t count; /* 1 .. LIMIT_BATCH_EVENTS; 0 in TABLE_BATCH = still open */
    uint8_t salt[SALT_SIZE];
    uint8_t previous[HASH_SIZE];
    uint8_t head[HASH_SIZE];
    uint8_t root[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
};

/* What an event takes of LIMIT_BATCH_BYTES besides its own bytes: its tag and length in the PUSH. */
#define BATCH_EVENT_OVERHEAD 4u

#define BATCH_HEADER_SIZE (INCARNATION_SIZE + 8u + 4u + SALT_SIZE + 3u * HASH_SIZE + SIGNATURE_SIZE)
#define BATCH_SIGNED_SIZE (16u + INCARNATION_SIZE + 8u + 4u + SALT_SIZE + 3u * HASH_SIZE)

void batch_header_encode(const struct batch_header *header, uint8_t out[BATCH_HEADER_SIZE]);
int batch_header_decode(struct span bytes, struct batch_header *header); /* NAVETTE_E_INVALID on a wrong length */

/* What a message says besides its events, whose sizes have been checked. */
void batch_header_read(const Navette__Batch *batch, struct batch_header *header);
/* The message of a header and of `count` events, to be packed: it borrows both. */
void batch_fill(const struct batch_header *header, ProtobufCBinaryData *events, size_t count, Navette__Batch *batch);

/* The bytes that the node's Ed25519 key signs: "navette batch v1" || all fields before the signature, big-endian. */
void batch_signed_bytes(const struct batch_header *header, uint8_t out[BATCH_SIGNED_SIZE]);

/*
 * Checks a received batch whole: sizes, chain from `previous` to `head`, root, signature with sign_key. Fills header and, for each
 * event, its 8-byte leaf prefix into leaves[count] (caller's array of LIMIT_BATCH_EVENTS).
 * NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE, NAVETTE_E_CHAIN, NAVETTE_E_SIGNATURE, NAVETTE_E_MEMORY.
 */
int batch_verify(const Navette__Batch *batch, const uint8_t sign_key[KEY_SIZE], struct batch_header *header, uint64_t *leaves);

#endif
