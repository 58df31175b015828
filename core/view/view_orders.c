/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "navette/orders.h"

/* Grows an owned list by one element of `size` bytes, zeroed. NULL: no memory. */
static void *grow(void *list_of, size_t *count, size_t size)
{
    void **list = list_of;
    uint8_t *grown = realloc(*list, (*count + 1) * size);

    if (grown == NULL)
        return NULL;
    *list = grown;
    memset(grown + *count * size, 0, size);
    return grown + (*count)++ * size;
}

static int add_key(struct thing_key **list, size_t *count, const Navette__Thing *thing)
{
    struct thing_key *key = grow(list, count, sizeof **list);

    return key == NULL ? NAVETTE_E_MEMORY : thing_key_of(thing, key);
}

static int set_keys(struct thing_key **list, size_t *count, Navette__Thing *const *things, size_t thing_count)
{
    int rc = 0;

    *count = 0;
    for (size_t i = 0; rc == 0 && i < thing_count; i++)
        rc = add_key(list, count, things[i]);
    return rc;
}

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = strnlen(text, size - 1);

    memcpy(out, text, len);
    out[len] = '\0';
}

static int take_person(struct order_view *view, const struct history_step *step)
{
    const Navette__Sealed *person = step->event.body->order_placed->person;

    if (person == NULL)
        return 0;
    memcpy(view->sealer, step->entry.self.incarnation, INCARNATION_SIZE);
    view->sealed_ms = step->time_ms;
    if (view->sealed_count < ORDER_KEYS_MOST)
        memcpy(view->sealed_keys[view->sealed_count++], person->key_id.data, KEY_ID_SIZE);
    view->has_person = 1;
    memcpy(view->key_id, person->key_id.data, sizeof view->key_id); /* event_check(): their sizes */
    memcpy(view->nonce, person->nonce.data, sizeof view->nonce);
    buffer_clear(&view->ciphertext);
    return buffer_append(&view->ciphertext, person->ciphertext.data, person->ciphertext.len);
}

static int take_packing(struct order_view *view, const struct history_step *step)
{
    const Navette__ItemPacked *body = step->event.body->item_packed;

    for (size_t i = 0; i < body->n_items; i++) {
        struct order_packing *packing = grow(&view->packings, &view->packing_count, sizeof *view->packings);

        if (packing == NULL)
            return NAVETTE_E_MEMORY;
        packing->self = step->entry.self;
        if (thing_key_of(body->items[i], &packing->item) != 0 || thing_key_of(body->container, &packing->container) != 0)
            return NAVETTE_E_STORE;
    }
    return 0;
}

/* Wherever it stands in the history: an erasure that came before what it erases holds too. */
static void take_erasure(struct order_view *view, const struct history_step *step)
{
    const Navette__KeyErased *erased = step->event.body->key_erased;

    for (size_t i = 0; i < erased->n_keys; i++) {
        if (!view->has_person || memcmp(erased->keys[i].data, view->key_id, KEY_ID_SIZE) != 0)
            continue;
        view->erased_ms = view->is_erased && view->erased_ms < step->time_ms ? view->erased_ms : step->time_ms;
        if (view->is_erased < 2)
            view->is_erased = step->event.body->place[0] == '\0' ? 2 : 1;
    }
}

/* One step of its history, in order. A change that names no document leaves those there were. */
static int take_step(struct order_view *view, const struct history_step *step)
{
    const Navette__Event *body = step->event.body;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ORDER_PLACED:
        copy_text(view->place, sizeof view->place, body->place);
        view->channel = (int)body->order_placed->channel;
        view->placed_ms = step->time_ms;
        if (take_person(view, step) != 0)
            return NAVETTE_E_MEMORY;
        return set_keys(&view->items, &view->item_count, body->order_placed->items, body->order_placed->n_items);
    case NAVETTE__EVENT__BODY_ORDER_CHANGED:
        if (body->order_changed->n_items == 0)
            return 0;
        return set_keys(&view->items, &view->item_count, body->order_changed->items, body->order_changed->n_items);
    case NAVETTE__EVENT__BODY_ORDER_PREPARED:
        return set_keys(&view->bags, &view->bag_count, body->order_prepared->bags, body->order_prepared->n_bags);
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
        return take_packing(view, step);
    default:
        return 0;
    }
}

