/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commands.h"
#include "node/handing.h"
#include "node/phoned.h"
#include "node/verb.h"

/* What a place says on the phone, typed by who listens: counts of the place, of a hand-over, or things that are scanned or typed one by one. */

static void build(const struct verb_scan *scan, Navette__PhoneClaim claim, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, PHONE_SAID, phone_said);
    draft->body.phone_said.claim = claim;
    draft->body.phone_said.reporter = draft_text(operation_text(scan->operation, "reporter"));
    draft->body.phone_said.speaker = draft_text(operation_text(scan->operation, "speaker"));
    draft->body.phone_said.said_ms = operation_number(scan->operation, "said_ms");
}

static void build_here(const struct verb_scan *scan, struct draft *draft)
{
    build(scan, NAVETTE__PHONE_CLAIM__CLAIM_HERE, draft);
}

static void build_delivered(const struct verb_scan *scan, struct draft *draft)
{
    build(scan, NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED, draft);
}

static void build_gone(const struct verb_scan *scan, struct draft *draft)
{
    build(scan, NAVETTE__PHONE_CLAIM__CLAIM_GONE, draft);
}

#define PHONED NAVETTE__OPERATION_KIND__OPERATION_OTHER, VERB_ALL, 0, VERB_MAY_BE_NEW | VERB_PHONED, NAVETTE__RIGHT__RIGHT_PHONE

const struct verb *cmd_phone_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"phone-here", "phone-said", PHONED, build_here},
        {"phone-delivered", "phone-said", PHONED, build_delivered},
        {"phone-gone", "phone-said", PHONED, build_gone},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

static int record_counts(struct office *office, const struct request *request, const uint32_t *counts, int64_t said_ms, json_t **answer)
{
    static const char *const names[] = {"bags", "items", "returned"};
    struct draft draft;

    if (request_has(request, "crates") || request_has(request, "pools")) {
        *answer = request_refuse(request, "missing-option", "--slip, --round --stop", "phone", NULL);
        return 0;
    }
    draft_init(&draft);
    DRAFT_BODY(&draft, PHONE_REPORT, phone_report);
    draft.body.phone_report.reporter = draft_text(request_text(request, "reporter"));
    draft.body.phone_report.speaker = draft_text(request_text(request, "speaker"));
    draft.body.phone_report.said_ms = said_ms;
    draft.body.phone_report.bags = counts[0];
    draft.body.phone_report.items = counts[1];
    draft.body.phone_report.returned = counts[2];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        draft.body.phone_report.said |= request_has(request, names[i]) ? 1u << i : 0;
    return commands_record(office, request, &draft, answer);
}

/* Of a hand-over: who speaks has received it, unless something else is said. */
static int record_handover(struct office *office, const struct request *request, const uint32_t *counts, int64_t said_ms, json_t **answer)
{
    int party = request_word(request, "party", &navette__handover_party__descriptor, answer);
    struct handing handing;
    struct draft draft;
    Navette__PhoneCounted *body = &draft.body.phone_counted;

    if (party < 0)
        return 0;
    if (request_has(request, "returned")) {
        *answer = request_refuse(request, "missing-option", "--crates, --bags, --items, --pool", "phone", NULL);
        return 0;
    }
    handing_read(request, &handing);
    draft_init(&draft);
    DRAFT_BODY(&draft, PHONE_COUNTED, phone_counted);
    handing_pools(request, &draft);
    body->reporter = draft_text(request_text(request, "reporter"));
    body->speaker = draft_text(request_text(request, "speaker"));
    body->said_ms = said_ms;
    body->slip = draft_text(handing.slip);
    body->round = draft_round(&draft, handing.round);
    body->stop = handing.stop;
    body->direction = (Navette__HandoverDirection)handing.direction;
    body->dispatch = draft_ref(&draft, 0, &handing.dispatch);
    body->party = party == 0 ? NAVETTE__HANDOVER_PARTY__PARTY_TAKER : (Navette__HandoverParty)party;
    body->bags = counts[0];
    body->items = counts[1];
    body->crates = counts[3];
    body->counted = handing_counted(request);
    body->pools = draft.pools;
    body->n_pools = draft.pool_count;
    return commands_record(office, request, &draft, answer);
}

static int run_phone(struct office *office, const struct request *request, json_t **answer)
{
    static const char *const names[] = {"bags", "items", "returned", "crates", NULL};
    struct handing handing;
    struct store_txn *txn;
    uint32_t counts[4];
    int64_t said_ms;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_PHONE, answer) || !handing_check(request, answer) ||
        !request_counts(request, names, counts, answer))
        return 0;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = phoned_check(office, request, txn, &said_ms, answer);
    lmdb_abort(txn);
    if (rc == 0 && *answer == NULL && handing_counted(request) == 0 && !request_has(request, "returned"))
        *answer = request_refuse(request, "missing-option", "--bags, --items, --returned", "phone", NULL);
    if (rc != 0 || *answer != NULL)
        return rc;
    handing_read(request, &handing);
    return handing_names_any(&handing) ? record_handover(office, request, counts, said_ms, answer)
                                       : record_counts(office, request, counts, said_ms, answer);
}

const struct command *cmd_phone_commands(size_t *count)
{
    static const struct command commands[] = {{"phone", run_phone, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
