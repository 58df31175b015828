/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h: the budgeted allocator.
 *   - arena_alloc: pieces are aligned, apart from each other and keep their bytes, from one byte to more than a block
 *   - arena_alloc: at the budget and one byte past it; pieces of no bytes
 *   - arena_reset: the whole budget again, whatever was taken or failed before; the first piece stands where it stood
 *   - arena_go_on: another budget beside what is there, which stays; arena_size: what the blocks take
 *   - arena_alloc, arena_new: a system without memory is told apart from a budget spent
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/arena.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

static void test_arena_alloc_apart(void **state)
{
    uint64_t random = seed_start();
    uint8_t *pieces[300];
    size_t sizes[300];
    struct arena *arena = arena_new(64u << 20);

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < 300; i++) {
        sizes[i] = 1 + seed_below(&random, i % 50 == 0 ? 200000 : 300);
        pieces[i] = arena_alloc(arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 255), sizes[i]);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(pieces[i][k], i & 255);
    }
    assert_false(arena_exhausted(arena));
    arena_free(arena);
}

static void test_arena_alloc_budget(void **state)
{
    struct arena *arena = arena_new(4096);
    ProtobufCAllocator *allocator = arena_allocator(arena);
    void *piece;

    (void)state;
    assert_null(arena_alloc(arena, 4097));
    assert_true(arena_exhausted(arena));
    assert_non_null(arena_alloc(arena, 4096 - 16));
    piece = allocator->alloc(allocator->allocator_data, 16);
    assert_non_null(piece);
    allocator->free(allocator->allocator_data, piece);
    assert_null(allocator->alloc(allocator->allocator_data, 1));
    assert_true(arena_exhausted(arena));
    assert_false(arena_out_of_memory(arena));
    arena_free(arena);
    arena = arena_new(32);
    assert_non_null(arena_alloc(arena, 0));
    assert_non_null(arena_alloc(arena, 1));
    assert_null(arena_alloc(arena, 1));
    arena_free(arena);
    arena_free(NULL);
}

static void test_arena_go_on_keeps(void **state)
{
    struct arena *arena = arena_new(0);
    uint8_t *pieces[200];
    size_t sum = 0;

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < 200; i++) {
        arena_go_on(arena, 1024);
        pieces[i] = arena_alloc(arena, 1024);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)i, 1024);
        assert_null(arena_alloc(arena, 1));
        assert_true(arena_exhausted(arena));
        sum += 1024;
        assert_true(arena_size(arena) >= sum && arena_size(arena) <= 3 * sum + 65536);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < 1024; k++)
            assert_int_equal(pieces[i][k], i);
    arena_reset(arena, 64);
    assert_true(arena_size(arena) < 4096);
    arena_free(arena);
}

static void test_arena_alloc_without_memory(void **state)
{
    struct arena *arena;

    (void)state;
    failing_malloc_at(1);
    assert_null(arena_new(100));
    arena = arena_new(1u << 20);
    failing_malloc_at(1);
    assert_null(arena_alloc(arena, 100000));
    assert_false(arena_exhausted(arena));
    assert_true(arena_out_of_memory(arena));
    assert_non_null(arena_alloc(arena, 100000));
    failing_malloc_at(0);
    arena_free(arena);
}

static void test_arena_reset_begins_again(void **state)
{
    struct arena *arena = arena_new(64);
    void *first;

    (void)state;
    assert_non_null(arena);
    first = arena_alloc(arena, 64);
    assert_non_null(first);
    assert_null(arena_alloc(arena, 1));
    assert_true(arena_exhausted(arena));
    for (size_t i = 0; i < 3; i++) {
        arena_reset(arena, 300000);
        assert_false(arena_exhausted(arena) || arena_out_of_memory(arena));
        assert_ptr_equal(arena_alloc(arena, 64), first);
        assert_non_null(arena_alloc(arena, 200000));
        assert_null(arena_alloc(arena, 200000));
        assert_true(arena_exhausted(arena));
    }
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc_apart),          cmocka_unit_test(test_arena_alloc_budget),
        cmocka_unit_test(test_arena_reset_begins_again),   cmocka_unit_test(test_arena_go_on_keeps),
        cmocka_unit_test(test_arena_alloc_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
