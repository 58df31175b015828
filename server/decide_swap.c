/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_swap.h"

#include <string.h>

#include "navette/match.h"
#include "navette/system.h"
#include "server/answer.h"

#define SWAP_SHORTEST 8u

struct swap {
    uint8_t id[DISCREPANCY_ID_SIZE], shortage[DISCREPANCY_ID_SIZE], overage[DISCREPANCY_ID_SIZE];
};

/* The only one whose id begins so. NAVETTE_E_NOT_FOUND also when several do. */
static int swap_match(const struct match_view *view, const char *text, struct swap *swap)
{
    size_t len = strlen(text);
    size_t found = 0;

    for (size_t i = 0; len >= SWAP_SHORTEST && i < view->count; i++) {
        const struct match_proposal *proposal = &view->list[i];
        char hex[2 * DISCREPANCY_ID_SIZE + 1];

        hex_encode(proposal->id, DISCREPANCY_ID_SIZE, hex);
        if (strncmp(hex, text, len) != 0)
            continue;
        memcpy(swap->id, proposal->id, DISCREPANCY_ID_SIZE);
        memcpy(swap->shortage, proposal->shortage.what.finding.id, DISCREPANCY_ID_SIZE);
        memcpy(swap->overage, proposal->overage.what.finding.id, DISCREPANCY_ID_SIZE);
        found++;
    }
    return found == 1 ? 0 : NAVETTE_E_NOT_FOUND;
}

static int swap_list(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct verdict_options options = {.now_ms = system_wall_ms()};

    return match_list(state, journal, &options, view);
}

static int swap_find(struct executor *executor, const json_t *request, struct swap *swap, json_t **answer)
{
    const char *text = answer_field(request, "proposal");
    struct match_view view;
    int rc = decide_read(executor, swap_list, &view);

    if (rc)
        return rc;
    rc = swap_match(&view, text ? text : "", swap);
    match_free(&view);
    if (rc == NAVETTE_E_NOT_FOUND)
        *answer = answer_error(request, "hub-unknown-proposal", text ? text : "", NULL, NULL);
    return rc;
}

static json_t *swap_told(const struct swap *swap)
{
    char id[2 * DISCREPANCY_ID_SIZE + 1], shortage[2 * DISCREPANCY_ID_SIZE + 1], overage[2 * DISCREPANCY_ID_SIZE + 1];

    hex_encode(swap->id, DISCREPANCY_ID_SIZE, id);
    hex_encode(swap->shortage, DISCREPANCY_ID_SIZE, shortage);
    hex_encode(swap->overage, DISCREPANCY_ID_SIZE, overage);
    return json_pack("{s:b, s:s, s:s, s:s}", "ok", 1, "proposal", id, "shortage", shortage, "overage", overage);
}

int decide_swap_confirm(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__SwapConfirmed confirmed = NAVETTE__SWAP_CONFIRMED__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    struct swap swap;
    int rc = swap_find(executor, request, &swap, answer);

    if (rc)
        return rc;
    confirmed.shortage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, swap.shortage};
    confirmed.overage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, swap.overage};
    event.body_case = NAVETTE__EVENT__BODY_SWAP_CONFIRMED;
    event.swap_confirmed = &confirmed;
    rc = decide_record(executor, &event, position);
    if (!rc)
        *answer = swap_told(&swap);
    return rc;
}

int decide_swap_reject(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__SwapRejected rejected = NAVETTE__SWAP_REJECTED__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    struct swap swap;
    int rc = swap_find(executor, request, &swap, answer);

    if (rc)
        return rc;
    rejected.shortage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, swap.shortage};
    rejected.overage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, swap.overage};
    event.body_case = NAVETTE__EVENT__BODY_SWAP_REJECTED;
    event.swap_rejected = &rejected;
    rc = decide_record(executor, &event, position);
    if (!rc)
        *answer = swap_told(&swap);
    return rc;
}
