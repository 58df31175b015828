/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "server/decide.h"
#include "server/vault_desk.h"

/* ---- events about keys */

struct settling {
    struct executor *executor;
    struct key_event *asked; /* erasures that a place asks for, to be recorded for everybody */
    size_t asked_count;
};

static int note_maker(struct vault *vault, struct store_txn *state, struct store_txn *journal, const struct key_event *event,
                      const uint8_t id[KEY_ID_SIZE])
{
    struct vault_holder holder = {.for_a_time = 0};
    struct order_view order;
    int rc = view_orders_read(state, journal, &event->subject, &order);
    int named = 0;

    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < order.sealed_count; i++)
        named |= memcmp(order.sealed_keys[i], id, KEY_ID_SIZE) == 0;
    memcpy(holder.id, id, KEY_ID_SIZE);
    holder.given_ms = order.sealed_ms;
    rc = named ? vault_maker(journal, &order, holder.node) : NAVETTE_E_NOT_FOUND;
    view_orders_free(&order);
    if (!rc && vault_holder(vault, id, holder.node, &holder) != 0)
        rc = vault_put_holder(vault, &holder);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* For everybody: the key is erased here, and whoever has it is told. */
static int obey(struct vault_desk *desk, struct store_txn *state, struct store_txn *journal, const struct key_event *event)
{
    struct vault *vault = &desk->vault;
    int rc = 0;

    for (size_t i = 0; i < event->count && !rc; i++) {
        struct vault_key key = {.subject = event->subject};
        struct vault_holder holder;

        if (vault_key(vault, event->keys[i], &key) == 0 && key.erased_ms != 0)
            continue;
        memcpy(key.id, event->keys[i], KEY_ID_SIZE);
        key.erased_ms = event->received_ms != 0 ? event->received_ms : event->time_ms;
        key.reason = event->reason;
        rc = vault_erase(vault, &key);
        if (!rc)
            rc = note_maker(vault, state, journal, event, key.id);
        for (size_t at = vault_holders_of(vault, key.id);
             !rc && vault_holder_at(vault, at, &holder) == 0 && memcmp(holder.id, key.id, KEY_ID_SIZE) == 0; at++)
            vault_due(desk, holder.node);
    }
    return rc;
}

/* Who holds a key may have it erased, and who coordinates. 1, 0 or a code. */
static int may_ask(struct executor *executor, struct store_txn *state, struct store_txn *journal, const struct key_event *event)
{
    uint8_t maker[NODE_ID_SIZE];
    struct order_view order;
    struct vault_holder holder;
    const struct hub_node *node;
    int rc;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        if (memcmp(node->node, event->node, NODE_ID_SIZE) == 0 && node->role == NAVETTE__ROLE__ROLE_COORDINATOR)
            return 1;
    for (size_t i = 0; i < event->count; i++)
        if (vault_holder(&executor->vault->vault, event->keys[i], event->node, &holder) == 0 && holder.given_ms != 0 && !holder.for_a_time)
            return 1;
    rc = view_orders_read(state, journal, &event->subject, &order);
    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = vault_maker(journal, &order, maker);
    view_orders_free(&order);
    return rc ? rc : memcmp(maker, event->node, NODE_ID_SIZE) == 0;
}

static int keep_asked(struct settling *settling, const struct key_event *event)
{
    struct vault_key key;
    struct key_event *grown;
    int news = 0;

    for (size_t i = 0; i < event->count; i++)
        news |= vault_key(&settling->executor->vault->vault, event->keys[i], &key) != 0 || key.erased_ms == 0;
    if (!news)
        return 0;
    grown = realloc(settling->asked, (settling->asked_count + 1) * sizeof(*grown));
    if (!grown)
        return NAVETTE_E_MEMORY;
    settling->asked = grown;
    settling->asked[settling->asked_count++] = *event;
    return 0;
}

static int confirm(struct vault *vault, const struct key_event *event)
{
    int rc = 0;

    for (size_t i = 0; i < event->count && !rc; i++) {
        struct vault_holder holder;

        if (vault_holder(vault, event->keys[i], event->node, &holder) != 0 || holder.gone_ms != 0)
            continue;
        holder.gone_ms = event->received_ms != 0 ? event->received_ms : event->time_ms;
        rc = vault_put_holder(vault, &holder);
    }
    return rc;
}

static int take_event(struct settling *settling, struct store_txn *state, struct store_txn *journal, const struct key_event *event)
{
    struct vault_desk *desk = settling->executor->vault;
    int rc;

    if (!event->counts)
        return 0;
    if (event->body == NAVETTE__EVENT__BODY_KEY_GONE)
        return confirm(&desk->vault, event);
    if (event->body == NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED) {
        desk->network_ms = 0;
        return 0;
    }
    if (event->place[0] == '\0' && memcmp(event->node, settling->executor->home->keys.node, NODE_ID_SIZE) == 0)
        return obey(desk, state, journal, event);
    rc = may_ask(settling->executor, state, journal, event);
    return rc > 0 ? keep_asked(settling, event) : rc;
}

