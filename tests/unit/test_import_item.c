/* SPDX-License-Identifier: Apache-2.0 */
/*
 * navette/import.h, an item on its way: as JSON and back, as an event.
 *   - there and back, with as much extra as fits; every text at its limit and one past it; what is no item
 *   - the largest item is an event that is within the event's own limits; an event says the same or not, part by part
 *   - io/import.c: an item for each record whatever the reads; the k-th allocation failing is told, and never gives another item; a 001 of no text is no number
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "navette/import.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/memory_file.h"

static struct import_item item, back;
static struct import_event made;

static void fill(char *text, size_t len)
{
    memset(text, 'x', len);
    text[len] = '\0';
}

/* As large as an item gets. */
static void make_largest(void)
{
    size_t used = 0;

    memset(&item, 0, sizeof item);
    fill(item.barcode, LIMIT_THING_ID);
    fill(item.title, LIMIT_TITLE);
    fill(item.author, LIMIT_AUTHOR);
    fill(item.call_number, LIMIT_CODE);
    fill(item.material, LIMIT_MATERIAL);
    memset(item.home, 'A', LIMIT_PLACE_CODE);
    memset(item.at, 'B', LIMIT_PLACE_CODE);
    for (size_t i = 0; i < IMPORT_EXTRA; i++) {
        struct import_extra *extra = &item.extra[item.extra_count++];
        size_t len = (IMPORT_EXTRA_BYTES - 1) / IMPORT_EXTRA - 1;
        fill(extra->key, LIMIT_CODE);
        extra->key[0] = (char)('0' + i / 10);
        extra->key[1] = (char)('0' + i % 10);
        extra->value = item.room + used;
        fill(extra->value, len);
        used += len + 1;
    }
    item.room_used = used;
}

static void test_import_item_there_and_back(void **state)
{
    struct buffer bytes = {0};
    struct thing_key key;
    const char *wrong;
    json_t *json;

    (void)state;
    make_largest();
    json = import_item_json(&item);
    assert_non_null(json);
    assert_int_equal(import_item_read(json, &back, &wrong), 0);
    json_decref(json);
    assert_string_equal(back.title, item.title);
    assert_int_equal(back.extra_count, IMPORT_EXTRA);
    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ITEM, "ns", back.barcode, &key), 0);
    import_event_registered(&made, &key, &back);
    made.event.hlc = 1;
    assert_string_equal(event_check_text(&made.event), "");
    assert_int_equal(event_encode(&made.event, &bytes), 0);
    assert_true(bytes.len < LIMIT_EVENT_BYTES);
    assert_true(import_event_says(&made.event, &item));
    buffer_free(&bytes);
}

static void test_import_item_read_limits(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } fields[] = {{"barcode", LIMIT_THING_ID}, {"title", LIMIT_TITLE},       {"author", LIMIT_AUTHOR},
                  {"call_number", LIMIT_CODE}, {"material", LIMIT_MATERIAL}, {"home", LIMIT_PLACE_CODE}};
    static char text[LIMIT_TITLE + 2];
    const char *wrong;

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t past = 0; past <= 1; past++) {
            json_t *json = json_pack("{s:s, s:s}", "barcode", "1", "home", "A");
            fill(text, fields[i].most + past);
            (void)json_object_set_new(json, fields[i].name, json_string(text));
            assert_int_equal(import_item_read(json, &back, &wrong), past ? NAVETTE_E_INVALID : 0);
            if (past)
                assert_string_equal(wrong, fields[i].name);
            json_decref(json);
        }
    for (size_t past = 0; past <= 1; past++) {
        json_t *extra = json_object(), *json = json_pack("{s:s, s:s, s:o}", "barcode", "1", "home", "A", "extra", extra);
        for (size_t i = 0; i < IMPORT_EXTRA + past; i++) {
            char key[8];
            (void)snprintf(key, sizeof key, "%zu", i);
            (void)json_object_set_new(extra, key, json_string("v"));
        }
        assert_int_equal(import_item_read(json, &back, &wrong), past ? NAVETTE_E_INVALID : 0);
        json_decref(json);
    }
}

static void test_import_item_read_refused(void **state)
{
    static const char *const bad[] = {"{}",
                                      "{\"barcode\":\"1\"}",
                                      "{\"home\":\"A\"}",
                                      "{\"barcode\":1,\"home\":\"A\"}",
                                      "{\"barcode\":\"1\",\"home\":\"A\",\"extra\":[]}",
                                      "{\"barcode\":\"1\",\"home\":\"A\",\"extra\":{\"a\":1}}",
                                      "{\"barcode\":\"1\",\"home\":\"A\",\"extra\":{\"\":\"x\"}}",
                                      "[]",
                                      "null"};
    const char *wrong;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *json = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        assert_int_equal(import_item_read(json, &back, &wrong), NAVETTE_E_INVALID);
        json_decref(json);
    }
}

