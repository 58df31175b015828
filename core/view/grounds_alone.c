/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/custody.h"
#include "fold/keymap.h"
#include "fold/order.h"
#include "fold/past.h"
#include "view/grounds.h"

/* What is listed, by reference and by thing. */
struct listed {
    struct keymap refs;
    struct keymap things;
    struct keymap *whole; /* things that are told whole */
};

static int note(struct listed *listed, const struct grounds *grounds, size_t from)
{
    uint32_t number;
    int rc = 0;

    for (size_t i = from; rc == 0 && i < grounds->count; i++) {
        uint8_t bytes[REF_SIZE];

        ref_encode(&grounds->list[i].cause.self, bytes);
        rc = keymap_number(&listed->refs, span_of(bytes, sizeof(bytes)), &number);
        if (rc == 0)
            rc = keymap_number(&listed->things, thing_key_span(&grounds->list[i].thing), &number);
    }
    return rc;
}

static int is_listed(const struct listed *listed, const struct ref *ref)
{
    uint8_t bytes[REF_SIZE];
    uint32_t number;

    ref_encode(ref, bytes);
    return keymap_find(&listed->refs, span_of(bytes, sizeof(bytes)), &number);
}

/* Leaves in a chronicle what is listed, with the parents that are. numbers: of the entries that stay, as many as there are. */
static void reduce(struct chronicle *chronicle, const struct listed *listed, int64_t *numbers)
{
    size_t count = chronicle->count;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        numbers[i] = is_listed(listed, &chronicle->entries[i].entry.self) ? (int64_t)kept++ : -1;
    for (size_t i = 0; i < count; i++) {
        struct chronicle_entry *entry = &chronicle->entries[i];
        size_t parents = 0;

        if (numbers[i] < 0) {
            event_free(&entry->event);
            continue;
        }
        for (size_t k = 0; k < entry->parent_count; k++) {
            int64_t parent = numbers[chronicle->parents[entry->parents + k]];

            if (parent >= 0)
                chronicle->parents[entry->parents + parents++] = (uint32_t)parent;
        }
        entry->parent_count = parents;
        if (entry->dispatch >= 0)
            entry->dispatch = numbers[entry->dispatch];
        if ((size_t)numbers[i] != i) {
            chronicle->entries[numbers[i]] = *entry;
            memset(&entry->event, 0, sizeof(entry->event));
        }
    }
    chronicle->count = kept;
}

static int play(struct chronicle *chronicle, int64_t at_ms, struct thing_record *record)
{
    struct order order;
    int rc = order_build(chronicle, &order);

    thing_record_init(record, &chronicle->key);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < order.count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[order.sequence[i]];

        if (entry->time_ms <= at_ms)
            custody_apply(&entry->event, entry->part, entry->time_ms, record);
    }
    order_free(&order);
    return 0;
}

/* Does what is listed put the thing where it is? 1, 0 or a code. */
static int stands(const struct horizon *horizon, int64_t at_ms, const struct listed *listed, const struct thing_key *key)
{
    struct chronicle chronicle;
    struct thing_record known;
    struct thing_record record;
    struct thing_record alone;
    int64_t *numbers;
    int rc = fold_read(horizon->state, key, &known);

    if (rc == NAVETTE_E_NOT_FOUND)
        thing_record_init(&known, key);
    else if (rc != 0)
        return rc;
    rc = past_record(horizon, &known, at_ms, &record);
    thing_record_free(&known);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 1 : rc;
    rc = chronicle_load(horizon, key, &chronicle);
    if (rc != 0)
        return rc;
    numbers = calloc(chronicle.count + 1, sizeof(*numbers));
    if (numbers == NULL) {
        rc = NAVETTE_E_MEMORY;
    } else {
        reduce(&chronicle, listed, numbers);
        rc = play(&chronicle, at_ms, &alone);
    }
    free(numbers);
    chronicle_free(&chronicle);
    return rc == 0 ? grounds_is_same(&alone, &record) : rc;
}

/* Those that do not are told whole. */
static int settle_one(const struct horizon *horizon, int64_t at_ms, uint32_t thing, struct listed *listed, struct grounds *grounds)
{
    struct span bytes = keymap_key(&listed->things, thing);
    size_t before = grounds->count;
    struct thing_key key;
    uint32_t number;
    int rc = thing_key_read(bytes, &key) == 0 ? 0 : NAVETTE_E_STORE;

    if (rc != 0 || thing_kind(&key) > NAVETTE__THING_KIND__THING_CRATE || keymap_find(listed->whole, bytes, &number))
        return rc;
    rc = stands(horizon, at_ms, listed, &key);
    if (rc != 0)
        return rc > 0 ? 0 : rc;
    rc = keymap_number(listed->whole, thing_key_span(&key), &number);
    if (rc == 0)
        rc = grounds_add_whole(horizon, &key, grounds);
    return rc == 0 ? note(listed, grounds, before) : rc;
}

int grounds_settle(const struct horizon *horizon, int64_t at_ms, struct keymap *whole, struct grounds *grounds)
{
    struct listed listed = {.whole = whole};
    size_t before;
    int rc;

    keymap_init(&listed.refs);
    keymap_init(&listed.things);
    rc = note(&listed, grounds, 0);
    do {
        before = grounds->count;
        for (uint32_t i = 0; rc == 0 && i < listed.things.count; i++)
            rc = settle_one(horizon, at_ms, i, &listed, grounds);
    } while (rc == 0 && grounds->count != before);
    keymap_free(&listed.refs);
    keymap_free(&listed.things);
    return rc;
}
