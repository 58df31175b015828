/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/absence.h"
#include "navette/adopted.h"
#include "navette/event.h"
#include "sync/hub_state.h"

/* The event that a reference points to, opened when it was adopted. NAVETTE_E_NOT_FOUND; other codes of event_decode(). */
static int find_event(struct store_txn *journal, const struct ref *ref, struct journal_entry *entry, struct event *event)
{
    int rc = ref->seq == 0 ? NAVETTE_E_NOT_FOUND : journal_find(journal, ref, entry);

    memset(event, 0, sizeof *event);
    if (rc == 0) {
        rc = adopted_open(entry);
    }
    if (rc == 0 && entry->self.leaf != ref->leaf) {
        rc = NAVETTE_E_NOT_FOUND;
    }
    if (rc == 0) {
        rc = event_decode(entry->event, event);
        event->self = entry->self;
    }
    return rc;
}

int hub_corrects_others(struct store_txn *journal, const struct hub_node *node, const struct event *event)
{
    struct journal_entry entry;
    struct event target;
    struct ref ref;
    int others = 0;
    int rc;

    if (event->body->body_case != NAVETTE__EVENT__BODY_RETRACTED || node->role == NAVETTE__ROLE__ROLE_COORDINATOR) {
        return 0;
    }
    ref = event_ref(event->body->retracted->target, &event->self);
    rc = find_event(journal, &ref, &entry, &target);
    if (rc == 0) {
        others = strcmp(target.body->place, event->body->place) != 0;
    }
    event_free(&target);
    return rc == NAVETTE_E_MEMORY || rc == NAVETTE_E_STORE ? rc : others;
}

/* Whose log an entry stands in: of an adopted one, who brought it. */
static const struct hub_node *author(const struct hub *hub, struct store_txn *journal, const struct ref *event)
{
    const struct hub_peer *peer;
    struct journal_entry entry;
    struct log_head head;
    uint64_t position = 0;
    int rc = journal_apart(journal, event, &position);

    if (rc == 0) {
        rc = journal_read_raw(journal, position, &entry);
    }
    rc = journal_head(journal, rc == 0 ? entry.self.incarnation : event->incarnation, &head);
    peer = rc == 0 ? hub_peer_by_node(hub, head.node) : NULL;
    return peer == NULL ? NULL : &peer->node;
}

static int judge_again(const struct hub *hub, struct store_txn *journal, const struct ref *ref, struct hub_refusal *why)
{
    const struct hub_node *node = author(hub, journal, ref);
    struct journal_entry entry;
    struct event event;
    int rc = find_event(journal, ref, &entry, &event);

    if (rc == NAVETTE_E_TOO_LARGE) {
        rc = NAVETTE_E_INVALID;
    }
    if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
        rc = node == NULL ? NAVETTE_E_UNKNOWN : 0;
        why->right = right_of_body((int)event.body->body_case);
        why->cause = node == NULL ? NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED : hub_judge(node, event.body);
    }
    if (rc == 0 && why->cause == NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED) {
        rc = hub_corrects_others(journal, node, &event);
        why->cause = rc > 0 ? NAVETTE__REFUSAL_CAUSE__CAUSE_NOT_ITS_EVENT : NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED;
        rc = rc < 0 ? rc : 0;
    }
    if (rc == 0 && why->cause == NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED) {
        rc = hub_operator_judge(hub, journal, event.body, &why->cause);
    }
    event_free(&event);
    return rc == 0 && why->cause != NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED ? NAVETTE_E_REFUSED : rc;
}

int hub_readmit(const struct hub *hub, struct store_txn *journal, struct store_txn *state, const struct ref *event, struct ref *refusals,
                size_t max, struct hub_refusal *why)
{
    struct horizon horizon;
    int count;
    int rc = horizon_open(&horizon, state, journal);

    memset(why, 0, sizeof *why);
    if (rc != 0) {
        return rc;
    }
    count = absence_refusals(&horizon, event, refusals, max);
    if (count <= 0) {
        return count;
    }
    rc = judge_again(hub, journal, event, why);
    return rc == 0 ? count : rc;
}
