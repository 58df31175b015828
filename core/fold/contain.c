/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/contain.h"

#include <stdlib.h>
#include <string.h>

#include "fold/fold_work.h"
#include "fold/holding.h"
#include "fold/trail.h"
#include "navette/error.h"

void contain_begin(struct contain_change *change, struct fold *fold)
{
    change->fold = fold;
    change->slots = change->few;
    change->capacity = CONTAIN_FEW;
    change->count = 0;
    buffer_init(&change->scratch);
}

void contain_free(struct contain_change *change)
{
    for (size_t i = 0; i < change->count; i++) {
        thing_record_free(&change->slots[i].old);
        thing_record_free(&change->slots[i].new);
    }
    if (change->slots != change->few)
        free(change->slots);
    change->slots = change->few;
    change->count = 0;
    buffer_free(&change->scratch);
}

static int grow(struct contain_change *change)
{
    size_t capacity = change->capacity * 2;
    struct contain_slot *slots;

    if (change->count < change->capacity)
        return 0;
    slots = malloc(capacity * sizeof(*slots));
    if (slots == NULL)
        return NAVETTE_E_MEMORY;
    memcpy(slots, change->slots, change->count * sizeof(*slots));
    if (change->slots != change->few)
        free(change->slots);
    change->slots = slots;
    change->capacity = capacity;
    return 0;
}

static int load(struct contain_change *change, const struct thing_key *key, struct contain_slot *slot)
{
    struct span value;
    int rc = store_get(change->fold->state, TABLE_THING, thing_key_span(key), &value);

    slot->had = rc == 0;
    slot->loose = 0;
    if (rc == NAVETTE_E_NOT_FOUND) {
        thing_record_init(&slot->old, key);
        /* A history has no record only where something was retracted or refused once. */
        rc = change->fold->retractions > 0 ? trail_read_loose(change->fold->state, key, &slot->old.newest) : 0;
        slot->loose = slot->old.newest != 0;
        slot->new = slot->old;
        return rc;
    }
    if (rc == 0)
        rc = thing_record_decode(key, value, &slot->old);
    if (rc != 0)
        return rc;
    rc = thing_record_copy(&slot->old, &slot->new);
    if (rc != 0)
        thing_record_free(&slot->old);
    return rc;
}

int contain_open(struct contain_change *change, const struct thing_key *key, size_t *slot)
{
    int rc;

    for (size_t i = 0; i < change->count; i++) {
        if (thing_key_equal(&change->slots[i].new.key, key)) {
            *slot = i;
            return 0;
        }
    }
    rc = grow(change);
    if (rc == 0)
        rc = load(change, key, &change->slots[change->count]);
    if (rc == 0)
        *slot = change->count++;
    return rc;
}

static int index_row(struct contain_change *change, const struct thing_record *record, int put)
{
    uint8_t key[2 * THING_KEY_MAX];
    size_t len = record->container.len;

    memcpy(key, record->container.bytes, len);
    memcpy(key + len, record->key.bytes, record->key.len);
    len += record->key.len;
    if (put)
        return store_put(change->fold->state, TABLE_HISTORY, span_of(key, len), span_of("", 0));
    return store_del(change->fold->state, TABLE_HISTORY, span_of(key, len));
}

static int is_same_line(const struct thing_record *old, const struct thing_record *new)
{
    struct content before = holding_line(old, 1);
    struct content after = holding_line(new, 1);

    if (thing_content_compare(&before, &after) != 0 || old->content_count != new->content_count)
        return 0;
    for (size_t i = 0; i < old->content_count; i++) {
        if (thing_content_compare(&old->contents[i], &new->contents[i]) != 0 || old->contents[i].count != new->contents[i].count)
            return 0;
    }
    return 1;
}

