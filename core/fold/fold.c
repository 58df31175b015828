/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/fold.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/append.h"
#include "fold/chronicle.h"
#include "fold/contain.h"
#include "fold/correction.h"
#include "fold/custody.h"
#include "fold/digest.h"
#include "fold/fold_work.h"
#include "fold/key_event.h"
#include "fold/layers.h"
#include "fold/lending.h"
#include "fold/meta.h"
#include "fold/refold.h"
#include "fold/taking.h"
#include "fold/trail.h"
#include "fold/waiting.h"
#include "navette/frontier.h"
#include "reconcile/clock.h"
#include "reconcile/deposit.h"
#include "reconcile/handover_keep.h"
#include "reconcile/ledger.h"
#include "reconcile/phone.h"
#include "reconcile/reconcile.h"

#define STORE_KEY_MAX 511u /* store.h */
#define WORK_CELLS 65536u  /* counters kept in memory: more are written at once */
#define WORK_MOVES 131072u /* so are moves: 4 MiB of them */

void fold_abandon(struct fold *fold)
{
    if (fold->work == NULL)
        return;
    tally_free(&fold->work->tally);
    digest_terms_free(&fold->work->terms);
    lapse_forget(&fold->work->lapse);
    timeline_free(&fold->work->timeline);
    afresh_free(&fold->work->afresh);
    arena_free(fold->work->arena);
    free(fold->work);
    fold->work = NULL;
}

static int begin_work(struct fold *fold)
{
    if (fold->work != NULL)
        return 0;
    fold->work = calloc(1, sizeof(*fold->work));
    if (fold->work == NULL)
        return NAVETTE_E_MEMORY;
    fold->work->lapse.recent = fold->recent;
    fold->work->lapse.recent_ms = fold->recent_ms;
    tally_init(&fold->work->tally);
    timeline_init(&fold->work->timeline);
    fold->work->timeline.moves.lent = &fold->work->tally.cells;
    afresh_init(&fold->work->afresh, fold->long_history);
    fold->work->arena = arena_new(0);
    return fold->work->arena == NULL ? NAVETTE_E_MEMORY : 0;
}

static int write_counters(struct fold *fold)
{
    int rc;

    if (fold->work == NULL)
        return 0;
    digest_settle(&fold->work->terms, fold->digest);
    rc = tally_apply(&fold->work->tally, fold->state);
    if (rc == 0)
        rc = layers_write(fold->state, &fold->work->timeline.moves);
    tally_free(&fold->work->tally);
    return rc;
}

/* What was put off is made good, as of the last entry that was folded. */
static int end_stretch(struct fold *fold)
{
    struct horizon horizon = {.state = fold->state,
                              .journal = fold->journal,
                              .limit = fold->cursor,
                              .retractions = fold->retractions,
                              .corrections = fold->corrections};

    return fold->work == NULL || fold->work->afresh.keys.count == 0 ? 0 : refold_owed(fold, &horizon);
}

int fold_begin(struct fold *fold, struct store_txn *state, struct store_txn *journal)
{
    uint64_t recent_ms = 0;
    uint64_t schema;
    uint64_t words = 0;
    int rc;

    memset(fold, 0, sizeof(*fold));
    fold->state = state;
    fold->journal = journal;
    fold->long_history = FOLD_LONG;
    rc = meta_get(state, META_SCHEMA, &schema);
    if (rc != 0)
        return rc;
    if (schema != 0 && schema != FOLD_SCHEMA)
        return NAVETTE_E_VERSION;
    rc = meta_get(state, META_CURSOR, &fold->cursor);
    if (rc == 0)
        rc = meta_get(state, META_RETRACTIONS, &fold->retractions);
    if (rc == 0)
        rc = meta_get(state, META_CORRECTIONS, &fold->corrections);
    if (rc == 0)
        rc = meta_get(state, META_LACKING, &fold->lacking);
    if (rc == 0)
        rc = meta_get(state, META_WORDS, &words);
    fold->keeps_words = words != 0;
    if (rc == 0)
        rc = meta_get(state, META_RECENT, &fold->recent);
    if (rc == 0)
        rc = meta_get(state, META_RECENT_MS, &recent_ms);
    fold->recent_ms = (int64_t)recent_ms;
    if (rc == 0)
        rc = waiting_begin(fold);
    return rc == 0 ? meta_get_digest(state, fold->digest) : rc;
}

