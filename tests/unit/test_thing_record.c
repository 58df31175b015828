/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, labels (state.h, FOLD.md 6).
 *   - thing_record_canonical: the bytes of a bag in transit, of an item inside, of a place, byte for byte; what is not canonical stays out
 *   - thing_record_encode: what follows from something else is left out
 *   - thing_record_decode: everything comes back, with the longest strings and lines at 0, 1, 4, 5, 300 and 65536; every cut, every damaged length is
 *     NAVETTE_E_STORE; no allocation may fail unnoticed
 *   - thing_record_add_content: sorted by each field in turn, merged, gone at 0, below 0 on the way
 *   - thing_record_is_inside, is_packed, items: tables
 *   - label: round trip at the limits, cut, too long
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/hlc.h"
#include "navette/state.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

static struct content line_of(int kind, int registered, int packed, const char *material, const char *home, int64_t count)
{
    struct content line;

    memset(&line, 0, sizeof(line));
    line.kind = (uint8_t)kind;
    line.registered = (uint8_t)registered;
    line.packed = (uint8_t)packed;
    snprintf(line.material, sizeof(line.material), "%s", material);
    snprintf(line.home, sizeof(line.home), "%s", home);
    line.count = count;
    return line;
}

static void add(struct thing_record *record, int kind, int registered, int packed, const char *material, const char *home, int64_t count)
{
    struct content line = line_of(kind, registered, packed, material, home, count);

    assert_int_equal(thing_record_add_content(record, &line), 0);
}

/* A bag on the road, with two kinds of things inside. */
static struct thing_record bag_on_the_road(void)
{
    struct thing_key key = foldkit_key("b1");
    struct thing_record record;

    thing_record_init(&record, &key);
    record.registered = 1;
    record.custody = CUSTODY_TRANSIT;
    record.conflict = 1;
    record.sealed = 1;
    strcpy(record.place, "A");
    strcpy(record.to, "BB");
    record.since_ms = -2;
    record.day = -1;
    memset(record.cause.incarnation, 0xab, INCARNATION_SIZE);
    record.cause.seq = 3;
    record.cause.leaf = 0x0102030405060708u;
    strcpy(record.material, "blue");
    strcpy(record.home, "H");
    strcpy(record.seal, "0412");
    add(&record, 2, 1, 1, "m", "H", 1);
    add(&record, 1, 0, 0, "", "", 258);
    return record;
}

static void assert_bytes(const struct thing_record *record, const char *hex)
{
    struct buffer bytes = {.data = NULL};
    char found[1024];

    assert_int_equal(thing_record_canonical(record, &bytes), 0);
    assert_true(bytes.len < sizeof(found) / 2);
    hex_encode(bytes.data, bytes.len, found);
    assert_string_equal(found, hex);
    buffer_free(&bytes);
}

static void test_thing_record_canonical_bytes(void **state)
{
    struct thing_record record = bag_on_the_road();
    struct thing_key key = foldkit_key("i7");

    (void)state;
    assert_bytes(&record, "01"
                          "01"
                          "02"
                          "00"
                          "01"
                          "01"
                          "000141"
                          "00024242"
                          "0000"
                          "fffffffffffffffe"
                          "ffffffff"
                          "abababababababababababababababab"
                          "0000000000000003"
                          "0102030405060708"
                          "0004626c7565"
                          "000148"
                          "000430343132"
                          "0002"
                          "010000"
                          "00000000"
                          "0000000000000102"
                          "020101"
                          "00016d"
                          "000148"
                          "0000000000000001");
    thing_record_free(&record);

    thing_record_init(&record, &key);
    record.custody = CUSTODY_CONTAINER;
    record.container = foldkit_key("b1");
    record.since_ms = 5;
    assert_bytes(&record, "010004000000"
                          "0000"
                          "0000"
                          "0005"
                          "0200623100"
                          "0000000000000005"
                          "00000000"
                          "0000000000000000000000000000000000000000000000000000000000000000"
                          "0000"
                          "0000"
                          "0000"
                          "0000");
}

