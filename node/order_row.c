/* SPDX-License-Identifier: Apache-2.0 */
#include "node/order_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/json_event.h"
#include "navette/import.h"
#include "navette/ref.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/person.h"
#include "node/resolve.h"
#include "node/verb.h"

#define PLACES_MAX 1024u

/* A row on its way into an event. */
struct row {
    struct thing_key order;
    struct thing_key items[DRAFT_THINGS];
    size_t item_count;
    char pickup[LIMIT_PLACE_CODE + 1];
    int channel;
    struct person person;
    struct order_view known; /* zeroed while nothing is */
    int is_known;
    json_t *notes;
};

static const char *field(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text != NULL ? text : "";
}

static int is_clean(const char *text, size_t most)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return 0;
    return strlen(text) <= most;
}

/* The one place of this name; several, or none: 0. */
static int by_name(struct store_txn *txn, const char *typed, char out[LIMIT_PLACE_CODE + 1])
{
    struct place_row *rows = calloc(PLACES_MAX, sizeof *rows);
    int count = rows != NULL ? view_places(txn, txn, rows, PLACES_MAX) : 0, found = 0;

    for (int i = 0; i < count; i++) {
        struct event declared;

        if (fold_place(txn, txn, rows[i].code, &declared) != 0)
            continue;
        if (strcasecmp(declared.body->place_declared->name, typed) == 0) {
            (void)snprintf(out, LIMIT_PLACE_CODE + 1, "%s", rows[i].code);
            found++;
        }
        event_free(&declared);
    }
    free(rows);
    return found == 1;
}

int order_row_pickup(const struct office *office, const struct request *request, struct store_txn *txn, const char *typed,
                     char out[LIMIT_PLACE_CODE + 1], json_t **answer)
{
    if (typed[0] == '\0')
        typed = request->place;
    if (strlen(typed) <= LIMIT_PLACE_CODE) {
        json_t *refusal = check_recorded_place(request, txn, typed);

        (void)snprintf(out, LIMIT_PLACE_CODE + 1, "%s", typed);
        if (refusal == NULL || identity_serves(&office->identity, typed)) {
            json_decref(refusal);
            return 0;
        }
        json_decref(refusal);
    }
    if (by_name(txn, typed, out))
        return 0;
    /* a label that nobody declared, made a code as the catalogue's import makes it */
    import_place_code(typed, out);
    if (out[0] != '\0' && (*answer = check_place(request, txn, out)) == NULL)
        return 0;
    json_decref(*answer);
    *answer = request_refuse(request, "no-such-pickup", typed, NULL, NULL);
    return 0;
}

static void make_id(char out[LIMIT_THING_ID + 1])
{
    uint8_t random[5];
    char text[9];

    system_random(random, sizeof random);
    base32_encode(random, sizeof random, text);
    (void)snprintf(out, LIMIT_THING_ID + 1, "C-%s", text);
}

static int read_id(const struct request *request, const json_t *json, struct row *row, json_t **refusal)
{
    char made[LIMIT_THING_ID + 1];
    const char *id = field(json, "id");

    if (id[0] == '\0') {
        make_id(made);
        id = made;
    }
    if (thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &row->order) != 0)
        *refusal = request_refuse(request, "malformed-line", id, NULL, NULL);
    return 0;
}

/* A document that is not in the catalogue yet may be asked for: the order is taken, and says so. */
static int read_item(struct order_intake *intake, const char *barcode, struct row *row, json_t **refusal)
{
    struct resolve resolve = {.place = intake->request->place, .only_space = intake->space, .takes = VERB_ITEMS};
    struct thing_key key;
    int rc = resolve_scan(intake->office, intake->request, intake->txn, &resolve, barcode, &key, refusal);

    if (rc == NAVETTE_E_NOT_FOUND) {
        if (row->notes == NULL)
            row->notes = json_array();
        (void)json_array_append_new(row->notes, request_note(intake->request, "note-not-in-catalogue", thing_id(&key)));
        rc = 0;
    }
    if (rc != 0 || *refusal != NULL)
        return rc;
    for (size_t i = 0; i < row->item_count; i++)
        if (thing_key_equal(&row->items[i], &key))
            return 0;
    row->items[row->item_count++] = key;
    return 0;
}

static int read_items(struct order_intake *intake, const json_t *json, struct row *row, json_t **refusal)
{
    const json_t *items = json_object_get(json, "items");
    int rc = 0;

    if (json_array_size(items) == 0 || json_array_size(items) > DRAFT_THINGS) {
        *refusal = json_array_size(items) == 0 ? request_refuse(intake->request, "missing-option", "CODE", "orders add", NULL)
                                               : request_refuse(intake->request, "too-many-items", thing_id(&row->order), "64", NULL);
        return 0;
    }
    for (size_t i = 0; rc == 0 && *refusal == NULL && i < json_array_size(items); i++) {
        const char *barcode = json_string_value(json_array_get(items, i));

        rc = read_item(intake, barcode != NULL ? barcode : "", row, refusal);
    }
    return rc;
}

static int read_person(const struct request *request, const json_t *json, struct row *row, json_t **refusal)
{
    const char *card = field(json, "card"), *name = field(json, "name");

    if (!is_clean(card, PERSON_TEXT) || !is_clean(name, PERSON_TEXT)) { /* neither is shown: it is a person's */
        *refusal = request_refuse(request, "bad-person", "128", NULL, NULL);
        return 0;
    }
    (void)snprintf(row->person.card, sizeof row->person.card, "%s", card);
    (void)snprintf(row->person.name, sizeof row->person.name, "%s", name);
    return 0;
}

