/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/checkers.h: frames looked at ahead of the step.
 *   - with no thread, one, several: they come out in the order they went in, each with what its own bytes say, whole ones and damaged ones
 *   - a frame of an unknown key is not looked at
 *   - CHECKERS_FRAMES go in and not one more; CHECKERS_BYTES likewise; room comes back as they are taken out
 *   - ended with frames under way
 *   - the k-th allocation failing, for every k: nothing is left over
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/frame.h"
#include "server/checkers.h"
#include "sync/hub_state.h"
#include "tests/lib/failing_malloc.h"

static void fill(struct checkers_frame *frame, uint64_t number)
{
    Navette__Ping ping = NAVETTE__PING__INIT;

    assert_non_null(frame);
    ping.token = number;
    buffer_clear(&frame->bytes);
    assert_int_equal(frame_encode(FRAME_PING, &ping.base, &frame->bytes), 0);
    if (number % 3 == 0)
        frame->bytes.data[frame->bytes.len - 1] ^= 1;
    frame->session = number;
    frame->known = 1;
}

static void expect(struct checkers *checkers, uint64_t number)
{
    struct checkers_frame *frame = checkers_first(checkers);

    assert_non_null(frame);
    assert_int_equal(frame->session, number);
    assert_int_equal(frame->checked->rc, number % 3 == 0 ? NAVETTE_E_CHECKSUM : 0);
    if (number % 3 != 0)
        assert_int_equal(((const Navette__Ping *)frame->checked->frame.message)->token, number);
    checkers_pop(checkers);
}

static void test_first_in_order_with_any_threads(void **state)
{
    (void)state;
    for (unsigned int threads = 0; threads <= CHECKERS_THREADS_MAX; threads = threads * 2 + 1) {
        struct checkers *checkers;
        uint64_t put = 1;
        uint64_t taken = 1;

        assert_int_equal(checkers_new(threads, &checkers), 0);
        assert_null(checkers_first(checkers));
        while (taken < 5000) {
            for (uint64_t few = put % 17; few > 0 && checkers_room(checkers); few--) {
                fill(checkers_room(checkers), put++);
                checkers_put(checkers);
            }
            for (uint64_t few = 1 + put % 13; few > 0 && taken < put; few--)
                expect(checkers, taken++);
            if (put % 17 == 0) {
                fill(checkers_room(checkers), put++);
                checkers_put(checkers);
            }
        }
        while (taken < put)
            expect(checkers, taken++);
        assert_null(checkers_first(checkers));
        checkers_free(checkers);
    }
}

static void test_unknown_key_is_not_looked_at(void **state)
{
    struct checkers *checkers;
    struct checkers_frame *frame;

    (void)state;
    assert_int_equal(checkers_new(1, &checkers), 0);
    fill(checkers_room(checkers), 1);
    checkers_room(checkers)->known = 0;
    checkers_put(checkers);
    frame = checkers_first(checkers);
    assert_non_null(frame);
    assert_null(frame->checked->frame.message);
    checkers_pop(checkers);
    checkers_free(checkers);
}

static void test_room_at_the_limits(void **state)
{
    static uint8_t big[CHECKERS_BYTES / 4];
    struct checkers *checkers;

    (void)state;
    assert_int_equal(checkers_new(1, &checkers), 0);
    for (uint64_t i = 1; i <= CHECKERS_FRAMES; i++) {
        fill(checkers_room(checkers), i);
        checkers_put(checkers);
    }
    assert_null(checkers_room(checkers));
    expect(checkers, 1);
    assert_non_null(checkers_room(checkers));
    for (uint64_t i = 2; i <= CHECKERS_FRAMES; i++)
        expect(checkers, i);
    for (size_t i = 0; i < 4; i++) {
        struct checkers_frame *frame = checkers_room(checkers);

        assert_non_null(frame);
        buffer_clear(&frame->bytes);
        assert_int_equal(buffer_append(&frame->bytes, big, sizeof(big)), 0);
        frame->known = 1;
        checkers_put(checkers);
    }
    assert_null(checkers_room(checkers));
    assert_int_equal(checkers_first(checkers)->checked->rc, NAVETTE_E_INVALID);
    checkers_pop(checkers);
    assert_non_null(checkers_room(checkers));
    /* Three are left under way. */
    checkers_free(checkers);
    checkers_free(NULL);
}

static void test_new_without_memory(void **state)
{
    (void)state;
    for (uint64_t k = 1;; k++) {
        struct checkers *checkers;
        int rc;

        failing_malloc_at(k);
        rc = checkers_new(0, &checkers);
        if (failing_malloc_pending()) {
            failing_malloc_at(0);
            assert_int_equal(rc, 0);
            assert_true(k > CHECKERS_FRAMES);
            checkers_free(checkers);
            return;
        }
        failing_malloc_at(0);
        assert_int_equal(rc, NAVETTE_E_MEMORY);
        assert_null(checkers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_in_order_with_any_threads),
        cmocka_unit_test(test_unknown_key_is_not_looked_at),
        cmocka_unit_test(test_room_at_the_limits),
        cmocka_unit_test(test_new_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
