/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/check.h"
#include "node/commands.h"
#include "node/verb.h"

/* A slip that reads as a reference names the dispatch itself; any other is a number that people match. */
static char *slip_of(const struct verb_scan *scan)
{
    return draft_text(scan->dispatch.seq != 0 ? "" : operation_text(scan->operation, "slip"));
}

static Navette__Thing *round_of(struct draft *draft, const char *id)
{
    return id[0] != '\0' ? draft_named(&draft->round, NAVETTE__THING_KIND__THING_ROUND, id) : NULL;
}

static void build_dispatch(const struct verb_scan *scan, struct draft *draft)
{
    Navette__Dispatched *body = &draft->body.dispatched;

    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DISPATCHED, dispatched);
    body->to = draft_text(operation_text(scan->operation, "to"));
    body->carrier = draft_text(operation_text(scan->operation, "carrier"));
    body->round = round_of(draft, operation_text(scan->operation, "round"));
    body->slip = draft_text(operation_text(scan->operation, "slip"));
    body->departed = draft_text(operation_text(scan->operation, "departed"));
    if (scan->where != NULL) {
        body->items = (uint32_t)thing_record_items(&scan->where->record);
        body->seal = draft_text(scan->where->record.seal);
    }
}

/* Something inside a bag that came is seen with it and stays in it; everything else is received. */
/* The other end of a transit, so that it hears of what became of it. */
static char *sender_of(const struct verb_scan *scan)
{
    const struct thing_record *root = scan->where != NULL ? &scan->where->root : NULL;

    return draft_text(root != NULL && root->custody == CUSTODY_TRANSIT ? root->place : "");
}

static char *addressee_of(const struct verb_scan *scan)
{
    const struct thing_record *root = scan->where != NULL ? &scan->where->root : NULL;

    return draft_text(root != NULL && root->custody == CUSTODY_TRANSIT ? root->to : "");
}

static void build_receive(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    if (scan->where != NULL && scan->where->record.custody == CUSTODY_CONTAINER) {
        DRAFT_THINGS_BODY(draft, SEEN_ON_RECEPTION, seen_on_reception);
        draft->body.seen_on_reception.dispatch = draft_ref(draft, 0, &scan->dispatch);
        return;
    }
    DRAFT_THINGS_BODY(draft, RECEIVED, received);
    draft->body.received.mode = operation_flag(scan->operation, "checked") ? NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED
                                                                           : NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED;
    draft->body.received.dispatch = draft_ref(draft, 0, &scan->dispatch);
    draft->body.received.slip = slip_of(scan);
    draft->body.received.from = sender_of(scan);
}

static void build_refuse(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, REFUSED, refused);
    draft->body.refused.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
    draft->body.refused.dispatch = draft_ref(draft, 0, &scan->dispatch);
    draft->body.refused.from = sender_of(scan);
}

static void build_cancel(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, TRANSIT_CANCELLED, transit_cancelled);
    draft->body.transit_cancelled.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
    draft->body.transit_cancelled.dispatch = draft_ref(draft, 0, &scan->dispatch);
    draft->body.transit_cancelled.to = addressee_of(scan);
}

const struct verb *cmd_movement_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"dispatch", "dispatch", NAVETTE__OPERATION_KIND__OPERATION_DISPATCH, VERB_ALL, 0,
         VERB_TO | VERB_HERE | VERB_ALIVE | VERB_MAY_BE_NEW, ROLES_RELAY, build_dispatch},
        {"receive", "receive", NAVETTE__OPERATION_KIND__OPERATION_RECEIVE, VERB_ALL, 0, VERB_MAY_BE_NEW, ROLES_RELAY, build_receive},
        {"refuse", "refuse", NAVETTE__OPERATION_KIND__OPERATION_RECEIVE, VERB_ALL, 0, VERB_INCOMING | VERB_MAY_BE_NEW, ROLES_RELAY,
         build_refuse},
        {"cancel", "cancel", NAVETTE__OPERATION_KIND__OPERATION_DISPATCH, VERB_ALL, 0, VERB_OUTGOING, ROLES_RELAY, build_cancel},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

static void take_pools(const struct request *request, struct draft *draft)
{
    const json_t *pools = json_object_get(request->json, "pools");
    size_t count = json_array_size(pools);

    for (size_t i = 0; i < count && draft->pool_count < DRAFT_POOLS; i++) {
        const json_t *row = json_array_get(pools, i);
        const char *kind = json_string_value(json_object_get(row, "kind"));
        Navette__PoolCount *pool = &draft->pool[draft->pool_count];
        navette__pool_count__init(pool);
        pool->kind = draft_text(kind != NULL ? kind : "");
        pool->count = (uint32_t)json_integer_value(json_object_get(row, "count"));
        draft->pools[draft->pool_count++] = pool;
    }
}

static int run_count_handover(struct office *office, const struct request *request, json_t **answer)
{
    struct draft draft;
    static const char *const names[] = {"stop", "crates", "bags", "items", NULL};
    Navette__HandoverCounted *body = &draft.body.handover_counted;
    uint32_t counts[4];
    int party, direction;

    if (!request_may_record(request, office, ROLES_ROUND, answer) || !request_counts(request, names, counts, answer))
        return 0;
    party = request_word(request, "party", &navette__handover_party__descriptor, answer);
    direction = party < 0 ? -1 : request_word(request, "direction", &navette__handover_direction__descriptor, answer);
    if (direction < 0)
        return 0;
    if (party == 0) {
        *answer = request_refuse(request, "missing-option", "--party", "count-handover", NULL);
        return 0;
    }
    draft_init(&draft);
    DRAFT_BODY(&draft, HANDOVER_COUNTED, handover_counted);
    take_pools(request, &draft);
    body->round = round_of(&draft, request_text(request, "round"));
    body->stop = counts[0];
    body->direction = (Navette__HandoverDirection)direction;
    body->party = (Navette__HandoverParty)party;
    body->slip = draft_text(request_text(request, "slip"));
    body->crates = counts[1];
    body->bags = counts[2];
    body->items = counts[3];
    body->peer = draft_text(request_text(request, "peer"));
    body->pools = draft.pools;
    body->n_pools = draft.pool_count;
    return commands_record(office, request, &draft, answer);
}

const struct command *cmd_movement_commands(size_t *count)
{
    static const struct command commands[] = {{"count-handover", run_count_handover, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