static void test_thing_record_canonical_of_a_place_is_its_event(void **state)
{
    struct thing_key key = foldkit_key("pA");
    struct buffer bytes = {.data = NULL};
    struct thing_record record;
    struct thing_record back;

    (void)state;
    thing_record_init(&record, &key);
    record.registered = 1;
    strcpy(record.material, "no part of it");
    memset(record.cause.incarnation, 1, INCARNATION_SIZE);
    record.cause.seq = 2;
    record.cause.leaf = 3;
    record.events = 4;
    assert_bytes(&record, "010101010101010101010101010101010100000000000000020000000000000003");
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    assert_int_equal(thing_record_decode(&key, buffer_span(&bytes), &back), 0);
    assert_true(back.registered == 0 && back.material[0] == '\0' && back.events == 4 && back.cause.seq == 2);
    buffer_free(&bytes);
}

static void assert_same(const struct thing_record *a, const struct thing_record *b)
{
    assert_int_equal(a->registered, b->registered);
    assert_int_equal(a->custody, b->custody);
    assert_int_equal(a->condition, b->condition);
    assert_int_equal(a->conflict, b->conflict);
    assert_int_equal(a->sealed, b->sealed);
    assert_string_equal(a->place, b->place);
    assert_string_equal(a->to, b->to);
    assert_true(thing_key_equal(&a->container, &b->container));
    assert_true(a->since_ms == b->since_ms && a->day == b->day);
    assert_int_equal(ref_compare(&a->cause, &b->cause), 0);
    assert_string_equal(a->material, b->material);
    assert_string_equal(a->home, b->home);
    assert_string_equal(a->seal, b->seal);
    assert_int_equal(a->content_count, b->content_count);
    for (size_t i = 0; i < a->content_count; i++) {
        assert_int_equal(thing_content_compare(&a->contents[i], &b->contents[i]), 0);
        assert_true(a->contents[i].count == b->contents[i].count);
    }
    assert_int_equal(a->events, b->events);
    assert_int_equal(ref_compare(&a->last, &b->last), 0);
    assert_int_equal(ref_compare(&a->max_ref, &b->max_ref), 0);
    assert_true(a->max_hlc == b->max_hlc && a->missing == b->missing && a->wanted == b->wanted);
    assert_true(a->latest_ms == b->latest_ms && a->newest == b->newest);
    assert_int_equal(a->order_flags, b->order_flags);
    assert_int_equal(a->open_len, b->open_len);
    assert_memory_equal(a->open, b->open, a->open_len);
}

/* What follows from something else is not stored, and comes back. */
static void test_thing_record_encode_leaves_out_what_follows(void **state)
{
    static const struct {
        int since, latest, last, greatest;
    } rows[] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {1, 1, 1, 1}};
    struct thing_key key = foldkit_key("i7");
    size_t shortest = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer bytes = {.data = NULL};
        struct thing_record record;
        struct thing_record back;

        thing_record_init(&record, &key);
        record.custody = CUSTODY_PLACE;
        record.events = 1;
        record.newest = 300;
        record.max_hlc = hlc_make(1000000, 5);
        memset(record.cause.incarnation, 0xab, INCARNATION_SIZE);
        record.cause.seq = 3;
        record.last = record.cause;
        record.last.seq += (uint64_t)rows[i].last;
        record.max_ref = record.last;
        record.max_ref.leaf += (uint64_t)rows[i].greatest;
        record.since_ms = 1000000 - rows[i].since;
        record.latest_ms = 1000000 + rows[i].latest;
        assert_int_equal(thing_record_encode(&record, &bytes), 0);
        assert_int_equal(thing_record_decode(&key, buffer_span(&bytes), &back), 0);
        assert_same(&record, &back);
        shortest = i == 0 ? bytes.len : shortest;
        assert_true(i == 0 ? bytes.len <= 48 : bytes.len > shortest);
        buffer_free(&bytes);
    }
}

static void fill_string(char *out, size_t size)
{
    memset(out, 'X', size - 1);
    out[size - 1] = '\0';
}

/* Everything at its longest, `lines` kinds of content. */
static struct thing_record fullest(size_t lines)
{
    struct thing_key key = foldkit_key("b1");
    struct thing_record record;