static int read_row(struct order_intake *intake, const json_t *json, struct row *row, json_t **refusal)
{
    const struct request *request = intake->request;
    const char *channel = field(json, "channel");
    int rc = read_id(request, json, row, refusal);

    if (*refusal == NULL)
        rc = order_row_pickup(intake->office, request, intake->txn, field(json, "pickup"), row->pickup, refusal);
    if (rc == 0 && *refusal == NULL)
        rc = read_items(intake, json, row, refusal);
    if (rc == 0 && *refusal == NULL)
        rc = read_person(request, json, row, refusal);
    if (rc != 0 || *refusal != NULL)
        return rc;
    row->channel = json_event_enum_value(&navette__channel__descriptor, channel[0] != '\0' ? channel : "desk");
    if (row->channel <= 0)
        *refusal = request_refuse(request, "bad-option", "--channel", channel, "phone, portal, mail, desk, relay, paper");
    if (*refusal != NULL)
        return 0;
    rc = view_orders_read(intake->txn, intake->txn, &row->order, &row->known);
    row->is_known = rc == 0 && row->known.item_count > 0;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int same_items(const struct row *row)
{
    if (row->known.item_count != row->item_count)
        return 0;
    for (size_t i = 0; i < row->item_count; i++)
        if (!thing_key_equal(&row->known.items[i], &row->items[i]))
            return 0;
    return 1;
}

static int is_same(const struct row *row)
{
    return strcmp(row->known.pickup, row->pickup) == 0 && same_items(row);
}

/* What is over is not changed by a file that still has it. */
static int is_over(const struct row *row)
{
    return row->known.state == ORDER_STATE_HANDED_OVER || row->known.state == ORDER_STATE_CANCELLED;
}

static void build(const struct row *row, struct draft *draft)
{
    draft_init(draft);
    for (size_t i = 0; i < row->item_count; i++)
        draft_add(draft, &row->items[i]);
    if (row->is_known) {
        DRAFT_BODY(draft, ORDER_CHANGED, order_changed);
        draft->body.order_changed.order = draft_thing(&draft->order, &row->order);
        draft->body.order_changed.items = draft->list;
        draft->body.order_changed.n_items = same_items(row) ? 0 : draft->count; /* naming them means preparing them anew */
        draft->body.order_changed.pickup = draft_text(row->pickup);
        return;
    }
    DRAFT_BODY(draft, ORDER_PLACED, order_placed);
    draft->body.order_placed.order = draft_thing(&draft->order, &row->order);
    draft->body.order_placed.channel = (Navette__Channel)row->channel;
    draft->body.order_placed.items = draft->list;
    draft->body.order_placed.n_items = draft->count;
    draft->body.order_placed.pickup = draft_text(row->pickup);
}

static int record(struct order_intake *intake, const struct row *row, json_t **refusal)
{
    struct person_sealed sealed = {.ciphertext = {.data = NULL}};
    int has_person = !row->is_known && (row->person.card[0] != '\0' || row->person.name[0] != '\0');
    struct draft draft;
    int rc = 0;

    build(row, &draft);
    if (intake->dry_run)
        return 0;
    if (has_person) {
        rc = person_seal(intake->office->keyring, &row->order, &row->person, intake->request->moment.wall_ms, &sealed);
        draft.body.order_placed.person = &sealed.message;
    }
    draft.event.place = draft_text(intake->request->place);
    draft.event.operator_ = draft_text(intake->request->operator_);
    draft.event.operation = intake->operation;
    if (rc == 0)
        rc = office_record(intake->office, intake->txn, &intake->request->moment, &draft.event, NULL);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE) {
        *refusal = request_refuse(intake->request, "malformed-event", event_check_text(&draft.event), NULL, NULL);
        rc = 0;
    }
    person_sealed_free(&sealed);
    return rc;
}

static void tell(struct order_intake *intake, struct row *row, json_t **result)
{
    const char *what = !row->is_known ? "placed" : is_same(row) || is_over(row) ? "unchanged" : "changed";
    const char *state = state_order_name(row->is_known ? row->known.state : ORDER_STATE_PLACED);

    *result =
        json_pack("{s:b, s:s, s:s, s:s, s:s}", "ok", 1, "id", thing_id(&row->order), "result", what, "state", state, "pickup", row->pickup);
    if (row->notes != NULL)
        (void)json_object_set(*result, "notes", row->notes);
    intake->placed += what[0] == 'p';
    intake->changed += what[0] == 'c';
    intake->unchanged += what[0] == 'u';
}

int order_row_take(struct order_intake *intake, const json_t *json, json_t **result)
{
    struct row row = {.item_count = 0};
    json_t *refusal = NULL;
    int rc = read_row(intake, json, &row, &refusal);

    if (rc == 0 && refusal == NULL && row.is_known && json_is_true(json_object_get(json, "is_new")))
        refusal = request_refuse(intake->request, "order-exists", thing_id(&row.order), NULL, NULL);
    if (rc == 0 && refusal == NULL && !(row.is_known && (is_same(&row) || is_over(&row))))
        rc = record(intake, &row, &refusal);
    if (rc == 0 && refusal == NULL)
        tell(intake, &row, result);
    else if (rc == 0) {
        *result = refusal;
        intake->refused++;
    }
    view_orders_free(&row.known);
    person_wipe(&row.person);
    json_decref(row.notes);
    return rc == 0 && *result == NULL ? NAVETTE_E_MEMORY : rc;
}