static int read_events(struct store_txn *state, struct store_txn *journal, void *context)
{
    struct settling *settling = context;
    struct vault_desk *desk = settling->executor->vault;
    struct key_event *event = malloc(sizeof(*event));
    uint64_t tail = 0;
    int rc = event ? journal_tail(journal, &tail) : NAVETTE_E_MEMORY;

    /* Put back from a backup: the journal of before is gone, all of this one is looked at. */
    if (!rc && desk->vault.cursor > tail + 1)
        desk->vault.cursor = 0;
    while (!rc && settling->asked_count < LIMIT_BATCH_EVENTS) {
        rc = key_view_event(state, journal, desk->vault.cursor, 1, event);
        if (!rc)
            rc = take_event(settling, state, journal, event);
        if (!rc) {
            desk->vault.cursor = event->position + 1;
            desk->vault.dirty = 1;
        }
    }
    free(event);
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_BUSY ? 0 : rc;
}

/* What a vault can't take in (a full one) is told, and is no reason for the hub to stop. */
static int tolerate(int rc)
{
    if (rc && !error_is_fatal(rc) && rc != NAVETTE_E_NOT_FOUND)
        system_log(1, "vault", NULL, "keys: %s", error_text(rc));
    return error_is_fatal(rc) ? rc : 0;
}

/* All in one transaction: one flush. */
static int record_asked(struct executor *executor, const struct settling *settling)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (rc)
        return rc;
    for (size_t i = 0; i < settling->asked_count && !rc; i++)
        rc = vault_record(executor, txn, &settling->asked[i].subject, (const uint8_t(*)[KEY_ID_SIZE])settling->asked[i].keys,
                          settling->asked[i].count, (Navette__Reason)settling->asked[i].reason, NULL);
    return decide_commit(executor, txn, rc);
}

int vault_desk_settle(struct executor *executor)
{
    struct settling settling = {.executor = executor};
    int rc;

    if (!executor->vault || !executor->follower)
        return 0;
    rc = decide_read(executor, read_events, &settling);
    if (!rc && settling.asked_count > 0)
        rc = record_asked(executor, &settling);
    free(settling.asked);
    vault_touch(executor->vault);
    vault_push(executor);
    return tolerate(rc);
}

/* ---- what is over */

