/* SPDX-License-Identifier: Apache-2.0 */
#include "server/report_compare.h"

#include "io/view_json_compare.h"
#include "navette/damage.h"
#include "server/answer.h"
#include "server/decide_node.h"

/* Every node with what its last comparison came to. */
static int compare_list(struct executor *executor, const json_t *request, json_t **answer)
{
    struct compare_asked asked = {answer_language(request), executor->options->tz};
    const struct hub_node *node;
    struct store_txn *journal;
    json_t *rows = json_array();
    int rc = lmdb_read_begin(executor->home->journal, &journal);

    for (size_t i = 0; !rc && (node = hub_node_at(executor->hub, i)) != NULL; i++) {
        char id[2 * NODE_ID_SIZE + 1];
        json_t *row;

        if (node->revoked)
            continue;
        hex_encode(node->node, NODE_ID_SIZE, id);
        row = view_json_compared(journal, node->node, &asked);
        if (!json_is_object(row)) {
            json_decref(row);
            row = json_pack("{s:n}", "at");
        }
        (void)json_object_set_new(row, "node", json_string(id));
        (void)json_object_set_new(row, "places", decide_place_list(node->places, node->place_count));
        (void)json_array_append_new(rows, row);
    }
    lmdb_abort(journal);
    *answer = json_pack("{s:b, s:o}", "ok", 1, "rows", rows);
    return rc;
}

int report_compare(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct hub_node node;
    const char *name;
    int rc;

    (void)position;
    if (!answer_field(request, "node"))
        return compare_list(executor, request, answer);
    rc = decide_find_node(executor, request, &node, answer);
    if (rc)
        return rc;
    name = node.place_count ? node.places[0] : answer_field(request, "node");
    rc = hub_compare_begin(executor->hub, node.node, &executor->effects);
    if (rc == NAVETTE_E_CLOSED || rc == NAVETTE_E_VERSION) {
        *answer = answer_error(request, rc == NAVETTE_E_CLOSED ? "hub-compare-away" : "hub-compare-old", name, NULL, NULL);
        return rc == NAVETTE_E_CLOSED ? NAVETTE_E_NOT_FOUND : NAVETTE_E_INVALID;
    }
    *answer = answer_error(request, "hub-compare-begun", name, NULL, NULL);
    (void)json_object_set_new(*answer, "ok", json_true());
    return rc ? rc : executor_carry_out(executor);
}

static int damage_forgotten(struct executor *executor)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    return rc ? rc : decide_commit(executor, txn, damage_forget(txn));
}

int report_damage(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct compare_asked asked = {answer_language(request), executor->options->tz};
    struct store_txn *journal;
    int rc = answer_flag(request, "forget") ? damage_forgotten(executor) : 0;

    (void)position;
    if (!rc)
        rc = lmdb_read_begin(executor->home->journal, &journal);
    if (rc)
        return rc;
    *answer = json_pack("{s:b, s:o}", "ok", 1, "rows", view_json_damage(journal, &asked));
    lmdb_abort(journal);
    return 0;
}

json_t *report_damage_count(const struct executor *executor, const json_t *request)
{
    struct store_txn *journal;
    json_t *count;

    if (lmdb_read_begin(executor->home->journal, &journal))
        return json_null();
    count = view_json_damage_count(journal, "hub-damage-note", answer_language(request));
    lmdb_abort(journal);
    return count;
}
