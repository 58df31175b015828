/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/arena.h"
#include "navette/event.h"
#include "sync/hub_state.h"

static int serves(const struct hub_node *node, const char *place)
{
    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], place) == 0) {
            return 1;
        }
    }
    /* What it recorded while it served this one, and had not sent yet. */
    for (size_t i = 0; i < node->leaving_count; i++) {
        if (strcmp(node->leaving[i], place) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Readers obey these whatever else is said of them, if they name no place: one in a node's log is a forgery, not a mistake. */
static int is_forged(const Navette__Event *body)
{
    return body->place[0] == '\0' &&
           (body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED || body->body_case == NAVETTE__EVENT__BODY_FRONTIER_NOTED ||
            body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED);
}

/* What the network decides is decided by the hub or a coordinator; a reader records nothing. */
static int may(const struct hub_node *node, const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_PLACE_DECLARED:
    case NAVETTE__EVENT__BODY_RULE_DECIDED:
    case NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED:
    case NAVETTE__EVENT__BODY_SWAP_CONFIRMED:
    case NAVETTE__EVENT__BODY_SWAP_REJECTED:
        return node->role == NAVETTE__ROLE__ROLE_COORDINATOR && serves(node, body->place);
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
    case NAVETTE__EVENT__BODY_NODE_REKEYED:
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
    case NAVETTE__EVENT__BODY_EVENT_PARKED:
    case NAVETTE__EVENT__BODY_FRONTIER_NOTED:
    case NAVETTE__EVENT__BODY_LEASE_GRANTED:
    case NAVETTE__EVENT__BODY_INCARNATION_STARTED:
    case NAVETTE__EVENT__BODY_CLONE_FOUND:
    case NAVETTE__EVENT__BODY_CLONE_CHOSEN:
        return 0;
    default:
        return node->role != NAVETTE__ROLE__ROLE_READER && serves(node, body->place);
    }
}

/* 1, 0: no right, or NAVETTE_E_REFUSED. */
static int judge(const struct hub_node *node, const Navette__Event *body)
{
    return is_forged(body) ? NAVETTE_E_REFUSED : may(node, body);
}

/* What stands inside is judged as if it came by itself; whose log it is from is asked when the batch is taken. */
static int judge_inside(const struct hub_node *node, const Navette__Adopted *adopted)
{
    struct event event;
    int allowed = 0;
    int rc = event_decode(span_of(adopted->event.data, adopted->event.len), &event);

    if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
        allowed = judge(node, event.body);
    }
    event_free(&event);
    return rc == NAVETTE_E_MEMORY ? rc : allowed;
}

/*
 * A malformed event, or one that its node has no right to, is journaled all the same and refused by an event of the hub's own log.
 * NAVETTE_E_REFUSED: one is forged, nothing of the batch is let in.
 */
static int examine(struct hub_checked *checked, const struct hub_node *node, const Navette__Batch *batch)
{
    struct arena *arena = arena_new(0);
    int rc = arena == NULL ? NAVETTE_E_MEMORY : 0;

    checked->refused = 0;
    checked->adopted = 0;
    for (size_t i = 0; rc != NAVETTE_E_MEMORY && i < batch->n_events; i++) {
        struct event event;
        struct span bytes = {batch->events[i].data, batch->events[i].len};
        int allowed;

        rc = event_decode_in(arena, bytes, &event);
        checked->reasons[i] = 0;
        checked->masks[i] = 0;
        if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
            checked->masks[i] = rc == 0 ? event_scope_mask(event.body) : scope_mask_of(event.body->place);
            allowed = judge(node, event.body);
            if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_ADOPTED) {
                checked->adopted++;
                allowed = allowed > 0 ? judge_inside(node, event.body->adopted) : allowed;
            }
            if (allowed < 0) {
                arena_free(arena);
                return allowed;
            }
            if (!allowed) {
                checked->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
            }
        } else {
            checked->reasons[i] = NAVETTE__REASON__REASON_MALFORMED;
        }
        checked->refused += checked->reasons[i] != 0;
    }
    arena_free(arena);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

struct hub_checked *hub_checked_new(void)
{
    return calloc(1, sizeof(struct hub_checked));
}

void hub_checked_clear(struct hub_checked *checked)
{
    frame_free(&checked->frame);
    checked->for_node = 0;
}

void hub_checked_free(struct hub_checked *checked)
{
    if (checked != NULL) {
        hub_checked_clear(checked);
    }
    free(checked);
}

void hub_check_frame(struct hub_checked *checked, struct span bytes)
{
    hub_checked_clear(checked);
    checked->rc = frame_decode(bytes, &checked->frame);
}

/* Rights are those of the moment when the batch is taken: what was found for others is found again. */
static int is_for(const struct hub_checked *checked, const struct hub_node *node)
{
    return checked->for_node && memcmp(&checked->node, node, sizeof *node) == 0;
}

int hub_check_batch(struct hub_checked *checked, const struct hub_node *node)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;

    if (is_for(checked, node)) {
        return checked->batch_rc;
    }
    memcpy(&checked->node, node, sizeof *node);
    checked->for_node = 1;
    checked->batch_rc = rekey_verify_batch(batch, node->sign_key, &node->past, &checked->header, checked->leaves);
    if (checked->batch_rc == 0) {
        checked->batch_rc = examine(checked, node, batch);
    }
    return checked->batch_rc;
}

void hub_check(struct hub_checked *checked, const struct hub_node *node, struct span bytes)
{
    hub_check_frame(checked, bytes);
    if (checked->rc == 0 && checked->frame.type == FRAME_PUSH) {
        hub_check_batch(checked, node);
    }
}
