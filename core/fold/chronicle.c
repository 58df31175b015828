/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/chronicle.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/explain.h"
#include "fold/trail.h"
#include "navette/journal_stub.h"

/* References sorted, so that a parent is found in its chronicle. */
struct named {
    struct ref ref;
    uint32_t index;
};

/* A chronicle on its way into memory. */
struct loading {
    const struct horizon *horizon;
    struct chronicle *chronicle;
    size_t capacity;
    size_t parent_capacity;
    struct named *names;
};

static int find_part(const Navette__Event *body, const struct thing_key *key, enum event_part *part)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(body, things);

    for (size_t i = 0; i < count; i++) {
        if (thing_key_equal(&things[i].key, key)) {
            *part = things[i].part;
            return 0;
        }
    }
    return NAVETTE_E_STORE;
}

static int grow(struct loading *loading)
{
    struct chronicle *chronicle = loading->chronicle;
    size_t capacity = loading->capacity == 0 ? 8 : loading->capacity * 2;
    struct chronicle_entry *entries;

    if (chronicle->count < loading->capacity)
        return 0;
    entries = realloc(chronicle->entries, capacity * sizeof(*entries));
    if (entries == NULL)
        return NAVETTE_E_MEMORY;
    chronicle->entries = entries;
    loading->capacity = capacity;
    return 0;
}

static void leave_out(struct chronicle *chronicle, const struct journal_entry *stub)
{
    struct stub_clock clock;
    int64_t ms = journal_stub_clock(stub, &clock) == 0 ? clock.written_ms : INT64_MAX;

    chronicle->pruned++;
    if (ms > chronicle->pruned_ms)
        chronicle->pruned_ms = ms;
}

static int add_entry(struct loading *loading, uint64_t position)
{
    struct chronicle_entry *entry;
    int rc = grow(loading);

    if (rc != 0)
        return rc;
    entry = &loading->chronicle->entries[loading->chronicle->count];
    memset(entry, 0, sizeof(*entry));
    entry->dispatch = -1;
    rc = journal_read(loading->horizon->journal, position, &entry->entry);
    if (rc == NAVETTE_E_PRUNED && loading->horizon->kept) {
        leave_out(loading->chronicle, &entry->entry);
        return 0;
    }
    if (rc == 0)
        rc = horizon_decode(&entry->entry, &entry->event);
    if (rc != 0)
        return horizon_held(rc);
    loading->chronicle->count++;
    rc = find_part(entry->event.body, &loading->chronicle->key, &entry->part);
    if (rc != 0)
        return rc;
    rc = correction_time(loading->horizon, &entry->event, &entry->time_ms, &entry->time_is_corrected);
    if (rc != 0)
        return rc;
    entry->absent = absence_of(loading->horizon, &entry->event, &entry->absent_by);
    return entry->absent < 0 ? entry->absent : 0;
}

/* The trail leads back in time: its positions are gathered before they are read. */
static int gather_trail(const struct loading *loading, uint64_t newest, struct buffer *positions)
{
    int rc = 0;

    while (rc == 0 && newest != 0) {
        uint8_t position[8];

        write_u64(position, newest);
        if (newest <= loading->horizon->limit)
            rc = buffer_append(positions, position, sizeof(position));
        if (rc == 0)
            rc = trail_before(loading->horizon->state, &loading->chronicle->key, &newest);
    }
    return rc;
}

static int load_entries(struct loading *loading, uint64_t newest)
{
    struct buffer positions = {.data = NULL};
    int rc = gather_trail(loading, newest, &positions);

    for (size_t at = positions.len; rc == 0 && at > 0; at -= 8)
        rc = add_entry(loading, read_u64(positions.data + at - 8));
    buffer_free(&positions);
    return rc;
}

static int compare_names(const void *a, const void *b)
{
    const struct named *one = a;
    const struct named *other = b;

    return ref_compare(&one->ref, &other->ref);
}

