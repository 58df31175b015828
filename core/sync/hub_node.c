/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "navette/log.h"
#include "sync/hub_state.h"

struct hub_peer *hub_peer_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE])
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        if (memcmp(hub->peers[i].node.curve_key, curve_key, KEY_SIZE) == 0) {
            return &hub->peers[i];
        }
    }
    return hub_rekey_find(hub, curve_key);
}

struct hub_peer *hub_peer_by_node(const struct hub *hub, const uint8_t node[NODE_ID_SIZE])
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        if (memcmp(hub->peers[i].node.node, node, NODE_ID_SIZE) == 0) {
            return &hub->peers[i];
        }
    }
    return NULL;
}

int hub_set_node(struct hub *hub, const struct hub_node *node)
{
    struct hub_peer *peer = hub_peer_by_node(hub, node->node);

    if (peer == NULL) {
        if (hub->peer_count >= LIMIT_SESSIONS) {
            return NAVETTE_E_TOO_LARGE;
        }
        peer = realloc(hub->peers, (hub->peer_count + 1) * sizeof *peer);
        if (peer == NULL) {
            return NAVETTE_E_MEMORY;
        }
        hub->peers = peer;
        peer = &hub->peers[hub->peer_count++];
        memset(peer, 0, sizeof *peer);
    }
    peer->node = *node;
    return 0;
}

const struct hub_node *hub_node_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE])
{
    const struct hub_peer *peer = hub_peer_by_key(hub, curve_key);

    return peer == NULL ? NULL : &peer->node;
}

const struct hub_node *hub_node_at(const struct hub *hub, size_t index)
{
    return index < hub->peer_count ? &hub->peers[index].node : NULL;
}

static int set_places(char (*list)[LIMIT_PLACE_CODE + 1], size_t *list_count, char *const *places, size_t count)
{
    if (count > HUB_NODE_PLACES) {
        return NAVETTE_E_TOO_LARGE;
    }
    memset(list, 0, HUB_NODE_PLACES * sizeof *list);
    *list_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(places[i]);

        if (len > LIMIT_PLACE_CODE) {
            return NAVETTE_E_INVALID;
        }
        memcpy(list[i], places[i], len);
    }
    return 0;
}

/* Beyond and below its role, at the places it has now. */
static void set_changes(struct hub_node *node, Navette__RightsAt *const *at, size_t count)
{
    memset(node->changes, 0, sizeof node->changes);
    for (size_t i = 0; i < node->place_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (strcmp(node->places[i], at[k]->place) == 0) {
                node->changes[i] = (struct right_change){at[k]->granted, at[k]->withdrawn};
            }
        }
    }
}

/* Of an epoch: when it began, when the node had it, when it was whole. */
static int take_rights(struct hub_node *node, const Navette__RightsGranted *granted, int64_t at_ms)
{
    int rc;

    if (granted->epoch != node->scope_epoch && (node->changed_ms == 0 || node->complete_ms != 0)) {
        node->held_epoch = node->scope_epoch + 1;
        node->held.kind = node->scope;
        node->held.place_count = node->place_count;
        memcpy(node->held.places, node->places, sizeof node->held.places);
    }
    rc = set_places(node->places, &node->place_count, granted->places, granted->n_places);

    if (rc == 0) {
        rc = set_places(node->leaving, &node->leaving_count, granted->leaving, granted->n_leaving);
    }
    if (granted->epoch != node->scope_epoch || (node->changed_ms == 0 && granted->epoch != 0)) {
        node->changed_ms = at_ms;
        node->taken_ms = 0;
        node->complete_ms = 0;
    }
    if (granted->taken && node->taken_ms == 0) {
        node->taken_ms = at_ms;
    }
    if (granted->complete && node->complete_ms == 0) {
        node->complete_ms = at_ms;
    }
    set_changes(node, granted->at, granted->n_at);
    node->role = granted->role;
    node->scope = granted->scope;
    node->scope_epoch = granted->epoch;
    return rc;
}

/* What a node follows is named by an epoch: another scope, other places, and it begins anew. */
static int follows_otherwise(const struct hub_node *node, const Navette__NodeEnrolled *enrolled)
{
    if (node->scope != enrolled->scope || node->place_count != enrolled->n_places) {
        return 1;
    }
    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], enrolled->places[i]) != 0) {
            return 1;
        }
    }
    return 0;
}