int fold_keep_words(struct fold *fold)
{
    if (!fold->keeps_words && fold->cursor != 0)
        return NAVETTE_E_VERSION;
    fold->keeps_words = 1;
    return 0;
}

int fold_settle(struct fold *fold)
{
    int rc = end_stretch(fold);

    if (rc == 0)
        rc = write_counters(fold);
    if (fold->work != NULL) {
        fold->recent = fold->work->lapse.recent;
        fold->recent_ms = fold->work->lapse.recent_ms;
    }
    fold_abandon(fold);
    return rc;
}

int fold_end(struct fold *fold)
{
    int rc = fold_settle(fold);

    if (rc == 0)
        rc = meta_put(fold->state, META_SCHEMA, FOLD_SCHEMA);
    if (rc == 0)
        rc = meta_put(fold->state, META_CURSOR, fold->cursor);
    if (rc == 0)
        rc = meta_put(fold->state, META_RETRACTIONS, fold->retractions);
    if (rc == 0)
        rc = meta_put(fold->state, META_CORRECTIONS, fold->corrections);
    if (rc == 0)
        rc = meta_put(fold->state, META_LACKING, fold->lacking);
    if (rc == 0 && fold->keeps_words)
        rc = meta_put(fold->state, META_WORDS, 1);
    if (rc == 0 && fold->may_miss)
        rc = meta_put(fold->state, META_OWED, fold->owed);
    if (rc == 0)
        rc = meta_put(fold->state, META_RECENT, fold->recent);
    if (rc == 0)
        rc = meta_put(fold->state, META_RECENT_MS, (uint64_t)fold->recent_ms);
    return rc == 0 ? meta_put_digest(fold->state, fold->digest) : rc;
}

static int empty_table(struct store_txn *state, enum store_table table)
{
    uint8_t first[1] = {0};
    struct store_scan *scan;
    struct span found;
    struct span value;
    int rc = store_scan_open(state, table, &scan);

    if (rc != 0)
        return rc;
    while ((rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &found, &value)) == 0) {
        uint8_t key[STORE_KEY_MAX];
        size_t len = found.len;

        if (len > sizeof(key)) {
            rc = NAVETTE_E_STORE;
            break;
        }
        memcpy(key, found.data, len);
        rc = store_del(state, table, span_of(key, len));
        if (rc != 0)
            break;
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int fold_reset(struct store_txn *state)
{
    int rc = 0;

    for (int table = TABLE_THING; rc == 0 && table < TABLE_COUNT; table++)
        rc = empty_table(state, (enum store_table)table);
    return rc;
}

int fold_set_aside(struct fold *fold, uint64_t position, int parked, Navette__Reason reason)
{
    uint8_t key[8];
    uint8_t row[ASIDE_ROW_SIZE] = {(uint8_t)parked, (uint8_t)reason};

    write_u64(key, position);
    return store_put(fold->state, TABLE_ASIDE, span_of(key, sizeof(key)), span_of(row, sizeof(row)));
}

/* The short way, the long one, or later. */
static int fold_thing(struct fold *fold, const struct horizon *horizon, struct contain_slot *slot, const struct arrival *arrival,
                      const struct concern *concern)
{
    struct afresh *afresh = &fold->work->afresh;
    struct thing_record *record = &slot->new;
    int is_last = !afresh_owes(afresh, &record->key) && append_is_last(record, arrival, concern);
    int rc;

    if (!is_last && afresh_put_off(afresh, &record->key, horizon->limit, horizon->limit))
        return 0;
    rc = is_last ? refold_append(fold, horizon, record, arrival, concern) : refold_record(fold, horizon, record);
    return rc == 0 ? lapse_take(&fold->work->lapse, horizon, &slot->old, record) : rc;
}

/* All that one event does to the things it concerns, in one change. */
static int fold_things(struct fold *fold, const struct horizon *horizon, const struct event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t slots[EVENT_THINGS_MAX];
    struct ref known[2 * EVENT_THINGS_MAX];
    size_t known_count = 0;
    size_t count = refold_things(event->body, things);
    struct contain_change change;
    struct arrival arrival;
    uint64_t refolds = fold->refolds;
    int absent;
    int rc = 0;

    if (count == 0)
        return 0;
    contain_begin(&change, fold);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = contain_open(&change, &things[i].key, &slots[i]);
        if (rc == 0)
            rc = trail_note(fold->state, &things[i].key, horizon->limit, change.slots[slots[i]].new.newest);
        if (rc != 0)
            break;
        change.slots[slots[i]].new.newest = horizon->limit;
        /* Of one that is behind, these may be retracted by now. */
        if (afresh_owes(&fold->work->afresh, &things[i].key))
            continue;
        known[known_count++] = change.slots[slots[i]].old.last;
        known[known_count++] = change.slots[slots[i]].old.cause;
    }
    if (rc == 0)
        rc = append_arrive(horizon, event, known, known_count, &arrival);
    if (rc != 0)
        goto done;
    absent = absence_of(horizon, event, NULL);
    rc = absent < 0 ? absent : 0;
    arrival.odd |= absent > 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct concern concern = {.body = event->body, .part = things[i].part, .kind = thing_kind(&things[i].key)};

        rc = fold_thing(fold, horizon, &change.slots[slots[i]], &arrival, &concern);
    }
    if (rc == 0)
        rc = contain_settle(&change);
    if (fold->refolds == refolds)
        fold->appended++;

