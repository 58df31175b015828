/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/view_operators.h"
#include "server/answer.h"
#include "server/decide_place.h"

/* What is read of the state at once. */
struct reading {
    const char *place;
    const char *code;
    struct view_operator *list;
    int count;
    struct view_operator who;
    struct view_operator_rule rule;
};

static int read_list(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct reading *reading = view;

    reading->count = view_operators_list(state, journal, reading->place, reading->list, VIEW_OPERATORS_MAX);
    return reading->count < 0 ? reading->count : 0;
}

static int read_rule(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct reading *reading = view;

    return view_operators_rule(state, journal, reading->place, &reading->rule);
}

static int read_one(struct store_txn *state, struct store_txn *journal, void *view)
{
    struct reading *reading = view;

    return view_operators_find(state, journal, reading->place, reading->code, &reading->who);
}

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static int list_of(struct executor *executor, struct reading *reading)
{
    int rc;

    reading->list = calloc(VIEW_OPERATORS_MAX, sizeof(*reading->list));
    rc = reading->list ? decide_read(executor, read_list, reading) : NAVETTE_E_MEMORY;
    if (rc) {
        free(reading->list);
        reading->list = NULL;
    }
    return rc;
}

static json_t *rule_row(const char *place, const struct view_operator_rule *rule)
{
    return json_pack("{s:s, s:s, s:b, s:I}", "place", place, "need", view_operators_need_name(rule->need), "refuse_unknown",
                     rule->refuse_unknown, "idle_s", (json_int_t)rule->idle_s);
}

int decide_operators(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const char *place = answer_field(request, "place");
    struct reading reading = {.place = place ? place : ""};
    json_t *rows = json_array();
    json_t *rules = json_array();
    int rc = list_of(executor, &reading);

    (void)position;
    for (int i = 0; !rc && i < reading.count; i++) {
        const struct view_operator *who = &reading.list[i];

        (void)json_array_append_new(
            rows, json_pack("{s:s, s:s, s:b, s:b}", "place", who->place, "operator", who->code, "lead", who->lead, "ended", who->ended));
        if (place || (i > 0 && strcmp(who->place, reading.list[i - 1].place) == 0))
            continue;
        reading.place = who->place;
        rc = decide_read(executor, read_rule, &reading);
        (void)json_array_append_new(rules, rule_row(who->place, &reading.rule));
    }
    if (!rc && place) {
        reading.place = place;
        rc = decide_read(executor, read_rule, &reading);
        (void)json_array_append_new(rules, rule_row(place, &reading.rule));
    }
    free(reading.list);
    *answer = json_pack("{s:b, s:o, s:o}", "ok", 1, "rows", rows, "rules", rules);
    return rc;
}

/* "15": minutes; "90s": seconds. 0: neither, or out of bounds. */
static uint32_t idle_of(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    int seconds = end[0] == 's' && end[1] == '\0';

    if (end == text || text[0] == '-' || (!seconds && end[0] != '\0') || value == 0 || value > OPERATOR_IDLE_MAX_S)
        return 0;
    value *= seconds ? 1 : 60;
    return value > OPERATOR_IDLE_MAX_S ? 0 : (uint32_t)value;
}

static int check_place(struct executor *executor, const json_t *request, json_t **answer)
{
    const char *place = answer_field(request, "place");
    Navette__PlaceKind kind;

    if (place && decide_place_kind(executor, place, &kind) == 0)
        return 0;
    *answer = answer_error(request, "hub-unknown-place", place ? place : "", NULL, NULL);
    return NAVETTE_E_NOT_FOUND;
}

/* What an older hub took in of operators it took no note of. */
static int note_all(struct executor *executor, const char *place)
{
    struct reading reading = {.place = place};
    struct store_txn *txn;
    int rc = list_of(executor, &reading);

    if (!rc)
        rc = executor_begin(executor, &txn);
    if (rc) {
        free(reading.list);
        return rc;
    }
    for (int i = 0; !rc && i < reading.count; i++)
        rc = hub_operator_note(txn, place, reading.list[i].code, reading.list[i].ended);
    free(reading.list);
    return decide_commit(executor, txn, rc);
}

