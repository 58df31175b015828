/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_HASHES_H
#define LOG_HASHES_H

#include "navette/limits.h"
#include "navette/span.h"

/*
 * Several BLAKE2b-256 (RFC 7693) at once, one in each lane of the processor's vectors: a batch has hundreds of short messages, and each alone leaves
 * most of the machine idle. The same bytes as libsodium's crypto_generichash() gives: test_hashes holds one against the other.
 */
#define HASHES_LANES 8u

/* out[i] = BLAKE2b-256(messages[i]); count is 1 to HASHES_LANES. Lanes of different lengths cost as much as the longest. */
void hashes_of(const struct span *messages, size_t count, uint8_t out[][HASH_SIZE]);

/* Where a keyed hash stands once it has taken its key in: the same for all that use the key. */
struct hashes_key {
    uint64_t h[8];
};
void hashes_key(const uint8_t key[HASH_SIZE], struct hashes_key *started);
/* As hashes_of, keyed with 32 bytes. No message may be empty. */
void hashes_keyed(const struct hashes_key *started, const struct span *messages, size_t count, uint8_t out[][HASH_SIZE]);

#endif
