/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decide_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/hlc.h"
#include "navette/system.h"
#include "navette/tz.h"
#include "server/answer.h"
#include "server/decide_scope.h"

#define PLACE_PARTS 16u
#define PLACE_CODE_MAX "32" /* LIMIT_PLACE_CODE, in words */
#define PLACE_LIST_SIZE 512u

static const char *const PLACE_KINDS[] = {"branch", "relay", "depot", "return-box", "vehicle"};
static const char *const ZONE_KINDS[] = {"shelf", "staging", "isolation"};
static const char *const RULE_KINDS[] = {"isolation", "grace", "late", "overdue", "key-kept", "key-relay"};

static const char DEFAULT_TZ[] = "CET-1CEST,M3.5.0,M10.5.0/3";

/* Names stand in the order of the protocol's enums, which begin at 1. 0: unknown. */
static int place_word(const char *const *words, size_t count, const char *text)
{
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(words[i], text) == 0)
            return (int)i + 1;
    return 0;
}

int decide_split(char *text, char **parts, size_t max)
{
    char *rest = NULL;
    size_t count = 0;

    for (char *part = strtok_r(text, ", ", &rest); part; part = strtok_r(NULL, ", ", &rest)) {
        if (count == max)
            return NAVETTE_E_TOO_LARGE;
        parts[count++] = part;
    }
    return (int)count;
}

int decide_place_kind(struct executor *executor, const char *code, Navette__PlaceKind *kind)
{
    struct store_txn *state;
    struct store_txn *journal;
    struct event declared;
    int rc = follower_read_begin(executor->follower, &state);

    if (rc)
        return rc;
    rc = lmdb_read_begin(executor->home->journal, &journal);
    if (!rc) {
        rc = fold_place(state, journal, code, &declared);
        if (!rc) {
            *kind = declared.body->place_declared->kind;
            event_free(&declared);
        }
        lmdb_abort(journal);
    }
    follower_read_end(executor->follower, state);
    return rc;
}

/* What the hub last knew of the thing, so that a later declaration stands after an earlier one whatever the clock did. */
static void place_parent(struct executor *executor, Navette__Event *event, const Navette__Thing *thing, Navette__Ref *ref,
                         Navette__Ref **list, struct ref *parent)
{
    struct store_txn *state;
    struct thing_key key;

    if (thing_key_of(thing, &key) || follower_read_begin(executor->follower, &state))
        return;
    if (fold_parent(state, &key, parent) == 0 && parent->seq > 0) {
        ref->incarnation.data = parent->incarnation;
        ref->incarnation.len = INCARNATION_SIZE;
        ref->seq = parent->seq;
        ref->leaf = parent->leaf;
        list[0] = ref;
        event->parents = list;
        event->n_parents = 1;
    }
    follower_read_end(executor->follower, state);
}

