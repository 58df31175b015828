/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/digest.h"

#include <sodium/crypto_generichash.h>

static void hash(enum digest_kind kind, struct span key, struct span bytes, uint8_t out[HASH_SIZE])
{
    crypto_generichash_state state;
    uint8_t tag = (uint8_t)kind;

    (void)crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    (void)crypto_generichash_update(&state, &tag, 1);
    (void)crypto_generichash_update(&state, key.data, key.len);
    (void)crypto_generichash_update(&state, bytes.data, bytes.len);
    (void)crypto_generichash_final(&state, out, HASH_SIZE);
}

void digest_add(uint8_t digest[HASH_SIZE], enum digest_kind kind, struct span key, struct span bytes)
{
    uint8_t term[HASH_SIZE];
    unsigned int carry = 0;

    hash(kind, key, bytes, term);
    for (size_t i = HASH_SIZE; i-- > 0;) {
        carry += (unsigned int)digest[i] + term[i];
        digest[i] = (uint8_t)(carry & 0xffu);
        carry >>= 8;
    }
}

void digest_subtract(uint8_t digest[HASH_SIZE], enum digest_kind kind, struct span key, struct span bytes)
{
    uint8_t term[HASH_SIZE];
    unsigned int borrow = 0;

    hash(kind, key, bytes, term);
    for (size_t i = HASH_SIZE; i-- > 0;) {
        unsigned int taken = term[i] + borrow;

        borrow = digest[i] < taken;
        digest[i] = (uint8_t)((digest[i] + 0x100u - taken) & 0xffu);
    }
}
