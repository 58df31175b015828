/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The custody machine (fold/custody.h, FOLD.md 4).
 *   - custody_apply: a table with every body and part against every custody that its row tells apart: custody, condition, conflict, did it move
 *   - what it writes when it moves: since, cause, day; what it leaves when it does not; seals; registration; places, rules and nodes
 *   - day of departure: as written, as the clock has it, before 1970
 *   - custody_label: who changes the label, and to what; custody_day: valid days and others
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fold/custody.h"
#include "tests/lib/foldkit.h"

#define DAY_MS INT64_C(86400000)

/* "none", "place A", "transit A B", "person A", "in c1"; then a condition other than normal, then "!" for a conflict. */
static void parse(const char *text, struct thing_record *record)
{
    char words[5][16] = {"", "", "", "", ""};
    int count = sscanf(text, "%15s %15s %15s %15s %15s", words[0], words[1], words[2], words[3], words[4]);
    int at = 1;

    if (strcmp(words[0], "place") == 0) {
        record->custody = CUSTODY_PLACE;
        strcpy(record->place, words[at++]);
    } else if (strcmp(words[0], "transit") == 0) {
        record->custody = CUSTODY_TRANSIT;
        strcpy(record->place, words[at++]);
        strcpy(record->to, words[at++]);
        record->day = 77;
    } else if (strcmp(words[0], "person") == 0) {
        record->custody = CUSTODY_PERSON;
        strcpy(record->place, words[at++]);
    } else if (strcmp(words[0], "in") == 0) {
        record->custody = CUSTODY_CONTAINER;
        record->container = foldkit_key(words[at++]);
    }
    for (; at < count; at++) {
        if (strcmp(words[at], "!") == 0)
            record->conflict = 1;
        else if (strcmp(words[at], "missing") == 0)
            record->condition = CONDITION_MISSING;
        else if (strcmp(words[at], "lost") == 0)
            record->condition = CONDITION_LOST;
        else
            record->condition = CONDITION_WITHDRAWN;
    }
    record->since_ms = 1;
    record->cause.seq = 99;
}

static void show(const struct thing_record *record, char *out, size_t size)
{
    static const char *const conditions[] = {"", " missing", " lost", " withdrawn"};
    char custody[96] = "none";

    if (record->custody == CUSTODY_PLACE)
        snprintf(custody, sizeof(custody), "place %s", record->place);
    else if (record->custody == CUSTODY_TRANSIT)
        snprintf(custody, sizeof(custody), "transit %s %s", record->place, record->to);
    else if (record->custody == CUSTODY_PERSON)
        snprintf(custody, sizeof(custody), "person %s", record->place);
    else if (record->custody == CUSTODY_CONTAINER)
        snprintf(custody, sizeof(custody), "in %s", thing_id(&record->container));
    snprintf(out, size, "%s%s%s", custody, conditions[record->condition], record->conflict ? " !" : "");
}

struct row {
    Navette__Event__BodyCase body;
    const char *things;
    const char *extra;
    const char *word; /* whose record */
    const char *before;
    const char *after; /* NULL: as before */
    int moves;
};

#define P "P"

static enum event_part part_of(const struct event *event, const struct thing_key *key)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event->body, things);

    for (size_t i = 0; i < count; i++) {
        if (thing_key_equal(&things[i].key, key))
            return things[i].part;
    }
    fail_msg("the event does not concern %s", thing_id(key));
    return PART_SUBJECT;
}