int decide_thing(struct executor *executor, const json_t *request, Navette__Event *event, const Navette__Thing *thing, json_t **answer,
                 uint64_t *position)
{
    Navette__Ref ref = NAVETTE__REF__INIT;
    Navette__Ref *list[1];
    struct ref parent;

    place_parent(executor, event, thing, &ref, list, &parent);
    event->hlc = hlc_make(system_wall_ms(), 0);
    if (event_check(event)) {
        *answer = strncmp(event_check_text(event), "PlaceDeclared.place:", 20) == 0
                      ? answer_error(request, "hub-invalid-code", thing->id, PLACE_CODE_MAX, NULL)
                      : answer_error(request, "hub-invalid-value", event_check_text(event), NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    /* The hub's own clock gives the time when the event is recorded. */
    event->hlc = 0;
    return decide_record(executor, event, position);
}

/* "CODE:kind[:capacity]" */
static int place_zone(char *text, Navette__Zone *zone)
{
    char *rest = NULL;
    char *code = strtok_r(text, ":", &rest);
    const char *kind = strtok_r(NULL, ":", &rest);
    const char *capacity = strtok_r(NULL, ":", &rest);

    navette__zone__init(zone);
    zone->code = code;
    zone->kind = (Navette__ZoneKind)place_word(ZONE_KINDS, sizeof(ZONE_KINDS) / sizeof(ZONE_KINDS[0]), kind);
    zone->capacity = capacity ? (uint32_t)strtoul(capacity, NULL, 10) : 0;
    return code && zone->kind ? 0 : NAVETTE_E_INVALID;
}

struct place_lists {
    char namespaces_text[PLACE_LIST_SIZE];
    char zones_text[PLACE_LIST_SIZE];
    char *namespaces[PLACE_PARTS];
    char *zone_texts[PLACE_PARTS];
    Navette__Zone zones[PLACE_PARTS];
    Navette__Zone *zone_list[PLACE_PARTS];
};

static int place_lists(const json_t *request, struct place_lists *lists, Navette__PlaceDeclared *declared)
{
    const char *namespaces = answer_field(request, "namespaces");
    const char *zones = answer_field(request, "zones");
    int count;

    if ((namespaces && strlen(namespaces) >= PLACE_LIST_SIZE) || (zones && strlen(zones) >= PLACE_LIST_SIZE))
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(lists->namespaces_text, PLACE_LIST_SIZE, "%s", namespaces ? namespaces : "");
    (void)snprintf(lists->zones_text, PLACE_LIST_SIZE, "%s", zones ? zones : "");
    count = decide_split(lists->namespaces_text, lists->namespaces, PLACE_PARTS);
    if (count < 0)
        return count;
    declared->namespaces = lists->namespaces;
    declared->n_namespaces = (size_t)count;
    count = decide_split(lists->zones_text, lists->zone_texts, PLACE_PARTS);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        int rc = place_zone(lists->zone_texts[i], &lists->zones[i]);

        if (rc)
            return rc;
        lists->zone_list[i] = &lists->zones[i];
    }
    declared->zones = lists->zone_list;
    declared->n_zones = (size_t)count;
    return 0;
}

/* The generated structs want pointers they may change; nothing here does. */
static char *place_text(const char *text)
{
    return (char *)(uintptr_t)(text ? text : "");
}

/* Who serves the branch serves its guest too. */
static int place_host(struct executor *executor, const json_t *request, const char *host, const char *code, size_t *served, json_t **answer,
                      uint64_t *position)
{
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    if (!rc)
        rc = decide_commit(executor, txn, decide_scope_host(executor, txn, host, code, served, position));
    if (rc == NAVETTE_E_TOO_LARGE)
        *answer = answer_error(request, "hub-scope-many", "16", NULL, NULL);
    return rc;
}

int decide_place_add(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared declared = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing place = NAVETTE__THING__INIT;
    Navette__PlaceKind kind;
    struct place_lists lists;
    size_t served = 0;
    const char *code = answer_field(request, "code");
    const char *host = answer_field(request, "host");
    const char *tz = answer_field(request, "tz");
    const char *kind_name = answer_field(request, "kind");
    int rc;

    declared.kind = (Navette__PlaceKind)place_word(PLACE_KINDS, sizeof(PLACE_KINDS) / sizeof(PLACE_KINDS[0]), kind_name);
    if (!declared.kind) {
        *answer = answer_error(request, "hub-unknown-kind", kind_name ? kind_name : "", NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (tz_check(tz ? tz : DEFAULT_TZ)) {
        *answer = answer_error(request, "hub-invalid-tz", tz, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (host && decide_place_kind(executor, host, &kind)) {
        *answer = answer_error(request, "hub-unknown-place", host, NULL, NULL);
        return NAVETTE_E_NOT_FOUND;
    }
    rc = place_lists(request, &lists, &declared);
    if (rc) {
        *answer = answer_error(request, "hub-invalid-value", "namespaces, zones", NULL, NULL);
        return rc;
    }
    place.kind = NAVETTE__THING_KIND__THING_PLACE;
    place.id = place_text(code);
    declared.place = &place;
    declared.name = place_text(answer_field(request, "name"));
    declared.isil = place_text(answer_field(request, "isil"));
    declared.tz = place_text(tz ? tz : DEFAULT_TZ);
    declared.host = place_text(host);
    event.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    event.place_declared = &declared;
    rc = decide_thing(executor, request, &event, &place, answer, position);
    if (!rc && host)
        rc = place_host(executor, request, host, code, &served, answer, position);
    if (!rc)
        *answer = json_pack("{s:b, s:s, s:s, s:s, s:I}", "ok", 1, "code", code, "kind", kind_name, "host", host ? host : "", "served",
                            (json_int_t)served);
    return rc;
}

static int rule_time(const json_t *request, const char *name, int64_t *ms)
{
    const char *text = answer_field(request, name);

    *ms = 0;
    return text ? tz_parse(DEFAULT_TZ, text, ms) : 0;
}

static uint64_t rule_duration(const json_t *request)
{
    const char *days = answer_field(request, "days");
    const char *hours = answer_field(request, "hours");

    return (days ? strtoull(days, NULL, 10) * 86400u : 0) + (hours ? strtoull(hours, NULL, 10) * 3600u : 0);
}

int decide_rule_add(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RuleDecided rule = NAVETTE__RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__PlaceKind kind;
    uint8_t id[16];
    char id_text[33];
    const char *place = answer_field(request, "place");
    const char *to = answer_field(request, "destination");
    const char *kind_name = answer_field(request, "kind");
    int rc;

    rule.kind = (Navette__RuleKind)place_word(RULE_KINDS, sizeof(RULE_KINDS) / sizeof(RULE_KINDS[0]), kind_name);
    rule.duration_s = rule_duration(request);
    if (!rule.kind || !rule.duration_s || rule_time(request, "from", &rule.valid_from_ms) || rule_time(request, "to", &rule.valid_to_ms)) {
        *answer = answer_error(request, "hub-invalid-rule", NULL, NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if (to && rule.kind != NAVETTE__RULE_KIND__RULE_LATE) {
        *answer = answer_error(request, "hub-invalid-value", "--destination", NULL, NULL);
        return NAVETTE_E_INVALID;
    }
    if ((place && decide_place_kind(executor, place, &kind)) || (to && decide_place_kind(executor, to, &kind))) {
        *answer = answer_error(request, "hub-unknown-place", place && decide_place_kind(executor, place, &kind) ? place : to, NULL, NULL);
        return NAVETTE_E_NOT_FOUND;
    }
    if (!rule.valid_from_ms)
        rule.valid_from_ms = system_wall_ms();
    system_new_id(id);
    hex_encode(id, sizeof(id), id_text);
    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = id_text;
    rule.rule = &thing;
    rule.material = place_text(answer_field(request, "material"));
    rule.place = place_text(place);
    rule.to = place_text(to);
    rule.zone = place_text(answer_field(request, "zone"));
    event.body_case = NAVETTE__EVENT__BODY_RULE_DECIDED;
    event.rule_decided = &rule;
    rc = decide_thing(executor, request, &event, &thing, answer, position);
    if (!rc)
        *answer = json_pack("{s:b, s:s, s:I}", "ok", 1, "rule", id_text, "duration_s", (json_int_t)rule.duration_s);
    return rc;
}
