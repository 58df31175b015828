/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/recovery.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/vault_desk.h"

#define ERASURES_SHOWN 1000u /* the latest */

/* ---- erasing */

static int erase_read(struct store_txn *state, struct store_txn *journal, void *context)
{
    struct order_view *order = context;
    struct thing_key key = order->key;

    return view_orders_read(state, journal, &key, order);
}

int decide_erase(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const char *id = answer_field(request, "order");
    struct order_view order = {.state = 0};
    struct store_txn *txn;
    int rc;

    if (!id) {
        *answer = answer_error(request, "hub-erase-person", NULL, NULL, NULL);
        return NAVETTE_E_REFUSED;
    }
    rc = thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &order.key) ? NAVETTE_E_NOT_FOUND
                                                                              : decide_read(executor, erase_read, &order);
    if (rc == NAVETTE_E_NOT_FOUND)
        *answer = answer_error(request, "hub-erase-no-order", id, NULL, NULL);
    if (rc)
        return rc;
    if (order.sealed_count == 0)
        *answer = answer_error(request, "erase-nobody", id, NULL, NULL);
    else if (order.is_erased == 2)
        *answer = answer_error(request, "erase-already", id, NULL, NULL);
    rc = *answer ? NAVETTE_E_REFUSED : executor_begin(executor, &txn);
    if (!rc)
        rc = decide_commit(executor, txn,
                           vault_record(executor, txn, &order.key, (const uint8_t(*)[KEY_ID_SIZE])order.sealed_keys, order.sealed_count,
                                        NAVETTE__REASON__REASON_PERSON_ASKED, position));
    if (!rc)
        *answer = json_pack("{s:b, s:s, s:I}", "ok", 1, "order", id, "keys", (json_int_t)order.sealed_count);
    view_orders_free(&order);
    return rc;
}

/* ---- who has confirmed */

/* A node as people know it, and since when nothing was heard of it. */
static json_t *erasure_waits(struct executor *executor, const uint8_t node[NODE_ID_SIZE])
{
    char id[2 * NODE_ID_SIZE + 1];
    struct hub_session_info info;
    const struct hub_node *known;
    int64_t heard_ms = 0;

    hex_encode(node, NODE_ID_SIZE, id);
    for (size_t i = 0; (known = hub_node_at(executor->hub, i)) != NULL; i++) {
        if (memcmp(known->node, node, NODE_ID_SIZE) != 0)
            continue;
        if (hub_session_at(executor->hub, i, &info) == 0)
            heard_ms = info.last_heard_ms;
        return json_pack("{s:s, s:s, s:b, s:o}", "node", id, "place", known->place_count ? known->places[0] : "", "revoked", known->revoked,
                         "silent_since", view_json_time(heard_ms, executor->options->tz));
    }
    return json_pack("{s:s, s:s, s:b, s:n}", "node", id, "place", "", "revoked", 1, "silent_since");
}

struct last_heard {
    json_t *waits;
    const char *tz;
};

/* Of a node that was not heard since this process started: what its last statement says. */
static int erasure_heard(struct store_txn *state, struct store_txn *journal, void *context)
{
    struct last_heard *last = context;
    json_t *wait;
    size_t index;

    (void)journal;
    json_array_foreach(last->waits, index, wait)
    {
        uint8_t node[NODE_ID_SIZE];
        struct frontier_mark mark;

        if (json_is_null(json_object_get(wait, "silent_since")) &&
            hex_decode(json_string_value(json_object_get(wait, "node")), node, NODE_ID_SIZE) == 0 &&
            frontier_last(state, node, UINT64_MAX, &mark) == 0)
            (void)json_object_set_new(wait, "silent_since", view_json_time(mark.hub_time_ms, last->tz));
    }
    return 0;
}

static json_t *erasure_row(struct executor *executor, const struct vault_key *key)
{
    const struct vault *vault = vault_desk_vault(executor);
    struct last_heard last = {json_array(), executor->options->tz};
    struct vault_holder holder;
    char id[2 * KEY_ID_SIZE + 1];
    size_t held = 0;
    size_t gone = 0;

    for (size_t i = vault_holders_of(vault, key->id);
         vault_holder_at(vault, i, &holder) == 0 && memcmp(holder.id, key->id, KEY_ID_SIZE) == 0; i++) {
        if (holder.given_ms == 0) /* its wrap never left the hub */
            continue;
        held++;
        gone += holder.gone_ms != 0;
        if (holder.gone_ms == 0)
            (void)json_array_append_new(last.waits, erasure_waits(executor, holder.node));
    }
    (void)decide_read(executor, erasure_heard, &last);
    hex_encode(key->id, KEY_ID_SIZE, id);
    return json_pack("{s:s, s:s, s:o, s:s, s:I, s:I, s:b, s:o}", "key", id, "order", thing_id(&key->subject), "erased",
                     view_json_time(key->erased_ms, executor->options->tz), "why",
                     key->reason == NAVETTE__REASON__REASON_KEPT_LONG ? "kept-long" : "person-asked", "held", (json_int_t)held, "gone",
                     (json_int_t)gone, "done", held == gone, "waits", last.waits);
}

