/* SPDX-License-Identifier: Apache-2.0 */
#include "io/figure_request.h"
#include "navette/count.h"
#include "navette/message_verdict.h"
#include "navette/view_explain.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/views_ask.h"

#define VIEWS_FIGURE_MAX 100u /* things listed behind a figure: all are counted */

int views_explain_figure(struct views_ask *ask, json_t **answer)
{
    struct frontier_silences silences = {0};
    struct stock_filter filter;
    struct figure_ask asked = {.filter = &filter,
                               .at_ms = ask->moment.at_ms,
                               .known = ask->moment.known,
                               .now_ms = ask->moment.silent_ms,
                               .silences = &silences,
                               .max = VIEWS_FIGURE_MAX};
    struct figure_view view;
    const char *option = "";
    const char *value = "";
    int rc = figure_request_read(ask->request, answer_field(ask->request, "place"), &filter, &option, &value);

    if (rc)
        return views_refuse(ask, rc, option[2] == 's' ? "hub-unknown-state" : "hub-invalid-value", value, NULL);
    rc = views_silent(ask, &silences);
    if (!rc)
        rc = view_figure_bounded(ask->state, ask->journal, &asked, &view);
    frontier_silences_free(&silences);
    if (rc)
        return rc;
    *answer = view_json_figure(&view, ask->views->tz);
    figure_view_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

int views_explain_handover(struct views_ask *ask, const char *name, json_t **answer)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct view_handover view;
    struct thing_key key;
    int rc = handover_key_of_name(name, &key) ? NAVETTE_E_NOT_FOUND : 0;

    if (!rc)
        rc = view_handover_explain(ask->state, ask->journal, &moment, &key, &view);
    if (rc == NAVETTE_E_NOT_FOUND)
        return views_refuse(ask, rc, "hub-nothing-known", name, NULL);
    if (rc)
        return rc;
    *answer = view_json_handover_explain(&view, ask->views->tz);
    view_handover_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

int views_explain_count(struct views_ask *ask, const char *text, json_t **answer)
{
    struct verdict_moment moment = {ask->moment.known, ask->moment.at_ms};
    struct count_session session;
    struct view_variance view;
    int rc = views_count_find(ask, text, &session);

    /* who counts blind is not told what is expected, before it is done */
    if (!rc && session.blind && session.is_open)
        return views_refuse(ask, NAVETTE_E_REFUSED, "count-is-blind", NULL, NULL);
    if (!rc)
        rc = view_variance_explain(ask->state, ask->journal, &moment, session.id, VIEWS_FIGURE_MAX, &view);
    if (rc)
        return rc;
    *answer = view_json_variance(&view, ask->views->tz);
    view_variance_free(&view);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

static void views_forget(struct views_ask *ask)
{
    json_decref(ask->error);
    ask->error = NULL;
}

int views_explain_other(struct views_ask *ask, const char *name, json_t **answer)
{
    int rc;

    views_forget(ask);
    rc = views_explain_handover(ask, name, answer);
    if (rc != NAVETTE_E_NOT_FOUND || !message_verdict_is_id(name))
        return rc;
    views_forget(ask);
    return views_verdict_one(ask, name, answer);
}
