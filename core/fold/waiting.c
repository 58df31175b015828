/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/waiting.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/fold_work.h"
#include "fold/horizon.h"
#include "fold/meta.h"
#include "fold/refold.h"
#include "fold/trail.h"
#include "fold/waiting_boot.h"

#define OWED_NAME "owed"
#define LACKS_NAME "lack"
#define ROW_KEY (sizeof OWED_NAME + 8u)
#define HOLLOW_AGAIN 2u      /* META_HOLLOW: more is here than when it was folded */
#define WAITING_AT_ONCE 256u /* come again in one transaction: others follow in the next */

_Static_assert(sizeof OWED_NAME == sizeof LACKS_NAME, "one size of key");

int waiting_begin(struct fold *fold)
{
    struct journal_pruned pruned = {.entries = 0};
    uint64_t hollow = 0;
    int rc = journal_pruned(fold->journal, &pruned);

    if (rc == 0)
        rc = meta_get(fold->state, META_OWED, &fold->owed);
    if (rc == 0)
        rc = meta_get(fold->state, META_HOLLOW, &hollow);
    fold->may_miss = pruned.entries > 0 || fold->owed > 0;
    if (rc != 0 || !hollow)
        return rc;
    return pruned.entries == 0 || hollow == HOLLOW_AGAIN ? NAVETTE_E_VERSION : 0;
}

int fold_owes(struct store_txn *state, uint64_t *owed, int *hollow)
{
    uint64_t value = 0;
    int rc = meta_get(state, META_OWED, owed);

    if (rc == 0)
        rc = meta_get(state, META_HOLLOW, &value);
    *hollow = value != 0;
    return rc;
}

/* Has anything come back since META_BACK, or META_FILLED, was noted? 1, 0 or a code. */
static int has_come(struct store_txn *state, struct store_txn *journal, enum meta_number noted, struct journal_wants *wants)
{
    uint64_t then = 0;
    int rc = journal_wants(journal, wants);

    if (rc == 0)
        rc = meta_get(state, noted, &then);
    return rc != 0 ? rc : wants->back != then;
}

int fold_refill(struct store_txn *txn)
{
    struct journal_wants wants;
    uint64_t hollow;
    uint64_t owed = 0;
    int rc = meta_get(txn, META_HOLLOW, &hollow);

    if (rc == 0 && hollow == 1) {
        rc = has_come(txn, txn, META_FILLED, &wants);
        rc = rc > 0 ? meta_put(txn, META_HOLLOW, HOLLOW_AGAIN) : rc;
    }
    if (rc == 0)
        rc = meta_get(txn, META_OWED, &owed);
    if (rc != 0 || owed == 0)
        return rc;
    rc = has_come(txn, txn, META_BACK, &wants);
    return rc > 0 ? meta_put(txn, META_GO_ON, 1) : rc;
}

/* All that was asked for was given or refused, or no more comes for now, and something came that was not looked at yet. 1, 0 or a code. */
static int may_go_on(struct store_txn *state, struct store_txn *journal)
{
    struct journal_wants wants;
    uint64_t position;
    uint64_t go_on;
    int rc = meta_get(state, META_GO_ON, &go_on);

    if (rc == 0)
        rc = go_on ? NAVETTE_E_NOT_FOUND : journal_wanted(journal, 0, &position);
    return rc == NAVETTE_E_NOT_FOUND ? has_come(state, journal, META_BACK, &wants) : rc;
}

int fold_may_resume(struct store_txn *txn)
{
    struct journal_pruned pruned = {.entries = 0};
    uint64_t hollow = 0;
    uint64_t owed = 0;
    int rc = meta_get(txn, META_HOLLOW, &hollow);

    if (rc == 0)
        rc = meta_get(txn, META_OWED, &owed);
    if (rc == 0 && hollow)
        rc = journal_pruned(txn, &pruned);
    if (rc != 0 || (hollow && (hollow == HOLLOW_AGAIN || pruned.entries == 0)))
        return rc != 0 ? rc : 1;
    return owed > 0 ? may_go_on(txn, txn) : 0;
}

/* ---- what is asked for */

static int want(struct fold *fold, uint64_t position)
{
    fold->wanted++;
    return journal_want(fold->journal, position);
}

