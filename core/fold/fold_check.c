/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/fold.h"

#include <stdlib.h>
#include <string.h>

#include "fold/digest.h"
#include "fold/holding.h"
#include "fold/horizon.h"
#include "fold/keymap.h"
#include "fold/meta.h"
#include "fold/past_counts.h"
#include "fold/posting.h"
#include "fold/tally.h"

/* A count of everything, made afresh from the records. */
struct recount {
    struct holding holding;
    struct tally tally;
    struct past_counts past; /* all that happened, by all that is known */
    struct digest_terms terms;
    struct buffer record; /* canonical bytes of one */
    uint8_t digest[HASH_SIZE];
};

static int is_same_contents(const struct thing_record *a, const struct thing_record *b)
{
    if (a->content_count != b->content_count)
        return 0;
    for (size_t i = 0; i < a->content_count; i++) {
        if (thing_content_compare(&a->contents[i], &b->contents[i]) != 0 || a->contents[i].count != b->contents[i].count)
            return 0;
    }
    return 1;
}

static int is_holder(const struct thing_key *key)
{
    return thing_kind(key) == NAVETTE__THING_KIND__THING_BAG || thing_kind(key) == NAVETTE__THING_KIND__THING_CRATE;
}

/* Records come by kind, items first: a container comes when all that is inside it has come. */
static int recount_record(struct recount *recount, const struct thing_key *key, struct span value)
{
    struct thing_record record;
    struct thing_record held;
    int rc = thing_record_decode(key, value, &record);

    thing_record_init(&held, key);
    if (rc != 0)
        return rc;
    buffer_clear(&recount->record);
    rc = thing_record_canonical(&record, &recount->record);
    if (rc == 0)
        rc = digest_note(&recount->terms, recount->digest, 0, DIGEST_RECORD, thing_key_span(key), buffer_span(&recount->record));
    if (rc == 0)
        rc = holding_take(&recount->holding, key, &held);
    if (rc == 0 && !is_same_contents(&record, &held))
        rc = NAVETTE_E_CHAIN;
    if (record.registered && record.condition != CONDITION_WITHDRAWN && is_holder(key))
        recount->past.owned[thing_kind(key)]--;
    if (rc == 0)
        rc = thing_record_is_inside(&record) ? holding_put(&recount->holding, &record) : tally_add_root(&recount->tally, &record, 1);
    thing_record_free(&held);
    thing_record_free(&record);
    return rc;
}

static int each_row(struct store_txn *state, enum store_table table, int (*row)(struct recount *, struct span, struct span),
                    struct recount *recount)
{
    struct store_scan *scan;
    uint8_t first[1] = {0};
    struct span key;
    struct span value;
    int rc = store_scan_open(state, table, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0) {
        rc = row(recount, key, value);
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int row_thing(struct recount *recount, struct span key, struct span value)
{
    struct thing_key thing;

    return thing_key_read(key, &thing) != 0 ? NAVETTE_E_STORE : recount_record(recount, &thing, value);
}

static int row_label(struct recount *recount, struct span key, struct span value)
{
    return digest_note(&recount->terms, recount->digest, 0, DIGEST_LABEL, key, value);
}

/* Each counter is taken away from a count: nothing may be left. */
static int take_away(struct tally *tally, struct span key, int64_t count)
{
    uint32_t number;

    if (!keymap_find(&tally->cells, key, &number) || tally->counts[number] != count)
        return NAVETTE_E_CHAIN;
    tally->counts[number] = 0;
    return 0;
}

static int row_counter(struct recount *recount, struct span key, struct span value)
{
    int rc;

    if (value.len != 8)
        return NAVETTE_E_STORE;
    rc = take_away(&recount->tally, key, (int64_t)read_u64(value.data));
    return rc == 0 ? take_away(&recount->past.cells, key, (int64_t)read_u64(value.data)) : rc;
}

static int is_nothing_left(const struct recount *recount)
{
    for (size_t i = 0; i < recount->tally.counted; i++) {
        if (recount->tally.counts[i] != 0)
            return 0;
    }
    for (size_t i = 0; i < recount->past.cells.counted; i++) {
        if (recount->past.cells.counts[i] != 0)
            return 0;
    }
    for (size_t i = 0; i < sizeof(recount->past.owned) / sizeof(recount->past.owned[0]); i++) {
        if (recount->past.owned[i] != 0)
            return 0;
    }
    return holding_left(&recount->holding) == 0;
}

int fold_check(struct store_txn *state)
{
    struct horizon horizon = {.state = state};
    struct recount recount;
    uint8_t digest[HASH_SIZE];
    uint64_t words;
    int rc;

    memset(&recount, 0, sizeof(recount));
    holding_init(&recount.holding);
    tally_init(&recount.tally);
    rc = past_counts_read(&horizon, INT64_MAX, 0, &recount.past);
    if (rc == 0)
        rc = each_row(state, TABLE_THING, row_thing, &recount);
    if (rc == 0)
        rc = each_row(state, TABLE_LABEL, row_label, &recount);
    if (rc == 0)
        rc = each_row(state, TABLE_COUNTER, row_counter, &recount);
    if (rc == 0 && !is_nothing_left(&recount))
        rc = NAVETTE_E_CHAIN;
    digest_settle(&recount.terms, recount.digest);
    if (rc == 0)
        rc = fold_digest(state, digest);
    if (rc == 0 && memcmp(digest, recount.digest, HASH_SIZE) != 0)
        rc = NAVETTE_E_CHAIN;
    if (rc == 0)
        rc = meta_get(state, META_WORDS, &words);
    if (rc == 0 && words != 0)
        rc = posting_check(state);
    digest_terms_free(&recount.terms);
    buffer_free(&recount.record);
    holding_free(&recount.holding);
    tally_free(&recount.tally);
    past_counts_free(&recount.past);
    return rc;
}