/* One event of the hub's own log, taken in; bodies that say nothing of nodes are passed over. */
static int learn(struct hub *hub, const Navette__Event *body, uint64_t position)
{
    struct hub_node node;
    const Navette__Thing *thing;
    struct hub_peer *known;
    uint8_t id[NODE_ID_SIZE];
    int rc = 0;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
        thing = body->node_enrolled->node;
        break;
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
        thing = body->rights_granted->node;
        break;
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
        thing = body->node_revoked->node;
        break;
    case NAVETTE__EVENT__BODY_NODE_REKEYED:
        thing = body->node_rekeyed->node;
        break;
    case NAVETTE__EVENT__BODY_CLONE_FOUND:
    case NAVETTE__EVENT__BODY_CLONE_CHOSEN:
        return hub_clone_learn(hub, body);
    case NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED:
        return hub_operator_learn(hub, body->operator_rule_decided, position);
    default:
        return 0;
    }
    if (hex_decode(thing->id, id, NODE_ID_SIZE) != 0) {
        return NAVETTE_E_INVALID;
    }
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED && memcmp(id, hub->options.node, NODE_ID_SIZE) == 0) {
        hub_announce_learn(hub, body->node_rekeyed);
        return 0;
    }
    known = hub_peer_by_node(hub, id);
    if (known != NULL) {
        node = known->node;
    } else if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        memset(&node, 0, sizeof node);
        memcpy(node.node, id, NODE_ID_SIZE);
    } else {
        return 0;
    }
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        const Navette__NodeEnrolled *enrolled = body->node_enrolled;

        if (node.scope != NAVETTE__SCOPE__SCOPE_UNSPECIFIED && follows_otherwise(&node, enrolled)) {
            node.scope_epoch++;
        }
        /* Only one machine has the new key. */
        if (known != NULL && memcmp(node.curve_key, enrolled->curve_key.data, KEY_SIZE) != 0) {
            known->clone.alarm = 0;
            known->parted_ms = 0;
        }
        hub_rekey_learn(hub, body, position, &node);
        node.role = enrolled->role;
        node.scope = enrolled->scope;
        node.revoked = 0;
        node.leaving_count = 0;
        memset(node.leaving, 0, sizeof node.leaving);
        node.changed_ms = node.taken_ms = node.complete_ms = 0;
        node.held_epoch = 0;
        rc = set_places(node.places, &node.place_count, enrolled->places, enrolled->n_places);
        set_changes(&node, NULL, 0);
    } else if (body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED) {
        rc = take_rights(&node, body->rights_granted, hlc_ms(body->hlc));
    } else if (body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED) {
        hub_rekey_learn(hub, body, position, &node);
    } else {
        node.revoked = 1;
    }
    return rc != 0 ? rc : hub_set_node(hub, &node);
}

/* What is said of nodes, in the order in which the hub said it: by its clock, over all its logs. */
struct decision {
    uint64_t hlc;
    uint64_t position;
};
struct decisions {
    struct decision *list;
    size_t count;
    size_t capacity;
};

static int compare_decisions(const void *a, const void *b)
{
    const struct decision *one = a;
    const struct decision *other = b;

    if (one->hlc != other->hlc) {
        return one->hlc < other->hlc ? -1 : 1;
    }
    return (one->position > other->position) - (one->position < other->position);
}

static int keep_decision(struct decisions *decisions, uint64_t hlc, uint64_t position)
{
    if (decisions->count == decisions->capacity) {
        size_t capacity = decisions->capacity == 0 ? 64 : decisions->capacity * 2;
        struct decision *list = realloc(decisions->list, capacity * sizeof *list);

        if (list == NULL) {
            return NAVETTE_E_MEMORY;
        }
        decisions->list = list;
        decisions->capacity = capacity;
    }
    decisions->list[decisions->count++] = (struct decision){hlc, position};
    return 0;
}

/* One log of the hub's, read for what it says of nodes; its times are the hub's own past. */
static int read_log(struct hub *hub, struct store_txn *journal, const struct log_head *head, struct decisions *decisions)
{
    int rc = 0;

    for (uint64_t seq = 1; seq <= head->seq && rc == 0; seq++) {
        struct journal_entry entry;
        struct event event;
        struct ref ref = {.seq = seq};

        memcpy(ref.incarnation, head->incarnation, INCARNATION_SIZE);
        rc = journal_find(journal, &ref, &entry);
        if (rc != 0) {
            break;
        }
        rc = event_decode(entry.event, &event);
        if (rc == 0) {
            hub->clock.last = event.body->hlc > hub->clock.last ? event.body->hlc : hub->clock.last;
            rc = hub_speaks_of_nodes(event.body) ? keep_decision(decisions, event.body->hlc, entry.position) : 0;
        }
        event_free(&event);
        /* A body that a newer version wrote says nothing this version could act on. */
        if (rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_INVALID) {
            rc = 0;
        }
    }
    return rc;
}