/* One of those that somebody waits for now: what was refused a while ago is asked for again. */
static int want_one(struct store_txn *txn, uint64_t position, int64_t before_ms, struct fold_wanted *wanted)
{
    struct journal_refused refused;
    int rc = journal_refused(txn, position, &refused);

    wanted->count++;
    if (rc == 0 && refused.at_ms < before_ms)
        return journal_ask_again(txn, position);
    if (rc == 0) {
        wanted->refused++;
        wanted->why = refused.why;
        return 0;
    }
    return rc == NAVETTE_E_NOT_FOUND ? journal_want(txn, position) : rc;
}

/* but: one that was counted already; 0: none. */
static int want_history(struct store_txn *txn, const struct thing_key *key, uint64_t but, int64_t before_ms, struct fold_wanted *wanted)
{
    uint64_t position;
    int rc = trail_newest(txn, key, &position);

    while (rc == 0 && position != 0) {
        struct journal_entry entry;

        rc = journal_read_raw(txn, position, &entry);
        if (rc == NAVETTE_E_PRUNED)
            rc = journal_place(&entry) != but ? want_one(txn, journal_place(&entry), before_ms, wanted) : 0;
        if (rc == 0)
            rc = trail_before(txn, key, &position);
    }
    return horizon_held(rc);
}

int fold_want(struct store_txn *txn, const struct thing_key *key, uint64_t *wanted)
{
    struct fold_wanted found = {.count = 0};
    int rc = want_history(txn, key, 0, INT64_MIN, &found);

    *wanted = found.count;
    return rc;
}

int fold_want_around(struct store_txn *txn, uint64_t position, int64_t before_ms, struct fold_wanted *wanted)
{
    struct journal_entry entry;
    struct keymap things;
    uint64_t but = 0;
    int rc = journal_read_raw(txn, position, &entry);

    memset(wanted, 0, sizeof(*wanted));
    if (rc == NAVETTE_E_PRUNED) {
        but = journal_place(&entry);
        rc = want_one(txn, but, before_ms, wanted);
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    keymap_init(&things);
    rc = trail_things(txn, position, &things);
    for (uint32_t i = 0; rc == 0 && i < things.count; i++) {
        struct thing_key thing;

        rc = thing_key_read(keymap_key(&things, i), &thing);
        if (rc == 0)
            rc = want_history(txn, &thing, but, before_ms, wanted);
    }
    keymap_free(&things);
    return horizon_held(rc);
}

static int want_things(struct fold *fold, const struct event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = refold_things(event->body, things);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        uint64_t wanted;

        rc = fold_want(fold->state, &things[i].key, &wanted);
        fold->wanted += wanted;
    }
    return rc;
}

/* What it speaks of, through retractions of retractions, and the things of that. */
static int want_target(struct fold *fold, const struct event *event)
{
    struct ref target = absence_target(event);
    int rc = 0;

    for (unsigned int depth = 0; rc == 0 && target.seq != 0 && depth < LIMIT_RETRACTION_DEPTH; depth++) {
        struct journal_entry entry;
        struct event found;

        rc = journal_find(fold->journal, &target, &entry);
        if (rc == NAVETTE_E_PRUNED)
            return want(fold, entry.position);
        if (rc == 0)
            rc = horizon_decode(&entry, &found);
        if (rc != 0)
            return error_is_fatal(rc) ? rc : 0;
        target = absence_target(&found);
        rc = want_things(fold, &found);
        if (rc == 0 && found.body->body_case == NAVETTE__EVENT__BODY_CLOCK_CORRECTED)
            rc = waiting_boot_want(fold, &found);
        event_free(&found);
    }
    return rc;
}

/* More than it needs, and at least the one whose want was noticed: each time it comes again, fewer are missing. */
static int want_all(struct fold *fold, const struct journal_entry *entry, uint64_t missed)
{
    struct event event;
    int rc = horizon_decode(entry, &event);

    if (rc != 0)
        return error_is_fatal(rc) ? rc : 0;
    rc = missed == 0 ? 0 : want(fold, missed);
    if (rc == 0)
        rc = want_things(fold, &event);
    if (rc == 0)
        rc = want_target(fold, &event);
    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_CLOCK_CORRECTED)
        rc = waiting_boot_want(fold, &event);
    event_free(&event);
    return rc;
}

/* ---- what waits */

/* Rows of TABLE_META, name 0x00 position of the event -> position of the stub for want of which it was undone; or nothing: not known. */
static struct span row_key(const char *name, uint64_t position, uint8_t key[ROW_KEY])
{
    memcpy(key, name, sizeof OWED_NAME);
    write_u64(key + sizeof OWED_NAME, position);
    return span_of(key, ROW_KEY);
}

