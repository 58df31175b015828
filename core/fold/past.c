/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/past.h"

#include <string.h>

#include "fold/chronicle.h"
#include "fold/custody.h"
#include "fold/holding.h"
#include "fold/order.h"
#include "fold/standing.h"
#include "navette/fold.h"
#include "navette/hlc.h"

static void play(const struct chronicle *chronicle, const struct order *order, int64_t at_ms, struct thing_record *record)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[order->sequence[i]];

        if (entry->time_ms > at_ms)
            continue;
        custody_apply(&entry->event, entry->part, entry->time_ms, record);
        record->events++;
        record->last = entry->entry.self;
    }
}

/* By its history, which is left to be freed where it could be read. */
static int replay_in(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct chronicle *chronicle,
                     struct thing_record *record)
{
    struct order order;
    int rc = chronicle_load(horizon, key, chronicle);

    thing_record_init(record, key);
    if (rc != 0)
        return rc;
    rc = order_build(chronicle, &order);
    if (rc != 0) {
        chronicle_free(chronicle);
        return rc;
    }
    play(chronicle, &order, at_ms, record);
    order_free(&order);
    return 0;
}

static int replay(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record)
{
    struct chronicle chronicle;
    int rc = replay_in(horizon, key, at_ms, &chronicle, record);

    if (rc != 0)
        return rc;
    chronicle_free(&chronicle);
    return record->events == 0 ? NAVETTE_E_NOT_FOUND : 0;
}

/* The same from what is kept, where all that was given up had come before what put it where it was then. NAVETTE_E_PRUNED: it had not. */
static int replay_kept(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record)
{
    struct horizon kept = *horizon;
    struct chronicle chronicle;
    int stands = 0;
    int rc;

    kept.kept = 1;
    rc = replay_in(&kept, key, at_ms, &chronicle, record);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < chronicle.count && !stands; i++) {
        const struct chronicle_entry *entry = &chronicle.entries[i];

        stands = !entry->absent && ref_compare(&entry->entry.self, &record->cause) == 0 && entry->time_ms >= chronicle.pruned_ms;
    }
    chronicle_free(&chronicle);
    return stands ? 0 : NAVETTE_E_PRUNED;
}

/* Did nothing come into its history after the limit, and nothing that makes its entries read otherwise? */
static int is_unchanged(const struct horizon *horizon, const struct thing_record *known)
{
    return !horizon->partial || (!horizon->amended && known->newest <= horizon->limit);
}

int past_record(const struct horizon *horizon, const struct thing_record *known, int64_t at_ms, struct thing_record *record)
{
    int same = is_unchanged(horizon, known);
    int rc;

    /* No event of it is later: uncorrected times are those of the clocks as written. */
    if (same && (at_ms == INT64_MAX || (horizon->corrections == 0 && hlc_ms(known->max_hlc) <= at_ms))) {
        *record = *known;
        record->contents = NULL;
        record->content_count = 0;
        return known->events == 0 ? NAVETTE_E_NOT_FOUND : 0;
    }
    rc = replay(horizon, &known->key, at_ms, record);
    return rc == NAVETTE_E_PRUNED && horizon->corrections == 0 ? replay_kept(horizon, &known->key, at_ms, record) : rc;
}

/* Things that were ever put into the container by then. */
static int gather(const struct horizon *horizon, const struct thing_key *container, int64_t at_ms, struct keymap *inside)
{
    struct chronicle chronicle;
    int rc = chronicle_load(horizon, container, &chronicle);

    for (size_t i = 0; rc == 0 && i < chronicle.count; i++) {
        const struct chronicle_entry *entry = &chronicle.entries[i];
        struct event_thing things[EVENT_THINGS_MAX];
        size_t count;

        if (entry->absent || entry->time_ms > at_ms || entry->part != PART_CONTAINER)
            continue;
        count = event_things(entry->event.body, things);
        for (size_t k = 0; rc == 0 && k < count; k++) {
            uint32_t number;

            if (things[k].part == PART_SUBJECT)
                rc = keymap_number(inside, thing_key_span(&things[k].key), &number);
        }
    }
    chronicle_free(&chronicle);
    return rc;
}

/* A thing inside is of a smaller kind than what holds it, so this ends after two. */
static int read_at(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record)
{
    struct keymap inside;
    int rc = replay(horizon, key, at_ms, record);

    if (rc != 0 || thing_kind(key) == NAVETTE__THING_KIND__THING_ITEM)
        return rc;
    keymap_init(&inside);
    rc = gather(horizon, key, at_ms, &inside);
    for (uint32_t i = 0; rc == 0 && i < inside.count; i++) {
        struct thing_key content;
        struct thing_record held;

        if (thing_key_read(keymap_key(&inside, i), &content) != 0 || thing_kind(&content) >= thing_kind(key)) {
            rc = NAVETTE_E_STORE;
            break;
        }
        rc = read_at(horizon, &content, at_ms, &held);
        if (rc == 0 && thing_record_is_inside(&held) && thing_key_equal(&held.container, key))
            rc = holding_add(record, &held, 1);
        thing_record_free(&held);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    keymap_free(&inside);
    if (rc != 0)
        thing_record_free(record);
    return rc;
}

int past_read(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record)
{
    thing_record_init(record, key);
    if (key->len == 0)
        return NAVETTE_E_NOT_FOUND;
    if (at_ms == INT64_MAX && !horizon->partial)
        return fold_read(horizon->state, key, record);
    return read_at(horizon, key, at_ms, record);
}

int past_stand(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct thing_record *record)
{
    if (at_ms == INT64_MAX && horizon->partial)
        return standing_read_known(horizon->state, key, horizon->limit, record);
    thing_record_init(record, key);
    if (at_ms < 0)
        return NAVETTE_E_NOT_FOUND;
    return standing_read(horizon->state, key, (uint64_t)at_ms, horizon->partial ? horizon->limit : UINT64_MAX, record);
}

int past_label(const struct horizon *horizon, const struct thing_key *key, struct label *label)
{
    struct chronicle chronicle;
    struct order order;
    int rc;

    if (!horizon->partial)
        return fold_label(horizon->state, key, label);
    memset(label, 0, sizeof(*label));
    rc = chronicle_load(horizon, key, &chronicle);
    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc == 0) {
        for (size_t i = 0; i < order.count; i++)
            (void)custody_label(chronicle.entries[order.sequence[i]].event.body, label);
        order_free(&order);
    }
    chronicle_free(&chronicle);
    if (rc == 0 && label_is_empty(label))
        rc = NAVETTE_E_NOT_FOUND;
    return rc;
}
