/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/handing.h"
#include "node/reading.h"
#include "node/verb.h"

#define ROWS_MAX 1024u /* hand-overs shown: more than a screen can; the total is told */

/* Each party counts for itself: what the other side says on the phone has a command of its own. */
static int check_party(struct office *office, const struct request *request, const struct handing *handing, int party, json_t **answer)
{
    char other[LIMIT_PLACE_CODE + 1];
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = handing_whose(txn, handing, party, request->place, other);
    lmdb_abort(txn);
    if (rc == 0 && other[0] != '\0')
        *answer =
            request_refuse(request, "not-your-count", request->place, other, handing->slip[0] != '\0' ? handing->slip : handing->round);
    return rc;
}

/* The other side hears of it: as typed, else as far as it is known who that is. */
static int find_peer(struct office *office, const struct request *request, const struct handing *handing, int party,
                     char peer[LIMIT_PLACE_CODE + 1], json_t **answer)
{
    const char *typed = request_text(request, "peer");
    struct store_txn *txn;
    int rc;

    peer[0] = '\0';
    if (strlen(typed) > LIMIT_PLACE_CODE) {
        *answer = request_refuse(request, "too-long", "--peer", "32", NULL);
        return 0;
    }
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    if (typed[0] != '\0') {
        (void)snprintf(peer, LIMIT_PLACE_CODE + 1, "%s", typed);
        *answer = check_recorded_place(request, txn, typed);
        lmdb_abort(txn);
        return 0;
    }
    rc = handing_peer(txn, handing, party == NAVETTE__HANDOVER_PARTY__PARTY_GIVER ? HANDOVER_GIVER : HANDOVER_TAKER, peer);
    lmdb_abort(txn);
    if (strcmp(peer, request->place) == 0)
        peer[0] = '\0';
    return rc;
}

static int run_count_handover(struct office *office, const struct request *request, json_t **answer)
{
    static const char *const names[] = {"crates", "bags", "items", NULL};
    struct draft draft;
    Navette__HandoverCounted *body = &draft.body.handover_counted;
    char peer[LIMIT_PLACE_CODE + 1];
    struct handing handing;
    uint32_t counts[3];
    int party, rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_HANDOVER, answer) || !handing_check(request, answer) ||
        !request_counts(request, names, counts, answer))
        return 0;
    party = request_word(request, "party", &navette__handover_party__descriptor, answer);
    if (party < 0)
        return 0;
    if (party == 0 || handing_counted(request) == 0) {
        *answer =
            request_refuse(request, "missing-option", party == 0 ? "--party" : "--crates, --bags, --items, --pool", "count-handover", NULL);
        return 0;
    }
    handing_read(request, &handing);
    rc = check_party(office, request, &handing, party, answer);
    if (rc == 0 && *answer == NULL)
        rc = find_peer(office, request, &handing, party, peer, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    draft_init(&draft);
    DRAFT_BODY(&draft, HANDOVER_COUNTED, handover_counted);
    handing_pools(request, &draft);
    body->slip = draft_text(handing.slip);
    body->round = draft_round(&draft, handing.round);
    body->stop = handing.stop;
    body->direction = (Navette__HandoverDirection)handing.direction;
    body->dispatch = draft_ref(&draft, 0, &handing.dispatch);
    body->party = (Navette__HandoverParty)party;
    body->crates = counts[0];
    body->bags = counts[1];
    body->items = counts[2];
    body->counted = handing_counted(request);
    body->peer = peer;
    body->pools = draft.pools;
    body->n_pools = draft.pool_count;
    rc = commands_record(office, request, &draft, answer);
    if (rc == 0 && !handing_names_any(&handing) && json_is_true(json_object_get(*answer, "ok")))
        (void)json_object_set_new(*answer, "note",
                                  request_note(request, "note-to-pair", json_string_value(json_object_get(*answer, "ref"))));
    return rc;
}

/* Is it a count, of no hand-over in particular? */
static int check_count(const struct request *request, const struct journal_entry *entry, json_t **answer)
{
    const Navette__HandoverCounted *body;
    struct event event = {0};
    int rc = event_decode(entry->event, &event);

    if (rc == NAVETTE_E_MEMORY)
        return rc;
    body = rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_HANDOVER_COUNTED ? event.body->handover_counted : NULL;
    if (body == NULL)
        *answer = request_refuse(request, "not-a-count", request_text(request, "count"), NULL, NULL);
    else if (body->slip[0] != '\0' || (body->round != NULL && body->stop > 0) || (body->dispatch != NULL && body->dispatch->seq != 0))
        *answer = request_refuse(request, "count-is-named", request_text(request, "count"), NULL, NULL);
    event_free(&event);
    return 0;
}

