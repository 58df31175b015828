/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "navette/key_view.h"
#include "node/keeping.h"
#include "node/trusting.h"

/* Room for a WRAPS of this node's: every message and what it points to. */
struct parcel {
    Navette__Wraps message;
    Navette__Wrap wraps[LIMIT_WRAPS];
    Navette__Wrap *list[LIMIT_WRAPS];
    Navette__Thing things[LIMIT_WRAPS];
    struct keyring_entry entries[LIMIT_WRAPS];
    struct key_node readers[LIMIT_WRAPS];
    uint8_t boxes[LIMIT_WRAPS][WRAP_BOX_SIZE];
    size_t count;
};

static int send(struct office *office, enum frame_type type, const ProtobufCMessage *message)
{
    struct buffer frame = {.data = NULL};
    int rc = frame_encode(type, message, &frame);

    if (rc == 0)
        link_executor_send(office->link, buffer_span(&frame));
    buffer_free(&frame);
    return rc;
}

static void set_vault(const struct office *office, ProtobufCBinaryData *vault)
{
    const uint8_t none[VAULT_ID_SIZE] = {0};

    if (memcmp(keyring_vault(office->keyring), none, VAULT_ID_SIZE) != 0)
        *vault = (ProtobufCBinaryData){VAULT_ID_SIZE, (uint8_t *)(uintptr_t)keyring_vault(office->keyring)};
}

/* Another one than before has nothing of this node's: a round over all keys begins, whatever else has changed. */
static void take_vault(struct office *office, const ProtobufCBinaryData *vault)
{
    struct keeping *keeping = &office->keeping;

    if (vault->len != VAULT_ID_SIZE || !keyring_set_vault(office->keyring, vault->data))
        return;
    keeping->offered_upto = 0;
    keeping->rounding = 0;
    keeping->keys = SIZE_MAX;
}

/* ---- what waits for this node */

int keeping_ask(struct office *office, const struct moment *moment)
{
    struct keeping *keeping = &office->keeping;
    uint64_t session = link_executor_connections(office->link);
    Navette__Wraps hello = NAVETTE__WRAPS__INIT;

    if (keeping->session == session && moment->monotonic_ms < keeping->hello_ms)
        return 0;
    if (keeping->session != session) {
        keeping->awaited_ms = 0;
        keeping->rounding = 0;
        keeping->retry_ms = 0;
    }
    keeping->session = session;
    keeping->hello_ms = moment->monotonic_ms + KEEPING_HELLO_MS;
    set_vault(office, &hello.vault);
    return send(office, FRAME_WRAPS, &hello.base);
}

void keeping_ask_recovery(struct office *office, const struct moment *moment)
{
    struct keeping_recovery *recovery = &office->keeping.recovery;
    const uint8_t none[KEY_ID_SIZE] = {0};
    Navette__Wraps ask = NAVETTE__WRAPS__INIT;

    ask.recovery = (ProtobufCBinaryData){KEY_SIZE, recovery->public_key};
    if (memcmp(recovery->after, none, KEY_ID_SIZE) != 0)
        ask.after = (ProtobufCBinaryData){KEY_ID_SIZE, recovery->after};
    recovery->deadline_ms = moment->monotonic_ms + KEEPING_RECOVER_MS;
    if (send(office, FRAME_WRAPS, &ask.base) != 0)
        recovery->deadline_ms = moment->monotonic_ms;
}

/* Under the keys that this node has, or is about to have. */
static int open_wrap(const struct office *office, const Navette__Wrap *wrap, struct wrap_key *key)
{
    const struct keeping_recovery *recovery = &office->keeping.recovery;
    const struct keys *pairs[] = {&office->keys, &office->next_keys};
    struct thing_key subject;

    if (thing_key_of(wrap->subject, &subject) != 0)
        return NAVETTE_E_INVALID;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (memcmp(pairs[i]->curve_public, wrap->recipient.data, KEY_SIZE) == 0)
            return wrap_open(wrap->box.data, pairs[i]->curve_public, pairs[i]->curve_secret, wrap->key_id.data, &subject, key);
    }
    if (recovery->client != 0 && memcmp(recovery->public_key, wrap->recipient.data, KEY_SIZE) == 0)
        return wrap_open(wrap->box.data, recovery->public_key, recovery->secret_key, wrap->key_id.data, &subject, key);
    return NAVETTE_E_NOT_FOUND;
}

