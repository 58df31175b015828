/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_right.h"

#include <stdio.h>
#include <string.h>

#include "server/answer.h"
#include "server/decide_node.h"
#include "server/decide_place.h"

#define RIGHT_LIST_SIZE 512u

/* Its places, role, scope and rights are these from now on. */
static int right_record(struct executor *executor, const struct hub_node *node, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__Thing thing;
    char id[2 * NODE_ID_SIZE + 1];
    char *places[HUB_NODE_PLACES];
    char *leaving[HUB_NODE_PLACES];
    struct hub_rights_at at;

    hub_rights_of(node, &granted, &thing, id, places, leaving, &at);
    granted.taken = node->taken_ms != 0;
    granted.complete = node->complete_ms != 0;
    event.body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
    event.rights_granted = &granted;
    return decide_record(executor, &event, position);
}

/* ---- what a node may */

static json_t *right_names(uint64_t mask)
{
    json_t *list = json_array();

    for (unsigned right = 1; right < RIGHT_COUNT; right++)
        if (mask >> right & 1u)
            (void)json_array_append_new(list, json_string(right_name(right)));
    return list;
}

static json_t *right_row(const struct hub_node *node)
{
    char id[2 * NODE_ID_SIZE + 1];
    json_t *at = json_array();

    hex_encode(node->node, NODE_ID_SIZE, id);
    for (size_t i = 0; i < node->place_count; i++) {
        const struct right_change *change = &node->changes[i];
        uint64_t may = (right_mask_of_role(node->role) | (change->granted & right_mask_grantable())) & ~change->withdrawn;

        (void)json_array_append_new(at, json_pack("{s:s, s:o, s:o, s:o}", "place", node->places[i], "may", right_names(may), "granted",
                                                  right_names(change->granted), "withdrawn", right_names(change->withdrawn)));
    }
    return json_pack("{s:s, s:o, s:s, s:s, s:i, s:b, s:o}", "node", id, "places",
                     decide_place_list((const char(*)[LIMIT_PLACE_CODE + 1]) node->places, node->place_count), "role",
                     decide_role_name(node->role), "scope", decide_scope_name(node->scope), "epoch", (int)node->scope_epoch, "revoked",
                     node->revoked, "at", at);
}

int decide_rights_show(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const struct hub_node *node;
    struct hub_node one;
    json_t *rows;

    (void)position;
    if (request && answer_field(request, "node")) {
        int rc = decide_find_node(executor, request, &one, answer);

        if (rc)
            return rc;
        *answer = json_pack("{s:b, s:[o]}", "ok", 1, "rows", right_row(&one));
        return 0;
    }
    rows = json_array();
    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        (void)json_array_append_new(rows, right_row(node));
    *answer = json_pack("{s:b, s:o}", "ok", 1, "rows", rows);
    return 0;
}

/* ---- changes */

/* The right, or all rights of the role, that is called so; 0: nothing is. */
static uint64_t right_named(const char *name)
{
    for (unsigned right = 1; right < RIGHT_COUNT; right++)
        if (strcmp(name, right_name(right)) == 0)
            return UINT64_C(1) << right;
    for (int role = NAVETTE__ROLE__ROLE_BRANCH; role <= NAVETTE__ROLE__ROLE_READER; role++)
        if (strcmp(name, decide_role_name((Navette__Role)role)) == 0)
            return right_mask_of_role((Navette__Role)role) & right_mask_grantable();
    return 0;
}

static int right_read(const json_t *request, uint64_t *mask, json_t **answer)
{
    const char *text = answer_field(request, "rights");
    char list[RIGHT_LIST_SIZE];
    char known[RIGHT_LIST_SIZE] = "";
    char *parts[RIGHT_COUNT];
    int count = -1;

    *mask = 0;
    for (unsigned right = 1; right < RIGHT_COUNT; right++)
        if (right_mask_grantable() >> right & 1u)
            (void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", right > 1 ? ", " : "", right_name(right));
    if (text && strlen(text) < sizeof(list)) {
        (void)snprintf(list, sizeof(list), "%s", text);
        count = decide_split(list, parts, RIGHT_COUNT);
    }
    for (int i = 0; i < count; i++) {
        uint64_t one = right_named(parts[i]);

        if (one == 0 || (one & ~right_mask_grantable()) != 0) {
            *answer = answer_error(request, one == 0 ? "hub-unknown-right" : "hub-right-network", parts[i], known, NULL);
            return NAVETTE_E_INVALID;
        }
        *mask |= one;
    }
    if (count > 0)
        return 0;
    *answer = answer_error(request, "hub-unknown-right", text ? text : "", known, NULL);
    return NAVETTE_E_INVALID;
}

static void right_change(struct hub_node *node, size_t at, uint64_t mask, int grants)
{
    struct right_change *change = &node->changes[at];

    if (grants) {
        change->granted |= mask;
        change->withdrawn &= ~mask;
    } else {
        change->granted &= ~mask;
        change->withdrawn |= mask & right_mask_of_role(node->role);
    }
}

static void right_tell(struct executor *executor, const json_t *request, const struct hub_node *node, json_t *answer)
{
    struct refused_count count = {.node = node->node};
    char number[24];
    json_t *told;

    if (report_refused_of(executor, &count, 1) || count.refused == 0)
        return;
    (void)snprintf(number, sizeof(number), "%zu", count.refused);
    told = answer_error(request, "hub-granted-retry", number, node->place_count > 0 ? node->places[0] : "", NULL);
    (void)json_object_set_new(answer, "refused", json_integer((json_int_t)count.refused));
    (void)json_object_set(answer, "text", json_object_get(told, "text"));
    (void)json_object_set(answer, "next", json_object_get(told, "next"));
    json_decref(told);
}

static int right_set(struct executor *executor, const json_t *request, int grants, json_t **answer, uint64_t *position)
{
    const char *place = answer_field(request, "place");
    struct hub_node before;
    struct hub_node node;
    uint64_t mask;
    int found = 0;
    int rc = decide_find_node(executor, request, &before, answer);

    if (!rc)
        rc = right_read(request, &mask, answer);
    if (rc)
        return rc;
    node = before;
    for (size_t i = 0; i < node.place_count; i++) {
        if (place && strcmp(place, node.places[i]) != 0)
            continue;
        right_change(&node, i, mask, grants);
        found = 1;
    }
    if (!found) {
        *answer = answer_error(request, "hub-place-not-served", place ? place : "", NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (memcmp(&node, &before, sizeof(node)) != 0)
        rc = right_record(executor, &node, position);
    if (rc)
        return rc;
    *answer = json_pack("{s:b, s:[o]}", "ok", 1, "rows", right_row(&node));
    if (grants)
        right_tell(executor, request, &node, *answer);
    return 0;
}

int decide_rights_grant(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    return right_set(executor, request, 1, answer, position);
}

int decide_rights_withdraw(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    return right_set(executor, request, 0, answer, position);
}
