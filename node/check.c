/* SPDX-License-Identifier: Apache-2.0 */
#include "node/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/nearest.h"
#include "node/where.h"

#define PLACES_MAX 1024u

static json_t *refuse(const struct request *request, const char *code, const struct whereabouts *where)
{
    char text[WHERE_SIZE];

    where_text(request->language, where, text);
    return request_refuse(request, code, thing_id(&where->record.key), text, NULL);
}

static int is_bag(const struct thing_record *record)
{
    return thing_kind(&record->key) == NAVETTE__THING_KIND__THING_BAG || thing_kind(&record->key) == NAVETTE__THING_KIND__THING_CRATE;
}

static int holds(const struct thing_record *record, const struct thing_key *container)
{
    return record->custody == CUSTODY_CONTAINER && thing_key_equal(&record->container, container);
}

static json_t *check_alive(const struct request *request, const struct whereabouts *where)
{
    if (where->record.condition == CONDITION_WITHDRAWN)
        return refuse(request, is_bag(&where->record) ? "retired" : "withdrawn", where);
    if (where->record.condition == CONDITION_LOST)
        return refuse(request, "lost", where);
    return NULL;
}

static json_t *check_here(const struct office *office, const struct request *request, const struct operation *operation,
                          const struct whereabouts *where)
{
    const struct thing_record *record = &where->record;
    const char *id = thing_id(&record->key);

    switch (record->custody) {
    case CUSTODY_PLACE:
        if (strcmp(record->place, operation->place) == 0 || office_is_partial(office))
            return NULL;
        return refuse(request, is_bag(record) ? "bag-not-here" : "item-not-here", where);
    case CUSTODY_TRANSIT:
        return office_is_partial(office) && strcmp(record->place, operation->place) != 0 ? NULL
                                                                                         : refuse(request, "already-in-transit", where);
    case CUSTODY_PERSON:
        return refuse(request, "with-person", where);
    case CUSTODY_CONTAINER:
        if (holds(record, &operation->container))
            return request_refuse(request, "already-in-this-bag", id, thing_id(&operation->container), NULL);
        if (operation->verb->needs & VERB_CONTAINER)
            return request_refuse(request, "already-in-other-bag", id, thing_id(&record->container), NULL);
        return request_refuse(request, "in-a-container", id, thing_id(&record->container), NULL);
    default:
        return NULL;
    }
}

static json_t *check_inside(const struct request *request, const struct operation *operation, const struct whereabouts *where)
{
    char text[WHERE_SIZE];

    if (holds(&where->record, &operation->container))
        return NULL;
    where_text(request->language, where, text);
    return request_refuse(request, "not-in-this-bag", thing_id(&where->record.key), thing_id(&operation->container), text);
}

static json_t *check_transit(const struct request *request, const struct operation *operation, const struct whereabouts *where)
{
    const struct thing_record *root = &where->root; /* what is in a bag travels with it */

    /* a dispatch that was not heard of yet is normal; what stands here already is a mistake */
    if (operation->verb->needs & VERB_INCOMING && root->custody == CUSTODY_PLACE && strcmp(root->place, operation->place) == 0)
        return refuse(request, "not-in-transit-here", where);
    if (operation->verb->needs & VERB_OUTGOING && !(root->custody == CUSTODY_TRANSIT && strcmp(root->place, operation->place) == 0))
        return refuse(request, "not-in-transit-from-here", where);
    if (where->record.custody == CUSTODY_CONTAINER)
        return request_refuse(request, "in-a-container", thing_id(&where->record.key), thing_id(&where->record.container), NULL);
    return NULL;
}

json_t *check_thing(const struct office *office, const struct request *request, const struct operation *operation,
                    const struct thing_key *key, const struct whereabouts *where)
{
    unsigned needs = operation->verb->needs;
    json_t *refusal = NULL;

    if (operation->container.len != 0 && thing_key_equal(key, &operation->container))
        return request_refuse(request, "container-here", thing_id(key), NULL, NULL);
    if (where == NULL)
        return NULL;
    if (needs & VERB_NEW) {
        char text[WHERE_SIZE];
        if (!where->record.registered || where->record.condition == CONDITION_WITHDRAWN)
            return NULL;
        where_text(request->language, where, text);
        return request_refuse(request, is_bag(&where->record) ? "already-in-service" : "already-registered", thing_id(key), text, NULL);
    }
    if (needs & VERB_ALIVE)
        refusal = check_alive(request, where);
    if (refusal == NULL && needs & VERB_HERE)
        refusal = check_here(office, request, operation, where);
    if (refusal == NULL && needs & VERB_INSIDE)
        refusal = check_inside(request, operation, where);
    if (refusal == NULL && needs & (VERB_INCOMING | VERB_OUTGOING))
        refusal = check_transit(request, operation, where);
    if (refusal == NULL && strcmp(operation->verb->name, "lost") == 0 && where->record.condition == CONDITION_LOST)
        refusal = refuse(request, "already-lost", where);
    if (refusal == NULL && strcmp(operation->verb->name, "lost") == 0 && where->record.condition == CONDITION_WITHDRAWN)
        refusal = refuse(request, is_bag(&where->record) ? "retired" : "withdrawn", where);
    return refusal;
}

