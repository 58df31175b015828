/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

/*
 * The hub's own keys. Each change is a NodeRekeyed of its own log about itself, the last that the key before signs; here they are put in their order, told to whoever knows an earlier key, and
 * it is kept, beside the journal, up to which one each node knows them: "hub-key-held:" node -> signing key. What leads to the keys that this hub has counts, and what follows from them: anybody who holds a
 * key that it gave up can sign that another one came next.
 */

#define HELD_NAME "hub-key-held:"
#define HELD_ROW (sizeof HELD_NAME - 1 + NODE_ID_SIZE)
#define TELL_MS 60000 /* before who has not said that it knows is told again */

static int is_none(const uint8_t key[KEY_SIZE])
{
    const uint8_t none[KEY_SIZE] = {0};

    return memcmp(key, none, KEY_SIZE) == 0;
}

static int read_said(const Navette__NodeRekeyed *rekeyed, struct hub_said *said)
{
    Navette__Rekey message = NAVETTE__REKEY__INIT;
    uint8_t node[NODE_ID_SIZE];

    if (hex_decode(rekeyed->node->id, node, NODE_ID_SIZE) != 0) {
        return NAVETTE_E_INVALID;
    }
    message.node = (ProtobufCBinaryData){NODE_ID_SIZE, node};
    message.curve_key = rekeyed->curve_key;
    message.sign_key = rekeyed->sign_key;
    message.incarnation = rekeyed->incarnation;
    message.from_seq = rekeyed->from_seq;
    message.previous = rekeyed->previous;
    message.signature = rekeyed->signature;
    message.proof = rekeyed->proof;
    said->until_ms = rekeyed->until_ms;
    return rekey_read(&message, &said->rekey) != 0 || rekey_verify(&said->rekey) != 0 ? NAVETTE_E_SIGNATURE : 0;
}

static const struct hub_said *said_of(const struct hub *hub, const uint8_t key[KEY_SIZE], int next)
{
    for (size_t i = 0; i < hub->own.said_count; i++) {
        const struct rekey *rekey = &hub->own.said[i].rekey;

        if (memcmp(next ? rekey->previous : rekey->sign_key, key, KEY_SIZE) == 0) {
            return &hub->own.said[i];
        }
    }
    return NULL;
}

