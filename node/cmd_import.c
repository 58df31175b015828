/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/import.h"
#include "navette/system.h"
#include "node/commands.h"
#include "node/nearest.h"
#include "node/proposal.h"
#include "node/verb.h"

#define ROWS_MAX 1024u /* of one request: one transaction */
#define PLACES_MAX 1024u

/* One request of an import: what its rows have in common. */
struct intake {
    struct office *office;
    const struct request *request;
    struct store_txn *txn;
    char space[LIMIT_NAMESPACE + 1];
    struct place_row *places; /* owned */
    int place_count;
    int dry, any_proposed;
    uint64_t operation;
    struct import_item item;
    struct import_event event;
    struct thing_key keys[ROWS_MAX]; /* of those that were recorded: the state does not have them before the end */
    size_t key_count;
    uint64_t created, updated, unchanged;
};

/* Reads "namespace", or takes the first in which scans are looked for here. *scanned: whether scans at this place look there. */
static int find_space(struct office *office, const struct request *request, struct store_txn *txn, char space[LIMIT_NAMESPACE + 1],
                      int *scanned)
{
    char spaces[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1];
    size_t count = office_namespaces(office, txn, request->place, spaces);
    const char *wanted = request_has(request, "namespace") ? request_text(request, "namespace") : spaces[0];
    struct thing_key key;

    if (thing_key_make(NAVETTE__THING_KIND__THING_ITEM, wanted, "x", &key) != 0)
        return NAVETTE_E_INVALID;
    (void)snprintf(space, LIMIT_NAMESPACE + 1, "%s", wanted);
    *scanned = 0;
    for (size_t i = 0; i < count; i++)
        *scanned |= strcmp(spaces[i], wanted) == 0;
    return 0;
}

/* Where no place is known yet, any may be. */
static int knows_place(const struct intake *intake, const char *code)
{
    for (int i = 0; i < intake->place_count; i++)
        if (strcmp(intake->places[i].code, code) == 0)
            return 1;
    return intake->place_count == 0 || request_flag(intake->request, "anyway");
}

/* With the place beside it, and what is near: a program gathers those of one place. */
static json_t *refuse_place(const struct intake *intake, const char *code, const struct thing_key *key)
{
    char near[NEAREST_SIZE], perhaps[NEAREST_SIZE + 64] = "";
    json_t *refusal;

    if (nearest_places(intake->places, (size_t)intake->place_count, code, near) > 0)
        (void)snprintf(perhaps, sizeof perhaps, "%s %s. ", message_word(intake->request->language, "perhaps-place"), near);
    refusal = request_refuse(intake->request, "import-unknown-place", code, thing_id(key), perhaps);
    if (refusal != NULL)
        (void)json_object_set_new(refusal, "unknown_place", json_string(code));
    return refusal;
}

static int is_repeated(const struct intake *intake, const struct thing_key *key)
{
    for (size_t i = 0; i < intake->key_count; i++)
        if (thing_key_equal(&intake->keys[i], key))
            return 1;
    return 0;
}

/* Does what is recorded of it say the same? Title, author and call number stand in the label; the rest only in the last event that said it. */
static int says_same(const struct intake *intake, const struct thing_key *key, int *same)
{
    struct history history;
    int rc = fold_history_kept(intake->txn, intake->txn, key, INT64_MAX, UINT64_MAX, &history);

    *same = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = history.count; i > 0; i--) {
        const struct history_step *step = &history.steps[i - 1];
        if (step->absent || (step->event.body->body_case != NAVETTE__EVENT__BODY_ITEM_REGISTERED &&
                             step->event.body->body_case != NAVETTE__EVENT__BODY_ITEM_CHANGED))
            continue;
        *same = import_event_says(step->event.body, &intake->item);
        break;
    }
    history_free(&history);
    return 0;
}

static int record(struct intake *intake, const struct thing_key *key, json_t **result)
{
    Navette__Event *event = &intake->event.event;
    int rc;

    if (intake->dry)
        return 0;
    event->place = draft_text(intake->request->place);
    event->operator_ = draft_text(intake->request->operator_);
    event->operation = intake->operation;
    rc = desk_record(&intake->office->desk, intake->txn, &intake->request->moment, event, NULL);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE) {
        const char *text = event_check_text(event);
        *result = request_refuse(intake->request, "malformed-event", text[0] != '\0' ? text : error_text(rc), NULL, NULL);
        return 0;
    }
    if (rc == 0)
        intake->keys[intake->key_count++] = *key;
    return rc;
}

