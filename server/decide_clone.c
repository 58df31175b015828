/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_node.h"

#define CLONE_PREFIX 4u /* characters of a machine's id that are enough */

static json_t *clone_places(const struct hub_node *node)
{
    json_t *list = json_array();

    for (size_t i = 0; i < node->place_count; i++)
        (void)json_array_append_new(list, json_string(node->places[i]));
    return list;
}

static json_t *clone_hex(const uint8_t *bytes, size_t len)
{
    char hex[2 * INCARNATION_SIZE + 1];

    hex_encode(bytes, len, hex);
    return json_string(hex);
}

static json_t *clone_row(const struct executor *executor, const struct hub_node *node, const struct hub_clone_info *info,
                         const struct hub_claimant *claimant)
{
    const char *tz = executor->options->tz;
    int chosen = info->chosen && memcmp(info->choice, claimant->id, sizeof(info->choice)) == 0;
    uint8_t boot[8];

    write_u64(boot, claimant->boot);
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "node", clone_hex(node->node, NODE_ID_SIZE),
                     "places", clone_places(node), "process", clone_hex(claimant->id, sizeof(claimant->id)), "standing",
                     chosen         ? "chosen"
                     : info->chosen ? "not-chosen"
                                    : "held-back",
                     "host", claimant->host, "address", wire_hub_address(executor->wire, claimant->session), "since",
                     view_json_time(claimant->first_ms, tz), "last_heard", view_json_time(claimant->last_ms, tz), "boot",
                     claimant->boot ? clone_hex(boot, sizeof(boot)) : json_null(), "incarnation",
                     clone_hex(claimant->incarnation, INCARNATION_SIZE), "head", (json_int_t)claimant->seq, "durable",
                     (json_int_t)claimant->durable, "to_send",
                     (json_int_t)(claimant->seq > claimant->durable ? claimant->seq - claimant->durable : 0));
}

int decide_clones(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    json_t *rows = json_array();
    json_t *clones = json_array();
    json_t *parted = json_array();
    struct hub_session_info session;
    struct hub_clone_info info;

    (void)request;
    (void)position;
    for (size_t i = 0; hub_clone_at(executor->hub, i, &info) == 0; i++) {
        const struct hub_node *node = hub_node_at(executor->hub, i);

        if (hub_session_at(executor->hub, i, &session) == 0 && session.parted_ms != 0)
            (void)json_array_append_new(parted,
                                        json_pack("{s:o, s:o, s:o}", "node", clone_hex(node->node, NODE_ID_SIZE), "places",
                                                  clone_places(node), "parted", view_json_time(session.parted_ms, executor->options->tz)));
        if (info.found_ms == 0)
            continue;
        (void)json_array_append_new(clones, json_pack("{s:o, s:o, s:o, s:b}", "node", clone_hex(node->node, NODE_ID_SIZE), "places",
                                                      clone_places(node), "found", view_json_time(info.found_ms, executor->options->tz),
                                                      "chosen", info.chosen));
        for (size_t k = 0; k < info.count; k++)
            (void)json_array_append_new(rows, clone_row(executor, node, &info, &info.claimants[k]));
    }
    *answer = json_pack("{s:b, s:o, s:o, s:o}", "ok", 1, "rows", rows, "clones", clones, "parted", parted);
    return 0;
}

static int clone_info(const struct executor *executor, const struct hub_node *node, struct hub_clone_info *info)
{
    for (size_t i = 0; hub_clone_at(executor->hub, i, info) == 0; i++)
        if (memcmp(info->node, node->node, NODE_ID_SIZE) == 0)
            return info->found_ms != 0;
    return 0;
}

/* By id or its beginning, among those that were heard of. */
static const struct hub_claimant *clone_find(const json_t *request, const struct hub_clone_info *info, json_t **answer)
{
    const char *text = answer_field(request, "process");
    const struct hub_claimant *found = NULL;
    size_t count = 0;

    for (size_t i = 0; text && strlen(text) >= CLONE_PREFIX && i < info->count; i++) {
        char id[2 * sizeof(info->choice) + 1];

        hex_encode(info->claimants[i].id, sizeof(info->choice), id);
        if (strncmp(id, text, strlen(text)) == 0) {
            found = &info->claimants[i];
            count++;
        }
    }
    if (count == 1)
        return found;
    *answer = answer_error(request, count ? "hub-several-processes" : "hub-unknown-process", text ? text : "", NULL, NULL);
    return NULL;
}

int decide_choose(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__CloneChosen chosen = NAVETTE__CLONE_CHOSEN__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    const struct hub_claimant *claimant;
    struct hub_clone_info info;
    struct hub_node node;
    uint8_t id[16];
    char hex[2 * NODE_ID_SIZE + 1];
    char process[2 * sizeof(id) + 1];
    int rc = decide_find_node(executor, request, &node, answer);

    if (rc)
        return rc;
    if (!clone_info(executor, &node, &info)) {
        *answer = answer_error(request, "hub-no-clone", answer_field(request, "node"), NULL, NULL);
        return NAVETTE_E_NOT_FOUND;
    }
    claimant = clone_find(request, &info, answer);
    if (!claimant)
        return NAVETTE_E_NOT_FOUND;
    memcpy(id, claimant->id, sizeof(id));
    hex_encode(node.node, NODE_ID_SIZE, hex);
    hex_encode(id, sizeof(id), process);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    chosen.node = &thing;
    chosen.claimant = (ProtobufCBinaryData){sizeof(id), id};
    event.body_case = NAVETTE__EVENT__BODY_CLONE_CHOSEN;
    event.clone_chosen = &chosen;
    rc = decide_record(executor, &event, position);
    if (rc)
        return rc;
    *answer = json_pack("{s:b, s:s, s:s, s:s}", "ok", 1, "node", hex, "process", process, "place", node.place_count ? node.places[0] : hex);
    return 0;
}
