/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_key.h"

#include <string.h>

#include "navette/system.h"
#include "navette/tz.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_node.h"
#include "server/guest.h"
#include "server/invitation.h"

static int node_reason(const char *text, Navette__Reason *reason)
{
    static const struct answer_reason REASONS[] = {{"key-lost", NAVETTE__REASON__REASON_KEY_LOST},
                                                   {"replaced", NAVETTE__REASON__REASON_REPLACED},
                                                   {"surplus", NAVETTE__REASON__REASON_SURPLUS},
                                                   {"key-stolen", NAVETTE__REASON__REASON_KEY_STOLEN},
                                                   {"other", NAVETTE__REASON__REASON_OTHER}};

    return answer_reason(REASONS, sizeof(REASONS) / sizeof(REASONS[0]), text, reason);
}

static int key_since(const struct executor *executor, const json_t *request, int64_t *since_ms, json_t **answer)
{
    const char *text = answer_field(request, "since");

    *since_ms = 0;
    if (!text)
        return 0;
    if (tz_parse(executor->options->tz, text, since_ms) == 0 && *since_ms > 0 && *since_ms <= system_wall_ms())
        return 0;
    *answer = answer_error(request, "hub-bad-since", text, NULL, NULL);
    return NAVETTE_E_INVALID;
}

static int key_record_revoked(struct executor *executor, struct store_txn *txn, const struct hub_node *node, Navette__Reason reason,
                              int64_t since_ms, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeRevoked revoked = NAVETTE__NODE_REVOKED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[2 * NODE_ID_SIZE + 1];
    int rc;

    hex_encode(node->node, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    revoked.node = &thing;
    revoked.reason = reason;
    revoked.since_ms = since_ms;
    event.body_case = NAVETTE__EVENT__BODY_NODE_REVOKED;
    event.node_revoked = &revoked;
    rc = executor_record(executor, txn, &event, position);
    return rc || since_ms == 0 ? rc : hub_disown_begin(txn, node->node, since_ms);
}

int decide_disown(struct executor *executor)
{
    uint8_t salt[SALT_SIZE];
    struct hub_input input = {
        .kind = HUB_FRAME, .now_ms = system_wall_ms(), .salt = salt, .boot = executor->boot, .boottime_ms = system_boottime_ms()};
    size_t refused = 0;
    int rc;

    if (!executor->disowning || executor->full)
        return 0;
    system_random(salt, sizeof(salt));
    executor->seal_ms = 0;
    rc = executor_begin(executor, &input.journal);
    if (!rc) {
        rc = hub_disown(executor->hub, &input, &refused);
        if (!rc)
            rc = executor_seal_recorded(executor, input.journal);
        if (rc == NAVETTE_E_NOT_FOUND) {
            executor->disowning = 0;
            lmdb_abort(input.journal);
            return 0;
        }
        rc = decide_commit(executor, input.journal, rc);
    }
    if (rc == NAVETTE_E_FULL)
        executor->full = 1;
    if (refused && !rc)
        system_log(1, "executor", NULL, "%zu events that were signed with a stolen key are refused", refused);
    return error_is_fatal(rc) ? rc : 0;
}

int decide_revoke(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__Reason reason;
    struct hub_node node;
    struct store_txn *txn;
    char id[2 * NODE_ID_SIZE + 1];
    int64_t since_ms;
    int rc = decide_find_node(executor, request, &node, answer);

    if (!rc)
        rc = key_since(executor, request, &since_ms, answer);
    if (rc)
        return rc;
    if (node_reason(answer_field(request, "reason"), &reason)) {
        *answer = answer_error(request, "hub-unknown-reason", answer_field(request, "reason"), NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (since_ms && !answer_field(request, "reason"))
        reason = NAVETTE__REASON__REASON_KEY_STOLEN;
    rc = executor_begin(executor, &txn);
    if (!rc)
        rc = decide_commit(executor, txn, key_record_revoked(executor, txn, &node, reason, since_ms, position));
    if (rc)
        return rc;
    executor_admit_all(executor);
    executor->disowning |= since_ms != 0;
    hex_encode(node.node, NODE_ID_SIZE, id);
    *answer = json_pack("{s:b, s:s, s:o, s:o}", "ok", 1, "node", id, "places",
                        decide_place_list((const char(*)[LIMIT_PLACE_CODE + 1]) node.places, node.place_count), "since",
                        view_json_time(since_ms, executor->options->tz));
    return 0;
}

int decide_replace(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct invitation invitation = {.number = 0};
    struct hub_node node;
    struct store_txn *txn;
    char code[ENROL_CODE_TEXT];
    char id[2 * NODE_ID_SIZE + 1];
    int64_t now_ms = system_wall_ms();
    int rc = decide_find_node_gone(executor, request, &node, answer);

    if (rc)
        return rc;
    enrol_code_make(code);
    rc = enrol_code_read(code, invitation.open.code);
    invitation.open.expires_ms = now_ms + ENROL_VALID_MS;
    invitation.open.role = node.role;
    invitation.open.scope = node.scope;
    invitation.open.place_count = node.place_count;
    memcpy(invitation.open.places, node.places, sizeof(invitation.open.places));
    invitation.open.replaces = 1;
    memcpy(invitation.open.node, node.node, NODE_ID_SIZE);
    if (!rc)
        rc = executor_begin(executor, &txn);
    if (rc)
        return rc;
    rc = node.revoked ? 0 : key_record_revoked(executor, txn, &node, NAVETTE__REASON__REASON_REPLACED, 0, position);
    rc = decide_commit(executor, txn, rc ? rc : invitation_save(txn, &invitation, now_ms));
    if (!rc)
        rc = guest_load(executor);
    if (rc)
        return rc;
    executor_admit_all(executor);
    hex_encode(node.node, NODE_ID_SIZE, id);
    *answer = json_pack("{s:b, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "ok", 1, "node", id, "code", code, "expires",
                        view_json_time(invitation.open.expires_ms, executor->options->tz), "places",
                        decide_place_list((const char(*)[LIMIT_PLACE_CODE + 1]) node.places, node.place_count), "role",
                        decide_role_name(node.role), "scope", decide_scope_name(node.scope), "enrol", executor->enrol_endpoint, "endpoint",
                        executor->endpoint);
    return 0;
}
