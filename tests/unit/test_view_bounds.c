/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_bounds.h: low and high of counts.
 *   - without silence low = count = high, and there is no pool
 *   - the rows of the design: held at a silent place, on the road from one, to one, between others
 *   - random networks (SEED): every row against every way in which the silent places' things could lie
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/seed.h"
#include "view/view_bounds.h"

static void add(struct view_cells *cells, int state, const char *place, const char *to, const char *material, int64_t count)
{
    struct cell cell;

    memset(&cell, 0, sizeof(cell));
    cell.kind = NAVETTE__THING_KIND__THING_ITEM;
    cell.state = (uint8_t)state;
    strncpy(cell.place, place, LIMIT_PLACE_CODE);
    strncpy(cell.to, to, LIMIT_PLACE_CODE);
    strncpy(cell.material, material, LIMIT_MATERIAL);
    assert_int_equal(view_cells_add(cells, &cell, count), 0);
}

static struct frontier_silences silent(struct frontier_silence *list, size_t count, const char *const *places)
{
    struct frontier_silences silences = {.list = list, .count = count};

    memset(list, 0, count * sizeof(*list));
    for (size_t i = 0; i < count; i++)
        strncpy(list[i].place, places[i], LIMIT_PLACE_CODE);
    return silences;
}

static void test_bounds_without_silence(void **state)
{
    struct view_cells cells = {.count = 0};
    struct frontier_silences nobody = {.count = 0};
    struct view_pool *pools;
    size_t count;

    (void)state;
    add(&cells, STATE_SHELF, "A", "", "book", 5);
    assert_int_equal(view_bounds_lower(&nobody, &cells, 0, &pools, &count), 0);
    assert_null(pools);
    assert_int_equal(count, 0);
    assert_int_equal(cells.rows[0].low, 5);
    assert_int_equal(view_bounds_upper(&nobody, "A", 5, 5, 0), 5);
    assert_int_equal(view_bounds_upper(NULL, "A", 5, 5, 0), 5);
    view_cells_free(&cells);
}

static void test_bounds_of_each_row(void **state)
{
    static const struct {
        int state;
        const char *place, *to, *material;
        int64_t count, low, high;
    } rows[] = {
        {STATE_SHELF, "A", "", "book", 10, 10, 10},             /* nobody silent has to do with it */
        {STATE_SHELF, "CCAS", "", "book", 4, 0, 4 + 3 + 2 + 1}, /* all that silent places hold or wait for may be here now */
        {STATE_WITH_PERSON, "CCAS", "", "book", 3, 0, 10},
        {STATE_IN_TRANSIT, "A", "CCAS", "book", 2, 0, 2}, /* it may have arrived; nothing more can have left A unseen */
        {STATE_IN_TRANSIT, "CCAS", "A", "book", 1, 0, 10},
        {STATE_IN_TRANSIT, "A", "B", "book", 6, 6, 6},
        {STATE_SHELF, "CCAS", "", "disc", 7, 0, 7}, /* books do not become discs */
    };
    static const char *const places[] = {"CCAS"};
    struct frontier_silence list[1];
    struct frontier_silences silences = silent(list, 1, places);
    struct view_cells cells = {.count = 0};
    struct view_pool *pools;
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        add(&cells, rows[i].state, rows[i].place, rows[i].to, rows[i].material, rows[i].count);
    assert_int_equal(view_bounds_lower(&silences, &cells, 0, &pools, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(view_bounds_pool(pools, count, "book", ""), 10);
    assert_int_equal(view_bounds_pool(pools, count, "disc", ""), 7);
    assert_int_equal(view_bounds_pool(pools, count, "map", ""), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t pool = view_bounds_pool(pools, count, rows[i].material, "");

        assert_int_equal(cells.rows[i].low, rows[i].low);
        assert_int_equal(view_bounds_upper(&silences, rows[i].place, rows[i].count, rows[i].low, pool), rows[i].high);
    }
    free(pools);
    view_cells_free(&cells);
}

/* What one thing of cell `from` can be in by now, said by hand: it stays; or, when a silent place could touch it, it is at or has left any silent place. */
static int can_be(const struct frontier_silences *silences, const struct cell *from, const struct cell *in)
{
    int movable = frontier_silence_of(silences, from->place) || (from->to[0] && frontier_silence_of(silences, from->to));

    if (strcmp(from->material, in->material) != 0)
        return 0;
    return from == in || (movable && frontier_silence_of(silences, in->place) != NULL);
}

static void test_bounds_of_random_networks(void **state)
{
    static const char *const names[] = {"P0", "P1", "P2", "P3", "P4"};
    static const char *const materials[] = {"book", "disc"};
    uint64_t seed = seed_start();

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct frontier_silence list[5];
        const char *quiet[5];
        size_t quiet_count = 0;
        struct view_cells cells = {.count = 0};
        struct view_pool *pools;
        size_t count;

        for (size_t i = 0; i < 5; i++)
            if (seed_below(&seed, 2) == 0)
                quiet[quiet_count++] = names[i];
        struct frontier_silences silences = silent(list, quiet_count, quiet);
        for (size_t from = 0; from < 5; from++)
            for (size_t to = 0; to < 5; to++)
                for (size_t m = 0; m < 2; m++)
                    if (seed_below(&seed, 3) == 0)
                        add(&cells, from == to ? STATE_SHELF : STATE_IN_TRANSIT, names[from], from == to ? "" : names[to], materials[m],
                            1 + (int64_t)seed_below(&seed, 9));
        assert_int_equal(view_bounds_lower(&silences, &cells, 0, &pools, &count), 0);
        for (size_t i = 0; i < cells.count; i++) {
            const struct cell *cell = &cells.rows[i].cell;
            int64_t most = 0;
            int64_t least = frontier_silence_of(&silences, cell->place) || (cell->to[0] && frontier_silence_of(&silences, cell->to))
                                ? 0
                                : cells.rows[i].count;

            for (size_t k = 0; k < cells.count; k++)
                if (can_be(&silences, &cells.rows[k].cell, cell))
                    most += cells.rows[k].count;
            assert_int_equal(cells.rows[i].low, least);
            assert_int_equal(view_bounds_upper(&silences, cell->place, cells.rows[i].count, cells.rows[i].low,
                                               view_bounds_pool(pools, count, cell->material, "")),
                             most);
        }
        free(pools);
        view_cells_free(&cells);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_without_silence),
        cmocka_unit_test(test_bounds_of_each_row),
        cmocka_unit_test(test_bounds_of_random_networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