static void check_row(const struct row *row)
{
    struct thing_key key = foldkit_key(row->word);
    struct thing_record record;
    struct thing_record before;
    struct foldkit kit;
    struct event event;
    char expected[128];
    char found[128];

    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, row->body, row->things, row->extra);
    foldkit_decode(&kit, 0, &event);
    thing_record_init(&record, &key);
    parse(row->before, &record);
    before = record;
    custody_apply(&event, part_of(&event, &key), 5 * DAY_MS, &record);
    show(&record, found, sizeof(found));
    if (row->after == NULL)
        show(&before, expected, sizeof(expected));
    else
        snprintf(expected, sizeof(expected), "%s", row->after);
    if (strcmp(found, expected) != 0 || (record.since_ms == 5 * DAY_MS) != row->moves)
        fail_msg("%s on \"%s\": \"%s\", expected \"%s\"; since %lld", event_name(event.body), row->before, found, expected,
                 (long long)record.since_ms);
    if (row->moves) {
        assert_int_equal(ref_compare(&record.cause, &event.self), 0);
        if (record.custody != CUSTODY_TRANSIT)
            assert_int_equal(record.day, 0);
    } else {
        assert_int_equal(ref_compare(&record.cause, &before.cause), 0);
        assert_int_equal(record.day, before.day);
        assert_true(record.since_ms == before.since_ms);
    }
    event_free(&event);
    foldkit_free(&kit);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_custody_apply_catalogue(void **state)
{
    static const struct row rows[] = {
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "none", "place P", 1},
        {EV(ITEM_REGISTERED), "i1", "book:Q", "i1", "none", "place Q", 1},
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "none missing", "place P", 1},
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "none withdrawn", "place P", 1},
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "place Q withdrawn !", "place Q !", 0},
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "transit Q T missing", NULL, 0},
        {EV(ITEM_REGISTERED), "i1", "book", "i1", "in b1 lost", NULL, 0},
        {EV(BAG_COMMISSIONED), "b1", "blue", "b1", "none", "place P", 1},
        {EV(BAG_COMMISSIONED), "c1", "blue", "c1", "none", "place P", 1},
        {EV(BAG_COMMISSIONED), "b1", "blue", "b1", "person Q withdrawn", "person Q", 0},
        {EV(ITEM_CHANGED), "i1", "dvd", "i1", "none", NULL, 0},
        {EV(ITEM_CHANGED), "i1", "dvd", "i1", "place Q withdrawn !", NULL, 0},
        {EV(ITEM_WITHDRAWN), "i1", NULL, "i1", "place Q !", "place Q withdrawn !", 0},
        {EV(ITEM_WITHDRAWN), "i1", NULL, "i1", "none lost", "none withdrawn", 0},
        {EV(BAG_RETIRED), "b1", NULL, "b1", "transit Q T missing", "transit Q T withdrawn", 0},
    };

    (void)state;
    CHECK(rows);
}

static void test_custody_apply_packing_of_contents(void **state)
{
    static const struct row rows[] = {
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "none", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "place P", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "place P lost !", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "place Q", "in b1 !", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "transit Q P", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "transit P Q", "in b1 !", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "person Q", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "in b1", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "in b1 missing !", "in b1", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "in b2", "in b1 !", 1},
        {EV(ITEM_PACKED), "b1 i1", NULL, "i1", "place P withdrawn", "in b1 withdrawn", 1},
        {EV(ITEM_PACKED), "c1 i1", NULL, "i1", "place P", "in c1", 1},
        {EV(CRATE_LOADED), "c1 b1", NULL, "b1", "place P", "in c1", 1},
        {EV(CRATE_LOADED), "c1 b1", NULL, "b1", "in c2", "in c1 !", 1},
        {EV(CRATE_LOADED), "c1 b1", NULL, "b1", "in c1 !", "in c1", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "in b1", "place P", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "in b1 missing !", "place P", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "in b2", "place P !", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "none", "place P", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "place P", "place P", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "place Q", "place P !", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "transit Q P", "place P", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "transit Q T", "place P !", 1},
        {EV(ITEM_UNPACKED), "b1 i1", NULL, "i1", "person Q", "place P", 1},
        {EV(CRATE_UNLOADED), "c1 b1", NULL, "b1", "in c1", "place P", 1},
        {EV(CRATE_UNLOADED), "c1 b1", NULL, "b1", "in c2", "place P !", 1},
    };

    (void)state;
    CHECK(rows);
}

