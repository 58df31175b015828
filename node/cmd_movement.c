/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/commands.h"
#include "node/handing.h"
#include "node/verb.h"

/* Which hand-over it is part of, in the words of any body that has them. A slip that reads as a reference names the dispatch itself. */
#define BUILD_HANDING(draft, message, handing)                                                                                             \
    do {                                                                                                                                   \
        (message)->slip = draft_text((handing)->slip);                                                                                     \
        (message)->round = draft_round(draft, (handing)->round);                                                                           \
        (message)->stop = (handing)->stop;                                                                                                 \
        (message)->direction = (Navette__HandoverDirection)(handing)->direction;                                                           \
    } while (0)

static void build_dispatch(const struct verb_scan *scan, struct draft *draft)
{
    Navette__Dispatched *body = &draft->body.dispatched;

    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DISPATCHED, dispatched);
    body->to = draft_text(operation_text(scan->operation, "to"));
    body->carrier = draft_text(operation_text(scan->operation, "carrier"));
    BUILD_HANDING(draft, body, scan->handing);
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
        draft->body.seen_on_reception.dispatch = draft_ref(draft, 0, &scan->handing->dispatch);
        BUILD_HANDING(draft, &draft->body.seen_on_reception, scan->handing);
        return;
    }
    DRAFT_THINGS_BODY(draft, RECEIVED, received);
    draft->body.received.mode = operation_flag(scan->operation, "checked") ? NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED
                                                                           : NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED;
    draft->body.received.dispatch = draft_ref(draft, 0, &scan->handing->dispatch);
    BUILD_HANDING(draft, &draft->body.received, scan->handing);
    draft->body.received.from = sender_of(scan);
}

static void build_refuse(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, REFUSED, refused);
    draft->body.refused.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
    draft->body.refused.dispatch = draft_ref(draft, 0, &scan->handing->dispatch);
    BUILD_HANDING(draft, &draft->body.refused, scan->handing);
    draft->body.refused.from = sender_of(scan);
}

static void build_cancel(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, TRANSIT_CANCELLED, transit_cancelled);
    draft->body.transit_cancelled.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
    draft->body.transit_cancelled.dispatch = draft_ref(draft, 0, &scan->handing->dispatch);
    draft->body.transit_cancelled.slip = draft_text(scan->handing->slip);
    draft->body.transit_cancelled.to = addressee_of(scan);
}

const struct verb *cmd_movement_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"dispatch", "dispatch", NAVETTE__OPERATION_KIND__OPERATION_DISPATCH, VERB_ALL, 0,
         VERB_TO | VERB_HERE | VERB_ALIVE | VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_DISPATCH, build_dispatch},
        {"receive", "receive", NAVETTE__OPERATION_KIND__OPERATION_RECEIVE, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_RECEIVE,
         build_receive},
        {"refuse", "refuse", NAVETTE__OPERATION_KIND__OPERATION_RECEIVE, VERB_ALL, 0, VERB_INCOMING | VERB_MAY_BE_NEW,
         NAVETTE__RIGHT__RIGHT_RECEIVE, build_refuse},
        {"cancel", "cancel", NAVETTE__OPERATION_KIND__OPERATION_DISPATCH, VERB_ALL, 0, VERB_OUTGOING, NAVETTE__RIGHT__RIGHT_CANCEL,
         build_cancel},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}
