/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault_desk.h"

#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "navette/system.h"
#include "server/decide.h"

int vault_desk_open(struct executor *executor)
{
    char path[HOME_PATH_SIZE];
    int rc;

    executor->vault = calloc(1, sizeof(*executor->vault));
    if (!executor->vault)
        return NAVETTE_E_MEMORY;
    home_path(executor->home, "vault", path);
    rc = vault_open(path, &executor->vault->vault);
    executor->vault->step_ms = executor->vault->sweep_ms = system_monotonic_ms();
    return rc;
}

void vault_desk_close(struct executor *executor)
{
    struct vault_desk *desk = executor->vault;

    if (!desk)
        return;
    if (desk->vault.path && desk->save_ms)
        (void)vault_save(&desk->vault);
    for (size_t i = 0; i < desk->answer_count; i++)
        buffer_free(&desk->answers[i].frame);
    key_network_free(&desk->network);
    vault_close(&desk->vault);
    free(desk->sessions);
    free(desk);
    executor->vault = NULL;
}

const struct vault *vault_desk_vault(const struct executor *executor)
{
    return &executor->vault->vault;
}

void vault_touch(struct vault_desk *desk)
{
    if (desk->save_ms == 0 && desk->vault.dirty)
        desk->save_ms = system_monotonic_ms() + VAULT_SAVE_MS;
}

void vault_due(struct vault_desk *desk, const uint8_t node[NODE_ID_SIZE])
{
    for (size_t i = 0; i < desk->session_count; i++)
        if (memcmp(desk->sessions[i].node, node, NODE_ID_SIZE) == 0)
            desk->sessions[i].due = 1;
}

int vault_network(struct vault_desk *desk, struct store_txn *state, struct store_txn *journal)
{
    int64_t now_ms = system_monotonic_ms();
    int rc;

    if (desk->network_ms != 0 && now_ms - desk->network_ms < VAULT_NETWORK_MS)
        return 0;
    key_network_free(&desk->network);
    desk->network_ms = 0;
    rc = key_view_network(state, journal, system_wall_ms(), &desk->network);
    if (!rc)
        desk->network_ms = now_ms;
    return rc;
}