static void test_custody_apply_handling_of_containers(void **state)
{
    static const struct {
        Navette__Event__BodyCase body;
        const char *things, *word;
    } bodies[] = {
        {EV(ITEM_PACKED), "b1 i1", "b1"},    {EV(ITEM_UNPACKED), "b1 i1", "b1"}, {EV(CRATE_LOADED), "c1 b1", "c1"},
        {EV(CRATE_UNLOADED), "c1 b1", "c1"}, {EV(BAG_SEALED), "b1", "b1"},       {EV(BAG_OPENED), "b1", "b1"},
        {EV(SEALED_DEPOSIT), "b1", "b1"},
    };
    static const struct {
        const char *before, *after;
        int moves;
    } cases[] = {
        {"in c9 !", NULL, 0},
        {"in c9 missing", "in c9", 0},
        {"place P !", "place P", 0},
        {"place P missing !", "place P", 0},
        {"place Q", "place P !", 1},
        {"place Q missing", "place P !", 1},
        {"none", "place P", 1},
        {"transit Q P !", "place P", 1},
        {"transit P Q", "place P !", 1},
        {"person Q !", "place P", 1},
        {"place Q withdrawn", "place P withdrawn !", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            struct row row = {bodies[i].body, bodies[i].things, "s", bodies[i].word, cases[k].before, cases[k].after, cases[k].moves};

            check_row(&row);
        }
    }
}

static void test_custody_apply_departures(void **state)
{
    static const Navette__Event__BodyCase bodies[] = {EV(DISPATCHED), EV(COLLECTED)};
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"none", "transit P T"},
        {"place P", "transit P T"},
        {"place P missing !", "transit P T"},
        {"place Q", "transit P T !"},
        {"transit Q P", "transit P T"},
        {"transit P T", "transit P T !"},
        {"transit Q R", "transit P T !"},
        {"person Q", "transit P T"},
        {"in b1", "transit P T !"},
        {"in b1 lost", "transit P T !"},
        {"place P withdrawn", "transit P T withdrawn"},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            struct row row = {bodies[i], "i1", "T", "i1", cases[k].before, cases[k].after, 1};

            check_row(&row);
        }
    }
}

static void test_custody_apply_arrivals_are_never_a_conflict(void **state)
{
    static const Navette__Event__BodyCase bodies[] = {EV(RECEIVED), EV(RETURNED), EV(DROPPED), EV(FOUND)};
    static const char *const before[] = {"none", "place P !", "place Q lost", "transit Q T !", "transit Q P", "person Q", "in b1 missing"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct row withdrawn = {bodies[i], "b1", NULL, "b1", "place Q withdrawn", "place P withdrawn", 1};

        for (size_t k = 0; k < sizeof(before) / sizeof(before[0]); k++) {
            struct row row = {bodies[i], "b1", NULL, "b1", before[k], "place P", 1};

            check_row(&row);
        }
        check_row(&withdrawn);
    }
}

