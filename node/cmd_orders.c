/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "io/json_event.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/order_row.h"
#include "node/order_notes.h"
#include "node/order_show.h"
#include "node/reading.h"
#include "node/reason.h"
#include "node/resolve.h"
#include "node/verb.h"

#define ROWS_MAX 1024u  /* of one request: one transaction */
#define LIST_MAX 20000u /* orders of one list: more than a screen can show; `truncated` says so */
#define STATES "placed, prepared, staged, handed-over, cancelled, no-show, unmet, open, all"

static int take_rows(struct order_intake *intake, const json_t *list, json_t *results)
{
    int rc = 0;

    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const json_t *row = json_array_get(list, i);
        json_t *result = NULL;

        rc = order_row_take(intake, row, &result);
        if (rc == 0 && json_object_get(row, "line") != NULL)
            (void)json_object_set(result, "line", json_object_get(row, "line"));
        (void)json_array_append_new(results, result);
    }
    return rc;
}

/* Keys are on the disk before what they seal. */
static int keep(struct order_intake *intake)
{
    int rc = intake->dry_run ? 0 : keyring_save(intake->office->keyring);

    if (rc == 0 && !intake->dry_run)
        return office_keep(intake->office, intake->txn, &intake->request->moment);
    lmdb_abort(intake->txn);
    return rc;
}

/* {"orders": [row...], "dry_run"}: all that are good are recorded in one transaction. */
static int run_add(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *list = json_object_get(request->json, "orders");
    struct order_intake intake = {.office = office, .request = request, .dry_run = request_flag(request, "dry_run")};
    json_t *results, *told = NULL;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_ORDER, answer))
        return 0;
    if (!json_is_array(list) || json_array_size(list) > ROWS_MAX) {
        *answer = request_refuse(request, "malformed-request", "orders", NULL, NULL);
        return 0;
    }
    if (request_has(request, "namespace"))
        intake.space = request_text(request, "namespace");
    system_random(&intake.operation, sizeof intake.operation);
    rc = office_write(office, &intake.txn);
    if (rc != 0)
        return rc;
    results = json_array();
    rc = take_rows(&intake, list, results);
    if (rc == 0) /* made before the commit: what is stored can be told */
        told = json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:O}", "ok", 1, "dry_run", intake.dry_run, "placed", (json_int_t)intake.placed,
                         "changed", (json_int_t)intake.changed, "unchanged", (json_int_t)intake.unchanged, "refused",
                         (json_int_t)intake.refused, "results", results);
    if (rc == 0 && (told == NULL || json_array_size(results) != json_array_size(list)))
        rc = NAVETTE_E_MEMORY;
    if (rc == 0)
        rc = keep(&intake);
    else
        lmdb_abort(intake.txn);
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    json_decref(results);
    return rc;
}

/* The order that a request names, as it is known. 0 with *answer NULL: view is to be freed. */
static int named(struct office *office, const struct request *request, struct order_view *view, json_t **answer)
{
    const char *id = request_text(request, "order");
    struct store_txn *txn;
    struct thing_key key;
    int rc = office_write(office, &txn);

    memset(view, 0, sizeof *view);
    if (rc != 0)
        return rc;
    rc = thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &key) != 0 ? NAVETTE_E_NOT_FOUND : view_orders_read(txn, txn, &key, view);
    lmdb_abort(txn);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    *answer =
        request_refuse(request, id[0] == '\0' ? "missing-option" : "no-such-order", id[0] == '\0' ? "COMMANDE-ID" : id, "orders", NULL);
    return 0;
}

static int run_cancel(struct office *office, const struct request *request, json_t **answer)
{
    struct order_view order = {.state = 0};
    struct draft draft;
    int reason = reason_read(request, answer);
    int rc = 0;

    if (reason < 0 || !request_may_record(request, office, NAVETTE__RIGHT__RIGHT_ORDER, answer))
        return 0;
    rc = named(office, request, &order, answer);
    if (rc == 0 && *answer == NULL && (order.state == ORDER_STATE_HANDED_OVER || order.state == ORDER_STATE_CANCELLED))
        *answer = request_refuse(request, "order-over", thing_id(&order.key),
                                 message_word(request->language, state_order_name(order.state)), NULL);
    if (rc == 0 && *answer == NULL) {
        draft_init(&draft);
        DRAFT_BODY(&draft, ORDER_CANCELLED, order_cancelled);
        draft.body.order_cancelled.order = draft_thing(&draft.order, &order.key);
        draft.body.order_cancelled.reason = (Navette__Reason)reason;
        rc = commands_record(office, request, &draft, answer);
    }
    view_orders_free(&order);
    return rc;
}

