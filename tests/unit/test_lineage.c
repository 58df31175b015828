/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lineage.h: epochs of a hub's journal.
 *   - the table of what two journals have in common: the same epoch, one that ended before and after the cursor, two restorations of one backup, epochs that nobody knows
 *   - a list that is full forgets its oldest; what is stored is read again, and nothing else
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/error.h"
#include "navette/lineage.h"

/* "a10 b20 c": epoch a ended at 10, b at 20, c is written. */
static struct lineage lineage_of(const char *text)
{
    struct lineage lineage = {.count = 0};

    while (*text != '\0') {
        struct lineage_epoch *epoch = &lineage.epochs[lineage.count++];

        memset(epoch->id, *text++, EPOCH_SIZE);
        for (epoch->end = 0; *text >= '0' && *text <= '9'; text++)
            epoch->end = epoch->end * 10 + (uint64_t)(*text - '0');
        text += *text == ' ';
    }
    return lineage;
}

static void test_common(void **state)
{
    static const struct {
        const char *own;
        uint64_t cursor;
        const char *other;
        uint64_t common;
    } rows[] = {
        {"a", 50, "a", 50},             /* nothing happened */
        {"a", 50, "a40 b", 40},         /* put back to before what was read */
        {"a", 30, "a40 b", 30},         /* to after it */
        {"a", 40, "a40 b", 40},         /* exactly there */
        {"a", 41, "a40 b", 40},         /* one past it */
        {"a40 b", 60, "a40 b", 60},     /* known already */
        {"a40 b", 60, "a40 c", 40},     /* the same backup again: b is nobody's */
        {"a40 b", 60, "a30 c", 30},     /* an older backup */
        {"a40 b", 60, "a45 c", 40},     /* a later one of the same epoch, made before b began elsewhere */
        {"a40 b", 35, "a45 c", 35},     /* hardly read */
        {"a40 b", 60, "a40 b55 c", 55}, /* b put back */
        {"a40 b", 60, "a40 b40 c", 40}, /* before anything happened in it */
        {"a40 b55 c", 70, "a40 b", 55}, /* the hub of before, met again */
        {"a", 50, "b", 0},              /* strangers */
        {"", 50, "a", 0},
        {"a", 0, "a40 b", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lineage own = lineage_of(rows[i].own);
        struct lineage other = lineage_of(rows[i].other);

        if (lineage_common(&own, rows[i].cursor, &other) != rows[i].common)
            fail_msg("%s at %llu with %s", rows[i].own, (unsigned long long)rows[i].cursor, rows[i].other);
    }
}

static void test_full_list_forgets_its_oldest(void **state)
{
    struct lineage lineage = {.count = 0};
    struct lineage first;
    uint8_t id[EPOCH_SIZE];

    (void)state;
    for (size_t i = 0; i < LIMIT_EPOCHS; i++) {
        memset(id, (int)i, sizeof id);
        lineage_begin(&lineage, i * 10, id, (int64_t)i);
    }
    first = lineage;
    assert_int_equal(lineage.count, LIMIT_EPOCHS);
    assert_int_equal(lineage.epochs[0].id[0], 0);
    memset(id, 0xee, sizeof id);
    lineage_begin(&lineage, LIMIT_EPOCHS * 10, id, 7);
    assert_int_equal(lineage.count, LIMIT_EPOCHS);
    assert_int_equal(lineage.epochs[0].id[0], 1);
    assert_int_equal(lineage_last(&lineage)->begun_ms, 7);
    assert_int_equal(lineage.epochs[LIMIT_EPOCHS - 2].end, LIMIT_EPOCHS * 10);
    assert_int_equal(lineage_common(&first, UINT64_MAX, &lineage), LIMIT_EPOCHS * 10);
}

static void test_stored_and_read(void **state)
{
    struct lineage lineage = lineage_of("a40 b55 c");
    struct lineage again;
    uint8_t bytes[LINEAGE_BYTES + 32];
    size_t len = lineage_encode(&lineage, bytes);

    (void)state;
    assert_int_equal(lineage_decode(span_of(bytes, len), &again), 0);
    assert_memory_equal(&lineage, &again, sizeof lineage);
    assert_int_equal(lineage_decode(span_of(bytes, len - 1), &again), NAVETTE_E_STORE);
    assert_int_equal(lineage_decode(span_of(bytes, LINEAGE_BYTES), &again), 0);
    assert_int_equal(lineage_decode(span_of(bytes, LINEAGE_BYTES + 32), &again), NAVETTE_E_STORE);
    memset(&again, 0, sizeof again);
    assert_null(lineage_last(&again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common),
        cmocka_unit_test(test_full_list_forgets_its_oldest),
        cmocka_unit_test(test_stored_and_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