/* Under the order's sealing: a key that opens nothing is not what it is said to be. */
static int opens(struct office *office, struct store_txn *txn, const struct wrap_key *key, int64_t until_ms)
{
    struct buffer text = {.data = NULL};
    struct order_view order;
    Navette__Sealed sealed;
    int rc = view_orders_read(txn, txn, &key->subject, &order);

    if (rc != 0) /* not heard of yet: believed */
        return rc == NAVETTE_E_NOT_FOUND ? keyring_add(office->keyring, key, until_ms) : rc;
    rc = order.is_erased == 2 && memcmp(order.key_id, key->id, KEY_ID_SIZE) == 0 ? NAVETTE_E_REFUSED
                                                                                 : keyring_add(office->keyring, key, until_ms);
    if (rc == 0 && order.has_person && memcmp(order.key_id, key->id, KEY_ID_SIZE) == 0) {
        view_orders_person(&order, &sealed);
        rc = keyring_unseal(office->keyring, &key->subject, &sealed, &text);
        if (text.data != NULL)
            sodium_memzero(text.data, text.capacity);
        buffer_free(&text);
        if (rc == NAVETTE_E_INVALID)
            (void)keyring_end(office->keyring, key->id);
    }
    view_orders_free(&order);
    return rc;
}

static void count_recovered(struct keeping_recovery *recovery, int rc)
{
    recovery->back += rc == 0;
    recovery->here += rc == NAVETTE_E_EXISTS;
    recovery->erased += rc == NAVETTE_E_REFUSED;
    recovery->wrong += rc == NAVETTE_E_INVALID || rc == NAVETTE_E_NOT_FOUND;
}

/* Those that are dealt with, one way or another, are told back: only what the disk has no room for comes again. */
static int take_wraps(struct office *office, const Navette__Wraps *message, Navette__Wrapped *taken, Navette__Wrap **list)
{
    struct keeping_recovery *recovery = &office->keeping.recovery;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < message->n_wraps; i++) {
        Navette__Wrap *wrap = message->wraps[i];
        struct wrap_key key;

        rc = open_wrap(office, wrap, &key);
        if (rc == 0)
            rc = opens(office, txn, &key, wrap->until_ms);
        sodium_memzero(&key, sizeof key);
        if (recovery->client != 0 && memcmp(recovery->public_key, wrap->recipient.data, KEY_SIZE) == 0)
            count_recovered(recovery, rc);
        else if (rc != NAVETTE_E_TOO_LARGE && rc != NAVETTE_E_MEMORY)
            list[taken->n_wraps++] = wrap;
        rc = rc == NAVETTE_E_STORE || rc == NAVETTE_E_MEMORY ? rc : 0;
    }
    lmdb_abort(txn);
    return rc;
}

/* What the hub says is over here, and is told again while it was not said to be gone: so a confirmation that was lost comes too. */
static int take_ended(struct office *office, const struct moment *moment, const Navette__Wraps *message)
{
    uint8_t ids[LIMIT_WRAPS][KEY_ID_SIZE];
    size_t count = 0;
    int rc;

    for (size_t i = 0; i < message->n_ended && i < LIMIT_WRAPS; i++) {
        (void)keyring_end(office->keyring, message->ended[i].data);
        memcpy(ids[count++], message->ended[i].data, KEY_ID_SIZE);
    }
    rc = keyring_save(office->keyring);
    return rc != 0 ? rc : keeping_confirm(office, moment, (const uint8_t(*)[KEY_ID_SIZE])ids, count);
}

