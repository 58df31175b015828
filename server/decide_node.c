/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_place.h"
#include "server/decide_right.h"
#include "server/decide_scope.h"
#include "server/guest.h"

static const char *const ROLES[] = {"unknown", "branch", "relay", "carrier", "coordinator", "reader"};
static const char *const SCOPES[] = {"unknown", "network", "own"};

#define NODE_LIST_SIZE 512u

static int node_word(const char *const *words, size_t count, const char *text)
{
    for (size_t i = 1; text && i < count; i++)
        if (strcmp(words[i], text) == 0)
            return (int)i;
    return 0;
}

const char *decide_role_name(Navette__Role role)
{
    return (size_t)role < sizeof(ROLES) / sizeof(ROLES[0]) ? ROLES[role] : ROLES[0];
}

const char *decide_scope_name(Navette__Scope scope)
{
    return (size_t)scope < sizeof(SCOPES) / sizeof(SCOPES[0]) ? SCOPES[scope] : SCOPES[0];
}

/* "A,B" into an invitation; the first place's kind says role and scope unless the request does. */
static int node_places(struct executor *executor, const json_t *request, struct enrol_invitation *open, json_t **answer)
{
    const char *text = answer_field(request, "places");
    char list[NODE_LIST_SIZE];
    char *parts[HUB_NODE_PLACES];
    int count;

    if (!text || strlen(text) >= sizeof(list)) {
        *answer = answer_error(request, "hub-missing-place", NULL, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    (void)snprintf(list, sizeof(list), "%s", text);
    count = decide_split(list, parts, HUB_NODE_PLACES);
    if (count <= 0) {
        *answer = answer_error(request, "hub-missing-place", NULL, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    for (int i = 0; i < count; i++) {
        Navette__PlaceKind kind;

        if (strlen(parts[i]) > LIMIT_PLACE_CODE || decide_place_kind(executor, parts[i], &kind)) {
            *answer = answer_error(request, "hub-unknown-place", parts[i], NULL, NULL);
            return NAVETTE_E_NOT_FOUND;
        }
        (void)snprintf(open->places[i], sizeof(open->places[i]), "%s", parts[i]);
        if (i == 0) {
            int relay = kind == NAVETTE__PLACE_KIND__PLACE_RELAY;

            open->role = relay ? NAVETTE__ROLE__ROLE_RELAY : NAVETTE__ROLE__ROLE_BRANCH;
            open->scope = relay ? NAVETTE__SCOPE__SCOPE_OWN : NAVETTE__SCOPE__SCOPE_NETWORK;
        }
    }
    open->place_count = (size_t)count;
    return 0;
}

static int node_role(const json_t *request, Navette__Role *role, Navette__Scope *scope, json_t **answer)
{
    const char *role_name = answer_field(request, "role");
    const char *scope_name = answer_field(request, "scope");

    if (role_name)
        *role = (Navette__Role)node_word(ROLES, sizeof(ROLES) / sizeof(ROLES[0]), role_name);
    if (scope_name)
        *scope = (Navette__Scope)node_word(SCOPES, sizeof(SCOPES) / sizeof(SCOPES[0]), scope_name);
    if (*role && *scope)
        return 0;
    *answer = answer_error(request, *role ? "hub-unknown-scope" : "hub-unknown-role", *role ? scope_name : role_name, NULL, NULL);
    return NAVETTE_E_INVALID;
}

json_t *decide_place_list(const char (*places)[LIMIT_PLACE_CODE + 1], size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(places[i]));
    return list;
}

/* A code may be given less time than the day it has at most. */
static int node_validity(const json_t *request, int64_t *valid_ms, json_t **answer)
{
    const char *text = answer_field(request, "hours");
    char *end = NULL;
    long hours = text ? strtol(text, &end, 10) : 0;

    *valid_ms = ENROL_VALID_MS;
    if (!text)
        return 0;
    *valid_ms = hours * 3600000;
    if (*end == '\0' && hours >= 0 && hours <= (answer_field(request, "file") ? ENROL_FILE_VALID_MS : ENROL_VALID_MS) / 3600000)
        return 0;
    *answer = answer_error(request, "hub-invalid-value", text, NULL, NULL);
    return NAVETTE_E_INVALID;
}

int decide_enrol(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct invitation invitation = {.number = 0};
    struct buffer grant = {.data = NULL};
    struct store_txn *txn;
    char code[ENROL_CODE_TEXT];
    int64_t now_ms = system_wall_ms();
    int64_t valid_ms = 0;
    int rc = node_places(executor, request, &invitation.open, answer);

    (void)position;
    if (!rc)
        rc = node_role(request, &invitation.open.role, &invitation.open.scope, answer);
    if (!rc)
        rc = node_validity(request, &valid_ms, answer);
    if (rc)
        return rc;
    enrol_code_make(code);
    rc = enrol_code_read(code, invitation.open.code);
    invitation.open.expires_ms = now_ms + valid_ms;
    if (!rc)
        rc = executor_begin(executor, &txn);
    if (!rc)
        rc = decide_commit(executor, txn, invitation_save(txn, &invitation, now_ms));
    if (!rc)
        rc = guest_load(executor);
    if (rc)
        return rc;
    rc = enrol_file_grant(&executor->home->keys, executor->endpoint, &invitation.open, &grant);
    *answer = json_pack("{s:b, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o*}", "ok", 1, "code", code, "expires",
                        view_json_time(invitation.open.expires_ms, executor->options->tz), "places",
                        decide_place_list((const char(*)[LIMIT_PLACE_CODE + 1]) invitation.open.places, invitation.open.place_count),
                        "role", decide_role_name(invitation.open.role), "scope", decide_scope_name(invitation.open.scope), "enrol",
                        executor->enrol_endpoint, "endpoint", executor->endpoint, "grant", stick_file_bytes(buffer_span(&grant)));
    buffer_free(&grant);
    return rc;
}

/* gone: by place, those that were revoked, and no others. */
static int node_matches(const struct hub_node *node, const char *text, int gone)
{
    char id[2 * NODE_ID_SIZE + 1];

    hex_encode(node->node, NODE_ID_SIZE, id);
    if (strlen(text) >= 6 && strncmp(id, text, strlen(text)) == 0)
        return 1;
    for (size_t i = 0; i < node->place_count; i++)
        if (strcmp(node->places[i], text) == 0)
            return !node->revoked == !gone;
    return 0;
}

static size_t node_find(const struct executor *executor, const char *text, int gone, struct hub_node *found)
{
    const struct hub_node *node;
    size_t count = 0;

    for (size_t i = 0; text && (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        if (!node_matches(node, text, gone))
            continue;
        *found = *node;
        count++;
    }
    return count;
}

static int node_found(const json_t *request, size_t count, json_t **answer)
{
    const char *text = answer_field(request, "node");

    if (count == 1)
        return 0;
    *answer = answer_error(request, count ? "hub-several-nodes" : "hub-unknown-node", text ? text : "", NULL, NULL);
    return count ? NAVETTE_E_AMBIGUOUS : NAVETTE_E_NOT_FOUND;
}

int decide_find_node(struct executor *executor, const json_t *request, struct hub_node *found, json_t **answer)
{
    return node_found(request, node_find(executor, answer_field(request, "node"), 0, found), answer);
}

int decide_find_node_gone(struct executor *executor, const json_t *request, struct hub_node *found, json_t **answer)
{
    size_t count = node_find(executor, answer_field(request, "node"), 0, found);

    return node_found(request, count ? count : node_find(executor, answer_field(request, "node"), 1, found), answer);
}

int decide_rights(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct enrol_invitation rights = {.place_count = 0};
    struct scope_set wanted = {.place_count = 0};
    struct store_txn *txn;
    struct hub_node node;
    int rc;

    if (!answer_field(request, "node"))
        return decide_rights_show(executor, request, answer, position);
    rc = decide_find_node(executor, request, &node, answer);
    if (!rc && answer_field(request, "places"))
        rc = node_places(executor, request, &rights, answer);
    if (rc)
        return rc;
    if (rights.place_count == 0) {
        memcpy(rights.places, node.places, sizeof(rights.places));
        rights.place_count = node.place_count;
    }
    rights.role = node.role;
    rights.scope = node.scope;
    rc = node_role(request, &rights.role, &rights.scope, answer);
    if (rc)
        return rc;
    wanted.kind = rights.scope;
    wanted.place_count = rights.place_count;
    memcpy(wanted.places, rights.places, sizeof(wanted.places));
    node.role = rights.role;
    rc = executor_begin(executor, &txn);
    if (!rc)
        rc = decide_commit(executor, txn, decide_scope_record(executor, txn, &node, &wanted, position));
    if (rc == NAVETTE_E_TOO_LARGE)
        *answer = answer_error(request, "hub-scope-many", "16", NULL, NULL);
    return rc ? rc : decide_rights_show(executor, NULL, answer, position);
}
