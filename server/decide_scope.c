/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_scope.h"

#include <stdio.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_node.h"
#include "server/decide_place.h"

#define SCOPE_LIST_SIZE 640u

static struct scope_set scope_of(const struct hub_node *node)
{
    struct scope_set set = {.kind = node->scope, .place_count = node->place_count};

    memcpy(set.places, node->places, sizeof(set.places));
    return set;
}

int decide_scope_record(struct executor *executor, struct store_txn *txn, const struct hub_node *node, const struct scope_set *wanted,
                        uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__Thing thing;
    struct hub_node next;
    char id[2 * NODE_ID_SIZE + 1];
    char *places[HUB_NODE_PLACES];
    char *leaving[HUB_NODE_PLACES];
    struct hub_rights_at at;
    int rc = hub_rights_next(node, wanted, &next);

    if (rc)
        return rc;
    hub_rights_of(&next, &granted, &thing, id, places, leaving, &at);
    event.body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
    event.rights_granted = &granted;
    return executor_record(executor, txn, &event, position);
}

/* ---- how far a node is */

static const char *scope_state(const struct hub_node *node, const struct hub_session_info *info)
{
    if (node->revoked)
        return "revoked";
    if (node->changed_ms == 0 || node->complete_ms != 0)
        return node->leaving_count ? "leaving" : "following";
    if (node->taken_ms == 0)
        return info->version != 0 && !info->scopes ? "earlier-version" : "unconfirmed";
    return "completing";
}

static json_t *scope_codes(const char (*codes)[LIMIT_PLACE_CODE + 1], size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(codes[i]));
    return list;
}

static json_t *scope_row(const struct executor *executor, const struct hub_node *node, size_t index)
{
    struct hub_session_info info;
    char id[2 * NODE_ID_SIZE + 1];
    const char *tz = executor->options->tz;

    if (hub_session_at(executor->hub, index, &info))
        memset(&info, 0, sizeof(info));
    hex_encode(node->node, NODE_ID_SIZE, id);
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:b}", "node", id, "places",
                     scope_codes((const char(*)[LIMIT_PLACE_CODE + 1]) node->places, node->place_count), "leaving",
                     scope_codes((const char(*)[LIMIT_PLACE_CODE + 1]) node->leaving, node->leaving_count), "role",
                     decide_role_name(node->role), "scope", decide_scope_name(node->scope), "epoch", (int)node->scope_epoch, "scope_state",
                     scope_state(node, &info), "decided", view_json_time(node->changed_ms, tz), "taken", view_json_time(node->taken_ms, tz),
                     "complete", view_json_time(node->complete_ms, tz), "back", (json_int_t)info.back_cursor, "back_of",
                     (json_int_t)info.back_end, "heard", view_json_time(info.last_heard_ms, tz), "connected", info.connected);
}

/* One node, or all of them (NULL). */
static json_t *scope_rows(const struct executor *executor, const struct hub_node *only)
{
    json_t *rows = json_array();
    const struct hub_node *node;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        if (!only || memcmp(only->node, node->node, NODE_ID_SIZE) == 0)
            (void)json_array_append_new(rows, scope_row(executor, node, i));
    return json_pack("{s:b, s:o}", "ok", 1, "rows", rows);
}

int decide_scope_show(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct hub_node node;
    int rc = answer_field(request, "node") ? decide_find_node(executor, request, &node, answer) : 0;

    (void)position;
    if (!rc)
        *answer = scope_rows(executor, answer_field(request, "node") ? &node : NULL);
    return rc;
}

/* ---- wider, narrower */

static int scope_add(struct scope_set *set, const char *place)
{
    if (scope_set_has(set, place))
        return 0;
    if (set->place_count == LIMIT_NODE_PLACES || strlen(place) > LIMIT_PLACE_CODE)
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(set->places[set->place_count++], sizeof(set->places[0]), "%s", place);
    return 0;
}