static int take_message(struct office *office, const struct moment *moment, const Navette__Wraps *message)
{
    struct keeping *keeping = &office->keeping;
    Navette__Wrapped taken = NAVETTE__WRAPPED__INIT;
    Navette__Wrap *list[LIMIT_WRAPS];
    int is_recovery = message->recovery.len == KEY_SIZE;
    int rc;

    take_vault(office, &message->vault);
    if (message->hub_time_ms > 0) {
        keeping->hub_ms = message->hub_time_ms;
        keeping->hub_heard_ms = moment->monotonic_ms;
    }
    for (size_t i = 0; i < message->n_until; i++)
        (void)keyring_set_until(office->keyring, message->until[i]->key_id.data, message->until[i]->until_ms);
    rc = take_wraps(office, message, &taken, list);
    if (rc == 0)
        rc = keyring_save(office->keyring);
    if (rc == 0)
        rc = take_ended(office, moment, message);
    if (rc != 0)
        return rc;
    if (is_recovery && keeping->recovery.client != 0) {
        keeping->recovery.done = !message->more || message->n_wraps == 0;
        if (!keeping->recovery.done) {
            memcpy(keeping->recovery.after, message->wraps[message->n_wraps - 1]->key_id.data, KEY_ID_SIZE);
            keeping_ask_recovery(office, moment);
        }
        return 0;
    }
    if (message->more)
        keeping->hello_ms = moment->monotonic_ms;
    if (taken.n_wraps == 0)
        return 0;
    set_vault(office, &taken.vault);
    taken.wraps = list;
    return send(office, FRAME_WRAPPED, &taken.base);
}

/* The hub has these. */
static int take_answer(struct office *office, const struct moment *moment, const Navette__Wrapped *message)
{
    struct keeping *keeping = &office->keeping;
    int rc = 0;

    take_vault(office, &message->vault);
    for (size_t i = 0; i < message->n_wraps && rc == 0; i++)
        rc = keyring_note_offered(office->keyring, message->wraps[i]->key_id.data, message->wraps[i]->recipient.data);
    if (message->n_wraps + message->n_erased < keeping->sent)
        keeping->left = 1;
    if (message->n_wraps > 0)
        keeping->retry_ms = 0;
    keeping->awaited_ms = 0;
    keeping->look_ms = moment->monotonic_ms;
    keeping->skipped = 1;
    return rc;
}

int keeping_take_frames(struct office *office, const struct moment *moment)
{
    struct buffer bytes;
    int rc = 0;

    while (rc == 0 && link_executor_next_keys(office->link, &bytes) == 0) {
        struct frame frame;

        rc = frame_decode(buffer_span(&bytes), &frame);
        buffer_free(&bytes);
        if (rc != 0)
            return rc == NAVETTE_E_MEMORY ? rc : 0;
        if (frame.type == FRAME_WRAPS)
            rc = take_message(office, moment, (const Navette__Wraps *)frame.message);
        else if (frame.type == FRAME_WRAPPED)
            rc = take_answer(office, moment, (const Navette__Wrapped *)frame.message);
        else if (frame.type == FRAME_HUB_KEYS)
            rc = trusting_told(office, (const Navette__HubKeys *)frame.message);
        frame_free(&frame);
        /* What could not be written comes again. */
        if (rc == NAVETTE_E_FULL || rc == NAVETTE_E_SYSTEM)
            rc = 0;
    }
    return rc;
}

/* ---- what others are to have */

static int add(struct office *office, struct parcel *parcel, const struct keyring_entry *entry, const uint8_t recipient[KEY_SIZE],
               const struct key_node *reader)
{
    size_t i = parcel->count;
    Navette__Wrap *wrap = &parcel->wraps[i];
    int rc = keyring_wrap(office->keyring, entry->id, recipient, parcel->boxes[i]);

    if (rc != 0) /* a public key that none is, or a key that has gone */
        return rc == NAVETTE_E_INVALID || rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    parcel->entries[i] = *entry;
    navette__wrap__init(wrap);
    navette__thing__init(&parcel->things[i]);
    parcel->things[i].kind = (Navette__ThingKind)thing_kind(&entry->subject);
    parcel->things[i].namespace_ = (char *)(uintptr_t)thing_namespace(&parcel->entries[i].subject);
    parcel->things[i].id = (char *)(uintptr_t)thing_id(&parcel->entries[i].subject);
    wrap->key_id = (ProtobufCBinaryData){KEY_ID_SIZE, parcel->entries[i].id};
    wrap->subject = &parcel->things[i];
    memcpy(parcel->readers[i].curve_key, recipient, KEY_SIZE);
    wrap->recipient = (ProtobufCBinaryData){KEY_SIZE, parcel->readers[i].curve_key};
    if (reader != NULL) {
        memcpy(parcel->readers[i].node, reader->node, NODE_ID_SIZE);
        wrap->node = (ProtobufCBinaryData){NODE_ID_SIZE, parcel->readers[i].node};
    }
    wrap->box = (ProtobufCBinaryData){WRAP_BOX_SIZE, parcel->boxes[i]};
    parcel->list[i] = wrap;
    parcel->count++;
    return 0;
}

