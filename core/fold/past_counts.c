/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/past_counts.h"

#include <stdlib.h>
#include <string.h>

#include "fold/counted.h"
#include "fold/holding.h"
#include "fold/layers.h"
#include "fold/past.h"

void past_counts_free(struct past_counts *counts)
{
    tally_free(&counts->cells);
    keymap_free(&counts->conflicts);
}

/* What containers held, each by what was put into it directly. */
struct held {
    struct keymap keys;
    struct thing_record *holders; /* contents alone */
    size_t capacity;
};

static void held_free(struct held *held)
{
    for (size_t i = 0; i < held->keys.count; i++)
        thing_record_free(&held->holders[i]);
    free(held->holders);
    keymap_free(&held->keys);
}

static int holder_of(struct held *held, const struct thing_key *key, struct thing_record **holder)
{
    size_t known = held->keys.count;
    uint32_t number;
    int rc;

    if (known == held->capacity) {
        size_t capacity = known == 0 ? 64 : known * 2;
        struct thing_record *holders = realloc(held->holders, capacity * sizeof(*holders));

        if (holders == NULL)
            return NAVETTE_E_MEMORY;
        held->holders = holders;
        held->capacity = capacity;
    }
    rc = keymap_number(&held->keys, thing_key_span(key), &number);
    if (rc != 0)
        return rc;
    *holder = &held->holders[number];
    if (number == known)
        thing_record_init(*holder, key);
    return 0;
}

static int take_inside(struct held *held, struct span cell, int64_t count)
{
    struct thing_record *holder;
    struct thing_key container;
    struct content line;
    int rc = counted_read_inside(cell, &container, &line);

    if (rc == 0)
        rc = holder_of(held, &container, &holder);
    line.count = count;
    return rc == 0 ? thing_record_add_content(holder, &line) : rc;
}

/* Takes what is not a cell out of the sum. */
static int take(struct past_counts *counts, struct held *held, uint32_t number)
{
    struct span one = keymap_key(&counts->cells.cells, number);
    int64_t count = counts->cells.counts[number];
    uint32_t conflict;

    if (count < 0 || one.len == 0)
        return NAVETTE_E_STORE;
    if (count == 0 || one.data[0] < COUNTED_INSIDE)
        return 0;
    counts->cells.counts[number] = 0;
    switch (one.data[0]) {
    case COUNTED_INSIDE:
        return take_inside(held, one, count);
    case COUNTED_OWNED:
        if (one.len != 2 || one.data[1] >= sizeof(counts->owned) / sizeof(counts->owned[0]))
            return NAVETTE_E_STORE;
        counts->owned[one.data[1]] = count;
        return 0;
    case COUNTED_CONFLICT:
        return keymap_number(&counts->conflicts, span_of(one.data + 1, one.len - 1), &conflict);
    default:
        return NAVETTE_E_STORE;
    }
}

/* It was counted as if it held nothing, where it stands or in what holds it: that goes, and it comes with all that it holds. */
static int settle(struct past_counts *counts, struct held *held, struct thing_record *record, const struct thing_record *holder)
{
    struct thing_record *outer;
    struct content line = holding_line(record, -1);
    int rc = 0;

    if (!thing_record_is_inside(record)) {
        rc = tally_add_root(&counts->cells, record, -1);
        record->contents = holder->contents;
        record->content_count = holder->content_count;
        return rc == 0 ? tally_add_root(&counts->cells, record, 1) : rc;
    }
    rc = holder_of(held, &record->container, &outer);
    if (rc == 0)
        rc = thing_record_add_content(outer, &line);
    record->contents = holder->contents;
    record->content_count = holder->content_count;
    return rc == 0 ? holding_add(outer, record, 1) : rc;
}

/* Bags before crates: what is inside is settled before what holds it. */
static int settle_kind(const struct horizon *horizon, int64_t at_ms, int kind, struct past_counts *counts, struct held *held)
{
    size_t count = held->keys.count;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct thing_record holder = held->holders[i];
        struct thing_record record;

        if (thing_kind(&holder.key) != kind || holder.content_count == 0)
            continue;
        rc = past_stand(horizon, at_ms, &holder.key, &record);
        /* What it holds may be known of longer than itself: what was put in is read later (afresh.h) than that nothing was. */
        if (rc == NAVETTE_E_NOT_FOUND) {
            thing_record_init(&record, &holder.key);
            rc = 0;
        }
        if (rc == 0)
            rc = settle(counts, held, &record, &holder);
    }
    return rc;
}

int past_counts_read(const struct horizon *horizon, int64_t at_ms, enum tally_grain grain, struct past_counts *counts)
{
    struct held held;
    size_t summed;
    int rc;

    memset(counts, 0, sizeof(*counts));
    memset(&held, 0, sizeof(held));
    tally_init(&counts->cells);
    counts->cells.grain = grain;
    rc = layers_sum(horizon->state, at_ms, horizon->partial ? horizon->limit : UINT64_MAX, &counts->cells);
    summed = counts->cells.cells.count;
    for (uint32_t i = 0; rc == 0 && i < summed; i++)
        rc = take(counts, &held, i);
    for (int kind = NAVETTE__THING_KIND__THING_BAG; rc == 0 && kind <= NAVETTE__THING_KIND__THING_CRATE; kind++)
        rc = settle_kind(horizon, at_ms, kind, counts, &held);
    held_free(&held);
    return rc;
}