int decide_operator_rule(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    const char *need = answer_field(request, "need");
    const char *idle = answer_field(request, "idle");
    const char *unknown = answer_field(request, "unknown");
    struct reading reading = {.place = answer_field(request, "place")};
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorRuleDecided rule = NAVETTE__OPERATOR_RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[LIMIT_THING_ID + 1];
    int rc = check_place(executor, request, answer);

    if (!rc)
        rc = decide_read(executor, read_rule, &reading);
    if (rc)
        return rc;
    /* What is not said stays as it is. */
    rule.need = reading.rule.need;
    for (int i = NAVETTE__OPERATOR_NEED__OPERATOR_NONE; need && i <= NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE; i++)
        if (strcmp(need, view_operators_need_name((Navette__OperatorNeed)i)) == 0)
            rule.need = (Navette__OperatorNeed)i;
    rule.idle_s = idle ? idle_of(idle) : reading.rule.idle_s;
    rule.refuse_unknown = unknown ? strcmp(unknown, "refuse") == 0 : reading.rule.refuse_unknown;
    if ((need && strcmp(need, view_operators_need_name(rule.need)) != 0) ||
        (unknown && strcmp(unknown, "refuse") != 0 && strcmp(unknown, "record") != 0) || (!need && !idle && !unknown)) {
        *answer = answer_error(request, "hub-operator-need", reading.place, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (rule.idle_s == 0) {
        *answer = answer_error(request, "hub-operator-idle", idle, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    view_operators_rule_id(reading.place, id);
    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = id;
    rule.rule = &thing;
    rule.place = text_of(reading.place);
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED;
    event.operator_rule_decided = &rule;
    rc = rule.refuse_unknown ? note_all(executor, reading.place) : 0;
    if (!rc)
        rc = decide_thing(executor, request, &event, &thing, answer, position);
    if (!rc) {
        reading.rule = (struct view_operator_rule){rule.need, rule.refuse_unknown, rule.idle_s};
        *answer = json_pack("{s:b, s:[], s:[o]}", "ok", 1, "rows", "rules", rule_row(reading.place, &reading.rule));
    }
    return rc;
}

static int record(struct executor *executor, const json_t *request, const struct view_operator *who, json_t **answer, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorDecided decided = NAVETTE__OPERATOR_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    int rc;

    thing.kind = NAVETTE__THING_KIND__THING_OPERATOR;
    thing.namespace_ = text_of(who->place);
    thing.id = text_of(who->code);
    decided.operator_ = &thing;
    decided.ended = who->ended;
    decided.lead = who->lead;
    decided.pin_epoch = who->pin_epoch;
    event.place = text_of(who->place);
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_DECIDED;
    event.operator_decided = &decided;
    rc = decide_thing(executor, request, &event, &thing, answer, position);
    if (!rc)
        *answer = json_pack("{s:b, s:[{s:s, s:s, s:b, s:b}], s:[]}", "ok", 1, "rows", "place", who->place, "operator", who->code, "lead",
                            who->lead, "ended", who->ended, "rules");
    return rc;
}

/* The one that the request names; `wanted` 0: there may be none, who->place "" then. */
static int find(struct executor *executor, const json_t *request, int wanted, struct view_operator *who, json_t **answer)
{
    struct reading reading = {.place = answer_field(request, "place"), .code = answer_field(request, "operator")};
    int rc = check_place(executor, request, answer);

    memset(who, 0, sizeof(*who));
    if (rc)
        return rc;
    if (!reading.code || !view_operators_is_code(reading.code)) {
        *answer = answer_error(request, "hub-operator-code", reading.code ? reading.code : "", NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    rc = decide_read(executor, read_one, &reading);
    *who = reading.who;
    if (rc != NAVETTE_E_NOT_FOUND || !wanted)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    *answer = answer_error(request, "hub-operator-none", reading.code, reading.place, NULL);
    return rc;
}

int decide_operator_add(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct view_operator who;
    int rc = find(executor, request, 0, &who, answer);

    if (rc)
        return rc;
    if (who.place[0] != '\0' && !who.ended) {
        *answer = answer_error(request, "hub-operator-exists", who.code, who.place, NULL);
        return NAVETTE_E_EXISTS;
    }
    memset(&who, 0, sizeof(who));
    (void)snprintf(who.place, sizeof(who.place), "%s", answer_field(request, "place"));
    (void)snprintf(who.code, sizeof(who.code), "%s", answer_field(request, "operator"));
    who.lead = answer_flag(request, "lead");
    system_random(&who.pin_epoch, sizeof(who.pin_epoch));
    return record(executor, request, &who, answer, position);
}

int decide_operator_end(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct view_operator who;
    int rc = find(executor, request, 1, &who, answer);

    who.ended = 1;
    return rc ? rc : record(executor, request, &who, answer, position);
}

int decide_operator_reset(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct view_operator who;
    json_t *told;
    int rc = find(executor, request, 1, &who, answer);

    if (rc)
        return rc;
    system_random(&who.pin_epoch, sizeof(who.pin_epoch));
    rc = record(executor, request, &who, answer, position);
    if (rc)
        return rc;
    told = answer_error(request, "hub-operator-reset", who.code, who.place, NULL);
    (void)json_object_set(*answer, "text", json_object_get(told, "text"));
    (void)json_object_set(*answer, "next", json_object_get(told, "next"));
    json_decref(told);
    return 0;
}
