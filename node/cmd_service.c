/* SPDX-License-Identifier: Apache-2.0 */
#include "node/handing.h"
#include "node/verb.h"

static Navette__Thing *order_of(struct draft *draft, const struct operation *operation)
{
    const char *id = operation_text(operation, "order");

    return id[0] != '\0' ? draft_named(&draft->order, NAVETTE__THING_KIND__THING_ORDER, id) : NULL;
}

static void build_deliver(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DELIVERED, delivered);
    draft->body.delivered.order = order_of(draft, scan->operation);
}

static void build_fail(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DELIVERY_FAILED, delivery_failed);
    draft->body.delivery_failed.order = order_of(draft, scan->operation);
    draft->body.delivery_failed.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
}

static void build_return(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, RETURNED, returned);
}

static void build_collect(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, COLLECTED, collected);
    draft->body.collected.to = draft_text(operation_text(scan->operation, "to"));
    draft->body.collected.carrier = draft_text(operation_text(scan->operation, "carrier"));
    draft->body.collected.round = draft_round(draft, scan->handing->round);
    draft->body.collected.stop = scan->handing->stop;
    draft->body.collected.slip = draft_text(scan->handing->slip);
}

static void build_drop(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_THINGS_BODY(draft, DROPPED, dropped);
}

const struct verb *cmd_service_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"deliver", "deliver", NAVETTE__OPERATION_KIND__OPERATION_DELIVER, VERB_ALL, 0, VERB_HERE | VERB_ALIVE | VERB_MAY_BE_NEW,
         NAVETTE__RIGHT__RIGHT_DELIVER, build_deliver},
        {"fail", "fail", NAVETTE__OPERATION_KIND__OPERATION_DELIVER, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_DELIVER,
         build_fail},
        {"return", "return", NAVETTE__OPERATION_KIND__OPERATION_RETURN, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_RETURN,
         build_return},
        {"collect", "collect", NAVETTE__OPERATION_KIND__OPERATION_COLLECT, VERB_ALL, 0, VERB_TO | VERB_HERE | VERB_MAY_BE_NEW,
         NAVETTE__RIGHT__RIGHT_COLLECT, build_collect},
        {"drop", "drop", NAVETTE__OPERATION_KIND__OPERATION_DROP, VERB_ALL, 0, VERB_MAY_BE_NEW, NAVETTE__RIGHT__RIGHT_RETURN, build_drop},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}
