/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_settle.h"

#include <string.h>

#include "navette/system.h"
#include "navette/verdict.h"
#include "server/answer.h"

#define SETTLE_SHORTEST 8u

static int settle_reason(const char *text, Navette__Reason *reason)
{
    static const struct answer_reason REASONS[] = {{"not-sent", NAVETTE__REASON__REASON_NOT_SENT},
                                                   {"wrong-place", NAVETTE__REASON__REASON_WRONG_PLACE},
                                                   {"did-not-occur", NAVETTE__REASON__REASON_DID_NOT_OCCUR},
                                                   {"wrong-data", NAVETTE__REASON__REASON_WRONG_DATA},
                                                   {"long-missing", NAVETTE__REASON__REASON_LONG_MISSING},
                                                   {"damaged", NAVETTE__REASON__REASON_DAMAGED},
                                                   {"replaced", NAVETTE__REASON__REASON_REPLACED},
                                                   {"surplus", NAVETTE__REASON__REASON_SURPLUS},
                                                   {"other", NAVETTE__REASON__REASON_OTHER}};

    return answer_reason(REASONS, sizeof(REASONS) / sizeof(REASONS[0]), text, reason);
}

/* The only one whose id begins so. NAVETTE_E_NOT_FOUND also when several do. */
static int settle_match(const struct verdict_view *view, const char *text, uint8_t id[DISCREPANCY_ID_SIZE])
{
    size_t len = strlen(text);
    size_t found = 0;

    for (size_t i = 0; len >= SETTLE_SHORTEST && i < view->count; i++) {
        char hex[2 * DISCREPANCY_ID_SIZE + 1];

        hex_encode(view->rows[i].what.finding.id, DISCREPANCY_ID_SIZE, hex);
        if (strncmp(hex, text, len) != 0)
            continue;
        memcpy(id, view->rows[i].what.finding.id, DISCREPANCY_ID_SIZE);
        found++;
    }
    return found == 1 ? 0 : NAVETTE_E_NOT_FOUND;
}

static int settle_list(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct verdict_options options = {.now_ms = system_wall_ms()};

    return verdict_list(state, journal, &options, view);
}

static int settle_find(struct executor *executor, const char *text, uint8_t id[DISCREPANCY_ID_SIZE])
{
    struct verdict_view view;
    int rc = decide_read(executor, settle_list, &view);

    if (rc)
        return rc;
    rc = settle_match(&view, text, id);
    verdict_free(&view);
    return rc;
}

int decide_settle(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const char *text = answer_field(request, "discrepancy");
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__DiscrepancySettled settled = NAVETTE__DISCREPANCY_SETTLED__INIT;
    uint8_t id[DISCREPANCY_ID_SIZE];
    char hex[2 * DISCREPANCY_ID_SIZE + 1];
    int rc = settle_find(executor, text ? text : "", id);

    if (rc == NAVETTE_E_NOT_FOUND)
        *answer = answer_error(request, "hub-unknown-discrepancy", text ? text : "", NULL, NULL);
    if (rc)
        return rc;
    if (settle_reason(answer_field(request, "reason"), &settled.reason)) {
        *answer = answer_error(request, "hub-unknown-settlement", answer_field(request, "reason"), NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    settled.discrepancy = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, id};
    event.body_case = NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED;
    event.discrepancy_settled = &settled;
    rc = decide_record(executor, &event, position);
    if (rc)
        return rc;
    hex_encode(id, DISCREPANCY_ID_SIZE, hex);
    *answer = json_pack("{s:b, s:s}", "ok", 1, "discrepancy", hex);
    return 0;
}
