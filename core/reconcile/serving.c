/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/serving.h"

#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "fold/past.h"

struct loading {
    struct serving *serving;
    int64_t now_ms;
    const uint8_t *self;
};

static int copy_place(const char *from, char to[LIMIT_PLACE_CODE + 1])
{
    size_t len = strlen(from);

    if (len > LIMIT_PLACE_CODE)
        return NAVETTE_E_STORE;
    memcpy(to, from, len + 1);
    return 0;
}

static int add_node(struct serving *serving, const uint8_t node[NODE_ID_SIZE], const char *place)
{
    struct serving_node *list = realloc(serving->nodes, (serving->node_count + 1) * sizeof(*list));

    if (list == NULL)
        return NAVETTE_E_MEMORY;
    serving->nodes = list;
    memcpy(list[serving->node_count].node, node, NODE_ID_SIZE);
    return copy_place(place, list[serving->node_count++].place);
}

static int take_node(void *context, const Navette__Event *body)
{
    struct loading *loading = context;
    const Navette__Thing *thing;
    Navette__Scope scope;
    char *const *places;
    char *const *leaving = NULL;
    size_t leaving_count = 0;
    size_t count;
    uint8_t node[NODE_ID_SIZE];
    int rc = 0;

    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        thing = body->node_enrolled->node;
        scope = body->node_enrolled->scope;
        places = body->node_enrolled->places;
        count = body->node_enrolled->n_places;
    } else if (body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED) {
        thing = body->rights_granted->node;
        scope = body->rights_granted->scope;
        places = body->rights_granted->places;
        count = body->rights_granted->n_places;
        leaving = body->rights_granted->leaving;
        leaving_count = body->rights_granted->n_leaving;
    } else {
        return 0;
    }
    if (hex_decode(thing->id, node, NODE_ID_SIZE) != 0)
        return 0;
    if (loading->self != NULL && memcmp(loading->self, node, NODE_ID_SIZE) == 0)
        loading->serving->self_is_partial = scope != NAVETTE__SCOPE__SCOPE_NETWORK;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add_node(loading->serving, node, places[i]);
    /* It may hold something of these that nobody else has, until it has sent it. */
    for (size_t i = 0; rc == 0 && i < leaving_count; i++)
        rc = add_node(loading->serving, node, leaving[i]);
    return rc;
}

static int take_rule(void *context, const Navette__Event *body)
{
    struct loading *loading = context;
    struct serving *serving = loading->serving;
    const Navette__RuleDecided *rule;
    struct serving_grace *list;

    if (body->body_case != NAVETTE__EVENT__BODY_RULE_DECIDED)
        return 0;
    rule = body->rule_decided;
    if (rule->kind != NAVETTE__RULE_KIND__RULE_GRACE || rule->valid_from_ms > loading->now_ms ||
        (rule->valid_to_ms != 0 && rule->valid_to_ms <= loading->now_ms))
        return 0;
    list = realloc(serving->graces, (serving->grace_count + 1) * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    serving->graces = list;
    memset(&list[serving->grace_count], 0, sizeof(*list));
    list[serving->grace_count].duration_ms = serving_duration_ms(rule->duration_s);
    memcpy(list[serving->grace_count].rule, rule->rule->id, strnlen(rule->rule->id, LIMIT_THING_ID));
    return copy_place(rule->place, list[serving->grace_count++].place);
}

int64_t serving_duration_ms(uint64_t duration_s)
{
    return duration_s > INT32_MAX ? INT64_C(1000) * INT32_MAX : (int64_t)duration_s * 1000;
}

static int take_decided(const struct horizon *horizon, struct span key, struct span value, serving_take *take, void *context)
{
    struct thing_record record;
    struct thing_key thing;
    struct event decided;
    int rc = thing_key_read(key, &thing) == 0 ? 0 : NAVETTE_E_STORE;

    if (rc == 0)
        rc = horizon->partial ? past_read(horizon, &thing, INT64_MAX, &record) : thing_record_decode(&thing, value, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (record.cause.seq != 0) {
        rc = horizon_held(horizon_event(horizon, &record.cause, &decided, NULL));
        if (rc == 0) {
            rc = take(context, decided.body);
            event_free(&decided);
        }
    }
    thing_record_free(&record);
    return rc;
}

int serving_each_decided(const struct horizon *horizon, uint8_t kind, serving_take *take, void *context)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(horizon->state, TABLE_THING, span_of(&kind, 1), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        rc = take_decided(horizon, key, value, take, context);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int serving_load(const struct horizon *horizon, int64_t now_ms, const uint8_t *self, struct serving *serving)
{
    struct loading loading = {.serving = serving, .now_ms = now_ms, .self = self};
    int rc;

    memset(serving, 0, sizeof(*serving));
    rc = serving_each_decided(horizon, NAVETTE__THING_KIND__THING_NODE, take_node, &loading);
    if (rc == 0)
        rc = serving_each_decided(horizon, NAVETTE__THING_KIND__THING_RULE, take_rule, &loading);
    if (rc != 0)
        serving_free(serving);
    return rc;
}

void serving_free(struct serving *serving)
{
    free(serving->nodes);
    free(serving->graces);
    memset(serving, 0, sizeof(*serving));
}
