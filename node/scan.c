/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan.h"

#include <string.h>

#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/handing.h"
#include "node/order_notes.h"
#include "node/resolve.h"
#include "node/staffing.h"

/* A scan on its way through the checks. */
struct pass {
    struct office *office;
    const struct request *request;
    struct operation *operation;
    struct store_txn *txn;
    struct thing_key key;
    struct whereabouts where;
    int known;
};

/* A bag scanned while a bag is being packed: people mean to change bags, and have to be told how. */
static int find_container(struct pass *pass, const char *typed, json_t **answer)
{
    const struct verb *verb = pass->operation->verb;
    struct resolve resolve = {.place = pass->operation->place, .takes = verb->containers};
    struct thing_key key;
    json_t *refusal = NULL;
    int rc;

    if (!(verb->needs & VERB_CONTAINER))
        return 0;
    rc = resolve_scan(pass->office, pass->request, pass->txn, &resolve, typed, &key, &refusal);
    if (rc == 0 && refusal == NULL && !(verb->takes >> thing_kind(&key) & 1u))
        *answer = request_refuse(pass->request, thing_key_equal(&key, &pass->operation->container) ? "container-here" : "container-other",
                                 thing_id(&key), verb->name, NULL);
    json_decref(refusal);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int find(struct pass *pass, const char *typed, json_t **answer)
{
    const char *space = operation_text(pass->operation, "namespace");
    struct resolve resolve = {.place = pass->operation->place, .takes = pass->operation->verb->takes};
    unsigned needs = pass->operation->verb->needs;
    int rc;

    if (space[0] != '\0')
        resolve.only_space = space;
    rc = find_container(pass, typed, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    rc = resolve_scan(pass->office, pass->request, pass->txn, &resolve, typed, &pass->key, answer);
    if (rc == NAVETTE_E_NOT_FOUND && needs & VERB_NEW) {
        int kind = operation_flag(pass->operation, "crate") ? NAVETTE__THING_KIND__THING_CRATE : NAVETTE__THING_KIND__THING_BAG;
        struct thing_key item = pass->key;
        return thing_key_make(kind, "", thing_id(&item), &pass->key);
    }
    if (rc == NAVETTE_E_NOT_FOUND && needs & VERB_MAY_BE_NEW &&
        (operation_flag(pass->operation, "unknown") || office_is_partial(pass->office)))
        return 0;
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(pass->request, "unknown-barcode", thing_id(&pass->key), NULL, NULL);
        return 0;
    }
    if (rc != 0 || *answer != NULL)
        return rc;
    rc = view_thing(pass->txn, pass->txn, &pass->key, VIEW_NOW, &pass->where);
    pass->known = rc == 0;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static json_t *add_note(json_t *notes, json_t *note)
{
    json_t *list = notes != NULL ? notes : json_array();

    (void)json_array_append_new(list, note);
    return list;
}

static json_t *recorded(const struct pass *pass, const char *event, const struct journal_entry *entry)
{
    json_t *answer = json_pack("{s:b, s:s, s:s, s:o, s:i}", "ok", 1, "result", "recorded", "barcode", thing_id(&pass->key), "thing",
                               view_json_key(&pass->key), "recorded", (int)pass->operation->recorded);
    json_t *notes = check_notes(pass->request, pass->operation, pass->known ? &pass->where : NULL);
    json_t *unnamed = staffing_note(pass->request);

    order_notes_add(pass->request, pass->txn, operation_text(pass->operation, "order"),
                    thing_kind(&pass->key) == NAVETTE__THING_KIND__THING_ITEM ? &pass->key : NULL, &notes);
    if (strcmp(pass->operation->verb->name, "deliver") == 0)
        order_notes_pickup(pass->request, pass->txn, operation_text(pass->operation, "order"), &pass->key, &notes);
    if (unnamed != NULL)
        notes = add_note(notes, unnamed);
    commands_show_entry(answer, event, entry);
    if (pass->known && pass->where.has_label)
        (void)json_object_set_new(answer, "title", json_string(pass->where.label.title));
    if (notes != NULL)
        (void)json_object_set_new(answer, "notes", notes);
    return answer;
}

static int record(struct pass *pass, struct handing *handing, struct draft *draft, struct journal_entry *entry, json_t **answer)
{
    struct operation *operation = pass->operation;
    struct verb_scan scan = {.operation = operation, .key = &pass->key, .where = pass->known ? &pass->where : NULL, .handing = handing};
    int rc;

    draft_init(draft);
    handing_of_scan(pass->txn, operation, scan.where, handing);
    operation->verb->build(&scan, draft);
    draft->event.place = draft_text(operation->place);
    draft->event.operator_ = draft_text(operation->operator_);
    draft->event.operation = operation->id;
    rc = office_record(pass->office, pass->txn, &pass->request->moment, &draft->event, entry);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE) {
        *answer = request_refuse(pass->request, "malformed-event", event_check_text(&draft->event), NULL, NULL);
        return 0;
    }
    if (rc == 0)
        rc = operation_mark(pass->txn, operation, &pass->key);
    if (rc == 0)
        rc = operation_store(pass->txn, operation);
    return rc;
}

static int check(struct pass *pass, const char *typed, json_t **answer)
{
    int rc = find(pass, typed, answer);

    if (rc != 0 || *answer != NULL)
        return rc;
    rc = operation_has(pass->txn, pass->operation, &pass->key);
    if (rc == 0) {
        char text[128];
        message_text(pass->request->language, "already-read", NULL, NULL, NULL, text, sizeof text);
        *answer = json_pack("{s:b, s:s, s:s, s:o, s:s, s:i}", "ok", 1, "result", "already-read", "barcode", thing_id(&pass->key), "thing",
                            view_json_key(&pass->key), "text", text, "recorded", (int)pass->operation->recorded);
        return 0;
    }
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    *answer = check_thing(pass->office, pass->request, pass->operation, &pass->key, pass->known ? &pass->where : NULL);
    return 0;
}

int scan_run(struct office *office, const struct request *request, struct operation *operation, const char *typed, json_t **answer)
{
    struct pass pass = {.office = office, .request = request, .operation = operation};
    struct journal_entry entry;
    struct handing handing; /* what the draft points to */
    struct draft draft;
    int kept = 0, rc = office_write(office, &pass.txn);

    if (rc != 0)
        return rc;
    rc = check(&pass, typed, answer);
    if (rc == 0 && *answer == NULL) {
        operation->recorded++;
        operation->stored = 1;
        rc = record(&pass, &handing, &draft, &entry, answer);
        if (rc == 0 && *answer == NULL) {
            json_t *told = recorded(&pass, event_name(&draft.event), &entry); /* made first: what is stored can be told */
            rc = told != NULL ? office_keep(office, pass.txn, &request->moment) : NAVETTE_E_MEMORY;
            if (told != NULL)
                pass.txn = NULL;
            kept = rc == 0;
            if (kept)
                *answer = told;
            else
                json_decref(told);
        }
        if (!kept)
            operation->stored = --operation->recorded > 0;
    }
    lmdb_abort(pass.txn);
    if (rc == 0 && !kept && !json_is_true(json_object_get(*answer, "ok")))
        operation->refused++;
    if (pass.known)
        whereabouts_free(&pass.where);
    return rc;
}
