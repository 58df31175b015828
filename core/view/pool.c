/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/pool.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/ledger.h"

/* What a place let be collected, until all its sums are read. */
struct filling {
    struct pool_view *view;
    size_t capacity;
    int64_t *collected; /* of each row */
};

static int row_of(struct filling *filling, const char *kind, const char *place, size_t *found)
{
    struct pool_view *view = filling->view;
    struct pool_row *rows;
    int64_t *collected;

    for (size_t i = view->count; i-- > 0;) {
        *found = i;
        if (strcmp(view->rows[i].kind, kind) == 0 && strcmp(view->rows[i].place, place) == 0)
            return 0;
    }
    if (strlen(kind) > LIMIT_CODE || strlen(place) > LIMIT_PLACE_CODE)
        return NAVETTE_E_STORE;
    if (view->count == filling->capacity) {
        size_t capacity = filling->capacity == 0 ? 16 : 2 * filling->capacity;

        rows = realloc(view->rows, capacity * sizeof(*rows));
        if (rows != NULL)
            view->rows = rows;
        collected = realloc(filling->collected, capacity * sizeof(*collected));
        if (collected != NULL)
            filling->collected = collected;
        if (rows == NULL || collected == NULL)
            return NAVETTE_E_MEMORY;
        filling->capacity = capacity;
    }
    *found = view->count++;
    filling->collected[*found] = 0;
    memset(&view->rows[*found], 0, sizeof(view->rows[*found]));
    memcpy(view->rows[*found].kind, kind, strlen(kind) + 1);
    memcpy(view->rows[*found].place, place, strlen(place) + 1);
    return 0;
}

static int fill(const struct ledger_cell *cell, void *context)
{
    struct filling *filling = context;
    int is_place = cell->what == 'S' || cell->what == 'H' || cell->what == 'K';
    struct pool_row *row;
    size_t at;
    int rc = row_of(filling, cell->kind, is_place ? cell->name : "", &at);

    if (rc != 0)
        return rc;
    row = &filling->view->rows[at];
    if (cell->what == 'S')
        row->here += cell->count;
    else if (cell->what == 'H')
        row->with_person += cell->count;
    else if (cell->what == 'K')
        filling->collected[at] += cell->count;
    else if (cell->what == 'X')
        row->lost = cell->count;
    else if (cell->what == 'O')
        row->owned = cell->count;
    else if (cell->what == 'L' && cell->end != 'p')
        row->in_transit += cell->end == 's' ? cell->count : -cell->count;
    return 0;
}

/* Collected from the place, and from its persons what the place has not. */
static void share(struct pool_row *row, int64_t collected)
{
    int64_t from_place = row->here < collected ? (row->here > 0 ? row->here : 0) : collected;
    int64_t from_persons = collected - from_place;

    if (from_persons > row->with_person)
        from_persons = row->with_person > 0 ? row->with_person : 0;
    row->with_person -= from_persons;
    row->here -= collected - from_persons;
}

static int compare_rows(const void *a, const void *b)
{
    const struct pool_row *one = a;
    const struct pool_row *other = b;
    int order = strcmp(one->kind, other->kind);

    return order != 0 ? order : strcmp(one->place, other->place);
}

static int add_network(struct filling *filling)
{
    struct pool_view *view = filling->view;
    size_t count = view->count;

    for (size_t i = 0; i < count; i++) {
        size_t network;
        int rc;

        if (view->rows[i].place[0] == '\0')
            continue;
        share(&view->rows[i], filling->collected[i]);
        rc = row_of(filling, view->rows[i].kind, "", &network);
        if (rc != 0)
            return rc;
        view->rows[network].here += view->rows[i].here;
        view->rows[network].with_person += view->rows[i].with_person;
    }
    return 0;
}

int pool_read(struct store_txn *state, struct pool_view *view)
{
    struct filling filling = {.view = view};
    int rc;

    memset(view, 0, sizeof(*view));
    rc = ledger_each(state, fill, &filling);
    if (rc == 0)
        rc = add_network(&filling);
    free(filling.collected);
    if (rc != 0)
        pool_free(view);
    else if (view->count > 1)
        qsort(view->rows, view->count, sizeof(*view->rows), compare_rows);
    return rc;
}

void pool_free(struct pool_view *view)
{
    free(view->rows);
    memset(view, 0, sizeof(*view));
}