static void test_custody_apply_other_movements(void **state)
{
    static const struct row rows[] = {
        {EV(SEEN_ON_RECEPTION), "i1", NULL, "i1", "in b1 !", NULL, 0},
        {EV(SEEN_ON_RECEPTION), "i1", NULL, "i1", "in b1 missing", "in b1", 0},
        {EV(SEEN_ON_RECEPTION), "i1", NULL, "i1", "in b1 withdrawn", NULL, 0},
        {EV(SEEN_ON_RECEPTION), "i1", NULL, "i1", "transit Q T !", "place P", 1},
        {EV(SEEN_ON_RECEPTION), "i1", NULL, "i1", "place P", "place P", 1},
        {EV(REFUSED), "i1", NULL, "i1", "transit Q P", "transit P Q", 1},
        {EV(REFUSED), "i1", NULL, "i1", "transit Q T missing !", "transit P Q", 1},
        {EV(REFUSED), "i1", NULL, "i1", "place P !", NULL, 0},
        {EV(REFUSED), "i1", NULL, "i1", "none", NULL, 0},
        {EV(REFUSED), "i1", NULL, "i1", "person Q", NULL, 0},
        {EV(TRANSIT_CANCELLED), "i1", NULL, "i1", "transit P T !", "place P", 1},
        {EV(TRANSIT_CANCELLED), "i1", NULL, "i1", "transit P T lost", "place P", 1},
        {EV(TRANSIT_CANCELLED), "i1", NULL, "i1", "transit Q P", NULL, 0},
        {EV(TRANSIT_CANCELLED), "i1", NULL, "i1", "place Q !", NULL, 0},
        {EV(DELIVERED), "i1", NULL, "i1", "place P", "person P", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "place P lost !", "person P", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "place Q", "person P !", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "transit Q P", "person P", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "transit P Q", "person P !", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "person Q", "person P", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "in b1", "person P !", 1},
        {EV(DELIVERED), "i1", NULL, "i1", "none", "person P", 1},
        {EV(DELIVERY_FAILED), "i1", NULL, "i1", "place Q missing !", NULL, 0},
        {EV(DELIVERY_FAILED), "i1", NULL, "i1", "person Q", NULL, 0},
    };

    (void)state;
    CHECK(rows);
}

static void test_custody_apply_knowledge(void **state)
{
    static const Navette__Event__BodyCase sightings[] = {EV(SEEN_AT), EV(COUNT_LINE)};
    static const struct {
        const char *before, *after;
        int moves;
    } cases[] = {
        {"in b1 !", NULL, 0},
        {"in b1 lost", "in b1", 0},
        {"place P !", NULL, 0},
        {"place P missing !", "place P !", 0},
        {"place Q", "place P !", 1},
        {"none", "place P", 1},
        {"none missing", "place P", 1},
        {"transit Q P", "place P", 1},
        {"transit Q T", "place P !", 1},
        {"person Q", "place P", 1},
        {"place P withdrawn", NULL, 0},
    };
    static const struct row rows[] = {
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "place P !", "place P missing !", 0},
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "in b1", "in b1 missing", 0},
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "none", "none missing", 0},
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "place P missing", NULL, 0},
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "place P lost", NULL, 0},
        {EV(COUNT_CLOSED), "i1", NULL, "i1", "place P withdrawn", NULL, 0},
        {EV(DECLARED_LOST), "i1", NULL, "i1", "transit Q T", "transit Q T lost", 0},
        {EV(DECLARED_LOST), "i1", NULL, "i1", "place P missing !", "place P lost !", 0},
        {EV(DECLARED_LOST), "i1", NULL, "i1", "place P lost", NULL, 0},
        {EV(DECLARED_LOST), "i1", NULL, "i1", "place P withdrawn", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            struct row row = {sightings[i], "i1", NULL, "i1", cases[k].before, cases[k].after, cases[k].moves};

            check_row(&row);
        }
    }
    CHECK(rows);
}

/* Applies the last event made to a record. */
static void apply_last(struct foldkit *kit, struct thing_record *record, int64_t time_ms)
{
    struct event event;

    foldkit_decode(kit, kit->count - 1, &event);
    custody_apply(&event, part_of(&event, &record->key), time_ms, record);
    event_free(&event);
}