int vault_maker(struct store_txn *journal, const struct order_view *order, uint8_t node[NODE_ID_SIZE])
{
    struct log_head head;
    int rc = journal_head(journal, order->sealer, &head);

    memset(node, 0, NODE_ID_SIZE);
    if (rc == 0)
        memcpy(node, head.node, NODE_ID_SIZE);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

void vault_send(struct executor *executor, uint64_t session, enum frame_type type, const ProtobufCMessage *message)
{
    struct buffer frame = {.data = NULL};

    if (executor->wire && frame_encode(type, message, &frame) == 0)
        (void)wire_hub_send(executor->wire, session, buffer_span(&frame));
    buffer_free(&frame);
}

int vault_record(struct executor *executor, struct store_txn *txn, const struct thing_key *subject, const uint8_t (*ids)[KEY_ID_SIZE],
                 size_t count, Navette__Reason reason, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__KeyErased erased = NAVETTE__KEY_ERASED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    ProtobufCBinaryData keys[ORDER_KEYS_MOST];

    thing.kind = (Navette__ThingKind)thing_kind(subject);
    thing.namespace_ = (char *)(uintptr_t)thing_namespace(subject);
    thing.id = (char *)(uintptr_t)thing_id(subject);
    for (size_t i = 0; i < count && i < ORDER_KEYS_MOST; i++)
        keys[erased.n_keys++] = (ProtobufCBinaryData){KEY_ID_SIZE, (uint8_t *)(uintptr_t)ids[i]};
    erased.subject = &thing;
    erased.keys = keys;
    erased.reason = reason;
    event.body_case = NAVETTE__EVENT__BODY_KEY_ERASED;
    event.key_erased = &erased;
    return executor_record(executor, txn, &event, position);
}

/* ---- what waits for a node */

struct vault_parcel {
    Navette__Wraps message;
    Navette__Wrap wraps[LIMIT_WRAPS], ends[LIMIT_WRAPS];
    Navette__Wrap *list[LIMIT_WRAPS], *end_list[LIMIT_WRAPS];
    Navette__Thing things[LIMIT_WRAPS];
    struct vault_key keys[LIMIT_WRAPS];
    struct vault_wrap rows[LIMIT_WRAPS];
    struct vault_holder holders[LIMIT_WRAPS];
    ProtobufCBinaryData ended[LIMIT_WRAPS];
    uint8_t ended_ids[LIMIT_WRAPS][KEY_ID_SIZE];
    uint8_t recipient[KEY_SIZE];
    size_t count;
};

static void parcel_begin(struct vault_desk *desk, struct vault_parcel *parcel)
{
    navette__wraps__init(&parcel->message);
    parcel->message.vault = (ProtobufCBinaryData){VAULT_ID_SIZE, desk->vault.id};
    parcel->message.wraps = parcel->list;
    parcel->message.until = parcel->end_list;
    parcel->message.ended = parcel->ended;
    parcel->message.hub_time_ms = system_wall_ms();
}

static int parcel_add(struct vault_desk *desk, struct vault_parcel *parcel, const struct vault_wrap *row, int64_t until_ms)
{
    size_t i = parcel->message.n_wraps;
    struct vault_key key;
    Navette__Wrap *wrap;

    if (vault_key(&desk->vault, row->id, &key))
        return 0;
    if (i == LIMIT_WRAPS) {
        parcel->message.more = 1;
        return 1;
    }
    wrap = &parcel->wraps[i];
    parcel->keys[i] = key;
    parcel->rows[i] = *row;
    navette__wrap__init(wrap);
    navette__thing__init(&parcel->things[i]);
    parcel->things[i].kind = (Navette__ThingKind)thing_kind(&parcel->keys[i].subject);
    parcel->things[i].namespace_ = (char *)(uintptr_t)thing_namespace(&parcel->keys[i].subject);
    parcel->things[i].id = (char *)(uintptr_t)thing_id(&parcel->keys[i].subject);
    wrap->key_id = (ProtobufCBinaryData){KEY_ID_SIZE, parcel->rows[i].id};
    wrap->subject = &parcel->things[i];
    wrap->recipient = (ProtobufCBinaryData){KEY_SIZE, parcel->rows[i].recipient};
    wrap->box = (ProtobufCBinaryData){WRAP_BOX_SIZE, parcel->rows[i].box};
    wrap->until_ms = until_ms;
    parcel->list[i] = wrap;
    parcel->message.n_wraps++;
    return 0;
}

/* Of a key that this node has: when its time is over, or that it is. */
static void parcel_add_holder(struct vault_parcel *parcel, const struct vault_holder *holder, int erased)
{
    if (holder->gone_ms != 0)
        return;
    if ((erased || holder->is_over) && parcel->message.n_ended < LIMIT_WRAPS) {
        size_t i = parcel->message.n_ended++;

        memcpy(parcel->ended_ids[i], holder->id, KEY_ID_SIZE);
        parcel->ended[i] = (ProtobufCBinaryData){KEY_ID_SIZE, parcel->ended_ids[i]};
    } else if (!erased && !holder->is_over && holder->for_a_time && holder->until_ms != 0 && parcel->message.n_until < LIMIT_WRAPS) {
        size_t i = parcel->message.n_until++;

        parcel->holders[i] = *holder;
        navette__wrap__init(&parcel->ends[i]);
        parcel->ends[i].key_id = (ProtobufCBinaryData){KEY_ID_SIZE, parcel->holders[i].id};
        parcel->ends[i].recipient = (ProtobufCBinaryData){KEY_SIZE, parcel->recipient};
        parcel->ends[i].until_ms = holder->until_ms;
        parcel->end_list[i] = &parcel->ends[i];
    }
}

/* `greets`: it asked, so it is answered also with nothing. */
static void tell_node(struct executor *executor, const uint8_t node[NODE_ID_SIZE], uint64_t session, int greets)
{
    struct vault_desk *desk = executor->vault;
    struct vault_parcel *parcel = calloc(1, sizeof(*parcel));
    struct vault_wrap row;
    struct vault_holder holder;

    if (!parcel)
        return;
    parcel_begin(desk, parcel);
    for (size_t i = 0; vault_wrap_at(&desk->vault.waits, i, &row) == 0; i++) {
        if (memcmp(row.node, node, NODE_ID_SIZE) != 0)
            continue;
        if (parcel_add(desk, parcel, &row, vault_holder(&desk->vault, row.id, node, &holder) ? 0 : holder.until_ms))
            break;
    }
    for (size_t i = 0; vault_holder_at(&desk->vault, i, &holder) == 0; i++) {
        struct vault_key key;

        if (memcmp(holder.node, node, NODE_ID_SIZE) == 0 && vault_key(&desk->vault, holder.id, &key) == 0)
            parcel_add_holder(parcel, &holder, key.erased_ms != 0);
    }
    if (greets || parcel->message.n_wraps + parcel->message.n_ended + parcel->message.n_until > 0)
        vault_send(executor, session, FRAME_WRAPS, &parcel->message.base);
    free(parcel);
}

void vault_push(struct executor *executor)
{
    struct vault_desk *desk = executor->vault;

    for (size_t i = 0; i < desk->session_count; i++) {
        if (desk->sessions[i].due)
            tell_node(executor, desk->sessions[i].node, desk->sessions[i].session, 0);
        desk->sessions[i].due = 0;
    }
}

static void note_session(struct vault_desk *desk, const uint8_t node[NODE_ID_SIZE], uint64_t session)
{
    struct vault_session *grown;

    for (size_t i = 0; i < desk->session_count; i++) {
        if (memcmp(desk->sessions[i].node, node, NODE_ID_SIZE) == 0) {
            desk->sessions[i].session = session;
            return;
        }
    }
    grown = realloc(desk->sessions, (desk->session_count + 1) * sizeof(*grown));
    if (!grown)
        return;
    desk->sessions = grown;
    desk->sessions[desk->session_count] = (struct vault_session){.session = session};
    memcpy(desk->sessions[desk->session_count++].node, node, NODE_ID_SIZE);
}

/* Wraps to this recovery key of keys that this node had. */
static void give_recovery(struct executor *executor, const struct hub_node *node, uint64_t session, const Navette__Wraps *asked)
{
    struct vault_desk *desk = executor->vault;
    struct vault_parcel *parcel = calloc(1, sizeof(*parcel));
    struct vault_holder holder;
    struct vault_wrap row;
    size_t from = asked->after.len == KEY_ID_SIZE ? vault_wraps_behind(&desk->vault.recovery, asked->after.data) : 0;

    if (!parcel)
        return;
    parcel_begin(desk, parcel);
    parcel->message.recovery = asked->recovery;
    for (size_t i = from; vault_wrap_at(&desk->vault.recovery, i, &row) == 0; i++) {
        if (memcmp(row.recipient, asked->recovery.data, KEY_SIZE) != 0 || vault_holder(&desk->vault, row.id, node->node, &holder) ||
            holder.is_over || holder.for_a_time)
            continue;
        if (parcel_add(desk, parcel, &row, 0))
            break;
    }
    system_log(0, "vault", node->place_count ? node->places[0] : NULL, "asks for its keys with the recovery key: %zu wraps sent",
               parcel->message.n_wraps);
    vault_send(executor, session, FRAME_WRAPS, &parcel->message.base);
    free(parcel);
}

/* ---- what a node brings */

struct taking {
    struct executor *executor;
    struct store_txn *state;
    struct store_txn *journal;
    const struct hub_node *node;
    Navette__Wrapped *answer;
    Navette__Wrap **list;
    ProtobufCBinaryData *erased;
    int64_t now_ms;
};

/* May this node wrap this key? It made it, or was given it for good. 1, 0 or a code. */
static int holds(const struct taking *taking, const struct order_view *order, const uint8_t id[KEY_ID_SIZE], uint8_t maker[NODE_ID_SIZE])
{
    const struct vault *vault = &taking->executor->vault->vault;
    struct vault_holder holder;
    int named = 0;
    int rc = vault_maker(taking->journal, order, maker);

    for (size_t i = 0; i < order->sealed_count; i++)
        named |= memcmp(order->sealed_keys[i], id, KEY_ID_SIZE) == 0;
    if (rc || !named)
        return rc;
    if (memcmp(maker, taking->node->node, NODE_ID_SIZE) == 0)
        return 1;
    return vault_holder(vault, id, taking->node->node, &holder) == 0 && holder.given_ms != 0 && !holder.is_over && !holder.for_a_time;
}

/* Is the one it is for to have it, and is that its key? 1: for good, 2: for a time, 0, or a code. */
static int is_entitled(const struct taking *taking, const struct order_view *order, const Navette__Wrap *wrap)
{
    const struct key_network *network = &taking->executor->vault->network;
    const struct key_node *reader;

    if (wrap->node.len == 0)
        return network->has_recovery && memcmp(network->recovery, wrap->recipient.data, KEY_SIZE) == 0;
    reader = key_network_node(network, wrap->node.data);
    if (!reader || memcmp(reader->curve_key, wrap->recipient.data, KEY_SIZE) != 0)
        return 0;
    return key_view_reads(taking->state, taking->journal, network, order, reader);
}

static int note_holder(struct vault *vault, const uint8_t id[KEY_ID_SIZE], const uint8_t node[NODE_ID_SIZE], int for_a_time,
                       int64_t given_ms)
{
    struct vault_holder holder;

    if (vault_holder(vault, id, node, &holder) == 0 && (holder.given_ms != 0 || given_ms == 0) && holder.gone_ms == 0)
        return 0;
    memset(&holder, 0, sizeof(holder));
    memcpy(holder.id, id, KEY_ID_SIZE);
    memcpy(holder.node, node, NODE_ID_SIZE);
    holder.for_a_time = for_a_time;
    holder.given_ms = given_ms;
    return vault_put_holder(vault, &holder);
}

static int keep_wrap(struct taking *taking, const Navette__Wrap *wrap, int for_a_time)
{
    struct vault_desk *desk = taking->executor->vault;
    struct vault *vault = &desk->vault;
    struct vault_wrap row = {.id = {0}};
    int rc;

    memcpy(row.id, wrap->key_id.data, KEY_ID_SIZE);
    memcpy(row.recipient, wrap->recipient.data, KEY_SIZE);
    memcpy(row.box, wrap->box.data, WRAP_BOX_SIZE);
    if (wrap->node.len == 0) {
        rc = vault_put_wrap(vault, &vault->recovery, &row);
        /* What the key before opened is of no use any more. */
        if (!rc)
            vault_drop_wraps(vault, &vault->recovery, row.id, NULL, NULL, row.recipient);
        return rc;
    }
    memcpy(row.node, wrap->node.data, NODE_ID_SIZE);
    vault_drop_wraps(vault, &vault->waits, row.id, NULL, row.node, NULL); /* one closed for keys that it had before */
    rc = vault_put_wrap(vault, &vault->waits, &row);
    if (!rc)
        rc = note_holder(vault, row.id, row.node, for_a_time, 0);
    vault_due(desk, row.node);
    return rc;
}

static int take_wrap(struct taking *taking, Navette__Wrap *wrap)
{
    struct vault *vault = &taking->executor->vault->vault;
    struct vault_key key = {.first_ms = taking->now_ms};
    struct vault_key known;
    struct order_view order;
    int rc = thing_key_of(wrap->subject, &key.subject);
    int entitled = 0;

    memcpy(key.id, wrap->key_id.data, KEY_ID_SIZE);
    if (vault_key(vault, key.id, &known) == 0 && known.erased_ms != 0) {
        taking->erased[taking->answer->n_erased++] = wrap->key_id;
        return 0;
    }
    if (!rc)
        rc = view_orders_read(taking->state, taking->journal, &key.subject, &order);
    if (rc)
        return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_INVALID ? 0 : rc;
    rc = holds(taking, &order, key.id, key.maker);
    if (rc > 0)
        rc = entitled = is_entitled(taking, &order, wrap);
    view_orders_free(&order);
    if (rc <= 0)
        return rc;
    rc = vault_key(vault, key.id, &known) == 0 ? 0 : vault_put_key(vault, &key);
    if (!rc)
        rc = note_holder(vault, key.id, taking->node->node, 0, taking->now_ms);
    if (!rc)
        rc = keep_wrap(taking, wrap, entitled == 2);
    if (!rc)
        taking->list[taking->answer->n_wraps++] = wrap;
    return rc == NAVETTE_E_TOO_LARGE ? 0 : rc;
}

/* Held back until the file has what it says. */
static void answer_later(struct vault_desk *desk, uint64_t session, const Navette__Wrapped *answer)
{
    struct vault_answer *held = &desk->answers[desk->answer_count];

    if (desk->answer_count == VAULT_ANSWERS)
        return;
    memset(held, 0, sizeof(*held));
    if (frame_encode(FRAME_WRAPPED, &answer->base, &held->frame))
        return;
    held->session = session;
    desk->answer_count++;
    if (desk->save_ms == 0)
        desk->save_ms = system_monotonic_ms() + (desk->vault.dirty ? VAULT_SAVE_MS : 0);
}

static int take_wraps(struct taking *taking, uint64_t session, const Navette__Wraps *message)
{
    struct vault_desk *desk = taking->executor->vault;
    Navette__Wrapped answer = NAVETTE__WRAPPED__INIT;
    Navette__Wrap *list[LIMIT_WRAPS];
    ProtobufCBinaryData erased[LIMIT_WRAPS];
    int rc = vault_network(desk, taking->state, taking->journal);

    answer.vault = (ProtobufCBinaryData){VAULT_ID_SIZE, desk->vault.id};
    answer.wraps = taking->list = list;
    answer.erased = taking->erased = erased;
    taking->answer = &answer;
    for (size_t i = 0; i < message->n_wraps && !rc; i++)
        rc = take_wrap(taking, message->wraps[i]);
    vault_touch(desk);
    if (!rc)
        answer_later(desk, session, &answer);
    taking->answer = NULL;
    return rc;
}

/* The node has these on its disk, or wants them no more. */
static void take_wrapped(struct vault_desk *desk, const struct hub_node *node, const Navette__Wrapped *message)
{
    struct vault *vault = &desk->vault;

    for (size_t i = 0; i < message->n_wraps; i++) {
        const uint8_t *id = message->wraps[i]->key_id.data;
        struct vault_holder holder;

        if (!vault_has_wrap(&vault->waits, id, message->wraps[i]->recipient.data))
            continue;
        vault_drop_wraps(vault, &vault->waits, id, message->wraps[i]->recipient.data, node->node, NULL);
        if (vault_holder(vault, id, node->node, &holder) == 0 && holder.given_ms == 0) {
            holder.given_ms = system_wall_ms();
            (void)vault_put_holder(vault, &holder);
        }
    }
    vault_touch(desk);
}

static int take_message(struct executor *executor, uint64_t session, const struct hub_node *node, const Navette__Wraps *message)
{
    struct taking taking = {.executor = executor, .node = node, .now_ms = system_wall_ms()};
    int rc;

    note_session(executor->vault, node->node, session);
    if (message->recovery.len == KEY_SIZE) {
        give_recovery(executor, node, session, message);
        return 0;
    }
    if (message->n_wraps == 0) {
        tell_node(executor, node->node, session, 1);
        return 0;
    }
    rc = follower_read_begin(executor->follower, &taking.state);
    if (rc)
        return rc;
    rc = lmdb_read_begin(executor->home->journal, &taking.journal);
    if (!rc) {
        rc = take_wraps(&taking, session, message);
        lmdb_abort(taking.journal);
    }
    follower_read_end(executor->follower, taking.state);
    return rc;
}

void vault_desk_take(struct executor *executor, uint64_t session, struct span bytes)
{
    const struct hub_node *node = NULL;
    uint8_t key[KEY_SIZE];
    struct frame frame;
    int rc = 0;

    if (executor->vault && executor->wire && wire_hub_key(executor->wire, session, key) == 0)
        node = hub_node_by_key(executor->hub, key);
    if (!node || node->revoked || frame_decode(bytes, &frame))
        return;
    if (frame.type == FRAME_WRAPS)
        rc = take_message(executor, session, node, (const Navette__Wraps *)frame.message);
    else if (frame.type == FRAME_WRAPPED)
        take_wrapped(executor->vault, node, (const Navette__Wrapped *)frame.message);
    frame_free(&frame);
    if (rc && rc != NAVETTE_E_NOT_FOUND)
        system_log(1, "vault", node->place_count ? node->places[0] : NULL, "wraps not taken: %s", error_text(rc));
}