static int put_row(struct fold *fold, const char *name, uint64_t position, uint64_t missed)
{
    uint8_t value[8];
    uint8_t key[ROW_KEY];

    write_u64(value, missed);
    return store_put(fold->state, TABLE_META, row_key(name, position, key), span_of(value, missed != 0 ? sizeof(value) : 0));
}

static int del_row(struct fold *fold, const char *name, uint64_t position)
{
    uint8_t key[ROW_KEY];
    int rc = store_del(fold->state, TABLE_META, row_key(name, position, key));

    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Is what it was undone for still away, or again? It is asked for then, if it is not. 1, 0 or a code. */
static int still_lacks(struct fold *fold, struct span row)
{
    uint64_t missed = row.len == 8 ? read_u64(row.data) : 0;
    struct journal_entry entry;
    int rc = journal_read_raw(fold->journal, missed, &entry);

    if (rc == NAVETTE_E_PRUNED)
        rc = journal_want(fold->journal, missed);
    else
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return rc != 0 ? rc : 1;
}

/* It was undone: as if it had not come, but that it is known to wait. */
static int keep_waiting(struct fold *fold, uint64_t missed)
{
    struct journal_entry entry;
    uint64_t position = fold->cursor + 1;
    int rc = fold_set_aside(fold, position, ASIDE_WAITS, NAVETTE__REASON__REASON_WAITS);

    fold->owed++;
    if (rc == 0)
        rc = put_row(fold, LACKS_NAME, position, missed);
    if (rc == 0)
        rc = journal_read(fold->journal, position, &entry);
    return rc == 0 ? want_all(fold, &entry, missed) : horizon_held(rc);
}

/* Runs one part of the fold so that it may be undone. 1: it was, *missed says for want of what. */
static int attempt(struct fold *fold, int (*part)(struct fold *fold), uint64_t *missed)
{
    struct store_txn *txn = fold->journal;
    struct fold before;
    int rc = fold_settle(fold);

    if (rc == 0)
        rc = txn->ops->hold(txn);
    if (rc != 0)
        return rc;
    before = *fold;
    fold->owes = 0;
    txn->missed = 0;
    rc = part(fold);
    if (rc == 0)
        rc = fold_settle(fold);
    *missed = txn->missed;
    if (rc == 0)
        return txn->ops->keep(txn);
    fold_abandon(fold);
    if (rc != NAVETTE_E_PRUNED)
        return rc;
    *fold = before;
    rc = txn->ops->undo(txn);
    return rc == 0 ? 1 : rc;
}

/* A stub is passed over as if it had not come: what comes back from now on is more than this state knows of. */
static int pass_over(struct fold *fold)
{
    struct journal_wants wants;
    uint64_t hollow;
    int rc = meta_get(fold->state, META_HOLLOW, &hollow);

    if (rc == 0 && !hollow)
        rc = journal_wants(fold->journal, &wants);
    if (rc == 0 && !hollow)
        rc = meta_put(fold->state, META_FILLED, wants.back);
    if (rc == 0 && !hollow)
        rc = meta_put(fold->state, META_HOLLOW, 1);
    fold->cursor += rc == 0;
    return rc;
}

int waiting_next(struct fold *fold)
{
    struct journal_entry entry;
    uint64_t position = fold->cursor + 1;
    uint64_t missed = 0;
    int rc = journal_read(fold->journal, position, &entry);

    if (rc == NAVETTE_E_PRUNED)
        return pass_over(fold);
    if (rc == 0)
        rc = attempt(fold, fold_one, &missed);
    if (rc == 1) {
        rc = keep_waiting(fold, missed);
        fold->cursor += rc == 0;
        return rc;
    }
    if (rc != 0 || !fold->owes)
        return rc;
    fold->owes = 0;
    fold->owed++;
    rc = put_row(fold, OWED_NAME, position, missed);
    if (rc == 0)
        rc = journal_read(fold->journal, position, &entry);
    return rc == 0 ? want_all(fold, &entry, missed) : horizon_held(rc);
}

/* ---- what is made good */

/* The first entry that waits behind `after`. */
static int next_waiting(struct fold *fold, uint64_t after, uint64_t *position)
{
    struct aside aside = {.position = after};
    int count;

    do {
        count = fold_aside(fold->state, fold->journal, aside.position + 1, &aside, 1);
    } while (count == 1 && aside.parked != ASIDE_WAITS);
    *position = aside.position;
    return count < 0 ? count : count == 1 ? 0 : NAVETTE_E_NOT_FOUND;
}

static int waits_still(struct fold *fold, uint64_t position)
{
    uint8_t key[ROW_KEY];
    struct span row;
    int rc = store_get(fold->state, TABLE_META, row_key(LACKS_NAME, position, key), &row);

    return rc == 0 ? still_lacks(fold, row) : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int waiting_lost(struct store_txn *state, struct store_txn *journal, uint64_t position, enum want_refusal *why)
{
    struct journal_refused refused;
    struct journal_entry stub;
    uint8_t key[ROW_KEY];
    struct span row;
    int rc = store_get(state, TABLE_META, row_key(LACKS_NAME, position, key), &row);

    *why = WANT_NOT_REFUSED;
    if (rc != 0 || row.len != 8)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    position = read_u64(row.data);
    rc = journal_read_raw(journal, position, &stub);
    if (rc == NAVETTE_E_PRUNED)
        rc = journal_refused(journal, journal_place(&stub), &refused);
    else
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (rc == 0)
        *why = refused.why;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Those for which what they were undone for is here. *more: not all of them yet. */
static int come_again(struct fold *fold, int *more)
{
    unsigned int count = 0;
    uint64_t after = 0;
    int rc;

    while ((rc = next_waiting(fold, after, &after)) == 0) {
        uint8_t key[8];

        rc = waits_still(fold, after);
        if (rc > 0)
            continue;
        *more = rc == 0 && count++ == WAITING_AT_ONCE;
        if (rc != 0 || *more)
            break;
        write_u64(key, after);
        rc = store_del(fold->state, TABLE_ASIDE, span_of(key, sizeof(key)));
        if (rc == 0)
            rc = del_row(fold, LACKS_NAME, after);
        if (rc == 0)
            rc = journal_again(fold->journal, after);
        if (rc != 0)
            break;
        fold->owed--;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : horizon_held(rc);
}

/* The first that is owed something at `position` or behind it. */
static int next_owed(struct fold *fold, uint64_t *position, struct span *row)
{
    uint8_t key[ROW_KEY];
    struct span found;
    int rc = store_first(fold->state, TABLE_META, row_key(OWED_NAME, *position, key), &found, row);

    if (rc == 0 && (found.len != ROW_KEY || memcmp(found.data, OWED_NAME, sizeof OWED_NAME) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        *position = read_u64(found.data + sizeof OWED_NAME);
    return rc;
}

/* What the things of one event show is found again, from their whole histories. */
static int pay_one(struct fold *fold)
{
    struct horizon horizon;
    struct journal_entry entry;
    struct event event;
    int rc = horizon_open(&horizon, fold->state, fold->journal);

    if (rc == 0)
        rc = journal_read(fold->journal, fold->paying, &entry);
    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return horizon_held(rc);
    horizon.limit = fold->cursor;
    rc = fold_find(fold, &horizon, &event);
    event_free(&event);
    return rc;
}

/* One that lacks what nobody gives stands back; the others are paid. */
static int pay(struct fold *fold)
{
    uint64_t position = 0;
    struct span row;
    uint64_t missed;
    int rc;

    while ((rc = next_owed(fold, &position, &row)) == 0) {
        fold->paying = position++;
        rc = still_lacks(fold, row);
        if (rc > 0)
            continue;
        if (rc == 0)
            rc = attempt(fold, pay_one, &missed);
        if (rc == 1) {
            rc = missed == 0 ? NAVETTE_E_STORE : want(fold, missed);
            rc = rc != 0 ? rc : put_row(fold, OWED_NAME, fold->paying, missed);
        } else if (rc == 0) {
            rc = del_row(fold, OWED_NAME, fold->paying);
            fold->owed--;
        }
        if (rc != 0)
            break;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int fold_resume(struct fold *fold)
{
    struct journal_wants wants;
    int more = 0;
    int rc = fold->owed == 0 ? 0 : may_go_on(fold->state, fold->journal);

    if (rc <= 0)
        return rc;
    rc = journal_wants(fold->journal, &wants);
    if (rc == 0)
        rc = pay(fold);
    if (rc == 0)
        rc = come_again(fold, &more);
    if (rc != 0 || more)
        return rc;
    rc = meta_put(fold->state, META_BACK, wants.back);
    return rc == 0 ? meta_put(fold->state, META_GO_ON, 0) : rc;
}