int view_orders_read(struct store_txn *state, struct store_txn *journal, const struct thing_key *order, struct order_view *view)
{
    return view_orders_read_known(state, journal, VIEW_NOW, VIEW_KNOWN_ALL, order, view);
}

int view_orders_read_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const struct thing_key *order,
                           struct order_view *view)
{
    struct history history;
    int rc = fold_history_known(state, journal, order, at_ms, known, &history);

    memset(view, 0, sizeof *view);
    view->key = *order;
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < history.count; i++) {
        const struct history_step *step = &history.steps[i];

        if (step->absent)
            continue;
        view->state = step->after.order;
        copy_text(view->pickup, sizeof view->pickup, step->after.place);
        if (ref_compare(&step->entry.self, &step->after.cause) == 0)
            view->since_ms = step->time_ms;
        rc = take_step(view, step);
    }
    for (size_t i = 0; rc == 0 && i < history.count; i++) {
        if (!history.steps[i].absent && history.steps[i].event.body->body_case == NAVETTE__EVENT__BODY_KEY_ERASED)
            take_erasure(view, &history.steps[i]);
    }
    history_free(&history);
    if (rc != 0)
        view_orders_free(view);
    return rc;
}

void view_orders_free(struct order_view *view)
{
    free(view->items);
    free(view->packings);
    free(view->bags);
    buffer_free(&view->ciphertext);
    memset(view, 0, sizeof *view);
}

void view_orders_person(const struct order_view *view, Navette__Sealed *sealed)
{
    navette__sealed__init(sealed);
    sealed->key_id = (ProtobufCBinaryData){sizeof view->key_id, (uint8_t *)(uintptr_t)view->key_id};
    sealed->nonce = (ProtobufCBinaryData){sizeof view->nonce, (uint8_t *)(uintptr_t)view->nonce};
    sealed->ciphertext = (ProtobufCBinaryData){view->ciphertext.len, view->ciphertext.data};
}

int view_orders_next(struct store_txn *state, unsigned states, struct thing_key *key)
{
    static const uint8_t first[1] = {NAVETTE__THING_KIND__THING_ORDER};
    uint8_t from[THING_KEY_MAX + 1];
    struct thing_record record;
    struct store_scan *scan;
    struct span row, value;
    size_t len = key->len;
    int rc = store_scan_open(state, TABLE_THING, &scan);

    if (rc != 0)
        return rc;
    memcpy(from, key->bytes, len);
    from[len] = 0; /* the smallest key behind it */
    rc = state->ops->scan_from(scan, len == 0 ? span_of(first, 1) : span_of(from, len + 1), &row, &value);
    while (rc == 0) {
        if (row.data[0] != NAVETTE__THING_KIND__THING_ORDER) {
            rc = NAVETTE_E_NOT_FOUND;
            break;
        }
        rc = thing_key_read(row, key) == 0 ? thing_record_decode(key, value, &record) : NAVETTE_E_STORE;
        if (rc != 0)
            break;
        thing_record_free(&record);
        if (states >> record.order & 1u)
            break;
        rc = state->ops->scan_next(scan, &row, &value);
    }
    state->ops->scan_close(scan);
    return rc;
}

static const struct order_packing *last_packing(const struct order_view *view, const struct thing_key *item)
{
    const struct order_packing *last = NULL;

    for (size_t i = 0; i < view->packing_count; i++) {
        if (thing_key_equal(&view->packings[i].item, item))
            last = &view->packings[i];
    }
    return last;
}

int view_orders_is_packed(struct store_txn *state, const struct order_view *view, const struct thing_key *item)
{
    const struct order_packing *last = last_packing(view, item);
    struct thing_record record;
    int rc;

    if (last == NULL)
        return 0;
    rc = fold_read(state, item, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    rc = record.custody == CUSTODY_CONTAINER && thing_key_equal(&record.container, &last->container);
    thing_record_free(&record);
    return rc;
}

int view_orders_is_packed_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known,
                                const struct order_view *view, const struct thing_key *item)
{
    const struct order_packing *last = last_packing(view, item);
    struct whereabouts where;
    int rc;

    if (last == NULL)
        return 0;
    rc = view_thing_known(state, journal, item, at_ms, known, &where);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = where.record.custody == CUSTODY_CONTAINER && thing_key_equal(&where.record.container, &last->container);
    whereabouts_free(&where);
    return rc;
}
