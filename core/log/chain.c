/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/chain.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log/hashes.h"
#include "navette/error.h"

#define LEAF_HEAD (HASH_SIZE + INCARNATION_SIZE + 8u)
#define LEAF_SHORT 456u /* with its head four blocks: longer events are hashed one by one */

void chain_salt(const uint8_t batch_salt[SALT_SIZE], uint64_t seq, uint8_t salt[SALT_SIZE])
{
    uint8_t number[8];

    write_u64(number, seq);
    crypto_generichash(salt, SALT_SIZE, number, sizeof(number), batch_salt, SALT_SIZE);
}

void chain_leaf(const uint8_t batch_salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct span event,
                uint8_t leaf[HASH_SIZE])
{
    uint8_t salt[SALT_SIZE];

    chain_salt(batch_salt, seq, salt);
    chain_leaf_salted(salt, incarnation, seq, event, leaf);
}

void chain_leaf_salted(const uint8_t salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct span event,
                       uint8_t leaf[HASH_SIZE])
{
    crypto_generichash_state state;
    uint8_t number[8];

    write_u64(number, seq);
    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    crypto_generichash_update(&state, salt, SALT_SIZE);
    crypto_generichash_update(&state, incarnation, INCARNATION_SIZE);
    crypto_generichash_update(&state, number, sizeof(number));
    crypto_generichash_update(&state, event.data, event.len);
    crypto_generichash_final(&state, leaf, HASH_SIZE);
}

/* All but the longest events: what a leaf hashes is put together here. */
struct leaf_bytes {
    uint8_t bytes[HASHES_LANES][LEAF_HEAD + LEAF_SHORT];
    struct span spans[HASHES_LANES];
};

static void gather_leaf(struct leaf_bytes *gathered, size_t at, const uint8_t salt[HASH_SIZE], const uint8_t *incarnation, uint64_t seq,
                        struct span event)
{
    uint8_t *out = gathered->bytes[at];

    memcpy(out, salt, HASH_SIZE);
    memcpy(out + HASH_SIZE, incarnation, INCARNATION_SIZE);
    write_u64(out + HASH_SIZE + INCARNATION_SIZE, seq);
    if (event.len > 0)
        memcpy(out + LEAF_HEAD, event.data, event.len);
    gathered->spans[at] = span_of(out, LEAF_HEAD + event.len);
}