static void test_custody_apply_writes_what_is_registered(void **state)
{
    struct thing_key item = foldkit_key("i1");
    struct thing_key bag = foldkit_key("b1");
    struct thing_record record;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    thing_record_init(&record, &item);
    foldkit_event(&kit, 0, P, EV(ITEM_REGISTERED), "i1", "book");
    apply_last(&kit, &record, 1);
    assert_int_equal(record.registered, 1);
    assert_string_equal(record.material, "book");
    assert_string_equal(record.home, P);
    foldkit_event(&kit, 0, "", EV(ITEM_CHANGED), "i1", "cd");
    apply_last(&kit, &record, 2);
    assert_string_equal(record.material, "cd");
    assert_string_equal(record.home, "HUB");
    assert_string_equal(record.place, P);
    thing_record_init(&record, &item);
    apply_last(&kit, &record, 2);
    assert_int_equal(record.registered, 1);
    assert_int_equal(record.custody, CUSTODY_NONE);
    thing_record_init(&record, &bag);
    foldkit_event(&kit, 0, "", EV(BAG_COMMISSIONED), "b1", "blue");
    apply_last(&kit, &record, 3);
    assert_string_equal(record.material, "blue");
    assert_string_equal(record.home, "HUB");
    assert_int_equal(record.custody, CUSTODY_PLACE);
    assert_string_equal(record.place, "");
    foldkit_free(&kit);
}

static void test_custody_apply_seals(void **state)
{
    static const struct {
        Navette__Event__BodyCase body;
        const char *seal;
        int sealed;
        const char *after;
    } rows[] = {
        {EV(BAG_SEALED), "0412", 1, "0412"}, {EV(BAG_SEALED), "", 1, ""},     {EV(BAG_OPENED), "", 0, ""},
        {EV(SEALED_DEPOSIT), "77", 1, "77"}, {EV(SEALED_DEPOSIT), "", 0, ""},
    };
    static const char *const before[] = {"place P", "place Q", "in c1", "none", "transit Q P"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < 2 * sizeof(before) / sizeof(before[0]); k++) {
            struct thing_key key = foldkit_key("b1");
            struct thing_record record;
            struct foldkit kit;

            foldkit_init(&kit);
            thing_record_init(&record, &key);
            parse(before[k / 2], &record);
            record.sealed = k % 2;
            strcpy(record.seal, k % 2 ? "before and longer" : "");
            foldkit_event(&kit, 0, P, rows[i].body, "b1", rows[i].seal);
            apply_last(&kit, &record, 1);
            assert_int_equal(record.sealed, rows[i].sealed);
            assert_string_equal(record.seal, rows[i].after);
            foldkit_free(&kit);
        }
    }
}

static void test_custody_apply_day_of_departure(void **state)
{
    static const struct {
        const char *departed;
        int64_t time_ms;
        int32_t day;
    } rows[] = {
        {NULL, 0, 0},
        {NULL, DAY_MS - 1, 0},
        {NULL, DAY_MS, 1},
        {NULL, INT64_C(0xffffffffffff), 3257812},
        {"2020-02-20", DAY_MS, 18312},
        {"1970-01-01", DAY_MS * 9, 0},
        {"1969-12-31", DAY_MS * 9, -1},
        {"0001-01-01", 0, -719162},
        {"9999-12-31", 0, 2932896},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct thing_key key = foldkit_key("i1");
        struct thing_record record;
        struct foldkit kit;

        foldkit_init(&kit);
        thing_record_init(&record, &key);
        kit.departed = rows[i].departed;
        foldkit_event(&kit, 0, P, EV(DISPATCHED), "i1", "T");
        apply_last(&kit, &record, rows[i].time_ms);
        assert_int_equal(record.day, rows[i].day);
        /* A refusal keeps it, an arrival forgets it. */
        foldkit_event(&kit, 1, "T", EV(REFUSED), "i1", NULL);
        apply_last(&kit, &record, 4);
        assert_int_equal(record.day, rows[i].day);
        foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
        apply_last(&kit, &record, 5);
        assert_int_equal(record.day, 0);
        foldkit_free(&kit);
    }
}