    thing_record_init(&record, &key);
    record.registered = 1;
    record.custody = CUSTODY_CONTAINER;
    record.condition = CONDITION_WITHDRAWN;
    fill_string(record.place, sizeof(record.place));
    fill_string(record.to, sizeof(record.to));
    fill_string(record.material, sizeof(record.material));
    fill_string(record.home, sizeof(record.home));
    fill_string(record.seal, sizeof(record.seal));
    record.container = foldkit_key("c1");
    record.container.len = THING_KEY_MAX;
    memset(record.container.bytes + 1, 'k', THING_KEY_MAX - 1);
    record.container.bytes[1] = 0;
    record.container.bytes[2 + LIMIT_THING_ID] = 0;
    record.container.len = 3 + LIMIT_THING_ID;
    record.since_ms = INT64_MAX;
    record.day = INT32_MIN;
    record.events = RECORD_EVENTS_MAX;
    memset(&record.last, 0x77, sizeof(record.last));
    memset(&record.max_ref, 0x78, sizeof(record.max_ref));
    record.max_hlc = UINT64_MAX;
    record.latest_ms = INT64_MIN;
    record.newest = UINT64_MAX;
    record.missing = 0x8000000000000001u;
    record.wanted = UINT64_MAX;
    record.order_flags = ORDER_FORCED | ORDER_CYCLE | ORDER_CHAIN;
    record.open_len = RECORD_OPEN_MAX;
    memset(record.open, 0xee, RECORD_OPEN_MAX);
    /* In their order: each goes to the end. That they may come in any is add_content's case. */
    for (size_t i = 0; i < lines; i++) {
        struct content line = line_of(1 + (int)(i * 2 / lines), (int)(i * 4 / lines % 2), 0, "", "", (int64_t)(i + 1));

        memset(line.material, 'm', LIMIT_MATERIAL);
        memset(line.home, 'h', LIMIT_PLACE_CODE);
        line.home[0] = (char)('a' + i / 17576 % 26);
        line.home[1] = (char)('a' + i / 676 % 26);
        line.home[2] = (char)('a' + i / 26 % 26);
        line.home[3] = (char)('a' + i % 26);
        assert_int_equal(thing_record_add_content(&record, &line), 0);
    }
    assert_int_equal(record.content_count, lines);
    return record;
}

static void test_thing_record_decode_gives_back_everything(void **state)
{
    static const size_t lines[] = {0, 1, 4, 5, 300, 65536};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct thing_record record = fullest(lines[i]);
        struct thing_record back;
        struct thing_record copy;
        struct buffer bytes = {.data = NULL};

        assert_int_equal(thing_record_encode(&record, &bytes), 0);
        assert_int_equal(thing_record_decode(&record.key, buffer_span(&bytes), &back), 0);
        assert_same(&record, &back);
        assert_int_equal(thing_record_copy(&back, &copy), 0);
        assert_same(&record, &copy);
        /* What was read can be added to. */
        add(&back, 1, 1, 1, "new", "", 1);
        assert_int_equal(back.content_count, lines[i] + 1);
        assert_int_equal(copy.content_count, lines[i]);
        thing_record_free(&record);
        thing_record_free(&back);
        thing_record_free(&copy);
        buffer_free(&bytes);
    }
}

static void test_thing_record_decode_of_cut_bytes_is_damage(void **state)
{
    struct thing_record record = bag_on_the_road();
    struct buffer bytes = {.data = NULL};

    (void)state;
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    for (size_t len = 0; len < bytes.len; len++) {
        struct thing_record back;
        uint8_t *exact = malloc(len + 1);

        memcpy(exact, bytes.data, len);
        assert_int_equal(thing_record_decode(&record.key, span_of(exact, len), &back), NAVETTE_E_STORE);
        free(exact);
    }
    thing_record_free(&record);
    buffer_free(&bytes);
}

static void test_thing_record_decode_of_damaged_bytes_never_crashes(void **state)
{
    struct thing_record record = bag_on_the_road();
    struct buffer bytes = {.data = NULL};
    uint64_t random = seed_start();
    int damage = 0;

    (void)state;
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    for (int i = 0; i < 20000; i++) {
        size_t at = seed_below(&random, bytes.len);
        uint8_t kept = bytes.data[at];
        struct thing_record back;
        int rc;

        bytes.data[at] = (uint8_t)seed_next(&random);
        rc = thing_record_decode(&record.key, buffer_span(&bytes), &back);
        assert_true(rc == 0 || rc == NAVETTE_E_STORE);
        damage += rc != 0;
        if (rc == 0)
            thing_record_free(&back);
        bytes.data[at] = kept;
    }
    assert_true(damage > 1000);
    thing_record_free(&record);
    buffer_free(&bytes);
}