static int has_root(const struct hub *hub)
{
    const uint8_t *root = hub->options.root_key;

    if (is_none(root) || memcmp(root, hub->options.sign_key, KEY_SIZE) == 0) {
        return 1;
    }
    for (size_t i = 0; i < hub->own.count; i++) {
        if (memcmp(hub->own.list[i].previous, root, KEY_SIZE) == 0 || memcmp(hub->own.list[i].sign_key, root, KEY_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

static void add_past(struct hub *hub, const uint8_t *key, const uint8_t *incarnation, uint64_t before, int64_t until_ms)
{
    if (rekey_past_add(&hub->past, key, incarnation, before) == 0) {
        hub->own.until[hub->past.count - 1] = until_ms;
    }
}

/* What the journal holds was signed with before the root, each up to where its word says: as much of it as leaves room for what comes after. */
static void put_before_root(struct hub *hub)
{
    const struct hub_said *list[REKEY_PAST / 2];
    const struct hub_said *said;
    const uint8_t *key = hub->options.root_key;
    size_t count = 0;

    while (count < REKEY_PAST / 2 && count + 1 + hub->own.count < REKEY_PAST && (said = said_of(hub, key, 0)) != NULL) {
        list[count++] = said;
        key = said->rekey.previous;
    }
    while (count > 0) {
        said = list[--count];
        add_past(hub, said->rekey.previous, said->rekey.incarnation, said->rekey.from_seq, said->until_ms);
    }
}

/*
 * Later keys beside a journal that was put back from before they were announced: what it holds is signed with those of then, and the words that lead from these to the keys that the hub has come back from the nodes, signed with them
 * and with what they named. Until those words are here each of them may have signed, in any log. Whoever holds one that was given up can name others without end: those that lead to the keys that the hub has keep
 * their room.
 */
static void put_root(struct hub *hub)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    int more;

    hub->own.gap = !has_root(hub);
    if (!hub->own.gap) {
        return;
    }
    put_before_root(hub);
    add_past(hub, hub->options.root_key, none, 0, INT64_MAX);
    do {
        more = 0;
        for (size_t i = 0; i < hub->own.said_count && hub->past.count + hub->own.count < REKEY_PAST; i++) {
            const struct rekey *rekey = &hub->own.said[i].rekey;

            if (rekey_past_has(&hub->past, rekey->previous) && !rekey_past_has(&hub->past, rekey->sign_key)) {
                add_past(hub, rekey->sign_key, none, 0, INT64_MAX);
                more = 1;
            }
        }
    } while (more);
}

/* From the keys that this hub has backwards, then forwards. */
static void put_in_order(struct hub *hub)
{
    const struct hub_said *list[REKEY_PAST];
    const struct hub_said *said;
    const uint8_t *key = hub->options.sign_key;
    size_t count = 0;

    while (count < REKEY_PAST && (said = said_of(hub, key, 0)) != NULL) {
        memmove(&list[1], &list[0], count * sizeof list[0]);
        list[0] = said;
        count++;
        key = said->rekey.previous;
    }
    key = hub->options.sign_key;
    while (count < REKEY_PAST && (said = said_of(hub, key, 1)) != NULL) {
        list[count++] = said;
        key = said->rekey.sign_key;
    }
    hub->past.count = 0;
    hub->own.count = count;
    hub->own.until_ms = count > 0 ? list[count - 1]->until_ms : 0;
    memcpy(hub->sign_key, hub->options.sign_key, KEY_SIZE);
    for (size_t i = 0; i < count; i++) {
        hub->own.list[i] = list[i]->rekey;
        memcpy(hub->sign_key, list[i]->rekey.sign_key, KEY_SIZE);
    }
    put_root(hub);
    /* Beside a root there is no room for the first of as many as there can be. */
    for (size_t i = hub->past.count + count > REKEY_PAST ? hub->past.count + count - REKEY_PAST : 0; i < count; i++) {
        add_past(hub, list[i]->rekey.previous, list[i]->rekey.incarnation, list[i]->rekey.from_seq, list[i]->until_ms);
    }
}

void hub_announce_forget(struct hub *hub)
{
    hub->own.said_count = 0;
    put_in_order(hub);
}

/* It leads to the keys that this hub has, follows from them, or led to the root. */
static int is_needed(const struct hub *hub, const struct hub_said *said)
{
    const uint8_t *key = hub->options.root_key;
    const struct hub_said *one;

    for (size_t i = 0; i < hub->own.count; i++) {
        const struct rekey *rekey = &hub->own.list[i];

        if (memcmp(rekey->sign_key, said->rekey.sign_key, KEY_SIZE) == 0 && memcmp(rekey->previous, said->rekey.previous, KEY_SIZE) == 0) {
            return 1;
        }
    }
    for (size_t i = 0; i < REKEY_PAST / 2 && (one = said_of(hub, key, 0)) != NULL; i++) {
        if (one == said) {
            return 1;
        }
        key = one->rekey.previous;
    }
    return 0;
}

/* Somebody who holds a key that was given up can name others without end: the oldest word that nothing rests on goes. */
static void make_room(struct hub *hub)
{
    size_t at = 0;

    while (at < hub->own.said_count && is_needed(hub, &hub->own.said[at])) {
        at++;
    }
    if (hub->own.said_count == HUB_SAID && at < HUB_SAID) {
        memmove(&hub->own.said[at], &hub->own.said[at + 1], (HUB_SAID - 1 - at) * sizeof hub->own.said[0]);
        hub->own.said_count--;
    }
}

void hub_announce_learn(struct hub *hub, const Navette__NodeRekeyed *rekeyed)
{
    struct hub_said said;

    if (read_said(rekeyed, &said) != 0) {
        return;
    }
    for (size_t i = 0; i < hub->own.said_count; i++) {
        struct hub_said *known = &hub->own.said[i];

        if (memcmp(known->rekey.sign_key, said.rekey.sign_key, KEY_SIZE) == 0 &&
            memcmp(known->rekey.previous, said.rekey.previous, KEY_SIZE) == 0) {
            known->until_ms = said.until_ms < known->until_ms ? said.until_ms : known->until_ms;
            put_in_order(hub);
            return;
        }
    }
    make_room(hub);
    if (hub->own.said_count < HUB_SAID) {
        hub->own.said[hub->own.said_count++] = said;
        put_in_order(hub);
    }
}

const uint8_t *hub_own_keys(const struct hub *hub, const struct rekey_past **past)
{
    *past = &hub->past;
    return hub->sign_key;
}

int hub_own_gap(const struct hub *hub)
{
    return hub->own.gap;
}

const struct rekey *hub_announced(const struct hub *hub, size_t *count, int64_t *until_ms)
{
    *count = hub->own.count;
    *until_ms = hub->own.until_ms;
    return hub->own.list;
}

/* Which key signed what the journal holds of this log right before the batch; NULL: it holds nothing there, or the latest did. */
static const uint8_t *signed_before(const struct hub *hub, struct store_txn *journal, const Navette__Batch *batch)
{
    struct batch_header before;
    uint8_t bytes[BATCH_SIGNED_SIZE];

    if (batch->incarnation.len != INCARNATION_SIZE || batch->first_seq < 2 || hub->past.count == 0 ||
        journal_batch(journal, batch->incarnation.data, batch->first_seq - 1, &before) != 0) {
        return NULL;
    }
    batch_signed_bytes(&before, bytes);
    for (size_t i = 0; i < hub->past.count; i++) {
        if (crypto_sign_verify_detached(before.signature, bytes, sizeof bytes, hub->past.list[i].key) == 0) {
            return hub->past.list[i].key;
        }
    }
    return NULL;
}

int hub_own_verify(const struct hub *hub, const struct hub_input *input, const Navette__Batch *batch, struct batch_header *header,
                   uint64_t *leaves)
{
    const uint8_t *before = signed_before(hub, input->journal, batch);
    struct rekey_past past = {.count = 0};

    for (size_t i = 0; i < hub->past.count; i++) {
        int is_named = batch->incarnation.len == INCARNATION_SIZE &&
                       memcmp(hub->past.list[i].incarnation, batch->incarnation.data, INCARNATION_SIZE) == 0;
        int goes_on = before != NULL && memcmp(hub->past.list[i].key, before, KEY_SIZE) == 0;

        if (is_named || goes_on || input->now_ms < hub->own.until[i]) {
            past.list[past.count++] = hub->past.list[i];
        }
    }
    return rekey_verify_batch(batch, hub->sign_key, &past, header, leaves);
}

/* ---- who knows them */

static enum hub_key_held held_of(const struct hub *hub, const uint8_t key[KEY_SIZE])
{
    if (is_none(key)) {
        return HUB_KEY_UNTOLD;
    }
    if (memcmp(key, hub->sign_key, KEY_SIZE) == 0) {
        return HUB_KEY_LAST;
    }
    return rekey_past_has(&hub->past, key) ? HUB_KEY_EARLIER : HUB_KEY_STRANGE;
}

enum hub_key_held hub_key_held_at(const struct hub *hub, size_t index)
{
    return held_of(hub, hub->peers[index].hub_key);
}

static struct span held_row(const struct hub_peer *peer, uint8_t row[HELD_ROW])
{
    memcpy(row, HELD_NAME, sizeof HELD_NAME - 1);
    memcpy(row + sizeof HELD_NAME - 1, peer->node.node, NODE_ID_SIZE);
    return span_of(row, HELD_ROW);
}

int hub_announce_load(struct hub *hub, struct store_txn *journal)
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        struct hub_peer *peer = &hub->peers[i];
        uint8_t row[HELD_ROW];
        struct span value;
        int rc = store_get(journal, TABLE_LOCAL, held_row(peer, row), &value);

        memset(peer->hub_key, 0, KEY_SIZE);
        if (rc == 0 && value.len == KEY_SIZE) {
            memcpy(peer->hub_key, value.data, KEY_SIZE);
        } else if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
    }
    return 0;
}

int hub_announce_held(struct hub *hub, const struct hub_input *input, struct hub_peer *peer, ProtobufCBinaryData key,
                      struct effects *effects)
{
    uint8_t row[HELD_ROW];
    int rc;

    if (key.len != KEY_SIZE || memcmp(peer->hub_key, key.data, KEY_SIZE) == 0) {
        return 0;
    }
    /* A stick says what was known when it was written. */
    if (input->session == 0 && held_of(hub, peer->hub_key) == HUB_KEY_LAST) {
        return 0;
    }
    rc = store_put(input->journal, TABLE_LOCAL, held_row(peer, row), span_of(key.data, KEY_SIZE));
    if (rc != 0) {
        return rc;
    }
    hub->relearned = 1; /* not kept, it is read again */
    memcpy(peer->hub_key, key.data, KEY_SIZE);
    if (held_of(hub, peer->hub_key) != HUB_KEY_STRANGE) {
        return 0;
    }
    return effects_log(effects, EFFECT_ERROR, input->session,
                       "it knows keys of this hub that are not here: a backup of before they changed? Put the later keys back");
}

/* ---- telling */

static int tell(const struct hub *hub, struct hub_session *session, int64_t now_ms, int over, struct effects *effects)
{
    const struct hub_peer *peer = &hub->peers[session->node];
    Navette__HubKeys message = NAVETTE__HUB_KEYS__INIT;
    Navette__Rekey keys[LIMIT_HUB_KEYS];
    Navette__Rekey *list[LIMIT_HUB_KEYS];

    session->keys_told_ms = now_ms;
    hub_keys_message(hub, peer->hub_key, keys, list, &message);
    message.over = over;
    return message.n_keys == 0 && !over ? 0 : effects_send(effects, session->id, FRAME_HUB_KEYS, &message.base);
}

void hub_keys_message(const struct hub *hub, const uint8_t known[KEY_SIZE], Navette__Rekey keys[LIMIT_HUB_KEYS],
                      Navette__Rekey *list[LIMIT_HUB_KEYS], Navette__HubKeys *message)
{
    size_t from = 0;

    navette__hub_keys__init(message);
    message->keys = list;
    while (from < hub->own.count && memcmp(hub->own.list[from].previous, known, KEY_SIZE) != 0) {
        from++;
    }
    for (size_t i = from; i < hub->own.count && message->n_keys < LIMIT_HUB_KEYS; i++) {
        list[message->n_keys] = &keys[message->n_keys];
        rekey_fill(&hub->own.list[i], list[message->n_keys++]);
    }
}

int hub_announce_welcome(const struct hub *hub, const struct hub_input *input, struct hub_session *session, struct effects *effects)
{
    return hub_key_held_at(hub, session->node) == HUB_KEY_EARLIER ? tell(hub, session, input->now_ms, 0, effects) : 0;
}

int hub_announce_all(struct hub *hub, int64_t now_ms, int over, struct effects *effects)
{
    int rc = 0;

    for (size_t i = 0; i < hub->session_count && rc == 0; i++) {
        enum hub_key_held held = hub_key_held_at(hub, hub->sessions[i].node);

        if (held == HUB_KEY_EARLIER || (over && held == HUB_KEY_LAST)) {
            rc = tell(hub, &hub->sessions[i], now_ms, over, effects);
        }
    }
    return rc;
}

void hub_set_enrol_port(struct hub *hub, uint32_t port)
{
    hub->enrol_port = port;
}

void hub_go_by(struct hub *hub, const uint8_t sign_key[KEY_SIZE])
{
    memcpy(hub->options.sign_key, sign_key, KEY_SIZE);
    put_in_order(hub);
    hub->session_count = 0;
}

int hub_announce_again(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    int rc = 0;

    for (size_t i = 0; i < hub->session_count && rc == 0; i++) {
        struct hub_session *session = &hub->sessions[i];

        if (session->state == SESSION_STREAMING && input->now_ms - session->keys_told_ms >= TELL_MS &&
            hub_key_held_at(hub, session->node) == HUB_KEY_EARLIER) {
            rc = tell(hub, session, input->now_ms, 0, effects);
        }
    }
    return rc;
}