void chain_leaves(const uint8_t batch_salt[SALT_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t first_seq,
                  const struct span *events, size_t count, uint8_t (*leaves)[HASH_SIZE])
{
    struct hashes_key key;
    struct leaf_bytes gathered;
    uint8_t salts[HASHES_LANES][HASH_SIZE];
    uint8_t made[HASHES_LANES][HASH_SIZE];
    uint8_t numbers[HASHES_LANES][8];
    struct span spans[HASHES_LANES];

    hashes_key(batch_salt, &key);
    for (size_t from = 0; from < count; from += HASHES_LANES) {
        size_t few = count - from < HASHES_LANES ? count - from : HASHES_LANES;
        size_t at[HASHES_LANES];
        size_t gather = 0;

        for (size_t i = 0; i < few; i++) {
            write_u64(numbers[i], first_seq + from + i);
            spans[i] = span_of(numbers[i], sizeof(numbers[i]));
        }
        hashes_keyed(&key, spans, few, salts);
        for (size_t i = 0; i < few; i++) {
            if (events[from + i].len > LEAF_SHORT) {
                chain_leaf(batch_salt, incarnation, first_seq + from + i, events[from + i], leaves[from + i]);
                continue;
            }
            gather_leaf(&gathered, gather, salts[i], incarnation, first_seq + from + i, events[from + i]);
            at[gather++] = from + i;
        }
        if (gather > 0)
            hashes_of(gathered.spans, gather, made);
        for (size_t i = 0; i < gather; i++)
            memcpy(leaves[at[i]], made[i], HASH_SIZE);
    }
}

void chain_next(const uint8_t previous[HASH_SIZE], const uint8_t leaf[HASH_SIZE], uint8_t head[HASH_SIZE])
{
    uint8_t both[2 * HASH_SIZE];

    memcpy(both, previous, HASH_SIZE);
    memcpy(both + HASH_SIZE, leaf, HASH_SIZE);
    crypto_generichash(head, HASH_SIZE, both, sizeof(both), NULL, 0);
}

static void join(const uint8_t left[HASH_SIZE], const uint8_t right[HASH_SIZE], uint8_t out[HASH_SIZE])
{
    uint8_t both[1 + 2 * HASH_SIZE];

    both[0] = 0x01;
    memcpy(both + 1, left, HASH_SIZE);
    memcpy(both + 1 + HASH_SIZE, right, HASH_SIZE);
    crypto_generichash(out, HASH_SIZE, both, sizeof(both), NULL, 0);
}

/* Makes one level of the tree out of the level below, in place. */
static size_t raise_level(uint8_t *hashes, size_t count)
{
    size_t pairs = count / 2;

    for (size_t from = 0; from < pairs; from += HASHES_LANES) {
        size_t few = pairs - from < HASHES_LANES ? pairs - from : HASHES_LANES;
        uint8_t both[HASHES_LANES][1 + 2 * HASH_SIZE];
        uint8_t joined[HASHES_LANES][HASH_SIZE];
        struct span spans[HASHES_LANES];

        for (size_t i = 0; i < few; i++) {
            both[i][0] = 0x01;
            memcpy(both[i] + 1, hashes + 2 * (from + i) * HASH_SIZE, (size_t)2 * HASH_SIZE);
            spans[i] = span_of(both[i], sizeof(both[i]));
        }
        hashes_of(spans, few, joined);
        memcpy(hashes + from * HASH_SIZE, joined, few * HASH_SIZE);
    }
    if (count % 2 != 0)
        memmove(hashes + pairs * HASH_SIZE, hashes + (count - 1) * HASH_SIZE, HASH_SIZE);
    return pairs + count % 2;
}

void chain_root(uint8_t *leaves, size_t count, uint8_t root[HASH_SIZE])
{
    while (count > 1)
        count = raise_level(leaves, count);
    memcpy(root, leaves, HASH_SIZE);
}

int chain_path(const uint8_t *leaves, size_t count, size_t index, struct buffer *path)
{
    uint8_t *level = malloc(count * HASH_SIZE);
    size_t start = path->len;
    int rc = 0;

    if (level == NULL)
        return NAVETTE_E_MEMORY;
    memcpy(level, leaves, count * HASH_SIZE);
    while (count > 1 && rc == 0) {
        size_t sibling = index ^ 1u;

        if (sibling < count)
            rc = buffer_append(path, level + sibling * HASH_SIZE, HASH_SIZE);
        count = raise_level(level, count);
        index /= 2;
    }
    if (rc != 0)
        path->len = start;
    free(level);
    return rc;
}

int chain_check_path(const uint8_t leaf[HASH_SIZE], size_t index, size_t count, struct span path, const uint8_t root[HASH_SIZE])
{
    struct reader reader = reader_of(path);
    uint8_t hash[HASH_SIZE];

    if (index >= count)
        return NAVETTE_E_CHAIN;
    memcpy(hash, leaf, HASH_SIZE);
    for (; count > 1; count = (count + 1) / 2, index /= 2) {
        struct span sibling;

        if ((index ^ 1u) >= count)
            continue;
        sibling = reader_bytes(&reader, HASH_SIZE);
        if (reader.failed)
            return NAVETTE_E_CHAIN;
        if (index % 2 == 0)
            join(hash, sibling.data, hash);
        else
            join(sibling.data, hash, hash);
    }
    if (reader.left.len != 0 || memcmp(hash, root, HASH_SIZE) != 0)
        return NAVETTE_E_CHAIN;
    return 0;
}

uint64_t chain_leaf_prefix(const uint8_t leaf[HASH_SIZE])
{
    return read_u64(leaf);
}