/* Relays' keys: until when, and whether that has come. */
static int end_times(struct store_txn *state, struct store_txn *journal, void *context)
{
    struct executor *executor = context;
    struct vault_desk *desk = executor->vault;
    int64_t now_ms = system_wall_ms();
    struct vault_holder holder;
    int rc = vault_network(desk, state, journal);

    for (size_t i = 0; !rc && vault_holder_at(&desk->vault, i, &holder) == 0; i++) {
        struct vault_key key;
        struct order_view order;
        int64_t until_ms = holder.until_ms;

        if (!holder.for_a_time || holder.is_over || holder.gone_ms != 0 || vault_key(&desk->vault, holder.id, &key) || key.erased_ms != 0)
            continue;
        rc = view_orders_read(state, journal, &key.subject, &order);
        if (rc == NAVETTE_E_NOT_FOUND) { /* not folded yet: its turn comes */
            rc = 0;
            continue;
        }
        if (rc)
            break;
        rc = key_view_relay_until(state, journal, &desk->network, &order, &until_ms);
        view_orders_free(&order);
        if (rc || (until_ms == holder.until_ms && (until_ms == 0 || until_ms > now_ms)))
            continue;
        holder.until_ms = until_ms;
        holder.is_over = until_ms != 0 && until_ms <= now_ms;
        if (holder.is_over) /* one that was not fetched in time is not given any more */
            vault_drop_wraps(&desk->vault, &desk->vault.waits, holder.id, NULL, holder.node, NULL);
        if (holder.is_over && holder.given_ms == 0)
            holder.gone_ms = now_ms;
        rc = vault_put_holder(&desk->vault, &holder);
        vault_due(desk, holder.node);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

struct aging {
    struct executor *executor;
    struct order_view list[VAULT_ORDERS_A_STEP];
    size_t count;
    int whole; /* the last order was looked at */
};

/* Nothing came for half a year by this clock: it may have jumped. */
static int has_slept(struct store_txn *journal, int64_t now_ms)
{
    struct journal_entry entry;
    uint64_t tail = 0;

    return journal_tail(journal, &tail) != 0 || tail == 0 || journal_read_raw(journal, tail, &entry) != 0 ||
           now_ms - entry.received_ms > VAULT_SLEPT_MS;
}

static int find_aged(struct store_txn *state, struct store_txn *journal, void *context)
{
    const unsigned over = 1u << ORDER_STATE_HANDED_OVER | 1u << ORDER_STATE_CANCELLED | 1u << ORDER_STATE_NO_SHOW | 1u << ORDER_STATE_UNMET;
    struct aging *aging = context;
    struct vault_desk *desk = aging->executor->vault;
    int64_t now_ms = system_wall_ms();
    int rc = has_slept(journal, now_ms) ? NAVETTE_E_NOT_FOUND : vault_network(desk, state, journal);

    for (unsigned i = 0; !rc && i < VAULT_ORDERS_A_STEP; i++) {
        struct order_view order;
        int64_t since_ms = 0;
        int is_over;

        rc = view_orders_next(state, over, &desk->at);
        if (!rc)
            rc = view_orders_read(state, journal, &desk->at, &order);
        if (rc)
            break;
        is_over = order.has_person && order.is_erased < 2 ? key_view_is_over(state, journal, &order, &since_ms) : 0;
        if (is_over > 0 && since_ms + key_view_kept_ms(&desk->network, &order) <= now_ms)
            aging->list[aging->count++] = order;
        else
            view_orders_free(&order);
        rc = is_over < 0 ? is_over : 0;
    }
    aging->whole = rc == NAVETTE_E_NOT_FOUND;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int record_aged(struct executor *executor, const struct aging *aging)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (rc)
        return rc;
    for (size_t i = 0; i < aging->count && !rc; i++)
        rc = vault_record(executor, txn, &aging->list[i].key, (const uint8_t(*)[KEY_ID_SIZE])aging->list[i].sealed_keys,
                          aging->list[i].sealed_count, NAVETTE__REASON__REASON_KEPT_LONG, NULL);
    return decide_commit(executor, txn, rc);
}

/* The next orders in their turn. *whole: the last one was among them. */
static int end_ages(struct executor *executor, int *whole)
{
    struct vault_desk *desk = executor->vault;
    struct aging *aging = calloc(1, sizeof(*aging));
    int rc;

    if (!aging)
        return NAVETTE_E_MEMORY;
    aging->executor = executor;
    rc = decide_read(executor, find_aged, aging);
    if (!rc && aging->count > 0)
        rc = record_aged(executor, aging);
    for (size_t i = 0; i < aging->count; i++)
        view_orders_free(&aging->list[i]);
    *whole = aging->whole || rc != 0;
    if (*whole)
        memset(&desk->at, 0, sizeof(desk->at));
    free(aging);
    return rc;
}

int vault_desk_sweep(struct executor *executor)
{
    int whole = 0;
    int rc = decide_read(executor, end_times, executor);

    memset(&executor->vault->at, 0, sizeof(executor->vault->at));
    while (!rc && !whole)
        rc = end_ages(executor, &whole);
    vault_touch(executor->vault);
    vault_push(executor);
    return rc;
}

/* ---- time */

static int write_file(struct executor *executor, int64_t now_ms)
{
    struct vault_desk *desk = executor->vault;
    int rc = vault_save(&desk->vault);

    if (rc) {
        desk->save_ms = now_ms + VAULT_RETRY_MS;
        system_log(1, "vault", NULL, "not written (%s): nothing of it is told to the nodes yet", error_text(rc));
        return 0;
    }
    desk->save_ms = 0;
    for (size_t i = 0; i < desk->answer_count; i++) {
        if (executor->wire)
            (void)wire_hub_send(executor->wire, desk->answers[i].session, buffer_span(&desk->answers[i].frame));
        buffer_free(&desk->answers[i].frame);
    }
    desk->answer_count = 0;
    vault_push(executor);
    return 0;
}

int vault_desk_time(struct executor *executor, int64_t now_ms)
{
    struct vault_desk *desk = executor->vault;
    int whole = 0;
    int rc = 0;

    if (!desk || !executor->follower)
        return 0;
    if (desk->save_ms != 0 && desk->save_ms <= now_ms)
        rc = write_file(executor, now_ms);
    if (!rc && desk->sweep_ms <= now_ms) {
        desk->sweep_ms = now_ms + VAULT_SWEEP_MS;
        rc = decide_read(executor, end_times, executor);
        vault_touch(desk);
        vault_push(executor);
    }
    if (!rc && desk->step_ms <= now_ms) {
        rc = end_ages(executor, &whole);
        desk->step_ms = now_ms + (whole ? VAULT_ROUND_MS : VAULT_STEP_MS);
    }
    return tolerate(rc);
}

int64_t vault_desk_deadline(const struct executor *executor)
{
    const struct vault_desk *desk = executor->vault;
    int64_t first = desk ? desk->sweep_ms : INT64_MAX;

    if (desk && desk->save_ms != 0 && desk->save_ms < first)
        first = desk->save_ms;
    return desk && desk->step_ms < first ? desk->step_ms : first;
}