static void test_thing_record_decode_without_memory_says_so(void **state)
{
    struct thing_record record = bag_on_the_road();
    struct buffer bytes = {.data = NULL};
    struct buffer other = {.data = NULL};
    struct thing_record back;

    (void)state;
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    failing_malloc_at(1);
    assert_int_equal(thing_record_decode(&record.key, buffer_span(&bytes), &back), NAVETTE_E_MEMORY);
    failing_malloc_at(1);
    assert_int_equal(thing_record_copy(&record, &back), NAVETTE_E_MEMORY);
    failing_malloc_at(1);
    assert_int_equal(thing_record_encode(&record, &other), NAVETTE_E_MEMORY);
    thing_record_free(&record);
    thing_record_init(&record, &record.key);
    failing_malloc_at(1);
    {
        struct content line = line_of(1, 1, 0, "m", "H", 1);

        assert_int_equal(thing_record_add_content(&record, &line), NAVETTE_E_MEMORY);
        assert_int_equal(record.content_count, 0);
    }
    failing_malloc_at(0);
    buffer_free(&bytes);
    buffer_free(&other);
}

static void test_thing_record_add_content_sorts_merges_and_drops(void **state)
{
    struct thing_key key = foldkit_key("b1");
    struct thing_record record;
    /* In their order: each differs from the one before in one field more to the left. */
    static const struct {
        int kind, registered, packed;
        const char *material, *home;
    } sorted[] = {{1, 0, 0, "", ""},         {1, 0, 0, "", "A"}, {1, 0, 0, "", "AB"}, {1, 0, 0, "\x7f", ""},
                  {1, 0, 0, "\xc3\xa9", ""}, {1, 0, 1, "", ""},  {1, 1, 0, "", ""},   {1, 1, 0, "Z", "A"},
                  {1, 1, 0, "a", "A"},       {2, 0, 0, "", ""},  {2, 1, 1, "a", "A"}};
    size_t count = sizeof(sorted) / sizeof(sorted[0]);

    (void)state;
    thing_record_init(&record, &key);
    for (size_t step = 0; step < 2 * count; step++) {
        size_t i = step * 7 % count; /* 7 and 11 share no factor: all, twice, in a mixed order */

        add(&record, sorted[i].kind, sorted[i].registered, sorted[i].packed, sorted[i].material, sorted[i].home, (int64_t)(i + 1));
    }
    assert_int_equal(record.content_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(record.contents[i].material, sorted[i].material);
        assert_string_equal(record.contents[i].home, sorted[i].home);
        assert_int_equal(record.contents[i].kind, sorted[i].kind);
        assert_true(record.contents[i].count == 2 * (int64_t)(i + 1));
    }
    assert_true(thing_record_items(&record) == 2 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9));
    add(&record, 1, 1, 0, "a", "A", -17);
    assert_int_equal(record.content_count, count);
    add(&record, 1, 1, 0, "a", "A", -1);
    assert_int_equal(record.content_count, count - 1);
    add(&record, 1, 1, 0, "a", "A", 0);
    assert_int_equal(record.content_count, count - 1);
    /* Taken away before it was given: below 0 on the way, gone in the end. */
    add(&record, 1, 1, 0, "q", "A", -3);
    assert_int_equal(record.content_count, count);
    add(&record, 1, 1, 0, "q", "A", 3);
    assert_int_equal(record.content_count, count - 1);
    thing_record_free(&record);
    assert_int_equal(record.content_count, 0);
}