/* A known document: changed, or left as it is. */
static int take_known(struct intake *intake, const struct thing_key *key, const struct thing_record *known, json_t **result)
{
    int same = 0, rc;

    if (known->condition == CONDITION_WITHDRAWN) {
        *result = request_refuse(intake->request, "import-withdrawn", thing_id(key), intake->item.title, NULL);
        return 0;
    }
    rc = says_same(intake, key, &same);
    if (rc != 0)
        return rc;
    if (same) {
        intake->unchanged++;
        *result = json_string("unchanged");
        return 0;
    }
    import_event_changed(&intake->event, key, &intake->item);
    rc = record(intake, key, result);
    if (rc == 0 && *result == NULL) {
        intake->updated++;
        *result = json_string("updated");
    }
    return rc;
}

static int take_new(struct intake *intake, const struct thing_key *key, json_t **result)
{
    int rc;

    if (intake->item.at[0] != '\0' && !knows_place(intake, intake->item.at)) {
        *result = refuse_place(intake, intake->item.at, key);
        return 0;
    }
    import_event_registered(&intake->event, key, &intake->item);
    rc = record(intake, key, result);
    if (rc == 0 && *result == NULL) {
        intake->created++;
        *result = json_string("created");
    }
    return rc;
}

static int take_row(struct intake *intake, const json_t *json, json_t **result)
{
    struct thing_record known;
    struct thing_key key;
    const char *wrong;
    int rc;

    if (import_item_read(json, &intake->item, &wrong) != 0 ||
        thing_key_make(NAVETTE__THING_KIND__THING_ITEM, intake->space, intake->item.barcode, &key) != 0) {
        *result = request_refuse(intake->request, "malformed-request", wrong, NULL, NULL);
        return 0;
    }
    if (is_repeated(intake, &key)) {
        *result = request_refuse(intake->request, "import-twice", thing_id(&key), NULL, NULL);
        return 0;
    }
    if (!knows_place(intake, intake->item.home)) {
        *result = refuse_place(intake, intake->item.home, &key);
        return 0;
    }
    rc = intake->any_proposed && !intake->dry ? proposal_forget(intake->txn, &key) : 0;
    if (rc == 0)
        rc = fold_read(intake->txn, &key, &known);
    if (rc == NAVETTE_E_NOT_FOUND)
        return take_new(intake, &key, result);
    if (rc != 0)
        return rc;
    rc = known.registered || known.condition == CONDITION_WITHDRAWN ? take_known(intake, &key, &known, result)
                                                                    : take_new(intake, &key, result);
    thing_record_free(&known);
    return rc;
}

static int take_rows(struct intake *intake, const json_t *list, json_t **told)
{
    json_t *results = json_array();
    int rc = results != NULL ? 0 : NAVETTE_E_MEMORY, scanned = 0;

    if (rc == 0)
        rc = find_space(intake->office, intake->request, intake->txn, intake->space, &scanned);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        json_t *result = NULL;
        rc = take_row(intake, json_array_get(list, i), &result);
        if (rc == 0 && json_array_append_new(results, result) != 0)
            rc = NAVETTE_E_MEMORY;
    }
    if (rc == 0 && intake->key_count > 0)
        rc = desk_fold(intake->txn, DESK_FOLD_ENTRIES, &intake->office->behind);
    if (rc == 0) /* made before the commit: what is stored can be told */
        *told = json_pack("{s:b, s:s, s:b, s:I, s:I, s:I, s:O}", "ok", 1, "namespace", intake->space, "scanned", scanned, "created",
                          (json_int_t)intake->created, "updated", (json_int_t)intake->updated, "unchanged", (json_int_t)intake->unchanged,
                          "results", results);
    json_decref(results);
    return rc == 0 && *told == NULL ? NAVETTE_E_MEMORY : rc;
}

static int begin(struct intake *intake)
{
    int rc;

    intake->places = calloc(PLACES_MAX, sizeof *intake->places);
    if (intake->places == NULL)
        return NAVETTE_E_MEMORY;
    rc = office_write(intake->office, &intake->txn);
    if (rc != 0)
        return rc;
    intake->place_count = view_places(intake->txn, intake->txn, intake->places, PLACES_MAX);
    rc = intake->place_count < 0 ? intake->place_count : proposal_any(intake->txn, &intake->any_proposed);
    if (rc == 0)
        return 0;
    lmdb_abort(intake->txn);
    intake->txn = NULL;
    return rc;
}

