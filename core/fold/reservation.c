/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/reservation.h"

#include <string.h>

/*
 *   none ──placed, changed──> placed ──prepared──> prepared ──staged──> staged
 *                               ^  ^                  │                   │
 *                               │  └──changed: items──┴───────────────────┤
 *                    changed    │                                         │
 *             no-show, unmet ───┘          handed over, delivered (any) ──┴──> handed over
 *
 *   cancelled: from any but handed over       no-show: from any but handed over and cancelled
 *   unmet, naming no document: from placed and prepared (naming some, the rest of the order goes on)
 *
 * Cancelled ends only by handing over all the same; handed over does not end. What no row names changes nothing.
 */
#define BIT(name) (1u << ORDER_STATE_##name)
#define OPEN (BIT(NONE) | BIT(PLACED) | BIT(NO_SHOW) | BIT(UNMET))
#define ALL (OPEN | BIT(PREPARED) | BIT(STAGED) | BIT(CANCELLED) | BIT(HANDED_OVER))

struct transition {
    Navette__Event__BodyCase body;
    unsigned from; /* states in which it changes something */
    enum order_state to;
};

static const struct transition transitions[] = {
    {NAVETTE__EVENT__BODY_ORDER_PLACED, BIT(NONE), ORDER_STATE_PLACED},
    {NAVETTE__EVENT__BODY_ORDER_CHANGED, OPEN & ~BIT(PLACED), ORDER_STATE_PLACED},
    {NAVETTE__EVENT__BODY_ORDER_PREPARED, OPEN, ORDER_STATE_PREPARED},
    {NAVETTE__EVENT__BODY_ORDER_STAGED, OPEN | BIT(PREPARED), ORDER_STATE_STAGED},
    {NAVETTE__EVENT__BODY_ORDER_HANDED_OVER, ALL & ~BIT(HANDED_OVER), ORDER_STATE_HANDED_OVER},
    {NAVETTE__EVENT__BODY_DELIVERED, ALL & ~BIT(HANDED_OVER), ORDER_STATE_HANDED_OVER},
    {NAVETTE__EVENT__BODY_ORDER_CANCELLED, ALL & ~(BIT(HANDED_OVER) | BIT(CANCELLED)), ORDER_STATE_CANCELLED},
    {NAVETTE__EVENT__BODY_ORDER_NO_SHOW, ALL & ~(BIT(HANDED_OVER) | BIT(CANCELLED) | BIT(NO_SHOW)), ORDER_STATE_NO_SHOW},
    {NAVETTE__EVENT__BODY_ORDER_UNMET, BIT(NONE) | BIT(PLACED) | BIT(PREPARED), ORDER_STATE_UNMET},
};

static void set_pickup(struct thing_record *record, const char *code)
{
    if (code[0] == '\0')
        return;
    memset(record->place, 0, sizeof(record->place));
    memcpy(record->place, code, strnlen(code, sizeof(record->place) - 1));
}

/* Which states an event may change, as its own fields say. */
static unsigned from_of(const struct transition *transition, const Navette__Event *body)
{
    if (body->body_case == NAVETTE__EVENT__BODY_ORDER_CHANGED && body->order_changed->n_items > 0)
        return transition->from | BIT(PREPARED) | BIT(STAGED);
    if (body->body_case == NAVETTE__EVENT__BODY_ORDER_UNMET && body->order_unmet->n_items > 0)
        return 0;
    return transition->from;
}

void reservation_apply(const struct event *event, struct thing_record *record)
{
    const Navette__Event *body = event->body;

    if (body->body_case == NAVETTE__EVENT__BODY_ORDER_PLACED)
        set_pickup(record, body->order_placed->pickup);
    if (body->body_case == NAVETTE__EVENT__BODY_ORDER_CHANGED)
        set_pickup(record, body->order_changed->pickup);
    for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
        const struct transition *transition = &transitions[i];

        if (transition->body != body->body_case || (from_of(transition, body) >> record->order & 1u) == 0)
            continue;
        record->order = (uint8_t)transition->to;
        record->cause = event->self;
    }
}
