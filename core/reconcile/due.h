/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_DUE_H
#define RECONCILE_DUE_H

#include "fold/horizon.h"
#include "navette/discrepancy.h"

/*
 * What has a term: a transit (RULE_LATE, counted from the end of the day of departure, DISCREPANCY_LATE_DAYS when no rule says) and a bag or crate with a
 * person or at a relay (RULE_OVERDUE, counted from when it came there; no rule, no term). The finding is a pure function of the record, the term one of the
 * rules that hold: the one that names most counts, of two alike the longer.
 */
struct due_rule {
    uint8_t kind; /* RULE_LATE, RULE_OVERDUE */
    char material[LIMIT_MATERIAL + 1];
    char place[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1];
    int64_t from_ms, to_ms; /* holds from .. to; 0: for ever */
    int64_t duration_ms;
};

struct due_rules {
    struct due_rule *list;
    size_t count;
    char (*relays)[LIMIT_PLACE_CODE + 1]; /* read only when a RULE_OVERDUE is there */
    size_t relay_count;
};

/* All rules decided up to the horizon, whenever they hold. NAVETTE_E_MEMORY, codes of store.h. */
int due_load(const struct horizon *horizon, struct due_rules *rules);
void due_free(struct due_rules *rules);

/* The shortest time a transit may take by any rule that holds at now_ms, or by none. */
int64_t due_shortest_late(const struct due_rules *rules, int64_t now_ms);
/* Does any bag have a term? */
int due_has_overdue(const struct due_rules *rules, int64_t now_ms);

/*
 * The term of what a record says, by the rules that hold at now_ms: its kind (DISCREPANCY_TRANSIT, DISCREPANCY_OVERDUE), *due_ms and the finding that it
 * becomes when that has passed; 0: it has none. late_days: instead of any rule; 0: the rules.
 */
int due_of(const struct due_rules *rules, int64_t now_ms, int late_days, const struct thing_record *record,
           struct discrepancy_finding *finding, int64_t *due_ms);

#endif
