/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/rekey.h"

#include <sodium.h>
#include <string.h>

#include "navette/error.h"
#include "navette/ref.h"

void rekey_signed_bytes(const struct rekey *rekey, uint8_t out[REKEY_SIGNED_SIZE])
{
    memcpy(out, "navette rekey v1", 16);
    out += 16;
    memcpy(out, rekey->node, NODE_ID_SIZE);
    out += NODE_ID_SIZE;
    memcpy(out, rekey->previous, KEY_SIZE);
    memcpy(out + KEY_SIZE, rekey->curve_key, KEY_SIZE);
    memcpy(out + 2u * KEY_SIZE, rekey->sign_key, KEY_SIZE);
    out += 3u * KEY_SIZE;
    memcpy(out, rekey->incarnation, INCARNATION_SIZE);
    write_u64(out + INCARNATION_SIZE, rekey->from_seq);
}

int rekey_verify(const struct rekey *rekey)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    rekey_signed_bytes(rekey, bytes);
    if (crypto_sign_verify_detached(rekey->signature, bytes, sizeof(bytes), rekey->previous) != 0 ||
        crypto_sign_verify_detached(rekey->proof, bytes, sizeof(bytes), rekey->sign_key) != 0)
        return NAVETTE_E_SIGNATURE;
    return 0;
}

static int take(const ProtobufCBinaryData *field, uint8_t *out, size_t size)
{
    if (field->len != size)
        return NAVETTE_E_INVALID;
    memcpy(out, field->data, size);
    return 0;
}

int rekey_read(const Navette__Rekey *message, struct rekey *rekey)
{
    memset(rekey, 0, sizeof(*rekey));
    rekey->from_seq = message->from_seq;
    if (take(&message->node, rekey->node, NODE_ID_SIZE) != 0 || take(&message->curve_key, rekey->curve_key, KEY_SIZE) != 0 ||
        take(&message->sign_key, rekey->sign_key, KEY_SIZE) != 0 || take(&message->previous, rekey->previous, KEY_SIZE) != 0 ||
        take(&message->incarnation, rekey->incarnation, INCARNATION_SIZE) != 0 ||
        take(&message->signature, rekey->signature, SIGNATURE_SIZE) != 0 || take(&message->proof, rekey->proof, SIGNATURE_SIZE) != 0 ||
        message->from_seq == 0)
        return NAVETTE_E_INVALID;
    return 0;
}

static ProtobufCBinaryData borrow(const uint8_t *data, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

void rekey_fill(const struct rekey *rekey, Navette__Rekey *message)
{
    navette__rekey__init(message);
    message->node = borrow(rekey->node, NODE_ID_SIZE);
    message->curve_key = borrow(rekey->curve_key, KEY_SIZE);
    message->sign_key = borrow(rekey->sign_key, KEY_SIZE);
    message->previous = borrow(rekey->previous, KEY_SIZE);
    message->incarnation = borrow(rekey->incarnation, INCARNATION_SIZE);
    message->from_seq = rekey->from_seq;
    message->signature = borrow(rekey->signature, SIGNATURE_SIZE);
    message->proof = borrow(rekey->proof, SIGNATURE_SIZE);
}

void rekey_body_fill(const struct rekey *rekey, int64_t until_ms, struct rekey_body *body)
{
    Navette__NodeRekeyed *rekeyed = &body->rekeyed;

    hex_encode(rekey->node, NODE_ID_SIZE, body->id);
    navette__thing__init(&body->node);
    body->node.kind = NAVETTE__THING_KIND__THING_NODE;
    body->node.id = body->id;
    navette__node_rekeyed__init(rekeyed);
    rekeyed->node = &body->node;
    rekeyed->curve_key = borrow(rekey->curve_key, KEY_SIZE);
    rekeyed->sign_key = borrow(rekey->sign_key, KEY_SIZE);
    rekeyed->incarnation = borrow(rekey->incarnation, INCARNATION_SIZE);
    rekeyed->from_seq = rekey->from_seq;
    rekeyed->previous = borrow(rekey->previous, KEY_SIZE);
    rekeyed->signature = borrow(rekey->signature, SIGNATURE_SIZE);
    rekeyed->proof = borrow(rekey->proof, SIGNATURE_SIZE);
    rekeyed->until_ms = until_ms;
    navette__event__init(&body->event);
    body->event.body_case = NAVETTE__EVENT__BODY_NODE_REKEYED;
    body->event.node_rekeyed = rekeyed;
}

int rekey_past_add(struct rekey_past *past, const uint8_t key[KEY_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t before)
{
    if (past->count == REKEY_PAST)
        return NAVETTE_E_TOO_LARGE;
    memcpy(past->list[past->count].key, key, KEY_SIZE);
    memcpy(past->list[past->count].incarnation, incarnation, INCARNATION_SIZE);
    past->list[past->count].before = before;
    past->list[past->count].replaced = 0;
    past->count++;
    return 0;
}

void rekey_past_push(struct rekey_past *past, const uint8_t key[KEY_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t before)
{
    if (past->count == REKEY_PAST) {
        memmove(&past->list[0], &past->list[1], (REKEY_PAST - 1) * sizeof(past->list[0]));
        past->count--;
    }
    (void)rekey_past_add(past, key, incarnation, before);
}

int rekey_past_has(const struct rekey_past *past, const uint8_t key[KEY_SIZE])
{
    for (size_t i = 0; i < past->count; i++) {
        if (memcmp(past->list[i].key, key, KEY_SIZE) == 0)
            return 1;
    }
    return 0;
}

const uint8_t *rekey_next(const uint8_t current[KEY_SIZE], const struct rekey_past *past, const uint8_t incarnation[INCARNATION_SIZE],
                          uint64_t first, uint64_t last, size_t *turn)
{
    while (*turn <= past->count) {
        size_t at = past->count - (*turn)++; /* past->count: the current one */
        int holds = 1;

        for (size_t i = 0; i < past->count && holds; i++) {
            if (memcmp(past->list[i].incarnation, incarnation, INCARNATION_SIZE) != 0)
                continue;
            holds = i < at ? first >= past->list[i].before : last < past->list[i].before;
        }
        if (holds)
            return at == past->count ? current : past->list[at].key;
    }
    return NULL;
}

int rekey_signed(const struct batch_header *header, const uint8_t current[KEY_SIZE], const struct rekey_past *past)
{
    uint64_t last = header->first_seq + header->count - 1;
    uint8_t bytes[BATCH_SIGNED_SIZE];
    const uint8_t *key;
    size_t turn = 0;

    batch_signed_bytes(header, bytes);
    while ((key = rekey_next(current, past, header->incarnation, header->first_seq, last, &turn)) != NULL) {
        if (crypto_sign_verify_detached(header->signature, bytes, sizeof(bytes), key) == 0)
            return 1;
    }
    return 0;
}

int rekey_verify_batch(const Navette__Batch *batch, const uint8_t current[KEY_SIZE], const struct rekey_past *past,
                       struct batch_header *header, uint64_t *leaves)
{
    uint64_t last = batch->first_seq + (batch->n_events == 0 ? 0 : batch->n_events - 1);
    const uint8_t *key;
    size_t turn = 0;
    int rc = NAVETTE_E_SIGNATURE;

    if (past->count == 0 || batch->incarnation.len != INCARNATION_SIZE)
        return batch_verify(batch, current, header, leaves);
    while (rc == NAVETTE_E_SIGNATURE && (key = rekey_next(current, past, batch->incarnation.data, batch->first_seq, last, &turn)) != NULL)
        rc = batch_verify(batch, key, header, leaves);
    return rc;
}
