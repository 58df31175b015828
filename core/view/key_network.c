/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "fold/key_event.h"
#include "navette/key_view.h"
#include "reconcile/serving.h"

struct reading {
    struct store_txn *state;
    struct store_txn *journal;
    int64_t now_ms;
    struct key_network *network;
};

static void set_places(struct key_node *node, char *const *places, size_t count)
{
    node->place_count = 0;
    for (size_t i = 0; i < count && i < LIMIT_NODE_PLACES; i++) {
        memset(node->places[i], 0, sizeof node->places[i]);
        memcpy(node->places[i], places[i], strnlen(places[i], LIMIT_PLACE_CODE));
        node->place_count = i + 1;
    }
}

/* One step of a node's history, in order. */
static void take_step(struct key_node *node, const Navette__Event *body, int *revoked)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
        memcpy(node->curve_key, body->node_enrolled->curve_key.data, KEY_SIZE);
        node->role = body->node_enrolled->role;
        set_places(node, body->node_enrolled->places, body->node_enrolled->n_places);
        *revoked = 0;
        break;
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
        node->role = body->rights_granted->role;
        set_places(node, body->rights_granted->places, body->rights_granted->n_places);
        break;
    case NAVETTE__EVENT__BODY_NODE_REKEYED:
        memcpy(node->curve_key, body->node_rekeyed->curve_key.data, KEY_SIZE);
        break;
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
        *revoked = 1;
        break;
    default:
        break;
    }
}

