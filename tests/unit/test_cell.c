/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells of the counters and names of states (state.h, FOLD.md 5).
 *   - cell_of_root, cell_of_content: every row of FOLD.md's table, and what is not counted
 *   - cell_encode: the key's bytes; the day keeps its order; cell_decode: back, cut, a state that does not exist
 *   - state_name, state_of_name: each there and back, and what is none
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/error.h"
#include "navette/state.h"
#include "tests/lib/foldkit.h"

static struct thing_record root_of(const char *word, int custody, int condition, int sealed)
{
    struct thing_key key = foldkit_key(word);
    struct thing_record root;

    thing_record_init(&root, &key);
    root.registered = 1;
    root.custody = (uint8_t)custody;
    root.condition = (uint8_t)condition;
    root.sealed = (uint8_t)sealed;
    strcpy(root.material, "m");
    strcpy(root.home, "H");
    if (custody == CUSTODY_PLACE || custody == CUSTODY_PERSON || custody == CUSTODY_TRANSIT)
        strcpy(root.place, "P");
    if (custody == CUSTODY_TRANSIT) {
        strcpy(root.to, "T");
        root.day = 7;
    }
    if (custody == CUSTODY_CONTAINER)
        root.container = foldkit_key("c9");
    return root;
}

static void assert_cell(const struct cell *cell, int kind, int state, const char *place, const char *to, int32_t day)
{
    assert_int_equal(cell->kind, kind);
    assert_int_equal(cell->state, state);
    assert_string_equal(cell->place, place);
    assert_string_equal(cell->to, to);
    assert_int_equal(cell->day, day);
}