done:
    contain_free(&change);
    return rc;
}

/* A retraction, refusal or admission has come: what it speaks of is asked anew, through the retractions it takes away or gives back. */
static int fold_absence(struct fold *fold, struct horizon *horizon, const struct event *event)
{
    struct ref target = absence_target(event);
    struct event correction = {.body = NULL};
    struct event found = {.body = NULL};
    struct journal_entry entry;
    int rc = absence_note(horizon, event, horizon->limit);

    fold->retractions = horizon->retractions;
    for (unsigned int depth = 0; rc == 0 && depth < LIMIT_RETRACTION_DEPTH; depth++) {
        rc = horizon_event(horizon, &target, &found, &entry);
        if (rc != 0 || !absence_is_admissible(depth == 0 ? event : &correction, &found))
            break;
        rc = lending_reopen(horizon, &found, entry.position);
        if (rc != 0)
            break;
        event_free(&correction);
        correction = found;
        if (found.body->body_case == NAVETTE__EVENT__BODY_CLOCK_CORRECTED) {
            rc = refold_boot(fold, horizon, &found);
            break;
        }
        if (found.body->body_case != NAVETTE__EVENT__BODY_RETRACTED && found.body->body_case != NAVETTE__EVENT__BODY_EVENT_REFUSED) {
            rc = refold_event(fold, horizon, &found);
            if (rc == 0)
                rc = ledger_again(horizon, &found);
            if (rc == 0)
                rc = handover_keep_again(horizon, &found);
            if (rc == 0)
                rc = deposit_keep_again(horizon, &found);
            break;
        }
        target = absence_target(&found);
        memset(&found, 0, sizeof(found));
    }
    if (found.body != correction.body)
        event_free(&found);
    event_free(&correction);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int fold_event(struct fold *fold, struct horizon *horizon, const struct event *event)
{
    uint64_t refolds;
    int rc;

    fold->work->timeline.amends = 0;
    switch (event->body->body_case) {
    case NAVETTE__EVENT__BODY_RETRACTED:
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
    case NAVETTE__EVENT__BODY_EVENT_ADMITTED:
        fold->work->timeline.amends = fold->work->afresh.amends = 1;
        return fold_absence(fold, horizon, event);
    case NAVETTE__EVENT__BODY_CLOCK_CORRECTED:
        fold->work->timeline.amends = fold->work->afresh.amends = 1;
        rc = correction_note(horizon, event, horizon->limit);
        fold->corrections = horizon->corrections;
        return rc == 0 ? refold_boot(fold, horizon, event) : rc;
    case NAVETTE__EVENT__BODY_FRONTIER_NOTED:
        rc = frontier_take(fold->state, fold->journal, event, horizon->limit);
        return rc == 0 ? clock_take(horizon, event, &fold->lacking) : rc;
    case NAVETTE__EVENT__BODY_KEY_ERASED:
        rc = key_event_note(fold->state, event, horizon->limit);
        return rc == 0 ? fold_things(fold, horizon, event) : rc;
    case NAVETTE__EVENT__BODY_KEY_GONE:
    case NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED:
        return key_event_note(fold->state, event, horizon->limit);
    case NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED:
    case NAVETTE__EVENT__BODY_SWAP_CONFIRMED:
    case NAVETTE__EVENT__BODY_SWAP_REJECTED:
        return reconcile_settle(fold->state, event, horizon->limit);
    default:
        refolds = fold->refolds;
        rc = frontier_take(fold->state, fold->journal, event, horizon->limit);
        if (rc == 0)
            rc = taking_take(horizon, event);
        if (rc == 0)
            rc = phone_note(horizon, event);
        if (rc == 0)
            rc = ledger_take(horizon, event);
        if (rc == 0)
            rc = fold_things(fold, horizon, event);
        if (rc == 0)
            rc = lending_note(horizon, event, fold->refolds != refolds);
        if (rc == 0)
            rc = handover_keep_event(horizon, event);
        return rc == 0 ? deposit_keep_event(horizon, event) : rc;
    }
}

static int fold_entry(struct fold *fold, const struct journal_entry *entry)
{
    struct horizon horizon = {.state = fold->state,
                              .journal = fold->journal,
                              .limit = fold->cursor + 1,
                              .retractions = fold->retractions,
                              .corrections = fold->corrections};
    struct event event;
    uint64_t first;
    int rc = fold->lacking == 0 ? 0 : clock_arrived(&horizon, &fold->lacking);

    if (rc == 0)
        rc = journal_apart(fold->journal, &entry->self, &first);

    /* The same entry, come another way before. */
    if (rc == 0 && first != horizon.limit)
        return 0;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = horizon_decode_in(fold->work->arena, fold->ahead, entry, &event);

    if (rc == NAVETTE_E_INVALID)
        return fold_set_aside(fold, horizon.limit, 0, NAVETTE__REASON__REASON_MALFORMED);
    if (rc == NAVETTE_E_UNKNOWN)
        return fold_set_aside(fold, horizon.limit, 1, NAVETTE__REASON__REASON_UNKNOWN_TYPE);
    if (rc != 0)
        return rc;
    lapse_begin(&fold->work->lapse, entry, horizon.limit, &event);
    return fold_event(fold, &horizon, &event);
}

int fold_find(struct fold *fold, const struct horizon *horizon, const struct event *event)
{
    int rc = begin_work(fold);

    return rc == 0 ? refold_find(fold, horizon, event) : rc;
}

int fold_next(struct fold *fold)
{
    return fold->may_miss ? waiting_next(fold) : fold_one(fold);
}

int fold_one(struct fold *fold)
{
    struct journal_entry entry;
    int rc = journal_read(fold->journal, fold->cursor + 1, &entry);

    if (rc == NAVETTE_E_NOT_FOUND)
        return rc;
    if (rc == 0)
        rc = begin_work(fold);
    if (rc == 0 && afresh_is_over(&fold->work->afresh, fold->cursor + 1, entry.received_ms)) {
        rc = end_stretch(fold);
        /* What was read of it may be no more: the state was written. */
        if (rc == 0)
            rc = journal_read(fold->journal, fold->cursor + 1, &entry);
    }
    if (rc == 0)
        rc = fold_entry(fold, &entry);
    if (rc == 0 && (fold->work->tally.cells.count >= WORK_CELLS || fold->work->timeline.moves.count >= WORK_MOVES))
        rc = write_counters(fold);
    if (rc == 0)
        fold->cursor++;
    else
        fold_abandon(fold);
    /* Only the end of the journal is called so. */
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}
