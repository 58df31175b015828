/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERSON_H
#define NODE_PERSON_H

#include "navette/keyring.h"
#include "navette/orders.h"

/* Who an order is for: sealed under the order's own key, in no clear byte on a disk. */
#define PERSON_TEXT 128u /* card number, name: longer ones are refused */

struct person {
    char card[PERSON_TEXT + 1];
    char name[PERSON_TEXT + 1];
};

/* A sealed person on its way into an event: room for what `message` points to. */
struct person_sealed {
    Navette__Sealed message;
    uint8_t key_id[KEY_ID_SIZE], nonce[SEAL_NONCE_SIZE];
    struct buffer ciphertext; /* owned: person_sealed_free() */
};

/* Under a new key of the order: keyring_save() before the event is recorded. NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int person_seal(struct keyring *keyring, const struct thing_key *order, const struct person *person, int64_t now_ms,
                struct person_sealed *sealed);
void person_sealed_free(struct person_sealed *sealed);

/* NAVETTE_E_NOT_FOUND: the order has none, or its key is not here (order->has_person tells which). NAVETTE_E_INVALID: damaged. To be wiped. */
int person_open(const struct keyring *keyring, const struct order_view *order, struct person *person);
void person_wipe(struct person *person);

#endif