/* The bags a person names, else those that hold what was packed for the order. Borrowed keys are the caller's. */
static int bags_of(struct office *office, const struct request *request, const struct order_view *order, struct draft *draft,
                   struct thing_key *keys, uint32_t *items, json_t **answer)
{
    const json_t *typed = json_object_get(request->json, "bags");
    struct store_txn *txn;
    size_t count = 0;
    int rc = office_write(office, &txn);

    *items = 0;
    for (size_t i = 0; rc == 0 && *answer == NULL && i < json_array_size(typed) && count < DRAFT_THINGS; i++) {
        struct resolve resolve = {.place = request->place, .takes = VERB_BAGS | VERB_CRATES};
        const char *code = json_string_value(json_array_get(typed, i));

        rc = resolve_scan(office, request, txn, &resolve, code != NULL ? code : "", &keys[count], answer);
        if (rc == NAVETTE_E_NOT_FOUND) {
            *answer = request_refuse(request, "unknown-container", thing_id(&keys[count]), NULL, NULL);
            rc = 0;
        }
        count++;
    }
    for (size_t i = 0; rc == 0 && *answer == NULL && i < order->packing_count; i++) {
        int packed = view_orders_is_packed(txn, order, &order->packings[i].item), seen = 0;

        for (size_t k = 0; k < i; k++)
            seen |= thing_key_equal(&order->packings[k].item, &order->packings[i].item);
        rc = packed < 0 ? packed : 0;
        if (packed <= 0 || seen)
            continue;
        (*items)++;
        seen = json_array_size(typed) > 0;
        for (size_t k = 0; k < count; k++)
            seen |= thing_key_equal(&keys[k], &order->packings[i].container);
        if (!seen && count < DRAFT_THINGS)
            keys[count++] = order->packings[i].container;
    }
    for (size_t i = 0; i < count; i++)
        draft_add(draft, &keys[i]);
    lmdb_abort(txn);
    return rc;
}

int cmd_orders_find(struct office *office, const struct request *request, json_t **answer)
{
    struct order_view order;
    int rc = named(office, request, &order, answer);

    view_orders_free(&order);
    return rc;
}

/* A person says that an order is ready: nobody else does. */
int cmd_orders_prepare(struct office *office, const struct request *request, json_t **answer)
{
    struct thing_key bags[DRAFT_THINGS];
    struct order_view order = {.state = 0};
    json_t *notes = NULL;
    struct draft draft;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_ORDER, answer))
        return 0;
    rc = named(office, request, &order, answer);
    if (rc == 0 && *answer == NULL && order.state != ORDER_STATE_NONE && order.state != ORDER_STATE_PLACED &&
        order.state != ORDER_STATE_NO_SHOW && order.state != ORDER_STATE_UNMET)
        *answer = request_refuse(request, "order-over", thing_id(&order.key),
                                 message_word(request->language, state_order_name(order.state)), NULL);
    draft_init(&draft);
    DRAFT_BODY(&draft, ORDER_PREPARED, order_prepared);
    if (rc == 0 && *answer == NULL)
        rc = bags_of(office, request, &order, &draft, bags, &draft.body.order_prepared.items, answer);
    if (rc == 0 && *answer == NULL) {
        draft.body.order_prepared.order = draft_thing(&draft.order, &order.key);
        draft.body.order_prepared.bags = draft.list;
        draft.body.order_prepared.n_bags = draft.count;
        rc = commands_record(office, request, &draft, answer);
        if (rc == 0 && *answer != NULL && json_is_true(json_object_get(*answer, "ok"))) {
            (void)json_object_set_new(*answer, "order", json_string(thing_id(&order.key)));
            (void)json_object_set_new(*answer, "packed", json_integer((json_int_t)draft.body.order_prepared.items));
            (void)json_object_set_new(*answer, "wanted", json_integer((json_int_t)order.item_count));
            order_notes_ready(request, &order, draft.body.order_prepared.items, &notes);
            if (notes != NULL)
                (void)json_object_set_new(*answer, "notes", notes);
        }
    }
    view_orders_free(&order);
    return rc;
}