/* {"items": [...], "namespace"?, "dry"?}: what is good is recorded in one transaction, or, dry, only compared. */
static int run_import(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *list = json_object_get(request->json, "items");
    struct intake *intake;
    json_t *told = NULL;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CATALOGUE, answer))
        return 0;
    if (!json_is_array(list) || json_array_size(list) > ROWS_MAX) {
        *answer = request_refuse(request, "malformed-request", "items", NULL, NULL);
        return 0;
    }
    intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return NAVETTE_E_MEMORY;
    intake->office = office;
    intake->request = request;
    intake->dry = request_flag(request, "dry");
    system_random(&intake->operation, sizeof intake->operation);
    rc = begin(intake);
    if (rc == 0) {
        rc = take_rows(intake, list, &told);
        if (rc == 0 && !intake->dry)
            rc = office_keep(office, intake->txn, &request->moment);
        else
            lmdb_abort(intake->txn);
    }
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    if (rc == NAVETTE_E_INVALID) {
        *answer = request_refuse(request, "malformed-request", "namespace", NULL, NULL);
        rc = 0;
    }
    free(intake->places);
    free(intake);
    return rc;
}

/* A person said that it stays, whatever an export has. */
static int is_to_stay(struct store_txn *txn, const struct thing_key *key)
{
    struct proposal proposal;

    return proposal_read(txn, key, &proposal) == 0 && proposal.state == PROPOSAL_STAYS;
}

/* Barcodes of the namespace that are in the catalogue here, after a given one, whose home is among `homes`: a page at a time. */
static int list_registered(struct store_txn *txn, const char *space, const char *after, const json_t *homes, json_t *barcodes, char last[])
{
    struct thing_key from;
    struct span first;
    struct store_scan *scan;
    struct span found, value;
    size_t seen = 0;
    int any_proposed, rc = proposal_any(txn, &any_proposed);

    if (rc != 0)
        return rc;
    if (thing_key_make(NAVETTE__THING_KIND__THING_ITEM, space, after[0] != '\0' ? after : "x", &from) != 0)
        return NAVETTE_E_INVALID;
    /* without a barcode to go on from: what kind and namespace begin with */
    first = after[0] != '\0' ? thing_key_span(&from) : span_of(from.bytes, (size_t)from.len - 2);
    rc = store_scan_open(txn, TABLE_THING, &scan);
    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, first, &found, &value);
    for (; rc == 0 && seen < 4 * ROWS_MAX; rc = txn->ops->scan_next(scan, &found, &value)) {
        struct thing_record record;
        struct thing_key key;
        if (thing_key_read(found, &key) != 0 || thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM ||
            strcmp(thing_namespace(&key), space) != 0)
            break;
        if (after[0] != '\0' && thing_key_equal(&key, &from))
            continue;
        seen++;
        (void)snprintf(last, LIMIT_THING_ID + 1, "%s", thing_id(&key));
        if (fold_read(txn, &key, &record) != 0)
            continue;
        if (record.registered && record.condition != CONDITION_WITHDRAWN && json_object_get(homes, record.home) != NULL &&
            !(any_proposed && is_to_stay(txn, &key)))
            (void)json_array_append_new(barcodes, json_string(last));
        thing_record_free(&record);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* {"namespace", "homes": {code: true}, "after"}: "barcodes", and "after" to go on from, absent at the end. */
static int run_registered(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *homes = json_object_get(request->json, "homes");
    char last[LIMIT_THING_ID + 1] = "";
    json_t *barcodes = json_array();
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc == 0) {
        rc = list_registered(txn, request_text(request, "namespace"), request_text(request, "after"), homes, barcodes, last);
        lmdb_abort(txn);
    }
    if (rc == NAVETTE_E_INVALID) {
        *answer = request_refuse(request, "malformed-request", "namespace, after", NULL, NULL);
        rc = 0;
    } else if (rc == 0) {
        *answer = json_pack("{s:b, s:O}", "ok", 1, "barcodes", barcodes);
        if (last[0] != '\0')
            (void)json_object_set_new(*answer, "after", json_string(last));
    }
    json_decref(barcodes);
    return rc;
}

const struct command *cmd_import_commands(size_t *count)
{
    static const struct command commands[] = {{"import", run_import, 0}, {"import-registered", run_registered, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