/* Everybody who is to have this key and has not, as far as the hub has said. */
static int offer_key(struct office *office, struct store_txn *txn, const struct key_network *network, const struct keyring_entry *entry,
                     struct parcel *parcel)
{
    struct order_view order;
    int rc;

    if (network->has_recovery && !keyring_is_offered(office->keyring, entry->id, network->recovery) && parcel->count < LIMIT_WRAPS &&
        (rc = add(office, parcel, entry, network->recovery, NULL)) != 0)
        return rc;
    rc = view_orders_read(txn, txn, &entry->subject, &order);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; rc == 0 && i < network->node_count && parcel->count < LIMIT_WRAPS; i++) {
        const struct key_node *reader = &network->nodes[i];

        if (memcmp(reader->node, office->identity.node, NODE_ID_SIZE) == 0 ||
            keyring_is_offered(office->keyring, entry->id, reader->curve_key))
            continue;
        rc = key_view_reads(txn, txn, network, &order, reader);
        if (rc > 0)
            rc = add(office, parcel, entry, reader->curve_key, reader);
    }
    view_orders_free(&order);
    return rc;
}

/* An order of which nothing came since all was offered needs no look. */
static int is_settled(struct store_txn *txn, const struct keeping *keeping, const struct thing_key *subject)
{
    struct thing_record record;
    int settled;

    if (keeping->offered_upto == 0 || fold_read(txn, subject, &record) != 0)
        return 0;
    settled = record.newest <= keeping->offered_upto;
    thing_record_free(&record);
    return settled;
}

static void hash_network(const struct key_network *network, uint8_t out[HASH_SIZE])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    for (size_t i = 0; i < network->node_count; i++)
        (void)crypto_generichash_update(&state, (const uint8_t *)&network->nodes[i], sizeof network->nodes[i]);
    for (size_t i = 0; i < network->rule_count; i++)
        (void)crypto_generichash_update(&state, (const uint8_t *)&network->rules[i], sizeof network->rules[i]);
    (void)crypto_generichash_update(&state, network->recovery, KEY_SIZE);
    (void)crypto_generichash_final(&state, out, HASH_SIZE);
}

static void begin_round(struct office *office, const struct moment *moment, const struct key_network *network, uint64_t tail)
{
    struct keeping *keeping = &office->keeping;
    uint8_t hash[HASH_SIZE];

    hash_network(network, hash);
    if (memcmp(hash, keeping->network, HASH_SIZE) != 0)
        keeping->offered_upto = 0;
    memcpy(keeping->network, hash, HASH_SIZE);
    keeping->rounding = 1;
    keeping->round_tail = tail;
    keeping->keys = keyring_count(office->keyring);
    keeping->left = 0;
    /* A round that something new began says nothing of how long the hub will go on refusing. */
    if (keeping->retry_at_ms == 0 || moment->monotonic_ms < keeping->retry_at_ms)
        keeping->retry_ms = 0;
    keeping->retry_at_ms = 0;
    memset(keeping->at, 0, sizeof keeping->at);
}

/* All keys were looked at. */
static void end_round(struct keeping *keeping, const struct moment *moment)
{
    keeping->rounding = 0;
    keeping->offered_upto = keeping->left ? 0 : keeping->round_tail;
    if (!keeping->left)
        return;
    keeping->retry_ms = keeping->retry_ms == 0 ? KEEPING_RETRY_MS : keeping->retry_ms * 2;
    if (keeping->retry_ms > KEEPING_RETRY_MAX_MS)
        keeping->retry_ms = KEEPING_RETRY_MAX_MS;
    keeping->retry_at_ms = moment->monotonic_ms + keeping->retry_ms;
}

