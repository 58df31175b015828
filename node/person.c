/* SPDX-License-Identifier: Apache-2.0 */
#include "node/person.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PADDED_TO 128u /* so that lengths do not tell one person from another */

static void wipe(struct buffer *buffer)
{
    if (buffer->data != NULL)
        sodium_memzero(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

static int pack(const struct person *person, struct buffer *out)
{
    uint8_t zeros[PADDED_TO] = {0};
    Navette__Person message;
    size_t size;
    int rc;

    navette__person__init(&message);
    message.card = (char *)(uintptr_t)person->card;
    message.name = (char *)(uintptr_t)person->name;
    /* a field of its own: a tag and a length besides */
    size = navette__person__get_packed_size(&message) + 2;
    message.padding = (ProtobufCBinaryData){(PADDED_TO - size % PADDED_TO) % PADDED_TO, zeros};
    size = navette__person__get_packed_size(&message);
    rc = buffer_reserve(out, size);
    if (rc == 0)
        out->len = navette__person__pack(&message, out->data);
    return rc;
}

int person_seal(struct keyring *keyring, const struct thing_key *order, const struct person *person, int64_t now_ms,
                struct person_sealed *sealed)
{
    struct buffer text = {.data = NULL};
    int rc;

    memset(sealed, 0, sizeof *sealed);
    rc = pack(person, &text);
    if (rc == 0)
        rc = keyring_make(keyring, order, now_ms, sealed->key_id);
    if (rc == 0)
        rc = keyring_seal(keyring, sealed->key_id, order, buffer_span(&text), sealed->nonce, &sealed->ciphertext);
    wipe(&text);
    if (rc != 0) {
        buffer_free(&sealed->ciphertext);
        return rc;
    }
    navette__sealed__init(&sealed->message);
    sealed->message.key_id = (ProtobufCBinaryData){KEY_ID_SIZE, sealed->key_id};
    sealed->message.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, sealed->nonce};
    sealed->message.ciphertext = (ProtobufCBinaryData){sealed->ciphertext.len, sealed->ciphertext.data};
    return 0;
}

void person_sealed_free(struct person_sealed *sealed)
{
    buffer_free(&sealed->ciphertext);
}

int person_open(const struct keyring *keyring, const struct order_view *order, struct person *person)
{
    struct buffer text = {.data = NULL};
    Navette__Person *message;
    Navette__Sealed sealed;
    int rc;

    memset(person, 0, sizeof *person);
    if (!order->has_person)
        return NAVETTE_E_NOT_FOUND;
    view_orders_person(order, &sealed);
    rc = keyring_unseal(keyring, &order->key, &sealed, &text);
    if (rc == 0) {
        message = navette__person__unpack(NULL, text.len, text.data);
        rc = message == NULL ? NAVETTE_E_INVALID : 0;
        if (rc == 0) {
            (void)snprintf(person->card, sizeof person->card, "%s", message->card);
            (void)snprintf(person->name, sizeof person->name, "%s", message->name);
            sodium_memzero(message->card, strlen(message->card));
            sodium_memzero(message->name, strlen(message->name));
            navette__person__free_unpacked(message, NULL);
        }
    }
    wipe(&text);
    return rc;
}

void person_wipe(struct person *person)
{
    sodium_memzero(person, sizeof *person);
}
