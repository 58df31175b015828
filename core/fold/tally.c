/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/tally.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

void tally_init(struct tally *tally)
{
    memset(tally, 0, sizeof(*tally));
}

void tally_free(struct tally *tally)
{
    keymap_free(&tally->cells);
    free(tally->counts);
    buffer_free(&tally->scratch);
    tally_init(tally);
}

static int make_room(struct tally *tally, size_t count)
{
    size_t capacity = tally->capacity == 0 ? 16 : tally->capacity;
    int64_t *counts;

    while (capacity < count)
        capacity *= 2;
    if (capacity > tally->capacity) {
        counts = realloc(tally->counts, capacity * sizeof(*counts));
        if (counts == NULL)
            return NAVETTE_E_MEMORY;
        tally->counts = counts;
        tally->capacity = capacity;
    }
    memset(tally->counts + tally->counted, 0, (count - tally->counted) * sizeof(*tally->counts));
    tally->counted = count;
    return 0;
}

int tally_number(struct tally *tally, struct span cell, uint32_t *number)
{
    int rc = keymap_number(&tally->cells, cell, number);

    return rc == 0 && *number >= tally->counted ? make_room(tally, (size_t)*number + 1) : rc;
}

size_t tally_coarsen(enum tally_grain grain, struct span cell, uint8_t *less)
{
    return cell_leave_out(cell, grain == TALLY_ROAD, grain != TALLY_STATES, less);
}

/* Of the cell in the scratch. */
static int number_of_scratch(struct tally *tally, uint32_t *number)
{
    if (tally->grain != TALLY_WHOLE)
        tally->scratch.len = tally_coarsen(tally->grain, buffer_span(&tally->scratch), tally->scratch.data);
    return tally_number(tally, buffer_span(&tally->scratch), number);
}

int tally_number_of(struct tally *tally, struct span bytes, uint32_t *number)
{
    int rc;

    if (tally->grain == TALLY_WHOLE)
        return tally_number(tally, bytes, number);
    buffer_clear(&tally->scratch);
    rc = buffer_append(&tally->scratch, bytes.data, bytes.len);
    return rc == 0 ? number_of_scratch(tally, number) : rc;
}

int tally_gather(struct tally *tally, const struct tally *more)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < more->counted; i++) {
        uint32_t number;

        if (more->counts[i] == 0)
            continue;
        rc = tally_number_of(tally, keymap_key(&more->cells, i), &number);
        if (rc == 0)
            tally->counts[number] += more->counts[i];
    }
    return rc;
}

int tally_add(struct tally *tally, const struct cell *cell, int64_t count)
{
    uint32_t number;
    int rc;

    buffer_clear(&tally->scratch);
    rc = cell_encode(cell, &tally->scratch);
    if (rc == 0)
        rc = number_of_scratch(tally, &number);
    if (rc == 0)
        tally->counts[number] += count;
    return rc;
}

static int add_line(struct tally *tally, const struct thing_record *root, const struct content *line, int64_t count)
{
    struct cell cell;

    return cell_of_content(root, line, &cell) ? tally_add(tally, &cell, count) : 0;
}

static int add_itself(struct tally *tally, const struct thing_record *root, int times)
{
    struct cell cell;

    return cell_of_root(root, &cell) ? tally_add(tally, &cell, times) : 0;
}

int tally_add_root(struct tally *tally, const struct thing_record *root, int times)
{
    int rc = add_itself(tally, root, times);

    for (size_t i = 0; rc == 0 && i < root->content_count; i++)
        rc = add_line(tally, root, &root->contents[i], times * root->contents[i].count);
    return rc;
}

/* Would their contents count in the same cells? */
static int stand_alike(const struct thing_record *a, const struct thing_record *b)
{
    return a->custody == b->custody && a->condition == b->condition && a->day == b->day && strcmp(a->place, b->place) == 0 &&
           strcmp(a->to, b->to) == 0;
}

int tally_add_change(struct tally *tally, const struct thing_record *old, const struct thing_record *new)
{
    size_t i = 0;
    size_t k = 0;
    int rc;

    if (thing_record_is_inside(old) || thing_record_is_inside(new) || !stand_alike(old, new)) {
        rc = thing_record_is_inside(old) ? 0 : tally_add_root(tally, old, -1);
        return rc != 0 || thing_record_is_inside(new) ? rc : tally_add_root(tally, new, 1);
    }
    rc = add_itself(tally, old, -1);
    if (rc == 0)
        rc = add_itself(tally, new, 1);
    while (rc == 0 && (i < old->content_count || k < new->content_count)) {
        int order = i == old->content_count   ? 1
                    : k == new->content_count ? -1
                                              : thing_content_compare(&old->contents[i], &new->contents[k]);

        if (order < 0) {
            rc = add_line(tally, old, &old->contents[i], -old->contents[i].count);
        } else if (order > 0) {
            rc = add_line(tally, new, &new->contents[k], new->contents[k].count);
        } else if (old->contents[i].count != new->contents[k].count) {
            rc = add_line(tally, new, &new->contents[k], new->contents[k].count - old->contents[i].count);
        }
        i += order <= 0;
        k += order >= 0;
    }
    return rc;
}

static int apply_one(struct store_txn *state, struct span cell, int64_t difference)
{
    struct span value;
    uint8_t row[8];
    int64_t count = 0;
    int rc = store_get(state, TABLE_COUNTER, cell, &value);

    if (rc == 0) {
        if (value.len != sizeof(row))
            return NAVETTE_E_STORE;
        count = (int64_t)read_u64(value.data);
    } else if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    count += difference;
    if (count < 0)
        return NAVETTE_E_STORE;
    if (count == 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : store_del(state, TABLE_COUNTER, cell);
    write_u64(row, (uint64_t)count);
    return store_put(state, TABLE_COUNTER, cell, span_of(row, sizeof(row)));
}

int tally_apply(struct tally *tally, struct store_txn *state)
{
    for (uint32_t i = 0; i < tally->counted; i++) {
        int rc = tally->counts[i] == 0 ? 0 : apply_one(state, keymap_key(&tally->cells, i), tally->counts[i]);

        if (rc != 0)
            return rc;
    }
    return 0;
}
