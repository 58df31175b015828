/* SPDX-License-Identifier: Apache-2.0 */
#include "node/explaining.h"

#include "io/figure_request.h"
#include "navette/view_explain.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/reading.h"

#define STATES                                                                                                                             \
    "shelf, staged, in-container, in-transit, with-person, isolated, cleaning, missing, lost, damaged, withdrawn, clean, packed, "         \
    "at-relay, " FIGURE_REQUEST_STATES
#define ROWS_MAX 100u /* things listed behind a figure: all are counted */

/* Places that were typed and never declared: a figure of nothing would hide the mistake. */
static json_t *check_places(const struct office *office, const struct request *request, struct store_txn *txn)
{
    static const char *const names[] = {"of", "from", "to"};
    json_t *refusal = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && refusal == NULL; i++) {
        const char *code = request_text(request, names[i]);

        if (code[0] != '\0' && !identity_serves(&office->identity, code))
            refusal = check_place(request, txn, code);
    }
    return refusal;
}

int explaining_figure(struct office *office, const struct request *request, json_t **answer)
{
    const char *of = request_has(request, "of") ? request_text(request, "of") : NULL, *option = "", *value = "";
    struct frontier_silences silences = {0};
    struct stock_filter filter;
    struct figure_ask ask = {.filter = &filter, .silences = &silences, .max = ROWS_MAX};
    struct figure_view view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL && figure_request_read(request->json, of, &filter, &option, &value) != 0)
        *answer = request_refuse(request, "bad-option", option, value,
                                 option[2] == 's'   ? STATES
                                 : option[2] == 'd' ? "AAAA-MM-JJ, YYYY-MM-DD"
                                                    : "item, bag, crate");
    if (*answer == NULL)
        *answer = check_places(office, request, reading.txn);
    if (*answer == NULL)
        rc = reading_silent(office, &reading, &silences);
    ask.at_ms = reading.moment.at_ms;
    ask.known = reading.moment.known;
    ask.now_ms = reading.moment.silent_ms;
    if (*answer == NULL && rc == 0)
        rc = view_figure_bounded(reading.txn, reading.txn, &ask, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_figure(&view, reading.tz);
        figure_view_free(&view);
    }
    frontier_silences_free(&silences);
    return reading_finish(office, &reading, request, rc, json, answer);
}

int explaining_handover(struct office *office, const struct request *request, json_t **answer)
{
    struct verdict_moment moment;
    struct view_handover view;
    struct reading reading;
    struct thing_key key;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    moment = (struct verdict_moment){reading.moment.known, reading.moment.at_ms};
    if (*answer == NULL)
        rc = handover_key_of_name(request_text(request, "barcode"), &key) == 0
                 ? view_handover_explain(reading.txn, reading.txn, &moment, &key, &view)
                 : NAVETTE_E_NOT_FOUND;
    if (*answer == NULL && rc == 0) {
        json = view_json_handover_explain(&view, reading.tz);
        view_handover_free(&view);
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "nothing-known", request_text(request, "barcode"), NULL, NULL);
        rc = 0;
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

int explaining_count(struct office *office, const struct request *request, json_t **answer)
{
    const char *text = request_text(request, "barcode");
    struct count_session session;
    struct verdict_moment moment;
    struct view_variance view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    moment = (struct verdict_moment){reading.moment.known, reading.moment.at_ms};
    if (*answer == NULL)
        rc = count_find(reading.txn, reading.txn, moment.at_ms, moment.known, request->place, text, &session);
    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_AMBIGUOUS) {
        *answer = request_refuse(request, "no-such-count", text[0] != '\0' ? text : request->place, NULL, NULL);
        rc = 0;
    }
    /* who counts blind is not told what is expected, before it is done */
    if (*answer == NULL && rc == 0 && session.blind && session.is_open)
        *answer = request_refuse(request, "count-is-blind", NULL, NULL, NULL);
    if (*answer == NULL && rc == 0)
        rc = view_variance_explain(reading.txn, reading.txn, &moment, session.id, ROWS_MAX, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_variance(&view, reading.tz);
        view_variance_free(&view);
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}
