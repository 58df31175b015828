/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/adopted.h"
#include "navette/tz.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/reason.h"
#include "node/verb.h"

/* *what: the event's name, for the answer. */
static int check_target(const struct office *office, const struct request *request, const struct journal_entry *target, char *place,
                        const char **what, json_t **answer)
{
    struct event event = {0};
    int rc = event_decode(target->event, &event);

    if (rc == NAVETTE_E_MEMORY)
        return rc;
    place[0] = '\0';
    if (event.body != NULL && strlen(event.body->place) <= LIMIT_PLACE_CODE)
        strcpy(place, event.body->place);
    *what = event.body != NULL ? event_name(event.body) : "";
    event_free(&event);
    if (!identity_serves(&office->identity, place))
        *answer = request_refuse(request, "not-yours", place[0] != '\0' ? place : message_word(request->language, "network"), NULL, NULL);
    return 0;
}

static int find_both(struct office *office, const struct request *request, struct draft *draft, char *place, const char **what,
                     json_t **answer)
{
    const char *replace = request_text(request, "replace");
    struct journal_entry target;
    struct ref replacement;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    DRAFT_BODY(draft, RETRACTED, retracted);
    draft->body.retracted.reason = replace[0] != '\0' ? NAVETTE__REASON__REASON_WRONG_DATA : NAVETTE__REASON__REASON_DID_NOT_OCCUR;
    rc = commands_find_entry(office, request, txn, request_text(request, "target"), &target, answer);
    if (rc == 0 && *answer == NULL)
        rc = check_target(office, request, &target, place, what, answer);
    if (rc == 0 && *answer == NULL)
        draft->body.retracted.target = draft_ref(draft, 0, &target.self);
    if (rc == 0 && *answer == NULL && replace[0] != '\0') {
        rc = commands_find_ref(office, request, txn, replace, &replacement, answer);
        if (rc == 0 && *answer == NULL)
            draft->body.retracted.replacement = draft_ref(draft, 1, &replacement);
    }
    lmdb_abort(txn);
    return rc;
}

static int run_retract(struct office *office, const struct request *request, json_t **answer)
{
    char place[LIMIT_PLACE_CODE + 1];
    struct request own = *request;
    const char *what = "";
    struct draft draft;
    int reason, rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CORRECT, answer))
        return 0;
    reason = reason_read(request, answer);
    if (reason < 0)
        return 0;
    draft_init(&draft);
    rc = find_both(office, request, &draft, place, &what, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    if (reason == NAVETTE__REASON__REASON_WRONG_DATA || reason == NAVETTE__REASON__REASON_DID_NOT_OCCUR)
        draft.body.retracted.reason = (Navette__Reason)reason;
    /* only the place where it happened may take it back */
    memcpy(own.place, place, sizeof own.place);
    rc = commands_record(office, &own, &draft, answer);
    if (rc == 0 && *answer != NULL)
        (void)json_object_set_new(*answer, "target_event", json_string(what));
    return rc;
}

static int read_time(struct office *office, const struct request *request, int64_t *wall_ms, json_t **answer)
{
    const char *text = request_text(request, "time");
    struct node_progress progress;
    char tz[LIMIT_CODE + 1];
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    office_tz(office, txn, request->place, tz);
    rc = node_progress(office->node, txn, &progress);
    lmdb_abort(txn);
    if (rc != 0)
        return rc;
    if (text[0] != '\0' && tz_parse(tz, text, wall_ms) != 0)
        *answer = request_refuse(request, "bad-time", text, NULL, NULL);
    if (text[0] != '\0')
        return 0;
    /* told some time ago, by the same wall clock that is to be corrected: only a link that stands gives a time of now */
    if (progress.hub_time_ms == 0 || progress.link != NODE_STREAMING)
        *answer = request_refuse(request, "no-hub-time", NULL, NULL, NULL);
    *wall_ms = progress.hub_time_ms + (request->moment.wall_ms - progress.hub_heard_wall_ms);
    return 0;
}

static int run_clock_set(struct office *office, const struct request *request, json_t **answer)
{
    struct draft draft;
    int64_t wall_ms = 0;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CORRECT, answer))
        return 0;
    rc = read_time(office, request, &wall_ms, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    draft_init(&draft);
    DRAFT_BODY(&draft, CLOCK_CORRECTED, clock_corrected);
    draft.body.clock_corrected.boot = request->moment.boot;
    draft.body.clock_corrected.wall_minus_boot_ms = wall_ms - (int64_t)request->moment.boottime_ms;
    return commands_record(office, request, &draft, answer);
}

const struct command *cmd_correction_commands(size_t *count)
{
    static const struct command commands[] = {{"retract", run_retract, 0}, {"clock-set", run_clock_set, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