json_t *check_container(const struct office *office, const struct request *request, const struct whereabouts *where, int may_be_sealed)
{
    const struct thing_record *record = &where->record;
    json_t *refusal = check_alive(request, where);

    if (refusal != NULL)
        return refusal;
    /* a bag in a crate that is here is within reach too */
    if (record->custody != CUSTODY_NONE && !office_is_partial(office) &&
        !(where->root.custody == CUSTODY_PLACE && strcmp(where->root.place, request->place) == 0))
        return refuse(request, "bag-not-here", where);
    if (record->sealed && !may_be_sealed)
        return request_refuse(request, "bag-sealed", thing_id(&record->key), record->seal, NULL);
    return NULL;
}

json_t *check_destination(const struct request *request, struct store_txn *txn, const char *to)
{
    if (strcmp(to, request->place) == 0)
        return request_refuse(request, "to-self", to, NULL, NULL);
    return check_recorded_place(request, txn, to);
}

/* What is near, as a sentence of the refusal; and, when it may be recorded all the same, how. */
static json_t *refuse_place(const struct request *request, const struct place_row *rows, int count, const char *code, int may_insist)
{
    char near[NEAREST_SIZE], perhaps[NEAREST_SIZE + 64] = "";

    if (nearest_places(rows, (size_t)count, code, near) > 0)
        (void)snprintf(perhaps, sizeof perhaps, "%s %s. ", message_word(request->language, "perhaps-place"), near);
    return request_refuse(request, "no-such-place", code, perhaps, may_insist ? message_word(request->language, "place-anyway") : "");
}

static json_t *check_declared(const struct request *request, struct store_txn *txn, const char *code, int may_insist)
{
    struct place_row *rows;
    struct thing_key key;
    json_t *refusal = NULL;
    int known = 0, count;

    if (thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", code, &key) != 0)
        return request_refuse(request, "no-such-place", code, NULL, NULL);
    rows = calloc(PLACES_MAX, sizeof *rows);
    count = rows != NULL ? view_places(txn, txn, rows, PLACES_MAX) : NAVETTE_E_MEMORY;
    for (int i = 0; i < count; i++)
        known |= strcmp(rows[i].code, code) == 0;
    if (!known && count > 0)
        refusal = refuse_place(request, rows, count, code, may_insist);
    free(rows);
    return refusal;
}

json_t *check_place(const struct request *request, struct store_txn *txn, const char *code)
{
    return check_declared(request, txn, code, 0);
}

json_t *check_recorded_place(const struct request *request, struct store_txn *txn, const char *code)
{
    struct thing_key key;

    if (request_flag(request, "anyway") && thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", code, &key) == 0)
        return NULL;
    return check_declared(request, txn, code, 1);
}

static void note(const struct request *request, json_t **notes, const char *code, const char *a)
{
    if (*notes == NULL)
        *notes = json_array();
    (void)json_array_append_new(*notes, request_note(request, code, a));
}

json_t *check_notes(const struct request *request, const struct operation *operation, const struct whereabouts *where)
{
    const char *verb = operation->verb->name;
    json_t *notes = NULL;

    if (where == NULL) {
        if (!(operation->verb->needs & VERB_NEW))
            note(request, &notes, "note-unknown", NULL);
        return notes;
    }
    const struct thing_record *record = &where->record;
    if (record->condition == CONDITION_WITHDRAWN && !(operation->verb->needs & VERB_NEW))
        note(request, &notes, "note-withdrawn", NULL);
    if ((record->condition == CONDITION_LOST || record->condition == CONDITION_MISSING) && strcmp(verb, "lost") != 0)
        note(request, &notes, "note-found", NULL);
    if (strcmp(verb, "found") == 0 && record->condition == CONDITION_NORMAL)
        note(request, &notes, "note-not-seen", NULL);
    if (strcmp(verb, "receive") == 0 || strcmp(verb, "refuse") == 0) {
        if (record->custody == CUSTODY_CONTAINER)
            note(request, &notes, "note-in-bag", thing_id(&record->container));
        else if (where->root.custody == CUSTODY_TRANSIT && strcmp(where->root.to, operation->place) != 0)
            note(request, &notes, "note-elsewhere", where->root.to);
        else if (where->root.custody != CUSTODY_TRANSIT)
            note(request, &notes, "note-not-awaited", NULL);
    }
    if (strcmp(verb, "dispatch") == 0 && is_bag(record) && record->content_count == 0)
        note(request, &notes, "note-empty-bag", NULL);
    return notes;
}
