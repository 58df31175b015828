/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/orders.h"
#include "view/shelf.h"

struct picking {
    struct store_txn *state;
    struct store_txn *journal;
    const char *place;
    struct pick_view *view;
    size_t capacity;
};

static int is_at(const struct thing_record *root, const char *place)
{
    return root->custody == CUSTODY_PLACE && strcmp(root->place, place) == 0;
}

/* Is it for this place to fetch, or at least to look for? What stands on another place's shelf is that one's. */
static int is_ours(const struct whereabouts *whereabouts, const char *place)
{
    if (is_at(&whereabouts->root, place))
        return 1;
    return strcmp(whereabouts->record.home, place) == 0 &&
           (whereabouts->shown_state != STATE_SHELF || whereabouts->root.custody != CUSTODY_PLACE);
}

static int add_row(struct picking *picking, const struct pick_row *row)
{
    struct pick_view *view = picking->view;

    if (view->count == picking->capacity) {
        size_t capacity = picking->capacity == 0 ? 16 : picking->capacity * 2;
        struct pick_row *rows = realloc(view->rows, capacity * sizeof *rows);

        if (rows == NULL)
            return NAVETTE_E_MEMORY;
        view->rows = rows;
        picking->capacity = capacity;
    }
    view->rows[view->count++] = *row;
    return 0;
}

static int pick_item(struct picking *picking, const struct order_view *order, const struct thing_key *item)
{
    struct pick_row row = {.order = order->key, .item = *item};
    int rc;

    memcpy(row.pickup, order->pickup, sizeof row.pickup);
    rc = view_thing(picking->state, picking->journal, item, VIEW_NOW, &row.whereabouts);
    if (rc == NAVETTE_E_NOT_FOUND) {
        row.where = PICK_UNKNOWN;
        return strcmp(order->place, picking->place) == 0 ? add_row(picking, &row) : 0;
    }
    if (rc != 0)
        return rc;
    row.where = row.whereabouts.shown_state == STATE_SHELF && is_at(&row.whereabouts.root, picking->place) ? PICK_SHELF : PICK_AWAY;
    rc = is_ours(&row.whereabouts, picking->place) ? add_row(picking, &row) : NAVETTE_E_NOT_FOUND;
    if (rc != 0)
        whereabouts_free(&row.whereabouts);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int pick_order(struct picking *picking, const struct thing_key *key)
{
    struct order_view order;
    int rc = view_orders_read(picking->state, picking->journal, key, &order);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < order.item_count; i++) {
        int packed = view_orders_is_packed(picking->state, &order, &order.items[i]);

        rc = packed < 0 ? packed : packed ? 0 : pick_item(picking, &order, &order.items[i]);
    }
    view_orders_free(&order);
    return rc;
}

static int compare_rows(const void *a, const void *b)
{
    const struct pick_row *one = a, *other = b;
    int order;

    if (one->where != other->where)
        return one->where < other->where ? -1 : 1;
    order = shelf_compare(one->whereabouts.label.call_number, other->whereabouts.label.call_number);
    if (order == 0)
        order = shelf_compare(one->whereabouts.label.title, other->whereabouts.label.title);
    if (order == 0)
        order = span_compare(thing_key_span(&one->item), thing_key_span(&other->item));
    return order != 0 ? order : span_compare(thing_key_span(&one->order), thing_key_span(&other->order));
}

int view_orders_picks(struct store_txn *state, struct store_txn *journal, const char *place, struct pick_view *view)
{
    struct picking picking = {.state = state, .journal = journal, .place = place, .view = view};
    struct thing_key key = {.len = 0};
    int rc;

    memset(view, 0, sizeof *view);
    while ((rc = view_orders_next(state, 1u << ORDER_STATE_PLACED, &key)) == 0) {
        rc = pick_order(&picking, &key);
        if (rc != 0)
            break;
    }
    if (rc != NAVETTE_E_NOT_FOUND) {
        view_orders_picks_free(view);
        return rc;
    }
    if (view->count > 1)
        qsort(view->rows, view->count, sizeof *view->rows, compare_rows);
    return 0;
}

void view_orders_picks_free(struct pick_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        whereabouts_free(&view->rows[i].whereabouts);
    free(view->rows);
    memset(view, 0, sizeof *view);
}