static int scope_remove(struct scope_set *set, const char *place)
{
    for (size_t i = 0; i < set->place_count; i++) {
        if (strcmp(set->places[i], place) != 0)
            continue;
        memmove(set->places[i], set->places[i + 1], (set->place_count - i - 1) * sizeof(set->places[0]));
        memset(set->places[--set->place_count], 0, sizeof(set->places[0]));
        return 0;
    }
    return NAVETTE_E_NOT_FOUND;
}

static int scope_kind(const json_t *request, Navette__Scope only, struct scope_set *set, json_t **answer)
{
    const char *name = answer_field(request, "scope");

    if (!name)
        return 0;
    if (strcmp(name, decide_scope_name(only)) != 0) {
        *answer = answer_error(request, "hub-scope-way", name, decide_scope_name(only), NULL);
        return NAVETTE_E_INVALID;
    }
    set->kind = only;
    return 0;
}

/* The places that are added (or taken away, `less`), applied to `set`. */
static int scope_places(struct executor *executor, const json_t *request, int less, struct scope_set *set, json_t **answer)
{
    const char *text = answer_field(request, "places");
    Navette__PlaceKind kind;
    char list[SCOPE_LIST_SIZE];
    char *parts[HUB_NODE_PLACES];
    int count;
    int rc = 0;

    if (!text)
        return 0;
    (void)snprintf(list, sizeof(list), "%s", text);
    count = strlen(text) < sizeof(list) ? decide_split(list, parts, HUB_NODE_PLACES) : NAVETTE_E_TOO_LARGE;
    for (int i = 0; !rc && i < count; i++) {
        if (!less && (strlen(parts[i]) > LIMIT_PLACE_CODE || decide_place_kind(executor, parts[i], &kind))) {
            *answer = answer_error(request, "hub-unknown-place", parts[i], NULL, NULL);
            return NAVETTE_E_NOT_FOUND;
        }
        rc = less ? scope_remove(set, parts[i]) : scope_add(set, parts[i]);
        if (rc == NAVETTE_E_NOT_FOUND)
            *answer = answer_error(request, "hub-scope-not-served", parts[i], NULL, NULL);
    }
    rc = count < 0 ? count : rc;
    if (rc == NAVETTE_E_TOO_LARGE)
        *answer = answer_error(request, "hub-scope-many", "16", NULL, NULL);
    return rc;
}

