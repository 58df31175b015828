/* SPDX-License-Identifier: Apache-2.0 */
#include "view/search_gather.h"

#include <stdlib.h>
#include <string.h>

int search_gather_open(struct search_gather *gather, struct store_txn *state, struct store_txn *journal,
                       const struct search_question *question)
{
    int rc;

    memset(gather, 0, sizeof(*gather));
    gather->question = question;
    gather->budget = SEARCH_STEPS_MAX;
    rc = horizon_open(&gather->horizon, state, journal);
    return rc == 0 ? view_relays_read(state, journal, VIEW_KNOWN_ALL, &gather->relays) : rc;
}

void search_gather_close(struct search_gather *gather)
{
    view_relays_free(&gather->relays);
    free(gather->matches);
    memset(gather, 0, sizeof(*gather));
}

int search_gather_row(struct search_gather *gather, const struct thing_key *key, struct search_row *row, struct cell *cell)
{
    const struct thing_record *record = &row->where.record;
    int rc = view_thing_in(&gather->horizon, &gather->relays, key, VIEW_NOW, &row->where, cell);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    row->available = thing_kind(key) == NAVETTE__THING_KIND__THING_ITEM && record->registered &&
                     (row->where.shown_state == STATE_SHELF || row->where.shown_state == STATE_AT_RELAY) && !record->conflict;
    return 0;
}

/* Does the thing pass the question's filters? 1, 0 or a negative code. */
static int passes(struct search_gather *gather, const struct thing_key *key)
{
    const struct search_question *question = gather->question;
    struct search_row row;
    struct cell cell;
    int wanted;
    int rc;

    if (question->place == NULL && question->material == NULL && !question->available)
        return 1;
    rc = search_gather_row(gather, key, &row, &cell);
    if (rc != 0)
        return rc;
    wanted = (question->place == NULL || strcmp(cell.place, question->place) == 0) &&
             (question->material == NULL || strcmp(row.where.record.material, question->material) == 0) &&
             (!question->available || row.available);
    whereabouts_free(&row.where);
    return wanted;
}

/* What it is sorted by; and a title that begins with the words asked comes before others. */
static int describe(const struct search_gather *gather, struct search_match *match)
{
    uint8_t title[LIMIT_TITLE];
    struct label label;
    size_t len;
    size_t used;
    int rc = fold_label(gather->horizon.state, &match->key, &label);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    len = word_plain(span_of_string(label.title), title, sizeof(title));
    if (match->rank == SEARCH_RANK_OTHER && gather->plain_len > 0 && len >= gather->plain_len &&
        memcmp(title, gather->plain, gather->plain_len) == 0)
        match->rank = SEARCH_RANK_TITLE;
    used = len < SEARCH_SORT_BYTES ? len : SEARCH_SORT_BYTES - 1;
    memcpy(match->sort, title, used);
    match->sort[used++] = 0;
    if (used < SEARCH_SORT_BYTES)
        used += word_plain(span_of_string(label.call_number), match->sort + used, SEARCH_SORT_BYTES - used);
    match->sort_len = (uint8_t)used;
    return 0;
}

static int grow(struct search_gather *gather)
{
    size_t capacity = gather->capacity == 0 ? 64 : gather->capacity * 2;
    struct search_match *grown;

    if (gather->count < gather->capacity)
        return 0;
    grown = realloc(gather->matches, capacity * sizeof(*grown));
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    gather->matches = grown;
    gather->capacity = capacity;
    return 0;
}

int search_gather_take(struct search_gather *gather, const struct thing_key *key, enum search_rank rank)
{
    struct search_match *match;
    int rc;

    if (gather->budget == 0) {
        gather->stopped = 1;
        return NAVETTE_E_BUSY;
    }
    gather->budget--;
    rc = passes(gather, key);
    if (rc <= 0)
        return rc;
    /* The one that has no room says that there is more. */
    if (gather->count == SEARCH_ROWS_MAX) {
        gather->stopped = 1;
        return NAVETTE_E_BUSY;
    }
    rc = grow(gather);
    if (rc != 0)
        return rc;
    match = &gather->matches[gather->count];
    memset(match, 0, sizeof(*match));
    match->key = *key;
    match->rank = (uint8_t)rank;
    rc = describe(gather, match);
    if (rc == 0)
        gather->count++;
    return rc;
}

static int by_key(const void *left, const void *right)
{
    const struct search_match *a = left;
    const struct search_match *b = right;
    int order = span_compare(thing_key_span(&a->key), thing_key_span(&b->key));

    return order != 0 ? order : (int)a->rank - (int)b->rank;
}

static int by_order(const void *left, const void *right)
{
    const struct search_match *a = left;
    const struct search_match *b = right;
    int order = (int)a->rank - (int)b->rank;

    if (order == 0 && a->rank != SEARCH_RANK_CODE_PREFIX)
        order = span_compare(span_of(a->sort, a->sort_len), span_of(b->sort, b->sort_len));
    return order != 0 ? order : span_compare(thing_key_span(&a->key), thing_key_span(&b->key));
}

void search_gather_sort(struct search_gather *gather)
{
    size_t kept = 0;

    if (gather->count == 0)
        return;
    qsort(gather->matches, gather->count, sizeof(*gather->matches), by_key);
    for (size_t i = 0; i < gather->count; i++) {
        if (kept > 0 && thing_key_equal(&gather->matches[kept - 1].key, &gather->matches[i].key))
            continue;
        gather->matches[kept++] = gather->matches[i];
    }
    gather->count = kept;
    qsort(gather->matches, gather->count, sizeof(*gather->matches), by_order);
}
