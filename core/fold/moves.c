/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/moves.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

void moves_init(struct moves *moves)
{
    memset(moves, 0, sizeof(*moves));
}

void moves_free(struct moves *moves)
{
    struct keymap *lent = moves->lent;

    keymap_free(&moves->cells);
    free(moves->list);
    moves_init(moves);
    moves->lent = lent;
}

struct keymap *moves_cells(struct moves *moves)
{
    return moves->lent != NULL ? moves->lent : &moves->cells;
}

int moves_add(struct moves *moves, struct span cell, const struct move *move)
{
    uint32_t number;
    int rc = keymap_number(moves_cells(moves), cell, &number);

    return rc != 0 ? rc : moves_add_number(moves, number, move);
}

int moves_add_number(struct moves *moves, uint32_t number, const struct move *move)
{
    if (moves->count == moves->capacity) {
        size_t capacity = moves->capacity == 0 ? 64 : moves->capacity * 2;
        struct move *list = realloc(moves->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        moves->list = list;
        moves->capacity = capacity;
    }
    moves->list[moves->count] = *move;
    moves->list[moves->count++].cell = number;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct move *one = a;
    const struct move *other = b;

    if (one->time_ms != other->time_ms)
        return one->time_ms < other->time_ms ? -1 : 1;
    return (one->cell > other->cell) - (one->cell < other->cell);
}

void moves_merge(struct moves *moves, size_t from)
{
    size_t kept = from;

    if (moves->count - from > 1)
        qsort(moves->list + from, moves->count - from, sizeof(*moves->list), compare);
    for (size_t i = from; i < moves->count;) {
        struct move sum = moves->list[i++];

        while (i < moves->count && compare(&sum, &moves->list[i]) == 0)
            sum.count += moves->list[i++].count;
        if (sum.count != 0)
            moves->list[kept++] = sum;
    }
    moves->count = kept;
}
