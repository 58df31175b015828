/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/wrap.h"

#include <sodium.h>
#include <string.h>

#include "navette/error.h"

#define SAID "navette wrap v1"
#define BINDING_SIZE 16u

_Static_assert(WRAP_BOX_SIZE == WRAP_PLAIN_SIZE + crypto_box_SEALBYTES, "the size of a sealed box is part of the format");
_Static_assert(WRAP_PLAIN_SIZE == KEY_ID_SIZE + KEY_SIZE + 8u + BINDING_SIZE, "and what is in it");

static void bind_to(const struct thing_key *subject, uint8_t out[BINDING_SIZE])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, BINDING_SIZE);
    (void)crypto_generichash_update(&state, (const uint8_t *)SAID, sizeof SAID - 1);
    (void)crypto_generichash_update(&state, subject->bytes, subject->len);
    (void)crypto_generichash_final(&state, out, BINDING_SIZE);
}

int wrap_close(const struct wrap_key *key, const uint8_t recipient[KEY_SIZE], uint8_t box[WRAP_BOX_SIZE])
{
    uint8_t plain[WRAP_PLAIN_SIZE];
    int rc;

    memcpy(plain, key->id, KEY_ID_SIZE);
    memcpy(plain + KEY_ID_SIZE, key->key, KEY_SIZE);
    write_u64(plain + KEY_ID_SIZE + KEY_SIZE, (uint64_t)key->made_ms);
    bind_to(&key->subject, plain + KEY_ID_SIZE + KEY_SIZE + 8);
    rc = crypto_box_seal(box, plain, sizeof plain, recipient);
    sodium_memzero(plain, sizeof plain);
    return rc == 0 ? 0 : NAVETTE_E_INVALID;
}

int wrap_open(const uint8_t box[WRAP_BOX_SIZE], const uint8_t public_key[KEY_SIZE], const uint8_t secret_key[KEY_SIZE],
              const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, struct wrap_key *key)
{
    uint8_t plain[WRAP_PLAIN_SIZE], binding[BINDING_SIZE];
    int rc = crypto_box_seal_open(plain, box, WRAP_BOX_SIZE, public_key, secret_key);

    memset(key, 0, sizeof *key);
    bind_to(subject, binding);
    if (rc == 0 && memcmp(plain, id, KEY_ID_SIZE) == 0 && memcmp(plain + KEY_ID_SIZE + KEY_SIZE + 8, binding, BINDING_SIZE) == 0) {
        memcpy(key->id, id, KEY_ID_SIZE);
        memcpy(key->key, plain + KEY_ID_SIZE, KEY_SIZE);
        key->made_ms = (int64_t)read_u64(plain + KEY_ID_SIZE + KEY_SIZE);
        key->subject = *subject;
    } else {
        rc = -1;
    }
    sodium_memzero(plain, sizeof plain);
    return rc == 0 ? 0 : NAVETTE_E_INVALID;
}