/* Which states a list shows: "open" is all that somebody still has to do something for. */
static unsigned states_of(const struct request *request, json_t **answer)
{
    const unsigned open = ~(1u << ORDER_STATE_HANDED_OVER | 1u << ORDER_STATE_CANCELLED);
    const char *typed = request_text(request, "state");
    int state = state_order_of_name(typed);

    if (typed[0] == '\0' || strcmp(typed, "open") == 0)
        return open;
    if (strcmp(typed, "all") == 0)
        return ~0u;
    if (state <= 0)
        *answer = request_refuse(request, "bad-option", "--state", typed, STATES);
    return 1u << (unsigned)(state > 0 ? state : 0);
}

static int is_wanted(const struct request *request, const struct order_view *view)
{
    const char *of = request_text(request, "of"), *prefix = request_text(request, "prefix"), *channel = request_text(request, "channel");

    /* a channel is asked for by who compares a file with what it brought here before */
    if (channel[0] != '\0' &&
        (json_event_enum_value(&navette__channel__descriptor, channel) != view->channel || strcmp(view->place, request->place) != 0))
        return 0;

    if (of[0] != '\0' && strcmp(of, view->pickup) != 0 && strcmp(of, view->place) != 0)
        return 0;
    return strncmp(thing_id(&view->key), prefix, strlen(prefix)) == 0;
}

/* The state they are in now does not tell the one they were in. */
static int list_orders(struct office *office, const struct request *request, const struct reading *reading, unsigned states, json_t *rows,
                       int *truncated)
{
    const struct view_moment *moment = &reading->moment;
    int is_now = moment->at_ms == VIEW_NOW && moment->known == VIEW_KNOWN_ALL;
    struct thing_key key = {.len = 0};
    int rc;

    while ((rc = view_orders_next(reading->txn, is_now ? states : ~0u, &key)) == 0) {
        struct order_view view;

        if (json_array_size(rows) == LIST_MAX) {
            *truncated = 1;
            break;
        }
        rc = view_orders_read_known(reading->txn, reading->txn, moment->at_ms, moment->known, &key, &view);
        if (rc == NAVETTE_E_NOT_FOUND)
            continue;
        if (rc != 0)
            break;
        if ((states >> view.state & 1u) && is_wanted(request, &view))
            rc = order_show_row(office, reading, &view, rows);
        view_orders_free(&view);
        if (rc != 0)
            break;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int run_orders(struct office *office, const struct request *request, json_t **answer)
{
    unsigned states = states_of(request, answer);
    struct reading reading;
    json_t *rows = NULL, *json = NULL;
    int truncated = 0, rc;

    if (*answer != NULL)
        return 0;
    rc = reading_start(office, request, &reading, answer);
    if (rc != 0)
        return rc;
    rows = json_array();
    if (*answer == NULL)
        rc = list_orders(office, request, &reading, states, rows, &truncated);
    if (rc == 0)
        json = json_pack("{s:O, s:I, s:b}", "rows", rows, "total", (json_int_t)json_array_size(rows), "truncated", truncated);
    json_decref(rows);
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_picklist(struct office *office, const struct request *request, json_t **answer)
{
    const char *of = request_text(request, "of");
    struct pick_view view;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    if (of[0] == '\0')
        of = request->place;
    rc = view_orders_picks(txn, txn, of, &view);
    if (rc == 0) {
        *answer = order_show_picks(request, &view, of);
        view_orders_picks_free(&view);
    }
    lmdb_abort(txn);
    return rc;
}

const struct command *cmd_orders_commands(size_t *count)
{
    static const struct command commands[] = {
        {"orders", run_orders, 0},          {"orders-add", run_add, 0},    {"orders-cancel", run_cancel, 0},
        {"prepare", cmd_orders_prepare, 0}, {"picklist", run_picklist, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
