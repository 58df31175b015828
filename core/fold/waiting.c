/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/waiting.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/fold_work.h"
#include "fold/horizon.h"
#include "fold/meta.h"
#include "fold/refold.h"
#include "fold/trail.h"
#include "navette/journal_stub.h"

#define OWED_NAME "owed"
#define OWED_KEY (sizeof OWED_NAME + 8u)

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
    return pruned.entries == 0 ? NAVETTE_E_VERSION : 0;
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

/* ---- what is asked for */

static int want(struct fold *fold, uint64_t position)
{
    fold->wanted++;
    return journal_want(fold->journal, position);
}

int fold_want(struct store_txn *txn, const struct thing_key *key, uint64_t *wanted)
{
    uint64_t position;
    int rc = trail_newest(txn, key, &position);

    *wanted = 0;
    while (rc == 0 && position != 0) {
        struct journal_entry entry;

        rc = journal_read_raw(txn, position, &entry);
        if (rc == NAVETTE_E_PRUNED) {
            rc = journal_want(txn, position);
            ++*wanted;
        }
        if (rc == 0)
            rc = trail_before(txn, key, &position);
    }
    return horizon_held(rc);
}

int fold_want_around(struct store_txn *txn, uint64_t position, uint64_t *wanted)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    uint8_t prefix[8];
    int rc = journal_want(txn, position);

    *wanted = position != 0;
    write_u64(prefix, position);
    if (rc == 0)
        rc = horizon_scan(txn, TABLE_HISTORY, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct thing_key thing;
        uint64_t more;

        rc = thing_key_read(span_of(key.data + 8, key.len - 8), &thing);
        if (rc == 0)
            rc = fold_want(txn, &thing, &more);
        if (rc != 0)
            break;
        *wanted += more;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : horizon_held(rc);
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

/* A clock correction changes the time of all that its machine wrote in one boot. Of what does not say under which it was written only the bytes tell. */
static int want_boot(struct fold *fold, const struct event *correction)
{
    struct clock_boot boot = correction_boot(correction);
    struct journal_entry stub;
    uint64_t after = 0;
    int rc;

    while ((rc = journal_next_stub(fold->journal, after, &stub)) == 0) {
        struct stub_clock clock;

        after = stub.position;
        if (memcmp(stub.self.incarnation, boot.incarnation, INCARNATION_SIZE) != 0)
            continue;
        if (journal_stub_clock(&stub, &clock) == 0 && clock.boot != boot.boot)
            continue;
        rc = want(fold, after);
        if (rc != 0)
            break;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
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
            rc = want_boot(fold, &found);
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
        rc = want_boot(fold, &event);
    event_free(&event);
    return rc;
}

/* ---- what waits */

static struct span owed_key(uint64_t position, uint8_t key[OWED_KEY])
{
    memcpy(key, OWED_NAME, sizeof OWED_NAME);
    write_u64(key + sizeof OWED_NAME, position);
    return span_of(key, OWED_KEY);
}

static int owe(struct fold *fold, uint64_t position)
{
    uint8_t key[OWED_KEY];

    fold->owed++;
    return store_put(fold->state, TABLE_META, owed_key(position, key), span_of("", 0));
}

/* It was undone: as if it had not come, but that it is known to wait. */
static int keep_waiting(struct fold *fold, uint64_t missed)
{
    struct journal_entry entry;
    uint64_t position = fold->cursor + 1;
    int rc = fold_set_aside(fold, position, ASIDE_WAITS, NAVETTE__REASON__REASON_WAITS);

    fold->owed++;
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

int waiting_next(struct fold *fold)
{
    struct journal_entry entry;
    uint64_t position = fold->cursor + 1;
    uint64_t missed = 0;
    int rc = journal_read(fold->journal, position, &entry);

    if (rc == NAVETTE_E_PRUNED) {
        rc = meta_put(fold->state, META_HOLLOW, 1);
        fold->cursor += rc == 0;
        return rc;
    }
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
    rc = owe(fold, position);
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

static int come_again(struct fold *fold)
{
    uint64_t after = 0;
    int rc;

    while ((rc = next_waiting(fold, after, &after)) == 0) {
        uint8_t key[8];

        write_u64(key, after);
        rc = store_del(fold->state, TABLE_ASIDE, span_of(key, sizeof(key)));
        if (rc == 0)
            rc = journal_again(fold->journal, after);
        if (rc != 0)
            break;
        fold->owed--;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : horizon_held(rc);
}

static int next_owed(struct fold *fold, uint64_t after, uint64_t *position)
{
    uint8_t key[OWED_KEY];
    struct span found;
    struct span value;
    int rc = store_first(fold->state, TABLE_META, owed_key(after + 1, key), &found, &value);

    if (rc == 0 && (found.len != OWED_KEY || memcmp(found.data, OWED_NAME, sizeof OWED_NAME) != 0))
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
    uint64_t position;
    int rc = next_owed(fold, 0, &position);

    if (rc == 0)
        rc = horizon_open(&horizon, fold->state, fold->journal);
    if (rc == 0)
        rc = journal_read(fold->journal, position, &entry);
    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return horizon_held(rc);
    horizon.limit = fold->cursor;
    rc = fold_find(fold, &horizon, &event);
    event_free(&event);
    return rc;
}

static int pay(struct fold *fold)
{
    uint64_t position;
    uint64_t missed;
    int rc;

    while ((rc = next_owed(fold, 0, &position)) == 0) {
        uint8_t key[OWED_KEY];

        rc = attempt(fold, pay_one, &missed);
        if (rc == 1)
            return missed == 0 ? NAVETTE_E_STORE : want(fold, missed);
        if (rc == 0)
            rc = store_del(fold->state, TABLE_META, owed_key(position, key));
        if (rc != 0)
            break;
        fold->owed--;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int fold_resume(struct fold *fold)
{
    uint64_t position;
    int rc = fold->owed == 0 ? 0 : journal_wanted(fold->journal, 0, &position);

    if (fold->owed == 0 || rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = pay(fold);
    if (rc == 0)
        rc = come_again(fold);
    return rc;
}