static int read_logs(struct hub *hub, struct store_txn *journal, struct decisions *decisions)
{
    struct log_head head;
    int rc = journal_next_head(journal, NULL, &head);

    while (rc == 0) {
        if (memcmp(head.node, hub->options.node, NODE_ID_SIZE) == 0) {
            rc = read_log(hub, journal, &head, decisions);
        }
        rc = rc != 0 ? rc : journal_next_head(journal, head.incarnation, &head);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int hub_wrote(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], const uint8_t incarnation[INCARNATION_SIZE])
{
    struct log_head head;
    int rc = journal_head(journal, incarnation, &head);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    return memcmp(head.node, node, NODE_ID_SIZE) == 0;
}

int hub_has_other_log(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], const uint8_t incarnation[INCARNATION_SIZE])
{
    struct log_head head;
    int rc = journal_next_head(journal, NULL, &head);

    while (rc == 0 && (memcmp(head.node, node, NODE_ID_SIZE) != 0 || memcmp(head.incarnation, incarnation, INCARNATION_SIZE) == 0)) {
        rc = journal_next_head(journal, head.incarnation, &head);
    }
    return rc == 0 ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int hub_note_begun(struct store_txn *journal, const struct hub_node *node, struct hub_session *session)
{
    int rc = node->scope == NAVETTE__SCOPE__SCOPE_NETWORK ? 0 : hub_has_other_log(journal, node->node, session->incarnation);

    if (rc < 0) {
        return rc;
    }
    session->begun_anew = rc;
    return 0;
}

int hub_last_log(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], uint8_t incarnation[INCARNATION_SIZE])
{
    struct log_head head;
    int found = 0;
    int rc = journal_next_head(journal, NULL, &head);

    memset(incarnation, 0, INCARNATION_SIZE);
    while (rc == 0) {
        struct log_head other;
        int has_child = 0;

        if (memcmp(head.node, node, NODE_ID_SIZE) == 0) {
            for (rc = journal_next_head(journal, NULL, &other); rc == 0 && !has_child;
                 rc = journal_next_head(journal, other.incarnation, &other)) {
                has_child = memcmp(other.parent, head.incarnation, INCARNATION_SIZE) == 0;
            }
            if (!has_child) {
                memcpy(incarnation, head.incarnation, INCARNATION_SIZE);
                found = 1;
            }
            rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
        }
        rc = rc != 0 ? rc : journal_next_head(journal, head.incarnation, &head);
    }
    return rc == NAVETTE_E_NOT_FOUND && found ? 0 : rc;
}

static int learn_at(struct hub *hub, struct store_txn *journal, uint64_t position)
{
    struct journal_entry entry;
    struct event event;
    int rc = journal_read_raw(journal, position, &entry);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    rc = event_decode(entry.event, &event);
    if (rc == 0) {
        rc = learn(hub, event.body, position);
    }
    event_free(&event);
    return rc == NAVETTE_E_INVALID ? 0 : rc;
}

int hub_speaks_of_nodes(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED || body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED ||
           body->body_case == NAVETTE__EVENT__BODY_NODE_REVOKED || body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED ||
           body->body_case == NAVETTE__EVENT__BODY_CLONE_FOUND || body->body_case == NAVETTE__EVENT__BODY_CLONE_CHOSEN ||
           body->body_case == NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED;
}

int hub_load_nodes(struct hub *hub, struct store_txn *journal)
{
    struct decisions decisions = {.list = NULL};
    int rc;

    /* What was learnt from a transaction that failed is not in the log: nobody is admitted on its word. */
    for (size_t i = 0; i < hub->peer_count; i++) {
        struct hub_node *node = &hub->peers[i].node;

        node->revoked = 1;
        node->role = NAVETTE__ROLE__ROLE_UNSPECIFIED;
        node->scope = NAVETTE__SCOPE__SCOPE_UNSPECIFIED;
        node->scope_epoch = 0;
        node->place_count = 0;
        node->past.count = 0;
        node->door_count = 0;
        node->keys_position = 0;
        node->forgotten = 1;
        node->leaving_count = 0;
        node->changed_ms = node->taken_ms = node->complete_ms = 0;
        memset(node->changes, 0, sizeof node->changes);
        hub_clone_forget(&hub->peers[i].clone);
        node->held_epoch = 0;
    }
    hub_announce_forget(hub);
    hub_operator_forget(hub);
    rc = read_logs(hub, journal, &decisions);
    if (decisions.count > 1) {
        qsort(decisions.list, decisions.count, sizeof *decisions.list, compare_decisions);
    }
    for (size_t i = 0; i < decisions.count && rc == 0; i++) {
        rc = learn_at(hub, journal, decisions.list[i].position);
    }
    free(decisions.list);
    return rc != 0 ? rc : hub_announce_load(hub, journal);
}

int hub_record(struct hub *hub, struct store_txn *journal, Navette__Event *body, const uint8_t salt[SALT_SIZE], int64_t now_ms,
               struct journal_entry *entry)
{
    struct journal_entry stored;
    int rc;

    if (body->hlc == 0) {
        body->hlc = hlc_tick(&hub->clock, now_ms);
    }
    rc = log_record(journal, hub->options.incarnation, body, salt, now_ms, &stored);
    hub->recorded |= rc == 0;
    if (rc == 0 && entry != NULL) {
        *entry = stored;
    }
    if (rc == 0) {
        rc = hub_operator_recorded(journal, body);
    }
    return rc != 0 ? rc : learn(hub, body, stored.position);
}

int hub_record_in(struct hub *hub, const struct hub_input *input, Navette__Event *body)
{
    body->boot = input->boot;
    body->boottime_ms = input->boottime_ms;
    return hub_record(hub, input->journal, body, input->salt, input->now_ms, NULL);
}
