/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoded.h: events of a batch that are kept as they were decoded.
 *   - decoded_add: what event_decode() makes of the bytes, good or bad; decoded_get: the same, whatever was added since and wherever the bytes came from; other bytes are not known
 *   - past the room nothing is kept, and decoding goes on; no room: nothing is kept; size: grows with what is kept, and no further
 *   - more than it was made for, or after its end, are decoded and not kept
 *   - no memory: fewer are kept, all are decoded; none to begin with: told
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/decoded.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/journalkit.h"
#include "tests/lib/seed.h"

#define ENTRIES 600u

static int set_up(void **state)
{
    static const uint8_t broken[] = {0x0a, 0x7f, 0x01};
    struct foldkit *kit = calloc(1, sizeof(*kit));
    uint64_t random = seed_start();

    assert_non_null(kit);
    foldkit_init(kit);
    while (kit->count < ENTRIES) {
        if (kit->count % 37 == 5)
            (void)foldkit_raw(kit, 1, span_of(broken, sizeof(broken)));
        else
            foldkit_random(kit, &random, 1);
    }
    *state = kit;
    return 0;
}

static int tear_down(void **state)
{
    foldkit_free(*state);
    free(*state);
    return 0;
}

/* From a copy that is gone afterwards. */
static void add(struct decoded *decoded, struct span bytes)
{
    static uint8_t copy[LIMIT_EVENT_BYTES];
    struct event event;
    int rc;

    memcpy(copy, bytes.data, bytes.len);
    rc = decoded_add(decoded, span_of(copy, bytes.len), &event);
    memset(copy, 0xa5, bytes.len);
    journalkit_assert_decoded(bytes, &event, rc);
}

/* Are the first `count` kept, and no others? */
static void assert_kept(const struct foldkit *kit, const struct decoded *decoded, size_t count)
{
    uint8_t other[LIMIT_EVENT_BYTES];
    struct event event;
    int rc;

    assert_int_equal(decoded_count(decoded), count);
    for (size_t i = 0; i < kit->count; i++) {
        struct span bytes = kit->entries[i].event;

        assert_int_equal(decoded_get(decoded, i, bytes, &event, &rc), i < count);
        if (i < count) {
            journalkit_assert_decoded(bytes, &event, rc);
            assert_int_equal(decoded_get(decoded, i, span_of(bytes.data, bytes.len - 1), &event, &rc), 0);
            memcpy(other, bytes.data, bytes.len);
            other[bytes.len - 1] ^= 1;
            assert_int_equal(decoded_get(decoded, i, span_of(other, bytes.len), &event, &rc), 0);
        }
    }
}

static void test_decoded_keeps(void **state)
{
    const struct foldkit *kit = *state;
    struct decoded *decoded = decoded_new(ENTRIES, (size_t)64 << 20);
    size_t empty;

    assert_non_null(decoded);
    assert_kept(kit, decoded, 0);
    empty = decoded_size(decoded);
    for (size_t i = 0; i < ENTRIES; i++)
        add(decoded, kit->entries[i].event);
    assert_kept(kit, decoded, ENTRIES);
    assert_true(decoded_size(decoded) > empty + ENTRIES * sizeof(Navette__Event));
    /* One more than it is for. */
    add(decoded, kit->entries[0].event);
    assert_kept(kit, decoded, ENTRIES);
    decoded_free(decoded);
    decoded_free(NULL);

    decoded = decoded_new(ENTRIES, (size_t)64 << 20);
    add(decoded, kit->entries[0].event);
    decoded_end(decoded);
    add(decoded, kit->entries[1].event);
    assert_kept(kit, decoded, 1);
    decoded_free(decoded);
}

static void test_decoded_room(void **state)
{
    const struct foldkit *kit = *state;
    size_t room = ENTRIES * 64 + 65536;
    struct decoded *decoded = decoded_new(ENTRIES, room);
    size_t kept;
    size_t size;

    for (size_t i = 0; i < ENTRIES / 2; i++)
        add(decoded, kit->entries[i].event);
    kept = decoded_count(decoded);
    size = decoded_size(decoded);
    assert_true(kept > 0 && kept < ENTRIES / 2);
    assert_true(size > room && size < room + 2 * 65536);
    for (size_t i = ENTRIES / 2; i < ENTRIES; i++)
        add(decoded, kit->entries[i].event);
    assert_kept(kit, decoded, kept);
    assert_int_equal(decoded_size(decoded), size);
    decoded_end(decoded);
    assert_kept(kit, decoded, kept);
    decoded_free(decoded);

    decoded = decoded_new(ENTRIES, 0);
    size = decoded_size(decoded);
    for (size_t i = 0; i < ENTRIES; i++)
        add(decoded, kit->entries[i].event);
    assert_kept(kit, decoded, 0);
    assert_int_equal(decoded_size(decoded), size);
    decoded_free(decoded);
}

static void test_decoded_no_memory(void **state)
{
    const struct foldkit *kit = *state;
    size_t fewest = ENTRIES;
    int codes[ENTRIES];

    for (size_t i = 0; i < ENTRIES; i++) {
        struct event event;

        codes[i] = event_decode(kit->entries[i].event, &event);
        event_free(&event);
    }

    for (unsigned int i = 1; i <= 2; i++) {
        failing_malloc_at(i);
        assert_null(decoded_new(ENTRIES, 1));
        failing_malloc_at(0);
    }
    for (unsigned int at = 1; at <= 12; at++) { /* it is decoded all the same, if it can't be kept */
        struct decoded *decoded = decoded_new(ENTRIES, (size_t)64 << 20);
        struct event event;

        failing_malloc_at(at);
        for (size_t i = 0; i < ENTRIES; i++)
            assert_int_equal(decoded_add(decoded, kit->entries[i].event, &event), codes[i]);
        failing_malloc_at(0);
        fewest = decoded_count(decoded) < fewest ? decoded_count(decoded) : fewest;
        assert_kept(kit, decoded, decoded_count(decoded));
        decoded_free(decoded);
    }
    assert_true(fewest < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decoded_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_decoded_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_decoded_no_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