static int read_node(struct reading *reading, const struct thing_key *key)
{
    struct key_network *network = reading->network;
    struct key_node node = {.role = NAVETTE__ROLE__ROLE_UNSPECIFIED};
    struct key_node *grown;
    struct history history;
    int revoked = 1;
    int rc = fold_history(reading->state, reading->journal, key, INT64_MAX, &history);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < history.count; i++) {
        /* Of the hub's own log: what others say of nodes is refused. */
        if (!history.steps[i].absent && history.steps[i].event.body->place[0] == '\0')
            take_step(&node, history.steps[i].event.body, &revoked);
    }
    history_free(&history);
    if (revoked || hex_decode(thing_id(key), node.node, NODE_ID_SIZE) != 0)
        return 0;
    grown = realloc(network->nodes, (network->node_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    network->nodes = grown;
    network->nodes[network->node_count++] = node;
    return 0;
}

static int read_nodes(struct reading *reading)
{
    const uint8_t prefix[1] = {NAVETTE__THING_KIND__THING_NODE};
    struct prefix_scan scan;
    struct span row, value;
    int rc = horizon_scan(reading->state, TABLE_THING, span_of(prefix, sizeof prefix), &scan);

    if (rc != 0)
        return rc;
    while (rc == 0 && (rc = horizon_scan_next(&scan, &row, &value)) == 0) {
        struct thing_key key;

        rc = thing_key_read(row, &key) == 0 ? read_node(reading, &key) : NAVETTE_E_STORE;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int take_rule(void *context, const Navette__Event *body)
{
    struct reading *reading = context;
    struct key_network *network = reading->network;
    const Navette__RuleDecided *decided = body->rule_decided;
    struct key_rule *grown;

    if (body->body_case != NAVETTE__EVENT__BODY_RULE_DECIDED ||
        (decided->kind != NAVETTE__RULE_KIND__RULE_KEY_KEPT && decided->kind != NAVETTE__RULE_KIND__RULE_KEY_RELAY))
        return 0;
    if (decided->valid_from_ms > reading->now_ms || (decided->valid_to_ms != 0 && decided->valid_to_ms <= reading->now_ms))
        return 0;
    grown = realloc(network->rules, (network->rule_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    network->rules = grown;
    grown = &network->rules[network->rule_count++];
    memset(grown, 0, sizeof *grown);
    grown->kind = (int)decided->kind;
    memcpy(grown->place, decided->place, strnlen(decided->place, LIMIT_PLACE_CODE));
    grown->duration_ms = serving_duration_ms(decided->duration_s);
    return 0;
}

/* The last of the changes by (hlc, incarnation, seq), whatever came first. */
static int read_recovery(struct reading *reading)
{
    struct key_network *network = reading->network;
    struct key_event event;
    uint64_t position = 0;
    uint64_t last = 0;
    int rc;

    while ((rc = key_event_next_recovery(reading->state, &position)) == 0) {
        rc = key_view_event(reading->state, reading->journal, position, 1, &event);
        if (rc != 0)
            break;
        if (event.counts && event.place[0] == '\0' && (!network->has_recovery || event.hlc >= last)) {
            last = event.hlc;
            network->has_recovery = 1;
            memcpy(network->recovery, event.recovery, KEY_SIZE);
        }
        position++;
    }
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_BUSY ? 0 : rc;
}

int key_view_network(struct store_txn *state, struct store_txn *journal, int64_t now_ms, struct key_network *network)
{
    struct reading reading = {state, journal, now_ms, network};
    struct horizon horizon;
    int rc = horizon_open(&horizon, state, journal);

    memset(network, 0, sizeof *network);
    if (rc == 0)
        rc = read_nodes(&reading);
    if (rc == 0)
        rc = serving_each_decided(&horizon, NAVETTE__THING_KIND__THING_RULE, take_rule, &reading);
    if (rc == 0)
        rc = read_recovery(&reading);
    if (rc != 0)
        key_network_free(network);
    return rc;
}

void key_network_free(struct key_network *network)
{
    free(network->nodes);
    free(network->rules);
    memset(network, 0, sizeof *network);
}

const struct key_node *key_network_node(const struct key_network *network, const uint8_t node[NODE_ID_SIZE])
{
    for (size_t i = 0; i < network->node_count; i++) {
        if (memcmp(network->nodes[i].node, node, NODE_ID_SIZE) == 0)
            return &network->nodes[i];
    }
    return NULL;
}

static int serves(const struct key_node *node, const char *place)
{
    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], place) == 0)
            return 1;
    }
    return 0;
}

/* The rule that names the place, before the one for all; of two alike the longer. NULL: none. */
static const struct key_rule *rule_of(const struct key_network *network, int kind, const char *place)
{
    const struct key_rule *best = NULL;

    for (size_t i = 0; i < network->rule_count; i++) {
        const struct key_rule *rule = &network->rules[i];

        if (rule->kind != kind || (rule->place[0] != '\0' && strcmp(rule->place, place) != 0))
            continue;
        if (best == NULL || (rule->place[0] != '\0') > (best->place[0] != '\0') ||
            ((rule->place[0] != '\0') == (best->place[0] != '\0') && rule->duration_ms > best->duration_ms))
            best = rule;
    }
    return best;
}

int64_t key_view_kept_ms(const struct key_network *network, const struct order_view *order)
{
    const struct key_rule *rule = rule_of(network, NAVETTE__RULE_KIND__RULE_KEY_KEPT, order->pickup);

    return rule == NULL ? KEY_KEPT_MS : rule->duration_ms;
}

int key_view_reads(struct store_txn *state, struct store_txn *journal, const struct key_network *network, const struct order_view *order,
                   const struct key_node *node)
{
    const char *pickup = order->pickup[0] != '\0' ? order->pickup : order->place;
    char owner[LIMIT_PLACE_CODE + 1] = "";
    struct event declared;
    int is_relay = 0, is_staff = node->role == NAVETTE__ROLE__ROLE_BRANCH || node->role == NAVETTE__ROLE__ROLE_COORDINATOR;
    int rc = fold_place(state, journal, pickup, &declared);

    memcpy(owner, pickup, strnlen(pickup, LIMIT_PLACE_CODE));
    if (rc == 0) {
        const Navette__PlaceDeclared *place = declared.body->place_declared;
        const char *host = place->host[0] != '\0' ? place->host : order->place;

        is_relay = place->kind == NAVETTE__PLACE_KIND__PLACE_RELAY;
        if (is_relay) {
            memset(owner, 0, sizeof owner);
            memcpy(owner, host, strnlen(host, LIMIT_PLACE_CODE));
        }
        event_free(&declared);
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (is_staff && serves(node, owner))
        return 1;
    return is_relay && node->role == NAVETTE__ROLE__ROLE_RELAY && serves(node, pickup) &&
                   rule_of(network, NAVETTE__RULE_KIND__RULE_KEY_RELAY, pickup) != NULL
               ? 2
               : 0;
}

/* No later than the hub heard of it: a clock that runs ahead keeps nothing longer. */
static int64_t no_later(const struct history_step *step)
{
    return step->entry.received_ms != 0 && step->entry.received_ms < step->time_ms ? step->entry.received_ms : step->time_ms;
}

/* When this bag last left for the place; 0: never. */
static int left_for(struct store_txn *state, struct store_txn *journal, const struct thing_key *bag, const char *place, int64_t *left_ms)
{
    struct history history;
    int rc = fold_history(state, journal, bag, INT64_MAX, &history);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; i < history.count; i++) {
        const struct history_step *step = &history.steps[i];
        const Navette__Event *body = step->event.body;

        if (step->absent || body->body_case != NAVETTE__EVENT__BODY_DISPATCHED || strcmp(body->dispatched->to, place) != 0)
            continue;
        if (no_later(step) > *left_ms)
            *left_ms = no_later(step);
    }
    history_free(&history);
    return 0;
}

int key_view_relay_until(struct store_txn *state, struct store_txn *journal, const struct key_network *network,
                         const struct order_view *order, int64_t *until_ms)
{
    const struct key_rule *rule = rule_of(network, NAVETTE__RULE_KIND__RULE_KEY_RELAY, order->pickup);
    int64_t duration_ms = rule == NULL ? 0 : rule->duration_ms > 0 ? rule->duration_ms : KEY_RELAY_MS;
    int64_t over_ms = 0, round_ms = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < order->bag_count; i++)
        rc = left_for(state, journal, &order->bags[i], order->pickup, &round_ms);
    for (size_t i = 0; rc == 0 && i < order->packing_count; i++)
        rc = left_for(state, journal, &order->packings[i].container, order->pickup, &round_ms);
    /* The bag may have gone there before it held this order. */
    if (round_ms < order->placed_ms)
        round_ms = 0;
    if (order->state == ORDER_STATE_HANDED_OVER || order->state == ORDER_STATE_CANCELLED || order->state == ORDER_STATE_NO_SHOW ||
        order->state == ORDER_STATE_UNMET)
        over_ms = order->since_ms;
    *until_ms = round_ms != 0 ? round_ms + duration_ms : over_ms != 0 ? over_ms + duration_ms : 0;
    return rc;
}