static void test_custody_apply_decided_things_keep_their_event(void **state)
{
    static const struct {
        Navette__Event__BodyCase body;
        const char *word;
        int counts;
    } rows[] = {{EV(PLACE_DECLARED), "pA", 1},
                {EV(RULE_DECIDED), "r1", 1},
                {EV(NODE_ENROLLED), "n1", 1},
                {EV(NODE_REVOKED), "n1", 1},
                {EV(INCARNATION_STARTED), "n1", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct thing_key key = foldkit_key(rows[i].word);
        struct thing_record record;
        struct foldkit kit;
        struct ref self;

        foldkit_init(&kit);
        thing_record_init(&record, &key);
        self = foldkit_event(&kit, 0, "", rows[i].body, rows[i].word, "");
        apply_last(&kit, &record, 9);
        assert_int_equal(ref_compare(&record.cause, &self) == 0, rows[i].counts);
        assert_int_equal(record.custody, CUSTODY_NONE);
        foldkit_free(&kit);
    }
}

static void test_custody_label_who_changes_it(void **state)
{
    static const struct {
        Navette__Event__BodyCase body;
        const char *things, *title, *author, *size;
        int changes;
    } rows[] = {{EV(ITEM_REGISTERED), "i1", "T", "A", "", 1},
                {EV(ITEM_CHANGED), "i1", "T", "A", "", 1},
                {EV(BAG_COMMISSIONED), "b1", "", "", "T", 1},
                {EV(BAG_COMMISSIONED), "c1", "", "", "T", 1},
                {EV(ITEM_WITHDRAWN), "i1", "", "", "", 0},
                {EV(ITEM_PACKED), "b1 i1", "", "", "", 0},
                {EV(SEEN_AT), "i1", "", "", "", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct foldkit kit;
        struct event event;
        struct label label;

        memset(&label, 'x', sizeof(label));
        foldkit_init(&kit);
        kit.title = "T";
        kit.author = "A";
        foldkit_event(&kit, 0, P, rows[i].body, rows[i].things, "");
        foldkit_decode(&kit, 0, &event);
        assert_int_equal(custody_label(event.body, &label), rows[i].changes);
        if (rows[i].changes) {
            assert_string_equal(label.title, rows[i].title);
            assert_string_equal(label.author, rows[i].author);
            assert_string_equal(label.call_number, "");
            assert_string_equal(label.size, rows[i].size);
        }
        event_free(&event);
        foldkit_free(&kit);
    }
}

static void test_custody_day_valid_and_not(void **state)
{
    static const struct {
        const char *date;
        int32_t day;
    } valid[] = {{"1970-01-01", 0},     {"1970-01-02", 1},     {"1969-12-31", -1},     {"2000-02-29", 11016},
                 {"2020-04-17", 18369}, {"2020-02-29", 18321}, {"1900-03-01", -25508}, {"0001-01-01", -719162}};
    static const char *const invalid[] = {"",           "2020-4-17",  "2020-04-170", "2020/04/17", "0000-01-01",
                                          "2020-00-10", "2020-13-01", "2020-04-00",  "2020-04-31", "2019-02-29",
                                          "1900-02-29", "20a0-01-01", "-020-01-01",  " 2020-01-0"};

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        int32_t day = 12345;

        assert_int_equal(custody_day(valid[i].date, &day), 0);
        assert_int_equal(day, valid[i].day);
    }
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        int32_t day;

        assert_int_equal(custody_day(invalid[i], &day), NAVETTE_E_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_custody_apply_catalogue),
        cmocka_unit_test(test_custody_apply_packing_of_contents),
        cmocka_unit_test(test_custody_apply_handling_of_containers),
        cmocka_unit_test(test_custody_apply_departures),
        cmocka_unit_test(test_custody_apply_arrivals_are_never_a_conflict),
        cmocka_unit_test(test_custody_apply_other_movements),
        cmocka_unit_test(test_custody_apply_knowledge),
        cmocka_unit_test(test_custody_apply_writes_what_is_registered),
        cmocka_unit_test(test_custody_apply_seals),
        cmocka_unit_test(test_custody_apply_day_of_departure),
        cmocka_unit_test(test_custody_apply_decided_things_keep_their_event),
        cmocka_unit_test(test_custody_label_who_changes_it),
        cmocka_unit_test(test_custody_day_valid_and_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