static int find_pair(struct office *office, const struct request *request, struct draft *draft, json_t **answer)
{
    const char *with = request_text(request, "with");
    struct journal_entry entry;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = commands_find_entry(office, request, txn, request_text(request, "count"), &entry, answer);
    if (rc == 0 && *answer == NULL)
        rc = check_count(request, &entry, answer);
    if (rc == 0 && *answer == NULL)
        draft->body.handover_paired.count = draft_ref(draft, 0, &entry.self);
    if (rc == 0 && *answer == NULL && with[0] != '\0') {
        rc = commands_find_ref(office, request, txn, with, &entry.self, answer);
        if (rc == 0 && *answer == NULL)
            draft->body.handover_paired.with = draft_ref(draft, 1, &entry.self);
    }
    lmdb_abort(txn);
    return rc;
}

static int run_pair_handover(struct office *office, const struct request *request, json_t **answer)
{
    struct draft draft;
    Navette__HandoverPaired *body = &draft.body.handover_paired;
    struct handing handing;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_HANDOVER, answer) || !handing_check(request, answer))
        return 0;
    handing_read(request, &handing);
    if (!handing_names_any(&handing) && request_text(request, "with")[0] == '\0') {
        *answer = request_refuse(request, "missing-option", "--with, --slip, --round --stop", "pair-handover", NULL);
        return 0;
    }
    draft_init(&draft);
    DRAFT_BODY(&draft, HANDOVER_PAIRED, handover_paired);
    rc = find_pair(office, request, &draft, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    if (body->with == NULL)
        body->with = draft_ref(&draft, 1, &handing.dispatch);
    body->slip = draft_text(handing.slip);
    body->round = draft_round(&draft, handing.round);
    body->stop = handing.stop;
    body->direction = (Navette__HandoverDirection)handing.direction;
    return commands_record(office, request, &draft, answer);
}

/* Hand-overs whose movements were left to the hub: they come back when one is asked for. */
static void say_older(const struct request *request, size_t count, json_t *json)
{
    char number[24];

    (void)snprintf(number, sizeof number, "%zu", count);
    if (count > 0)
        (void)json_object_set_new(json, "older", request_note(request, "pruned-handovers", number));
}

/* ---- views */

static int run_handovers(struct office *office, const struct request *request, json_t **answer)
{
    struct handover_filter filter = {.gaps = request_flag(request, "gaps"), .unpaired = request_flag(request, "unpaired"), .max = ROWS_MAX};
    struct verdict_moment moment;
    struct handover_view view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    filter.slip = request_has(request, "slip") ? request_text(request, "slip") : NULL;
    filter.round = request_has(request, "round") ? request_text(request, "round") : NULL;
    filter.place = request_has(request, "of") ? request_text(request, "of") : NULL;
    moment = (struct verdict_moment){reading.moment.known, reading.moment.at_ms};
    filter.moment = &moment;
    if (*answer == NULL)
        rc = handover_list(reading.txn, reading.txn, &filter, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_handovers(&view, reading.tz);
        say_older(request, view.pruned, json);
        handover_view_free(&view);
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_proposals(struct office *office, const struct request *request, json_t **answer)
{
    struct verdict_moment moment;
    struct verdict_options options = {.self = office->identity.node, .moment = &moment};
    struct match_view view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (request_has(request, "at") && *answer == NULL)
        *answer = request_refuse(request, "no-at", "proposals", NULL, NULL);
    moment = (struct verdict_moment){reading.moment.known, VIEW_NOW};
    options.now_ms = reading.moment.known_ms;
    if (*answer == NULL)
        rc = match_list(reading.txn, reading.txn, &options, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_proposals(&view);
        match_free(&view);
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

const struct command *cmd_handover_commands(size_t *count)
{
    static const struct command commands[] = {
        {"count-handover", run_count_handover, 0},
        {"pair-handover", run_pair_handover, 0},
        {"handovers", run_handovers, 0},
        {"proposals", run_proposals, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