static void test_cell_of_root_every_row(void **state)
{
    static const struct {
        const char *word;
        int custody, condition, sealed, state;
        const char *place, *to;
        int32_t day;
    } rows[] = {
        {"i1", CUSTODY_NONE, CONDITION_NORMAL, 0, STATE_UNKNOWN, "", "", 0},
        {"i1", CUSTODY_PLACE, CONDITION_NORMAL, 0, STATE_SHELF, "P", "", 0},
        {"b1", CUSTODY_PLACE, CONDITION_NORMAL, 0, STATE_CLEAN, "P", "", 0},
        {"b1", CUSTODY_PLACE, CONDITION_NORMAL, 1, STATE_PACKED, "P", "", 0},
        {"c1", CUSTODY_PLACE, CONDITION_NORMAL, 0, STATE_CLEAN, "P", "", 0},
        {"i1", CUSTODY_TRANSIT, CONDITION_NORMAL, 0, STATE_IN_TRANSIT, "P", "T", 7},
        {"b1", CUSTODY_TRANSIT, CONDITION_NORMAL, 1, STATE_IN_TRANSIT, "P", "T", 7},
        {"i1", CUSTODY_PERSON, CONDITION_NORMAL, 0, STATE_WITH_PERSON, "P", "", 0},
        {"i1", CUSTODY_NONE, CONDITION_MISSING, 0, STATE_MISSING, "", "", 0},
        {"i1", CUSTODY_PLACE, CONDITION_MISSING, 0, STATE_MISSING, "P", "", 0},
        {"i1", CUSTODY_TRANSIT, CONDITION_MISSING, 0, STATE_MISSING, "P", "", 0},
        {"i1", CUSTODY_CONTAINER, CONDITION_MISSING, 0, STATE_MISSING, "", "", 0},
        {"i1", CUSTODY_PERSON, CONDITION_LOST, 0, STATE_LOST, "P", "", 0},
        {"i1", CUSTODY_CONTAINER, CONDITION_LOST, 0, STATE_LOST, "", "", 0},
        {"b1", CUSTODY_TRANSIT, CONDITION_LOST, 1, STATE_LOST, "P", "", 0},
        {"i1", CUSTODY_PLACE, CONDITION_WITHDRAWN, 0, STATE_WITHDRAWN, "P", "", 0},
        {"b1", CUSTODY_NONE, CONDITION_WITHDRAWN, 0, STATE_WITHDRAWN, "", "", 0},
        {"i1", CUSTODY_CONTAINER, CONDITION_WITHDRAWN, 0, STATE_WITHDRAWN, "", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct thing_record root = root_of(rows[i].word, rows[i].custody, rows[i].condition, rows[i].sealed);
        struct cell cell;

        assert_int_equal(cell_of_root(&root, &cell), 1);
        assert_cell(&cell, thing_kind(&root.key), rows[i].state, rows[i].place, rows[i].to, rows[i].day);
        assert_string_equal(cell.material, "m");
        assert_string_equal(cell.home, "H");
        root.registered = 0;
        assert_int_equal(cell_of_root(&root, &cell), 0);
    }
}

static void test_cell_of_content_every_row(void **state)
{
    static const struct {
        int custody, condition, kind, packed, state;
        const char *place, *to;
        int32_t day;
    } rows[] = {
        {CUSTODY_NONE, CONDITION_NORMAL, 1, 0, STATE_IN_CONTAINER, "", "", 0},
        {CUSTODY_NONE, CONDITION_NORMAL, 2, 1, STATE_IN_CONTAINER, "", "", 0},
        {CUSTODY_PLACE, CONDITION_NORMAL, 1, 0, STATE_IN_CONTAINER, "P", "", 0},
        {CUSTODY_PLACE, CONDITION_NORMAL, 2, 0, STATE_CLEAN, "P", "", 0},
        {CUSTODY_PLACE, CONDITION_NORMAL, 2, 1, STATE_PACKED, "P", "", 0},
        {CUSTODY_TRANSIT, CONDITION_NORMAL, 1, 0, STATE_IN_TRANSIT, "P", "T", 7},
        {CUSTODY_TRANSIT, CONDITION_NORMAL, 2, 1, STATE_IN_TRANSIT, "P", "T", 7},
        {CUSTODY_PERSON, CONDITION_NORMAL, 1, 0, STATE_WITH_PERSON, "P", "", 0},
        {CUSTODY_PLACE, CONDITION_MISSING, 1, 0, STATE_MISSING, "P", "", 0},
        {CUSTODY_TRANSIT, CONDITION_LOST, 1, 0, STATE_LOST, "P", "", 0},
        {CUSTODY_CONTAINER, CONDITION_LOST, 2, 1, STATE_LOST, "", "", 0},
        {CUSTODY_PLACE, CONDITION_WITHDRAWN, 1, 0, STATE_LOST, "P", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct thing_record root = root_of("c1", rows[i].custody, rows[i].condition, 0);
        struct content line;
        struct cell cell;

        memset(&line, 0, sizeof(line));
        line.kind = (uint8_t)rows[i].kind;
        line.packed = (uint8_t)rows[i].packed;
        line.registered = 1;
        strcpy(line.material, "dvd");
        strcpy(line.home, "Q");
        root.registered = 0; /* counted whatever holds it */
        assert_int_equal(cell_of_content(&root, &line, &cell), 1);
        assert_cell(&cell, rows[i].kind, rows[i].state, rows[i].place, rows[i].to, rows[i].day);
        assert_string_equal(cell.material, "dvd");
        assert_string_equal(cell.home, "Q");
        line.registered = 0;
        assert_int_equal(cell_of_content(&root, &line, &cell), 0);
    }
}

static struct cell sample_cell(void)
{
    struct cell cell;

    memset(&cell, 0, sizeof(cell));
    cell.kind = 1;
    cell.state = STATE_IN_TRANSIT;
    strcpy(cell.place, "A");
    strcpy(cell.to, "BB");
    strcpy(cell.material, "m");
    strcpy(cell.home, "H");
    cell.day = 18312;
    return cell;
}

static void test_cell_encode_gives_the_key(void **state)
{
    struct cell cell = sample_cell();
    struct buffer bytes = {.data = NULL};
    char hex[128];

    (void)state;
    assert_int_equal(cell_encode(&cell, &bytes), 0);
    hex_encode(bytes.data, bytes.len, hex);
    assert_string_equal(hex, "01"
                             "000141"
                             "04"
                             "00016d"
                             "000148"
                             "00024242"
                             "80004788");
    buffer_free(&bytes);
}

static void test_cell_encode_keeps_the_order_of_days(void **state)
{
    static const int32_t days[] = {INT32_MIN, -1, 0, 1, 18312, INT32_MAX};
    struct buffer before = {.data = NULL};
    struct buffer after = {.data = NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        struct cell cell = sample_cell();
        struct cell back;

        cell.day = days[i];
        buffer_clear(&after);
        assert_int_equal(cell_encode(&cell, &after), 0);
        assert_int_equal(cell_decode(buffer_span(&after), &back), 0);
        assert_memory_equal(&back, &cell, sizeof(cell));
        if (i > 0)
            assert_int_equal(span_compare(buffer_span(&before), buffer_span(&after)), -1);
        buffer_clear(&before);
        assert_int_equal(buffer_append(&before, after.data, after.len), 0);
    }
    buffer_free(&before);
    buffer_free(&after);
}

static void test_cell_decode_damaged(void **state)
{
    struct cell cell = sample_cell();
    struct buffer bytes = {.data = NULL};
    struct cell back;

    (void)state;
    memset(cell.place, 'P', LIMIT_PLACE_CODE);
    memset(cell.to, 'T', LIMIT_PLACE_CODE);
    memset(cell.home, 'H', LIMIT_PLACE_CODE);
    memset(cell.material, 'M', LIMIT_MATERIAL);
    assert_int_equal(cell_encode(&cell, &bytes), 0);
    assert_int_equal(cell_decode(buffer_span(&bytes), &back), 0);
    assert_string_equal(back.material, cell.material);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(cell_decode(span_of(bytes.data, len), &back), NAVETTE_E_STORE);
    assert_int_equal(buffer_append_u8(&bytes, 0), 0);
    assert_int_equal(cell_decode(buffer_span(&bytes), &back), NAVETTE_E_STORE);
    bytes.len--;
    bytes.data[3 + LIMIT_PLACE_CODE] = STATE_COUNT;
    assert_int_equal(cell_decode(buffer_span(&bytes), &back), NAVETTE_E_STORE);
    buffer_free(&bytes);
}

static void test_state_name_there_and_back(void **state)
{
    (void)state;
    for (int i = 0; i < STATE_COUNT; i++) {
        assert_true(state_name(i)[0] != '\0');
        assert_int_equal(state_of_name(state_name(i)), i);
    }
    assert_string_equal(state_name(STATE_AT_RELAY), "at-relay");
    assert_string_equal(state_name(-1), "unknown");
    assert_string_equal(state_name(STATE_COUNT), "unknown");
    assert_int_equal(state_of_name("SHELF"), -1);
    assert_int_equal(state_of_name(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cell_of_root_every_row),    cmocka_unit_test(test_cell_of_content_every_row),
        cmocka_unit_test(test_cell_encode_gives_the_key), cmocka_unit_test(test_cell_encode_keeps_the_order_of_days),
        cmocka_unit_test(test_cell_decode_damaged),       cmocka_unit_test(test_state_name_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