/* An erasure and when it was recorded. */
struct erasure {
    struct vault_key key;
    size_t index;
};

static int erasure_compare(const void *a, const void *b)
{
    const struct erasure *one = a;
    const struct erasure *other = b;

    if (one->key.erased_ms != other->key.erased_ms)
        return one->key.erased_ms > other->key.erased_ms ? -1 : 1;
    return (one->index > other->index) - (one->index < other->index);
}

/* All of them, the latest first; the caller frees. NULL: no memory. */
static struct erasure *erasure_list(const struct vault *vault, size_t *count)
{
    struct erasure *list = calloc(vault->keys.count + 1, sizeof(*list));
    struct vault_key key;

    *count = 0;
    for (size_t i = 0; list && vault_key_at(vault, i, &key) == 0; i++)
        if (key.erased_ms != 0)
            list[(*count)++] = (struct erasure){key, i};
    if (*count > 1)
        qsort(list, *count, sizeof(*list), erasure_compare);
    return list;
}

int decide_erasures(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const struct vault *vault;
    struct erasure *list;
    json_t *rows;
    size_t total = 0;
    int rc = vault_desk_sweep(executor);

    (void)request;
    (void)position;
    if (rc)
        return rc;
    vault = vault_desk_vault(executor);
    list = erasure_list(vault, &total);
    if (!list)
        return NAVETTE_E_MEMORY;
    rows = json_array();
    for (size_t i = 0; i < total && i < ERASURES_SHOWN; i++)
        (void)json_array_append_new(rows, erasure_row(executor, &list[i].key));
    free(list);
    *answer = json_pack("{s:b, s:o, s:I, s:I}", "ok", 1, "rows", rows, "total", (json_int_t)total, "keys",
                        (json_int_t)(vault->keys.count - total));
    return 0;
}

/* ---- the recovery key */

int decide_recovery_new(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const char *hex = answer_field(request, "public");
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RecoveryKeyChanged changed = NAVETTE__RECOVERY_KEY_CHANGED__INIT;
    char mark[RECOVERY_MARK_SIZE];
    uint8_t key[KEY_SIZE];
    int rc;

    if (!hex || hex_decode(hex, key, KEY_SIZE)) {
        *answer = answer_error(request, "hub-invalid-value", "public", NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    changed.key = (ProtobufCBinaryData){KEY_SIZE, key};
    event.body_case = NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED;
    event.recovery_key_changed = &changed;
    rc = decide_record(executor, &event, position);
    recovery_mark(key, mark);
    if (!rc)
        *answer = json_pack("{s:b, s:s}", "ok", 1, "mark", mark);
    return rc;
}

static int recovery_read(struct store_txn *state, struct store_txn *journal, void *network)
{
    return key_view_network(state, journal, system_wall_ms(), network);
}

int decide_recovery_show(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const struct vault *vault = vault_desk_vault(executor);
    struct key_network network;
    struct vault_wrap wrap;
    struct vault_key key;
    char mark[RECOVERY_MARK_SIZE] = "";
    size_t wrapped = 0;
    size_t keys = 0;
    int rc = decide_read(executor, recovery_read, &network);

    (void)position;
    if (rc)
        return rc;
    if (!network.has_recovery)
        *answer = answer_error(request, "hub-recovery-none", NULL, NULL, NULL);
    recovery_mark(network.recovery, mark);
    for (size_t i = 0; vault_wrap_at(&vault->recovery, i, &wrap) == 0; i++)
        wrapped += memcmp(wrap.recipient, network.recovery, KEY_SIZE) == 0;
    for (size_t i = 0; vault_key_at(vault, i, &key) == 0; i++)
        keys += key.erased_ms == 0;
    if (network.has_recovery)
        *answer = json_pack("{s:b, s:s, s:I, s:I, s:I}", "ok", 1, "mark", mark, "wrapped", (json_int_t)wrapped, "older",
                            (json_int_t)(vault->recovery.count - wrapped), "keys", (json_int_t)keys);
    key_network_free(&network);
    return 0;
}