static int scope_change(struct executor *executor, const json_t *request, int less, json_t **answer, uint64_t *position)
{
    struct hub_node node;
    struct scope_set before;
    struct scope_set wanted;
    struct store_txn *txn;
    int rc = decide_find_node(executor, request, &node, answer);

    if (rc)
        return rc;
    before = wanted = scope_of(&node);
    rc = scope_kind(request, less ? NAVETTE__SCOPE__SCOPE_OWN : NAVETTE__SCOPE__SCOPE_NETWORK, &wanted, answer);
    if (!rc)
        rc = scope_places(executor, request, less, &wanted, answer);
    if (rc)
        return rc;
    if (memcmp(&before, &wanted, sizeof(before)) == 0) {
        *answer = answer_error(request, "hub-scope-same", NULL, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    rc = executor_begin(executor, &txn);
    if (!rc)
        rc = decide_commit(executor, txn, decide_scope_record(executor, txn, &node, &wanted, position));
    if (rc == NAVETTE_E_TOO_LARGE)
        *answer = answer_error(request, "hub-scope-many", "16", NULL, NULL);
    if (!rc)
        *answer = scope_rows(executor, &node);
    return rc;
}

int decide_scope_widen(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    return scope_change(executor, request, 0, answer, position);
}

int decide_scope_narrow(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    return scope_change(executor, request, 1, answer, position);
}

/* ---- guest places */

static int scope_serves(const struct hub_node *node, const char *place)
{
    struct scope_set set = scope_of(node);

    return !node->revoked && scope_set_has(&set, place);
}

int decide_scope_host(struct executor *executor, struct store_txn *txn, const char *host, const char *guest, size_t *served,
                      uint64_t *position)
{
    const struct hub_node *found;
    int rc = 0;

    *served = 0;
    for (size_t i = 0; !rc && (found = hub_node_at(executor->hub, i)) != NULL; i++) {
        struct hub_node node = *found;
        struct scope_set wanted = scope_of(&node);

        if (!scope_serves(&node, host))
            continue;
        ++*served;
        if (scope_set_has(&wanted, guest))
            continue;
        rc = scope_add(&wanted, guest);
        if (!rc)
            rc = decide_scope_record(executor, txn, &node, &wanted, position);
    }
    return rc;
}

/* Who served it for another branch serves it no more. */
static int scope_unhost(struct executor *executor, struct store_txn *txn, const char *host, const char *next, const char *guest,
                        uint64_t *position)
{
    const struct hub_node *found;
    int rc = 0;

    for (size_t i = 0; !rc && (found = hub_node_at(executor->hub, i)) != NULL; i++) {
        struct hub_node node = *found;
        struct scope_set wanted = scope_of(&node);

        if (host[0] == '\0' || !scope_serves(&node, host) || !scope_serves(&node, guest) || (next[0] && scope_serves(&node, next)))
            continue;
        rc = scope_remove(&wanted, guest);
        if (!rc)
            rc = decide_scope_record(executor, txn, &node, &wanted, position);
    }
    return rc;
}

struct scope_declared {
    const char *code;
    struct event event;
    int has;
    struct ref parent;
};

static int scope_declared(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct scope_declared *declared = view;
    struct thing_key key;
    int rc = fold_place(state, journal, declared->code, &declared->event);

    declared->has = rc == 0;
    if (!rc)
        rc = thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", declared->code, &key);
    return rc ? rc : fold_parent(state, &key, &declared->parent);
}

/* Declared anew, with another host and all else as it was. */
static int scope_redeclare(struct executor *executor, struct store_txn *txn, struct scope_declared *declared, const char *host,
                           uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared body = *declared->event.body->place_declared;
    Navette__Ref ref = NAVETTE__REF__INIT;
    Navette__Ref *list[1] = {&ref};

    body.host = (char *)(uintptr_t)host;
    ref.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, declared->parent.incarnation};
    ref.seq = declared->parent.seq;
    ref.leaf = declared->parent.leaf;
    event.parents = list;
    event.n_parents = declared->parent.seq > 0;
    event.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    event.place_declared = &body;
    return executor_record(executor, txn, &event, position);
}

static int scope_move(struct executor *executor, struct scope_declared *declared, const char *host, size_t *served, uint64_t *position)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (rc)
        return rc;
    rc = scope_redeclare(executor, txn, declared, host, position);
    if (!rc)
        rc = scope_unhost(executor, txn, declared->event.body->place_declared->host, host, declared->code, position);
    if (!rc && host[0])
        rc = decide_scope_host(executor, txn, host, declared->code, served, position);
    return decide_commit(executor, txn, rc);
}

int decide_place_host(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct scope_declared declared = {.code = answer_field(request, "code")};
    const char *host = answer_field(request, "host");
    Navette__PlaceKind kind;
    size_t served = 0;
    int rc = declared.code ? decide_read(executor, scope_declared, &declared) : NAVETTE_E_NOT_FOUND;

    if (rc || (host && decide_place_kind(executor, host, &kind))) {
        *answer = answer_error(request, "hub-unknown-place", rc ? declared.code : host, NULL, NULL);
        rc = NAVETTE_E_NOT_FOUND;
    } else if (host && strcmp(host, declared.code) == 0) {
        *answer = answer_error(request, "hub-invalid-value", host, NULL, NULL);
        rc = NAVETTE_E_INVALID;
    } else {
        rc = scope_move(executor, &declared, host ? host : "", &served, position);
        if (rc == NAVETTE_E_TOO_LARGE)
            *answer = answer_error(request, "hub-scope-many", "16", NULL, NULL);
    }
    if (!rc)
        *answer = json_pack("{s:b, s:s, s:s, s:I}", "ok", 1, "code", declared.code, "host", host ? host : "", "served", (json_int_t)served);
    if (declared.has)
        event_free(&declared.event);
    return rc;
}
