/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

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
        {"seen", "seen", NAVETTE__OPERATION_KIND__OPERATION_SEEN, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_SEE, build_seen},
        {"count", "stocktake", NAVETTE__OPERATION_KIND__OPERATION_COUNT, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_COUNT,
         build_count},
        {"lost", "lost", NAVETTE__OPERATION_KIND__OPERATION_OTHER, VERB_ALL, 0, 0, NAVETTE__RIGHT__RIGHT_LOSE, build_lost},
        {"found", "found", NAVETTE__OPERATION_KIND__OPERATION_OTHER, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_SEE, build_found},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}
