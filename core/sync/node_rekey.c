/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/frame.h"
#include "sync/node_state.h"

/*
 * New keys, from this node's side. What it has sealed stays under the key before; the row that begins the change says from which number on the new one signs, and is in the store before
 * anything is signed with it. So nothing depends on the hub's answer: REKEY is said in each session until the hub gives it back, and what the new key signed waits until then.
 */

#define REKEY_NAME "rekey"
#define PAST_NAME "rekey-past"
#define LAST_NAME "sign-key" /* the key that signed last, so that it is known should its file be lost */
#define REKEY_SIZE (NODE_ID_SIZE + 3u * KEY_SIZE + INCARNATION_SIZE + 8u + 2u * SIGNATURE_SIZE + 1u)
#define PAST_ROW (KEY_SIZE + INCARNATION_SIZE + 8u)

static uint8_t *put(uint8_t *at, const uint8_t *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static const uint8_t *get(const uint8_t *at, uint8_t *bytes, size_t len)
{
    memcpy(bytes, at, len);
    return at + len;
}

int node_rekey_put(struct store_txn *txn, const char *name, const struct rekey *rekey, int taken)
{
    uint8_t bytes[REKEY_SIZE];
    uint8_t *at = bytes;

    at = put(at, rekey->node, NODE_ID_SIZE);
    at = put(at, rekey->curve_key, KEY_SIZE);
    at = put(at, rekey->sign_key, KEY_SIZE);
    at = put(at, rekey->previous, KEY_SIZE);
    at = put(at, rekey->incarnation, INCARNATION_SIZE);
    write_u64(at, rekey->from_seq);
    at = put(at + 8, rekey->signature, SIGNATURE_SIZE);
    at = put(at, rekey->proof, SIGNATURE_SIZE);
    *at = (uint8_t)taken;
    return store_put(txn, TABLE_LOCAL, span_of_string(name), span_of(bytes, sizeof bytes));
}

int node_rekey_save(struct node *node, struct store_txn *txn)
{
    int rc = node->rekey_dirty ? node_rekey_put(txn, REKEY_NAME, &node->rekey, node->rekey_taken) : 0;

    node->rekey_dirty = rc != 0;
    return rc;
}

int node_rekey_get(struct store_txn *txn, const char *name, struct rekey *rekey, int *taken)
{
    struct span value;
    const uint8_t *at;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(name), &value);

    memset(rekey, 0, sizeof *rekey);
    *taken = 0;
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    if (value.len != REKEY_SIZE) {
        return NAVETTE_E_STORE;
    }
    at = get(value.data, rekey->node, NODE_ID_SIZE);
    at = get(at, rekey->curve_key, KEY_SIZE);
    at = get(at, rekey->sign_key, KEY_SIZE);
    at = get(at, rekey->previous, KEY_SIZE);
    at = get(at, rekey->incarnation, INCARNATION_SIZE);
    rekey->from_seq = read_u64(at);
    at = get(at + 8, rekey->signature, SIGNATURE_SIZE);
    at = get(at, rekey->proof, SIGNATURE_SIZE);
    *taken = *at == 1;
    return 0;
}

int node_rekey_load(struct node *node, struct store_txn *txn)
{
    int rc = node_rekey_get(txn, REKEY_NAME, &node->rekey, &node->rekey_taken);

    node->rekey_dirty = 0;
    return rc != 0 ? rc : node_rekey_load_kept(node, txn);
}

int node_rekey_past(struct store_txn *txn, struct rekey_past *past)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(PAST_NAME), &value);

    past->count = 0;
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    if (value.len % PAST_ROW != 0 || value.len > REKEY_PAST * PAST_ROW) {
        return NAVETTE_E_STORE;
    }
    for (size_t i = 0; i < value.len; i += PAST_ROW) {
        const uint8_t *at = value.data + i;

        (void)rekey_past_add(past, at, at + KEY_SIZE, read_u64(at + KEY_SIZE + INCARNATION_SIZE));
    }
    return 0;
}

static int keep_past(struct store_txn *txn, const struct rekey *rekey)
{
    uint8_t bytes[REKEY_PAST * PAST_ROW];
    uint8_t *at = bytes;
    struct rekey_past past;
    int rc = node_rekey_past(txn, &past);

    if (rc != 0 || rekey_past_has(&past, rekey->previous)) {
        return rc;
    }
    rekey_past_push(&past, rekey->previous, rekey->incarnation, rekey->from_seq);
    for (size_t i = 0; i < past.count; i++) {
        at = put(at, past.list[i].key, KEY_SIZE);
        at = put(at, past.list[i].incarnation, INCARNATION_SIZE);
        write_u64(at, past.list[i].before);
        at += 8;
    }
    return store_put(txn, TABLE_LOCAL, span_of_string(PAST_NAME), span_of(bytes, (size_t)(at - bytes)));
}

