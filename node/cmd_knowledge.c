/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/check.h"
#include "node/commands.h"
#include "node/stocktake.h"
#include "node/verb.h"

static void build_seen(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, SEEN_AT, seen_at);
    draft->body.seen_at.zone = draft_text(operation_text(scan->operation, "zone"));
}

static void build_count(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, COUNT_LINE, count_line);
    stocktake_id(scan->operation, draft->count_id);
    draft->body.count_line.count.data = draft->count_id;
    draft->body.count_line.count.len = STOCKTAKE_ID_SIZE;
    draft->body.count_line.zone = draft_text(operation_text(scan->operation, "zone"));
}

static void build_lost(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DECLARED_LOST, declared_lost);
    draft->body.declared_lost.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
}

static void build_found(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, FOUND, found);
}

const struct verb *cmd_knowledge_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"seen", "seen", NAVETTE__OPERATION_KIND__OPERATION_SEEN, VERB_ALL, 0, VERB_MAY_BE_NEW, ROLES_ROUND, build_seen},
        {"count", "stocktake", NAVETTE__OPERATION_KIND__OPERATION_COUNT, VERB_ALL, 0, VERB_MAY_BE_NEW, ROLES_RELAY, build_count},
        {"lost", "lost", NAVETTE__OPERATION_KIND__OPERATION_OTHER, VERB_ALL, 0, 0, ROLES_RELAY, build_lost},
        {"found", "found", NAVETTE__OPERATION_KIND__OPERATION_OTHER, VERB_ALL, 0, VERB_MAY_BE_NEW, ROLES_RELAY, build_found},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

/* Typed by staff while a relay reads aloud. */
static int run_phone(struct office *office, const struct request *request, json_t **answer)
{
    static const char *const names[] = {"bags", "items", "returned", NULL};
    struct draft draft;
    uint32_t counts[3];

    struct store_txn *txn;
    int rc;

    if (!request_may_record(request, office, ROLES_STAFF, answer) || !request_counts(request, names, counts, answer))
        return 0;
    if (request_text(request, "reporter")[0] == '\0') {
        *answer = request_refuse(request, "missing-option", message_word(request->language, "LIEU"), "phone", NULL);
        return 0;
    }
    if (!request_has(request, "bags") && !request_has(request, "items") && !request_has(request, "returned")) {
        *answer = request_refuse(request, "missing-option", "--bags, --items, --returned", "phone", NULL);
        return 0;
    }
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    *answer = check_place(request, txn, request_text(request, "reporter"));
    lmdb_abort(txn);
    if (*answer != NULL)
        return 0;
    draft_init(&draft);
    DRAFT_BODY(&draft, PHONE_REPORT, phone_report);
    draft.body.phone_report.reporter = draft_text(request_text(request, "reporter"));
    draft.body.phone_report.bags = counts[0];
    draft.body.phone_report.items = counts[1];
    draft.body.phone_report.returned = counts[2];
    for (size_t i = 0; names[i] != NULL; i++)
        draft.body.phone_report.said |= request_has(request, names[i]) ? 1u << i : 0;
    return commands_record(office, request, &draft, answer);
}

const struct command *cmd_knowledge_commands(size_t *count)
{
    static const struct command commands[] = {{"phone", run_phone, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
