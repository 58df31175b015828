/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/fold.h"

#include <stdlib.h>
#include <string.h>

#include "fold/chronicle.h"
#include "fold/custody.h"
#include "fold/order.h"

/* Where in the order the present entries stand, and for each absent one the first present one that descends from it. */
struct places {
    size_t *place;
    uint32_t *stack;
};

/* Present entries hang from absent ones: first come, first noted. */
static void bound_absent(const struct chronicle *chronicle, const struct order *order, struct places *places)
{
    for (size_t i = 0; i < order->count; i++) {
        size_t depth = 1;

        places->stack[0] = order->sequence[i];
        while (depth > 0) {
            const struct chronicle_entry *entry = &chronicle->entries[places->stack[--depth]];

            for (size_t k = 0; k < entry->parent_count; k++) {
                uint32_t parent = chronicle->parents[entry->parents + k];

                if (!chronicle->entries[parent].absent || places->place[parent] != SIZE_MAX)
                    continue;
                places->place[parent] = i;
                places->stack[depth++] = parent;
            }
        }
    }
}

/*
 * An absent entry stands where its place in the order would be: behind its parents, before what descends from it, and there before the first
 * that is greater.
 */
static size_t place_of_absent(const struct chronicle *chronicle, const struct order *order, const struct places *places, size_t absent)
{
    const struct chronicle_entry *entry = &chronicle->entries[absent];
    size_t end = places->place[absent] < order->count ? places->place[absent] : order->count;
    size_t at = 0;

    for (size_t i = 0; i < entry->parent_count; i++) {
        uint32_t parent = chronicle->parents[entry->parents + i];

        if (!chronicle->entries[parent].absent && places->place[parent] + 1 > at)
            at = places->place[parent] + 1;
    }
    while (at < end) {
        const struct chronicle_entry *other = &chronicle->entries[order->sequence[at]];

        if (order_compare(entry->event.body->hlc, &entry->entry.self, other->event.body->hlc, &other->entry.self) < 0)
            break;
        at++;
    }
    return at;
}

#define LEVELS 64 /* of absent entries that hang from absent ones: deeper ones are told apart by their clock alone */

struct shown {
    size_t place; /* in the order of the present ones */
    int absent;
    int level; /* absent ones at one place: how many of them it hangs from, one behind the other */
    uint64_t hlc;
    const struct ref *self;
    uint32_t entry;
};

static int compare_shown(const void *a, const void *b)
{
    const struct shown *one = a;
    const struct shown *other = b;

    if (one->place != other->place)
        return one->place < other->place ? -1 : 1;
    if (one->absent != other->absent)
        return one->absent ? -1 : 1;
    if (one->level != other->level)
        return one->level < other->level ? -1 : 1;
    return order_compare(one->hlc, one->self, other->hlc, other->self);
}

static void find_levels(const struct chronicle *chronicle, struct shown *shown)
{
    int changed = 1;

    for (int pass = 0; pass < LEVELS && changed; pass++) {
        changed = 0;
        for (size_t i = 0; i < chronicle->count; i++) {
            const struct chronicle_entry *entry = &chronicle->entries[i];

            for (size_t k = 0; entry->absent && k < entry->parent_count; k++) {
                const struct shown *parent = &shown[chronicle->parents[entry->parents + k]];

                if (!parent->absent || parent->place != shown[i].place || parent->level < shown[i].level)
                    continue;
                shown[i].level = parent->level + 1;
                changed = 1;
            }
        }
    }
}

/* All entries as they are shown: present ones in their order, absent ones among them. */
static int line_up(const struct chronicle *chronicle, const struct order *order, struct shown *shown)
{
    struct places places;
    int rc = 0;

    places.place = malloc((chronicle->count + 1) * sizeof(*places.place));
    places.stack = malloc((chronicle->count + 1) * sizeof(*places.stack));
    if (places.place == NULL || places.stack == NULL) {
        rc = NAVETTE_E_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < chronicle->count; i++)
        places.place[i] = SIZE_MAX;
    for (size_t i = 0; i < order->count; i++)
        places.place[order->sequence[i]] = i;
    bound_absent(chronicle, order, &places);
    for (size_t i = 0; i < chronicle->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[i];

        shown[i].entry = (uint32_t)i;
        shown[i].absent = entry->absent;
        shown[i].hlc = entry->event.body->hlc;
        shown[i].self = &entry->entry.self;
        shown[i].place = entry->absent ? place_of_absent(chronicle, order, &places, i) : places.place[i];
    }
    find_levels(chronicle, shown);
    qsort(shown, chronicle->count, sizeof(*shown), compare_shown);

done:
    free(places.place);
    free(places.stack);
    return rc;
}

/* Takes the events out of the chronicle into the steps. */
static void play(struct chronicle *chronicle, const struct order *order, const struct shown *shown, int64_t at_ms, struct history *history)
{
    struct thing_record record;

    thing_record_init(&record, &chronicle->key);
    for (size_t i = 0; i < chronicle->count; i++) {
        struct chronicle_entry *entry = &chronicle->entries[shown[i].entry];
        struct history_step *step;

        if (entry->time_ms > at_ms)
            continue;
        step = &history->steps[history->count++];
        step->entry = entry->entry;
        step->event = entry->event;
        step->part = entry->part;
        step->absent = entry->absent;
        step->absent_by = entry->absent_by;
        step->explained = entry->absent ? 0 : order->explained[shown[i].entry];
        step->time_ms = entry->time_ms;
        step->time_is_corrected = entry->time_is_corrected;
        if (!entry->absent) {
            custody_apply(&entry->event, entry->part, entry->time_ms, &record);
            step->conflict = record.conflict && ref_compare(&record.cause, &entry->entry.self) == 0;
            record.events++;
            record.last = entry->entry.self;
        }
        step->after = record;
        memset(&entry->event, 0, sizeof(entry->event));
    }
}

static int read_history(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct history *history)
{
    struct chronicle chronicle;
    struct order order;
    struct shown *shown = NULL;
    int rc;

    if (key->len == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = chronicle_load(horizon, key, &chronicle);
    if (rc != 0)
        return rc;
    history->pruned = chronicle.pruned;
    rc = order_build(&chronicle, &order);
    if (rc != 0)
        goto free_chronicle;
    shown = calloc(chronicle.count + 1, sizeof(*shown));
    history->steps = calloc(chronicle.count + 1, sizeof(*history->steps));
    rc = shown == NULL || history->steps == NULL ? NAVETTE_E_MEMORY : line_up(&chronicle, &order, shown);
    if (rc == 0) {
        play(&chronicle, &order, shown, at_ms, history);
        rc = history->count == 0 ? NAVETTE_E_NOT_FOUND : 0;
    }
    free(shown);
    order_free(&order);
    if (rc != 0)
        history_free(history);

free_chronicle:
    chronicle_free(&chronicle);
    return rc;
}

static int open_and_read(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                         int kept, struct history *history)
{
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    memset(history, 0, sizeof(*history));
    history->key = *key;
    horizon.kept = kept;
    return rc == 0 ? read_history(&horizon, key, at_ms, history) : rc;
}

int fold_history(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, struct history *history)
{
    return open_and_read(state, journal, key, at_ms, UINT64_MAX, 0, history);
}

int fold_history_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                       struct history *history)
{
    return open_and_read(state, journal, key, at_ms, known, 0, history);
}

int fold_history_kept(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                      struct history *history)
{
    return open_and_read(state, journal, key, at_ms, known, 1, history);
}

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        event_free(&history->steps[i].event);
    free(history->steps);
    history->steps = NULL;
    history->count = 0;
}