static void test_thing_record_is_inside_and_packed(void **state)
{
    static const struct {
        const char *word;
        int custody, condition, sealed, lines, inside, packed;
    } rows[] = {
        {"i1", CUSTODY_CONTAINER, CONDITION_NORMAL, 0, 0, 1, 0}, {"i1", CUSTODY_CONTAINER, CONDITION_MISSING, 0, 0, 0, 0},
        {"i1", CUSTODY_CONTAINER, CONDITION_LOST, 0, 0, 0, 0},   {"i1", CUSTODY_CONTAINER, CONDITION_WITHDRAWN, 0, 0, 0, 0},
        {"i1", CUSTODY_PLACE, CONDITION_NORMAL, 1, 0, 0, 0},     {"b1", CUSTODY_PLACE, CONDITION_NORMAL, 0, 0, 0, 0},
        {"b1", CUSTODY_PLACE, CONDITION_NORMAL, 1, 0, 0, 1},     {"b1", CUSTODY_CONTAINER, CONDITION_NORMAL, 0, 1, 1, 1},
        {"c1", CUSTODY_TRANSIT, CONDITION_NORMAL, 0, 1, 0, 1},   {"c1", CUSTODY_NONE, CONDITION_NORMAL, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct thing_key key = foldkit_key(rows[i].word);
        struct thing_record record;

        thing_record_init(&record, &key);
        record.custody = (uint8_t)rows[i].custody;
        record.condition = (uint8_t)rows[i].condition;
        record.sealed = (uint8_t)rows[i].sealed;
        if (rows[i].lines)
            add(&record, 1, 0, 0, "", "", 1);
        assert_int_equal(thing_record_is_inside(&record), rows[i].inside);
        assert_int_equal(thing_record_is_packed(&record), rows[i].packed);
        thing_record_free(&record);
    }
}

static void test_label_round_trip(void **state)
{
    struct label label;
    struct label back;
    struct buffer bytes = {.data = NULL};
    char hex[64];

    (void)state;
    memset(&label, 0, sizeof(label));
    strcpy(label.title, "T");
    strcpy(label.size, "XL");
    strcpy(label.author, "A");
    assert_int_equal(label_encode(&label, &bytes), 0);
    hex_encode(bytes.data, bytes.len, hex);
    assert_string_equal(hex, "000154000000"
                             "02584c000141");
    buffer_clear(&bytes);
    fill_string(label.title, sizeof(label.title));
    fill_string(label.call_number, sizeof(label.call_number));
    fill_string(label.size, sizeof(label.size));
    fill_string(label.author, sizeof(label.author));
    assert_int_equal(label_encode(&label, &bytes), 0);
    assert_int_equal(label_decode(buffer_span(&bytes), &back), 0);
    assert_string_equal(back.title, label.title);
    assert_string_equal(back.call_number, label.call_number);
    assert_string_equal(back.size, label.size);
    assert_string_equal(back.author, label.author);
    for (size_t len = 0; len < bytes.len; len += 7)
        assert_int_equal(label_decode(span_of(bytes.data, len), &back), NAVETTE_E_STORE);
    assert_int_equal(buffer_append_u8(&bytes, 0), 0);
    assert_int_equal(label_decode(buffer_span(&bytes), &back), NAVETTE_E_STORE);
    bytes.len--;
    write_u16(bytes.data, LIMIT_TITLE + 1);
    assert_int_equal(label_decode(buffer_span(&bytes), &back), NAVETTE_E_STORE);
    buffer_free(&bytes);
}

static void test_label_is_empty_while_nothing_is_said(void **state)
{
    struct label label;
    char *const texts[] = {label.title, label.author, label.call_number, label.size};

    (void)state;
    memset(&label, 0, sizeof(label));
    assert_true(label_is_empty(&label));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        texts[i][0] = 'x';
        assert_false(label_is_empty(&label));
        texts[i][0] = '\0';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thing_record_canonical_bytes),
        cmocka_unit_test(test_thing_record_canonical_of_a_place_is_its_event),
        cmocka_unit_test(test_thing_record_encode_leaves_out_what_follows),
        cmocka_unit_test(test_thing_record_decode_gives_back_everything),
        cmocka_unit_test(test_thing_record_decode_of_cut_bytes_is_damage),
        cmocka_unit_test(test_thing_record_decode_of_damaged_bytes_never_crashes),
        cmocka_unit_test(test_thing_record_decode_without_memory_says_so),
        cmocka_unit_test(test_thing_record_add_content_sorts_merges_and_drops),
        cmocka_unit_test(test_thing_record_is_inside_and_packed),
        cmocka_unit_test(test_label_round_trip),
        cmocka_unit_test(test_label_is_empty_while_nothing_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
