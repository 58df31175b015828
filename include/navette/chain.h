/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_CHAIN_H
#define NAVETTE_CHAIN_H

#include "navette/limits.h"
#include "navette/span.h"

/*
 * Leaves, chain and Merkle root of a log (proto/WIRE.md gives the bytes). All hashes are BLAKE2b-256.
 *   salt_n  = BLAKE2b-256(key = batch salt, be64(n))
 *   leaf_n  = BLAKE2b-256(salt_n || incarnation || be64(n) || event bytes as written)
 *   h_n     = BLAKE2b-256(h_{n-1} || leaf_n),  h_0 = 32 zero bytes
 *   root    = leaf for one leaf; else each level pairs neighbours as BLAKE2b-256(0x01 || left || right), an odd last one goes up unchanged
 */
void chain_leaf(const uint8_t batch_salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct span event,
                uint8_t leaf[HASH_SIZE]);
/* The leaves of consecutive numbers from first_seq on, several at once: leaves[i] is event i's. */
void chain_leaves(const uint8_t batch_salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t first_seq,
                  const struct span *events, size_t count, uint8_t (*leaves)[HASH_SIZE]);
/* salt_n, and the leaf from it. */
void chain_salt(const uint8_t batch_salt[SALT_SIZE], uint64_t seq, uint8_t salt[SALT_SIZE]);
void chain_leaf_salted(const uint8_t salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct span event,
                       uint8_t leaf[HASH_SIZE]);
void chain_next(const uint8_t previous[HASH_SIZE], const uint8_t leaf[HASH_SIZE], uint8_t head[HASH_SIZE]);
/* `leaves` holds count * HASH_SIZE bytes and is used as working space; count >= 1. */
void chain_root(uint8_t *leaves, size_t count, uint8_t root[HASH_SIZE]);
/* The path that proves leaf `index` of `count`: appends sibling hashes from the leaf up. 0, NAVETTE_E_MEMORY. */
int chain_path(const uint8_t *leaves, size_t count, size_t index, struct buffer *path);
/* 0 when leaf, index, count and path give root; NAVETTE_E_CHAIN when not. */
int chain_check_path(const uint8_t leaf[HASH_SIZE], size_t index, size_t count, struct span path, const uint8_t root[HASH_SIZE]);

/* The first 8 bytes of a leaf, as references carry them. */
uint64_t chain_leaf_prefix(const uint8_t leaf[HASH_SIZE]);

#endif
