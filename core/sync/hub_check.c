/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "sync/hub_state.h"

const struct right_change *hub_node_at_place(const struct hub_node *node, const char *place)
{
    static const struct right_change none = {0, 0};

    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], place) == 0) {
            return &node->changes[i];
        }
    }
    /* What it recorded while it served this one, and had not sent yet. */
    for (size_t i = 0; i < node->leaving_count; i++) {
        if (strcmp(node->leaving[i], place) == 0) {
            return &none;
        }
    }
    return NULL;
}

/* Readers obey these whatever else is said of them, if they name no place: one in a node's log is a forgery, not a mistake. */
static int is_forged(const Navette__Event *body)
{
    return body->place[0] == '\0' &&
           (body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED || body->body_case == NAVETTE__EVENT__BODY_EVENT_ADMITTED ||
            body->body_case == NAVETTE__EVENT__BODY_FRONTIER_NOTED || body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED);
}

/* A cause, 0: it may; or NAVETTE_E_REFUSED. */
static int judge(const struct hub_node *node, const Navette__Event *body)
{
    return is_forged(body) ? NAVETTE_E_REFUSED : (int)hub_judge(node, body);
}

Navette__RefusalCause hub_judge(const struct hub_node *node, const Navette__Event *body)
{
    return right_judge(node->role, hub_node_at_place(node, body->place), body);
}

/* What stands inside is judged as if it came by itself; whose log it is from is asked when the batch is taken. */
static int judge_inside(struct hub_checked *checked, const struct hub_node *node, const Navette__Adopted *adopted, size_t i)
{
    struct event event;
    int cause = NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE;
    int rc = event_decode(span_of(adopted->event.data, adopted->event.len), &event);

    if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
        cause = judge(node, event.body);
        checked->rights[i] = (uint8_t)right_of_body((int)event.body->body_case);
    }
    event_free(&event);
    return rc == NAVETTE_E_MEMORY ? rc : cause;
}

/* One that was decoded; NAVETTE_E_UNKNOWN in rc: its body is of a later version. */
static int examine_event(struct hub_checked *checked, const struct hub_node *node, const struct event *event, int rc, size_t i)
{
    int cause = judge(node, event->body);

    checked->masks[i] = rc == 0 ? event_scope_mask(event->body) : scope_mask_of(event->body->place);
    checked->rights[i] = (uint8_t)right_of_body((int)event->body->body_case);
    if (rc == 0 && event->body->body_case == NAVETTE__EVENT__BODY_ADOPTED) {
        checked->adopted++;
        cause = cause == 0 ? judge_inside(checked, node, event->body->adopted, i) : cause;
    }
    checked->corrections += checked->rights[i] == NAVETTE__RIGHT__RIGHT_CORRECT;
    checked->operators += rc == 0 && (event->body->body_case == NAVETTE__EVENT__BODY_OPERATOR_DECIDED ||
                                      event->body->body_case == NAVETTE__EVENT__BODY_ADOPTED);
    if (cause > 0) {
        checked->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
        checked->causes[i] = (uint8_t)cause;
    }
    return cause < 0 ? cause : 0;
}

/*
 * A malformed event, or one that its node has no right to, is journaled all the same and refused by an event of the hub's own log.
 * NAVETTE_E_REFUSED: one is forged, nothing of the batch is let in.
 */
static int examine(struct hub_checked *checked, const struct hub_node *node, const Navette__Batch *batch)
{
    int rc;

    decoded_free(checked->decoded);
    checked->decoded = decoded_new(batch->n_events, checked->room);
    rc = checked->decoded == NULL ? NAVETTE_E_MEMORY : 0;
    checked->refused = 0;
    checked->adopted = 0;
    checked->corrections = 0;
    checked->operators = 0;
    for (size_t i = 0; rc != NAVETTE_E_MEMORY && i < batch->n_events; i++) {
        struct event event;
        struct span bytes = {batch->events[i].data, batch->events[i].len};
        int allowed = 0;

        rc = decoded_add(checked->decoded, bytes, &event);
        checked->reasons[i] = 0;
        checked->causes[i] = 0;
        checked->rights[i] = 0;
        checked->masks[i] = 0;
        if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
            allowed = examine_event(checked, node, &event, rc, i);
        } else {
            checked->reasons[i] = NAVETTE__REASON__REASON_MALFORMED;
        }
        if (allowed < 0) {
            return allowed;
        }
        checked->refused += checked->reasons[i] != 0;
    }
    if (rc == NAVETTE_E_MEMORY) {
        return rc;
    }
    decoded_end(checked->decoded);
    return 0;
}

struct hub_checked *hub_checked_new(void)
{
    return calloc(1, sizeof(struct hub_checked));
}

void hub_checked_clear(struct hub_checked *checked)
{
    frame_free(&checked->frame);
    checked->for_node = 0;
    decoded_free(checked->decoded);
    checked->decoded = NULL;
}

void hub_checked_journaled(struct hub_checked *checked, uint64_t first)
{
    decoded_free(checked->taken);
    checked->taken = NULL;
    if (checked->decoded != NULL && decoded_count(checked->decoded) > 0) {
        checked->taken = checked->decoded;
        checked->decoded = NULL;
    }
    checked->first = first;
}

void hub_checked_keep(struct hub_checked *checked, size_t room)
{
    checked->room = room;
}

struct decoded *hub_checked_take(struct hub_checked *checked, uint64_t *first)
{
    struct decoded *decoded = checked->taken;

    *first = checked->first;
    checked->taken = NULL;
    return decoded;
}

void hub_checked_free(struct hub_checked *checked)
{
    if (checked != NULL) {
        hub_checked_clear(checked);
        decoded_free(checked->taken);
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