int node_rekey_remember(struct store_txn *txn, const uint8_t sign_key[KEY_SIZE])
{
    struct rekey rekey = {.from_seq = 0};
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(LAST_NAME), &value);

    if (rc == 0 && (value.len != KEY_SIZE || memcmp(value.data, sign_key, KEY_SIZE) == 0)) {
        return value.len == KEY_SIZE ? 0 : NAVETTE_E_STORE;
    }
    if (rc == 0) {
        memcpy(rekey.previous, value.data, KEY_SIZE);
        rc = keep_past(txn, &rekey);
    } else if (rc == NAVETTE_E_NOT_FOUND) {
        rc = 0;
    }
    return rc != 0 ? rc : store_put(txn, TABLE_LOCAL, span_of_string(LAST_NAME), span_of(sign_key, KEY_SIZE));
}

int node_rekey_note(const struct node *node, struct store_txn *txn, const Navette__NodeRekeyed *rekeyed)
{
    struct rekey rekey = {.from_seq = rekeyed->from_seq};
    uint8_t id[NODE_ID_SIZE];

    if (hex_decode(rekeyed->node->id, id, NODE_ID_SIZE) != 0 || memcmp(id, node->options.node, NODE_ID_SIZE) != 0) {
        return 0;
    }
    memcpy(rekey.previous, rekeyed->previous.data, KEY_SIZE);
    memcpy(rekey.incarnation, rekeyed->incarnation.data, INCARNATION_SIZE);
    return keep_past(txn, &rekey);
}

int node_rekey_note_enrolled(const struct node *node, struct store_txn *txn, const Navette__NodeEnrolled *enrolled)
{
    struct rekey rekey = {.from_seq = 0};
    uint8_t id[NODE_ID_SIZE];

    if (hex_decode(enrolled->node->id, id, NODE_ID_SIZE) != 0 || memcmp(id, node->options.node, NODE_ID_SIZE) != 0 ||
        memcmp(enrolled->sign_key.data, node->options.sign_key, KEY_SIZE) == 0) {
        return 0;
    }
    memcpy(rekey.previous, enrolled->sign_key.data, KEY_SIZE);
    return keep_past(txn, &rekey);
}

int node_rekey_may(const struct node *node)
{
    if (node->rekey.from_seq != 0) {
        return NAVETTE_E_BUSY;
    }
    if (node->link != NODE_STREAMING || node->record.giving || node->record.adopting) {
        return NAVETTE_E_CLOSED;
    }
    if (node_rekey_waits(node)) {
        return NAVETTE_E_EXISTS;
    }
    return node->hub_rekeys ? 0 : NAVETTE_E_VERSION;
}

int node_rekey_begin(struct node *node, struct store_txn *txn, const struct rekey *rekey)
{
    struct log_head head;
    uint64_t sealed = 0;
    int rc = node_rekey_may(node);

    if (rc == 0) {
        rc = journal_head(txn, node->incarnation, &head);
    }
    if (rc == 0) {
        rc = log_sealed(txn, node->incarnation, &sealed);
    }
    if (rc != 0) {
        return rc;
    }
    if (memcmp(rekey->incarnation, node->incarnation, INCARNATION_SIZE) != 0 || head.seq != sealed || rekey->from_seq != head.seq + 1) {
        return NAVETTE_E_INVALID;
    }
    node->rekey = *rekey;
    node->rekey_taken = 0;
    node->rekey_dirty = 1;
    node->rekey_ms = 1; /* said with the next tick */
    rc = node_rekey_save(node, txn);
    return rc != 0 ? rc : keep_past(txn, rekey);
}

const struct rekey *node_rekey_pending(const struct node *node, int *taken)
{
    *taken = node->rekey_taken;
    return node->rekey.from_seq != 0 ? &node->rekey : NULL;
}

int node_rekey_end(struct node *node, struct store_txn *txn)
{
    int rc = store_del(txn, TABLE_LOCAL, span_of_string(REKEY_NAME));

    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND) {
        rc = node_rekey_remember(txn, node->rekey.sign_key);
    }
    if (rc == 0) {
        rc = node_rekey_keep(node, txn);
    }
    if (rc == 0) {
        memcpy(node->options.sign_key, node->rekey.sign_key, KEY_SIZE);
        memset(&node->rekey, 0, sizeof node->rekey);
        node->rekey_taken = 0;
        node->rekey_dirty = 0;
        /* What the hub said in this session it said of the key before. */
        node_go_offline(node);
    }
    return rc;
}