static int64_t index_of(const struct loading *loading, const struct ref *ref)
{
    struct named wanted = {.ref = *ref};
    const struct named *found = bsearch(&wanted, loading->names, loading->chronicle->count, sizeof(*loading->names), compare_names);

    return found == NULL ? -1 : (int64_t)found->index;
}

static int sort_names(struct loading *loading)
{
    size_t count = loading->chronicle->count;

    loading->names = malloc((count + 1) * sizeof(*loading->names));
    if (loading->names == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        loading->names[i] = (struct named){loading->chronicle->entries[i].entry.self, (uint32_t)i};
    qsort(loading->names, count, sizeof(*loading->names), compare_names);
    return 0;
}

static int add_parent(struct loading *loading, uint32_t index)
{
    struct chronicle *chronicle = loading->chronicle;

    if (chronicle->parent_count == loading->parent_capacity) {
        size_t capacity = loading->parent_capacity == 0 ? 16 : loading->parent_capacity * 2;
        uint32_t *parents = realloc(chronicle->parents, capacity * sizeof(*parents));

        if (parents == NULL)
            return NAVETTE_E_MEMORY;
        chronicle->parents = parents;
        loading->parent_capacity = capacity;
    }
    chronicle->parents[chronicle->parent_count++] = index;
    return 0;
}

/* Not in this chronicle: elsewhere in the set, where it changes nothing here, or still to come, when it may. */
static int note_missing(const struct loading *loading, const struct ref *ref, struct chronicle_entry *entry)
{
    struct journal_entry found;
    int rc = horizon_find(loading->horizon, ref, &found);

    if (rc == NAVETTE_E_NOT_FOUND) {
        entry->missing |= explain_bit_of_ref(ref);
        return 0;
    }
    return rc == NAVETTE_E_PRUNED ? 0 : rc;
}

static int resolve(struct loading *loading, struct chronicle_entry *entry)
{
    const Navette__Event *body = entry->event.body;
    struct ref dispatch = explain_dispatch(body, &entry->entry.self);

    entry->parents = loading->chronicle->parent_count;
    for (size_t i = 0; i < body->n_parents; i++) {
        struct ref parent = event_ref(body->parents[i], &entry->entry.self);
        int64_t index = index_of(loading, &parent);
        int rc = index >= 0 ? add_parent(loading, (uint32_t)index) : note_missing(loading, &parent, entry);

        if (rc != 0)
            return rc;
    }
    entry->parent_count = loading->chronicle->parent_count - entry->parents;
    if (dispatch.seq == 0)
        return 0;
    entry->dispatch = index_of(loading, &dispatch);
    if (entry->dispatch < 0)
        return note_missing(loading, &dispatch, entry);
    if (entry == &loading->chronicle->entries[entry->dispatch])
        entry->dispatch = -1;
    return 0;
}

int chronicle_load(const struct horizon *horizon, const struct thing_key *key, struct chronicle *chronicle)
{
    uint64_t newest;
    int rc = trail_newest(horizon->state, key, &newest);

    memset(chronicle, 0, sizeof(*chronicle));
    return rc == 0 ? chronicle_load_from(horizon, key, newest, chronicle) : rc;
}

int chronicle_load_from(const struct horizon *horizon, const struct thing_key *key, uint64_t newest, struct chronicle *chronicle)
{
    struct loading loading = {.horizon = horizon, .chronicle = chronicle};
    int rc;

    memset(chronicle, 0, sizeof(*chronicle));
    chronicle->key = *key;
    rc = load_entries(&loading, newest);
    if (rc == 0)
        rc = sort_names(&loading);
    for (size_t i = 0; rc == 0 && i < chronicle->count; i++)
        rc = resolve(&loading, &chronicle->entries[i]);
    free(loading.names);
    if (rc != 0)
        chronicle_free(chronicle);
    return rc;
}

void chronicle_free(struct chronicle *chronicle)
{
    for (size_t i = 0; i < chronicle->count; i++)
        event_free(&chronicle->entries[i].event);
    free(chronicle->entries);
    free(chronicle->parents);
    chronicle->entries = NULL;
    chronicle->parents = NULL;
    chronicle->count = 0;
    chronicle->parent_count = 0;
}
