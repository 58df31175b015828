/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/due.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/reconcile.h"
#include "reconcile/serving.h"

#define DAY_MS INT64_C(86400000)

static int copy_text(const char *from, char *to, size_t size)
{
    size_t len = strlen(from);

    if (len >= size)
        return NAVETTE_E_STORE;
    memcpy(to, from, len + 1);
    return 0;
}

static int take_rule(void *context, const Navette__Event *body)
{
    struct due_rules *rules = context;
    const Navette__RuleDecided *decided;
    struct due_rule *list;
    struct due_rule *rule;
    int rc;

    if (body->body_case != NAVETTE__EVENT__BODY_RULE_DECIDED)
        return 0;
    decided = body->rule_decided;
    if (decided->kind != NAVETTE__RULE_KIND__RULE_LATE && decided->kind != NAVETTE__RULE_KIND__RULE_OVERDUE)
        return 0;
    list = realloc(rules->list, (rules->count + 1) * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    rules->list = list;
    rule = &list[rules->count++];
    memset(rule, 0, sizeof(*rule));
    rule->kind = (uint8_t)decided->kind;
    rule->from_ms = decided->valid_from_ms;
    rule->to_ms = decided->valid_to_ms;
    rule->duration_ms = serving_duration_ms(decided->duration_s);
    rc = copy_text(decided->material, rule->material, sizeof(rule->material));
    if (rc == 0)
        rc = copy_text(decided->place, rule->place, sizeof(rule->place));
    return rc == 0 ? copy_text(decided->to, rule->to, sizeof(rule->to)) : rc;
}

static int take_place(void *context, const Navette__Event *body)
{
    struct due_rules *rules = context;
    char(*list)[LIMIT_PLACE_CODE + 1];

    if (body->body_case != NAVETTE__EVENT__BODY_PLACE_DECLARED || body->place_declared->kind != NAVETTE__PLACE_KIND__PLACE_RELAY)
        return 0;
    list = realloc(rules->relays, (rules->relay_count + 1) * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    rules->relays = list;
    return copy_text(body->place_declared->place->id, list[rules->relay_count++], sizeof(*list));
}

static int any_of(const struct due_rules *rules, int kind)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->list[i].kind == kind)
            return 1;
    }
    return 0;
}

int due_load(const struct horizon *horizon, struct due_rules *rules)
{
    int rc;

    memset(rules, 0, sizeof(*rules));
    rc = serving_each_decided(horizon, NAVETTE__THING_KIND__THING_RULE, take_rule, rules);
    if (rc == 0 && any_of(rules, NAVETTE__RULE_KIND__RULE_OVERDUE))
        rc = serving_each_decided(horizon, NAVETTE__THING_KIND__THING_PLACE, take_place, rules);
    if (rc != 0)
        due_free(rules);
    return rc;
}

void due_free(struct due_rules *rules)
{
    free(rules->list);
    free(rules->relays);
    memset(rules, 0, sizeof(*rules));
}

static int holds(const struct due_rule *rule, int kind, int64_t now_ms)
{
    return rule->kind == kind && rule->from_ms <= now_ms && (rule->to_ms == 0 || rule->to_ms > now_ms);
}

static int matches(const char *wanted, const char *is)
{
    return wanted[0] == '\0' || strcmp(wanted, is) == 0;
}

/* How much a rule names: a pair of places before one of them, a place before a material. */
static int rank_of(const struct due_rule *rule)
{
    return 2 * (rule->place[0] != '\0') + 2 * (rule->to[0] != '\0') + (rule->material[0] != '\0');
}

/* -1: no rule. */
static int64_t duration_of(const struct due_rules *rules, int kind, int64_t now_ms, const struct thing_record *record)
{
    int64_t duration_ms = -1;
    int best = -1;

    for (size_t i = 0; i < rules->count; i++) {
        const struct due_rule *rule = &rules->list[i];
        int rank = rank_of(rule);

        if (!holds(rule, kind, now_ms) || !matches(rule->material, record->material) || !matches(rule->place, record->place) ||
            !matches(rule->to, record->to) || rank < best)
            continue;
        if (rank > best || rule->duration_ms > duration_ms)
            duration_ms = rule->duration_ms;
        best = rank;
    }
    return duration_ms;
}

int64_t due_shortest_late(const struct due_rules *rules, int64_t now_ms)
{
    int64_t shortest_ms = DISCREPANCY_LATE_DAYS * DAY_MS;

    for (size_t i = 0; i < rules->count; i++) {
        if (holds(&rules->list[i], NAVETTE__RULE_KIND__RULE_LATE, now_ms) && rules->list[i].duration_ms < shortest_ms)
            shortest_ms = rules->list[i].duration_ms;
    }
    return shortest_ms;
}

int due_has_overdue(const struct due_rules *rules, int64_t now_ms)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (holds(&rules->list[i], NAVETTE__RULE_KIND__RULE_OVERDUE, now_ms))
            return 1;
    }
    return 0;
}

static int is_relay(const struct due_rules *rules, const char *place)
{
    for (size_t i = 0; i < rules->relay_count; i++) {
        if (strcmp(rules->relays[i], place) == 0)
            return 1;
    }
    return 0;
}

static int is_out(const struct due_rules *rules, const struct thing_record *record)
{
    int kind = thing_kind(&record->key);

    if (kind != NAVETTE__THING_KIND__THING_BAG && kind != NAVETTE__THING_KIND__THING_CRATE)
        return 0;
    return record->custody == CUSTODY_PERSON || (record->custody == CUSTODY_PLACE && is_relay(rules, record->place));
}

int due_of(const struct due_rules *rules, int64_t now_ms, int late_days, const struct thing_record *record,
           struct discrepancy_finding *finding, int64_t *due_ms)
{
    int64_t duration_ms;

    if (!record->registered || record->condition == CONDITION_LOST || record->condition == CONDITION_WITHDRAWN)
        return 0;
    if (record->custody == CUSTODY_TRANSIT) {
        duration_ms = late_days > 0 ? late_days * DAY_MS : duration_of(rules, NAVETTE__RULE_KIND__RULE_LATE, now_ms, record);
        if (duration_ms < 0)
            duration_ms = DISCREPANCY_LATE_DAYS * DAY_MS;
        *due_ms = ((int64_t)record->day + 1) * DAY_MS + duration_ms;
        reconcile_term(record, DISCREPANCY_TRANSIT, finding);
        return DISCREPANCY_TRANSIT;
    }
    if (record->condition == CONDITION_MISSING || !is_out(rules, record))
        return 0;
    duration_ms = duration_of(rules, NAVETTE__RULE_KIND__RULE_OVERDUE, now_ms, record);
    if (duration_ms < 0)
        return 0;
    *due_ms = record->since_ms + duration_ms;
    reconcile_term(record, DISCREPANCY_OVERDUE, finding);
    return DISCREPANCY_OVERDUE;
}
