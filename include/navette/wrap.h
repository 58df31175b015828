/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_WRAP_H
#define NAVETTE_WRAP_H

#include "navette/limits.h"
#include "navette/thing.h"

/*
 * A key of what is sealed, closed for one reader: libsodium's crypto_box_seal() to an X25519 key, of WRAP_PLAIN_SIZE bytes:
 *
 *   key id 16, key 32, made u64 (Unix ms, big-endian), BLAKE2b-128 of "navette wrap v1" and the subject's thing key
 *
 * so that it can't be passed off as another order's. Who wrapped it is not told: a wrong key opens nothing.
 */
struct wrap_key {
    uint8_t id[KEY_ID_SIZE];
    uint8_t key[KEY_SIZE];
    int64_t made_ms;
    struct thing_key subject;
};

/* NAVETTE_E_INVALID: not a public key. */
int wrap_close(const struct wrap_key *key, const uint8_t recipient[KEY_SIZE], uint8_t box[WRAP_BOX_SIZE]);
/* id and subject: as told beside it. NAVETTE_E_INVALID: closed for somebody else, damaged, or of another key or subject. *key is to be wiped. */
int wrap_open(const uint8_t box[WRAP_BOX_SIZE], const uint8_t public_key[KEY_SIZE], const uint8_t secret_key[KEY_SIZE],
              const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, struct wrap_key *key);

#endif