/* Takes what one thing was out of its old container and puts what it is into its new one. */
static int rehouse(struct contain_change *change, size_t number)
{
    const struct contain_slot *slot = &change->slots[number];
    int was_inside = thing_record_is_inside(&slot->old);
    int is_inside = thing_record_is_inside(&slot->new);
    int stays = was_inside && is_inside && thing_key_equal(&slot->old.container, &slot->new.container);
    struct thing_key old_container = slot->old.container;
    struct thing_key new_container = slot->new.container;
    size_t from = 0;
    size_t into = 0;
    int rc = 0;

    if (stays && is_same_line(&slot->old, &slot->new))
        return 0;
    if (was_inside)
        rc = contain_open(change, &old_container, &from);
    if (rc == 0 && is_inside)
        rc = contain_open(change, &new_container, &into);
    slot = &change->slots[number];
    if (rc == 0 && was_inside)
        rc = holding_add(&change->slots[from].new, &slot->old, -1);
    if (rc == 0 && is_inside)
        rc = holding_add(&change->slots[into].new, &slot->new, 1);
    if (rc == 0 && was_inside && !stays)
        rc = index_row(change, &slot->old, 0);
    if (rc == 0 && is_inside && !stays)
        rc = index_row(change, &slot->new, 1);
    return rc;
}

/* Without a record the newest position of its history has a row of its own. */
static int write_loose(struct contain_change *change, const struct contain_slot *slot, int is_kept)
{
    if (is_kept)
        return slot->loose ? trail_write_loose(change->fold->state, &slot->new.key, 0) : 0;
    return slot->new.newest == 0 ? 0 : trail_write_loose(change->fold->state, &slot->new.key, slot->new.newest);
}

static int write(struct contain_change *change, const struct contain_slot *slot)
{
    struct span key = thing_key_span(&slot->new.key);
    int is_kept = slot->new.events > 0 || slot->new.content_count > 0;
    size_t old_len;
    size_t both_len;
    struct span before;
    struct span after;
    int rc = 0;

    buffer_clear(&change->scratch);
    if (slot->had)
        rc = thing_record_canonical(&slot->old, &change->scratch);
    old_len = change->scratch.len;
    if (rc == 0 && is_kept)
        rc = thing_record_canonical(&slot->new, &change->scratch);
    both_len = change->scratch.len;
    if (rc == 0 && is_kept)
        rc = thing_record_encode(&slot->new, &change->scratch);
    if (rc == 0)
        rc = write_loose(change, slot, is_kept);
    if (rc != 0)
        return rc;
    before = span_of(change->scratch.data, old_len);
    after = span_of(is_kept ? change->scratch.data + old_len : NULL, both_len - old_len);
    if (!slot->had || !is_kept || !span_equal(before, after)) {
        if (slot->had)
            rc = digest_note(&change->fold->work->terms, change->fold->digest, 1, DIGEST_RECORD, key, before);
        if (rc == 0 && is_kept)
            rc = digest_note(&change->fold->work->terms, change->fold->digest, 0, DIGEST_RECORD, key, after);
    }
    if (rc != 0)
        return rc;
    if (!is_kept)
        return slot->had ? store_del(change->fold->state, TABLE_THING, key) : 0;
    return store_put(change->fold->state, TABLE_THING, key, span_of(change->scratch.data + both_len, change->scratch.len - both_len));
}

static int are_counts_sound(const struct thing_record *record)
{
    for (size_t i = 0; i < record->content_count; i++) {
        if (record->contents[i].count <= 0)
            return 0;
    }
    return 1;
}

int contain_settle(struct contain_change *change)
{
    /* What is inside is settled before what holds it: a container is of a greater kind than its contents. */
    static const int kinds[] = {NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_CRATE};
    int rc = 0;

    for (size_t k = 0; rc == 0 && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t i = 0; rc == 0 && i < change->count; i++) {
            if (thing_kind(&change->slots[i].new.key) == kinds[k])
                rc = rehouse(change, i);
        }
    }
    for (size_t i = 0; rc == 0 && i < change->count; i++) {
        struct contain_slot *slot = &change->slots[i];

        if (!are_counts_sound(&slot->new))
            return NAVETTE_E_STORE;
        rc = tally_add_change(&change->fold->work->tally, &slot->old, &slot->new);
        if (rc == 0)
            rc = write(change, slot);
    }
    return rc;
}