static void test_import_event_says_parts(void **state)
{
    char *const parts[] = {item.title, item.author, item.call_number, item.material, item.home, item.extra[3].key, item.room + 5};
    struct thing_key key;

    (void)state;
    make_largest();
    back = item;
    for (size_t i = 0; i < back.extra_count; i++)
        back.extra[i].value = back.room + (item.extra[i].value - item.room);
    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ITEM, "ns", back.barcode, &key), 0);
    for (int changed = 0; changed <= 1; changed++) {
        if (changed)
            import_event_changed(&made, &key, &back);
        else
            import_event_registered(&made, &key, &back);
        assert_true(import_event_says(&made.event, &item));
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            parts[i][0] ^= 1;
            assert_false(import_event_says(&made.event, &item));
            parts[i][0] ^= 1;
        }
        item.extra_count--;
        assert_false(import_event_says(&made.event, &item));
        item.extra_count++;
        item.at[0] ^= 1; /* where it is now is no part of it */
        assert_true(import_event_says(&made.event, &item));
        item.at[0] ^= 1;
    }
}

static const char export_[] = "00108nam  2200061   4500001000500000200001800005995001700023\x1e"
                              "0001\x1e"
                              "1 \x1f"
                              "a\xc3\x89t\xc3\xa9 \xc3\x82\xc2\xb0\x1e"
                              "  \x1f"
                              "bLIB\x1f"
                              "f0007\x1e\x1d";

/* A 001 that begins with a subfield, as no 001 may, and of no text; an item without barcode. */
static const char no_number[] = "00081nam  2200061   4500001000300000200000800003995000800011\x1e"
                                "\x1fx\x1e"
                                "1 \x1f"
                                "aEte\x1e"
                                "  \x1f"
                                "bLIB\x1e\x1d";

/* 1: all was read, and was right; 0: no memory. */
static int read_export(size_t step)
{
    struct memory_file file = {.data = export_, .len = sizeof export_ - 1, .step = step};
    struct import_profile profile;
    const struct import_item *got;
    const struct import_note *note;
    enum import_what what = IMPORT_A_NOTE;
    struct import *import = NULL;
    size_t items = 0;
    int rc = import_profile_find("995", &profile);

    if (rc == 0)
        rc = import_open(&profile, memory_file_read, &file, &import);
    while (rc == 0 && (rc = import_next(import, &what, &got, &note)) == 0 && what != IMPORT_THE_END)
        if (what == IMPORT_AN_ITEM) {
            items++;
            assert_string_equal(got->barcode, "0007");
            assert_string_equal(got->home, "LIB");
            assert_string_equal(got->title, "Été °");
        }
    assert_true(rc == 0 || rc == NAVETTE_E_MEMORY);
    assert_true(rc != 0 || items == 1);
    import_close(import);
    import_profile_free(&profile);
    return rc == 0;
}

static void test_import_next_steps(void **state)
{
    (void)state;
    for (size_t step = 1; step < sizeof export_; step++)
        assert_true(read_export(step));
}

static void test_import_next_no_memory(void **state)
{
    uint64_t k = 0;
    int all = 0;

    (void)state;
    while (!all) {
        failing_malloc_at(++k);
        all = read_export(sizeof export_);
        assert_true(all == failing_malloc_pending());
    }
    failing_malloc_at(0);
    assert_true(k > 5);
}

static void test_import_next_no_number(void **state)
{
    struct memory_file file = {.data = no_number, .len = sizeof no_number - 1, .step = sizeof no_number};
    struct import_profile profile;
    const struct import_item *got;
    const struct import_note *note;
    enum import_what what = IMPORT_A_NOTE;
    struct import *import;
    size_t missing = 0;

    (void)state;
    assert_int_equal(import_profile_find("995", &profile), 0);
    assert_int_equal(import_open(&profile, memory_file_read, &file, &import), 0);
    while (what != IMPORT_THE_END) {
        assert_int_equal(import_next(import, &what, &got, &note), 0);
        assert_int_not_equal(what, IMPORT_AN_ITEM); /* another field's text is no number of the record */
        missing += what == IMPORT_A_NOTE && note->reason == IMPORT_NO_NUMBER;
    }
    assert_int_equal(missing, 1);
    import_close(import);
    import_profile_free(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_item_there_and_back), cmocka_unit_test(test_import_item_read_limits),
        cmocka_unit_test(test_import_item_read_refused),   cmocka_unit_test(test_import_event_says_parts),
        cmocka_unit_test(test_import_next_steps),          cmocka_unit_test(test_import_next_no_memory),
        cmocka_unit_test(test_import_next_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
