/* SPDX-License-Identifier: Apache-2.0 */
#include "server/views_ask.h"

#include "navette/match.h"
#include "navette/view_json.h"
#include "navette/view_verdict.h"
#include "server/answer.h"

#define VIEWS_HANDOVERS_MAX 1000u /* listed; all are counted */

/* What nothing explains of one thing (NULL: of all), and how sure that is. */
int views_verdict_list(struct views_ask *ask, const struct thing_key *subject, int verdict, json_t **list)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct verdict_options options = {.now_ms = ask->moment.known_ms, .verdict = verdict, .subject = subject, .moment = &moment};
    struct verdict_view view;
    int rc = verdict_list(ask->state, ask->journal, &options, &view);

    if (rc)
        return rc;
    *list = view_json_discrepancies(&view, ask->views->tz);
    verdict_free(&view);
    return *list ? 0 : NAVETTE_E_MEMORY;
}

/* One discrepancy, by the digits its id begins with. */
int views_verdict_one(struct views_ask *ask, const char *id, json_t **answer)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct verdict_options options = {.now_ms = ask->moment.known_ms, .moment = &moment, .id = id};
    struct view_verdict view;
    int rc = view_verdict(ask->state, ask->journal, &options, &view);

    if (rc == NAVETTE_E_NOT_FOUND)
        return views_refuse(ask, rc, "hub-nothing-known", id, NULL);
    if (rc == NAVETTE_E_AMBIGUOUS)
        return views_refuse(ask, rc, "hub-ambiguous-id", id, NULL);
    if (rc)
        return rc;
    *answer = view_json_verdict(&view, ask->views->tz);
    view_verdict_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

int views_verdict_discrepancies(struct views_ask *ask, json_t **answer)
{
    const char *text = answer_field(ask->request, "verdict");
    int verdict = text ? verdict_of_name(text) : 0;

    if (verdict < 0)
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-invalid-value", text, NULL);
    return views_verdict_list(ask, NULL, verdict, answer);
}

int views_verdict_handovers(struct views_ask *ask, json_t **answer)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct handover_filter filter = {.slip = answer_field(ask->request, "slip"),
                                     .round = answer_field(ask->request, "round"),
                                     .place = answer_field(ask->request, "place"),
                                     .gaps = answer_flag(ask->request, "gaps"),
                                     .unpaired = answer_flag(ask->request, "unpaired"),
                                     .max = VIEWS_HANDOVERS_MAX,
                                     .moment = &moment};
    struct handover_view view;
    int rc = handover_list(ask->state, ask->journal, &filter, &view);

    if (rc)
        return rc;
    *answer = view_json_handovers(&view, ask->views->tz);
    handover_view_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

int views_verdict_proposals(struct views_ask *ask, json_t **answer)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct verdict_options options = {.now_ms = ask->moment.known_ms, .moment = &moment};
    struct match_view view;
    int rc;

    if (answer_field(ask->request, "at"))
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-no-at", "proposals", NULL);
    rc = match_list(ask->state, ask->journal, &options, &view);

    if (rc)
        return rc;
    *answer = view_json_proposals(&view);
    match_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}