void node_rekey_hello(const struct node *node, Navette__Hello *hello)
{
    const uint8_t none[KEY_SIZE] = {0};
    const uint8_t *key = node->rekey.from_seq != 0 ? node->rekey.sign_key : node->options.sign_key;

    if (memcmp(key, none, KEY_SIZE) != 0) {
        hello->sign_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)key};
    }
}

int node_rekey_say(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__Rekey message;

    node->rekey_ms = 0;
    if (node->rekey.from_seq == 0 || node->rekey_taken || node->link != NODE_STREAMING) {
        return 0;
    }
    node->rekey_ms = input->now_ms;
    rekey_fill(&node->rekey, &message);
    return effects_send(effects, 0, FRAME_REKEY, &message.base);
}

int node_rekey_answered(struct node *node, const struct node_input *input, const Navette__Rekey *message, struct effects *effects)
{
    struct rekey *rekey = &node->rekey;

    if (rekey->from_seq == 0 || node->rekey_taken || message->node.len != NODE_ID_SIZE ||
        memcmp(message->node.data, node->options.node, NODE_ID_SIZE) != 0 ||
        memcmp(message->sign_key.data, rekey->sign_key, KEY_SIZE) != 0 ||
        memcmp(message->curve_key.data, rekey->curve_key, KEY_SIZE) != 0) {
        return 0;
    }
    node->rekey_taken = 1;
    node->rekey_dirty = 1;
    node->rekey_ms = 0;
    effects_log(effects, EFFECT_INFO, 0, "the hub has this node's new keys, from %llu of its log on", (unsigned long long)rekey->from_seq);
    return node_pump(node, input, effects);
}

int node_told(const struct node *node, struct node_told *told)
{
    *told = node->told;
    told->hub_time_ms = node->record.hub_time_ms;
    return node->link == NODE_STREAMING ? 0 : NAVETTE_E_CLOSED;
}

int node_rekey_overtaken(struct node *node)
{
    if (node->rekey.from_seq == 0) {
        return 0;
    }
    node->rekey_taken = 1;
    node->rekey_dirty = 1;
    return 1;
}

uint64_t node_rekey_limit(const struct node *node, uint64_t last)
{
    if (node->rekey.from_seq == 0 || node->rekey_taken) {
        return last;
    }
    if (memcmp(node->rekey.incarnation, node->incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    return last < node->rekey.from_seq ? last : node->rekey.from_seq - 1;
}

int node_replace(struct node *node, struct store_txn *txn, const struct node_replacement *as)
{
    struct log_head head;
    int rc = node_load(node, txn);

    if (rc == 0) {
        rc = journal_head(txn, node->incarnation, &head);
    }
    if (rc == 0 && head.seq > node->record.durable) {
        node->record.branch = head.seq - node->record.durable;
        rc = journal_set_aside(txn, node->incarnation, node->record.durable);
        node->record.adopting = 1;
    }
    if (rc == 0) {
        rc = log_start(txn, as->incarnation, as->parent, as->node);
    }
    if (rc == 0) {
        rc = node_rekey_remember(txn, as->sign_key);
    }
    if (rc == 0 && node->rekey.from_seq != 0) {
        rc = store_del(txn, TABLE_LOCAL, span_of_string(REKEY_NAME));
        rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    if (rc == 0) {
        rc = node_rekey_forget(node, txn);
    }
    if (rc != 0) {
        return rc;
    }
    memset(&node->rekey, 0, sizeof node->rekey);
    node->rekey_dirty = 0;
    node->rekey_taken = 0;
    memcpy(node->options.node, as->node, NODE_ID_SIZE);
    memcpy(node->options.sign_key, as->sign_key, KEY_SIZE);
    memcpy(node->incarnation, as->incarnation, INCARNATION_SIZE);
    memcpy(node->record.incarnation, as->incarnation, INCARNATION_SIZE);
    node->record.durable = 0;
    memset(node->record.durable_hash, 0, HASH_SIZE);
    node->record.backed_up = 0;
    node->record.cursor = 0;
    node->record.take_back = node->record.hub_cursor;
    node->record.began = NAVETTE__VERDICT__VERDICT_RESET;
    node->record.began_wall_ms = as->wall_ms;
    node->dirty = 1;
    node->sealing = 0;
    node_go_offline(node);
    rc = node_took_near(node, txn, 0, 0);
    return rc != 0 ? rc : node_record_save(node, txn);
}