static int look_at_keys(struct office *office, struct store_txn *txn, const struct key_network *network, struct parcel *parcel, int *whole)
{
    struct keeping *keeping = &office->keeping;
    struct keyring_entry entry;
    size_t index = keyring_from(office->keyring, keeping->at);
    int rc = 0;

    *whole = 0;
    for (size_t i = 0; rc == 0 && i < KEEPING_KEYS_A_LOOK && parcel->count < LIMIT_WRAPS; i++, index++) {
        if (keyring_at(office->keyring, index, &entry) != 0) {
            *whole = 1;
            return 0;
        }
        /* One that is here for a time is not this node's to pass on. */
        if (entry.here && entry.until_ms == 0 && !is_settled(txn, keeping, &entry.subject))
            rc = offer_key(office, txn, network, &entry, parcel);
        /* A full frame: what of this key did not fit comes with the next one; were it the only one in it, with the next round. */
        if (rc == 0 && parcel->count == LIMIT_WRAPS && i > 0 && memcmp(parcel->entries[0].id, entry.id, KEY_ID_SIZE) != 0)
            return 0;
        keeping->left |= parcel->count == LIMIT_WRAPS;
        memcpy(keeping->at, entry.id, KEY_ID_SIZE);
    }
    return rc;
}

static int send_parcel(struct office *office, const struct moment *moment, struct parcel *parcel)
{
    navette__wraps__init(&parcel->message);
    set_vault(office, &parcel->message.vault);
    parcel->message.wraps = parcel->list;
    parcel->message.n_wraps = parcel->count;
    office->keeping.sent = parcel->count;
    office->keeping.awaited_ms = moment->monotonic_ms + KEEPING_ANSWER_MS;
    return send(office, FRAME_WRAPS, &parcel->message.base);
}

static int is_due(const struct office *office, const struct moment *moment, uint64_t tail)
{
    const struct keeping *keeping = &office->keeping;

    return keeping->rounding || keyring_count(office->keyring) != keeping->keys || tail != keeping->round_tail ||
           (keeping->retry_at_ms != 0 && moment->monotonic_ms >= keeping->retry_at_ms);
}

static int offer(struct office *office, const struct moment *moment, struct parcel *parcel, int *busy)
{
    struct keeping *keeping = &office->keeping;
    struct key_network network;
    struct store_txn *txn;
    uint64_t tail = 0;
    int whole = 0, rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = journal_tail(txn, &tail);
    if (rc != 0 || !is_due(office, moment, tail)) {
        lmdb_abort(txn);
        return rc;
    }
    rc = key_view_network(txn, txn, moment->wall_ms, &network);
    if (rc == 0 && !keeping->rounding)
        begin_round(office, moment, &network, tail);
    if (rc == 0) {
        rc = look_at_keys(office, txn, &network, parcel, &whole);
        key_network_free(&network);
    }
    lmdb_abort(txn);
    if (rc == 0 && parcel->count > 0)
        return send_parcel(office, moment, parcel);
    /* What the hub has taken is written once a round: lost before, it is offered again. */
    if (rc == 0 && whole) {
        end_round(keeping, moment);
        rc = keyring_save(office->keyring);
    } else if (rc == 0) {
        *busy = 1;
    }
    if (*busy)
        keeping->look_ms = moment->monotonic_ms;
    return rc;
}

int keeping_offer(struct office *office, const struct moment *moment, int *busy)
{
    struct keeping *keeping = &office->keeping;
    struct parcel *parcel;
    int rc;

    if (keeping->awaited_ms > moment->monotonic_ms || keyring_count(office->keyring) == 0)
        return 0;
    keeping->left |= keeping->awaited_ms != 0;
    keeping->awaited_ms = 0;
    parcel = calloc(1, sizeof *parcel);
    if (parcel == NULL)
        return NAVETTE_E_MEMORY;
    rc = offer(office, moment, parcel, busy);
    free(parcel);
    return rc;
}
