/* SPDX-License-Identifier: Apache-2.0 */
#include "node/desk.h"

#include <string.h>

#include "navette/fold.h"
#include "navette/system.h"

/*
 * References to what this node knew of each thing: the last event in order, and its own last one when that is another. Its own incarnation is left out, since the
 * event itself names it.
 */
struct parents {
    size_t count;
    struct ref refs[LIMIT_EVENT_PARENTS];
    Navette__Ref messages[LIMIT_EVENT_PARENTS];
    Navette__Ref *pointers[LIMIT_EVENT_PARENTS];
};

static int knows(const struct parents *parents, const struct ref *ref)
{
    for (size_t i = 0; i < parents->count; i++)
        if (ref_compare(&parents->refs[i], ref) == 0)
            return 1;
    return 0;
}

static void add(struct parents *parents, const struct desk *desk, const struct ref *ref)
{
    size_t i = parents->count++;
    Navette__Ref *message = &parents->messages[i];

    parents->refs[i] = *ref;
    navette__ref__init(message);
    message->seq = ref->seq;
    message->leaf = ref->leaf;
    if (memcmp(ref->incarnation, desk->incarnation, INCARNATION_SIZE) != 0) {
        message->incarnation.data = parents->refs[i].incarnation;
        message->incarnation.len = INCARNATION_SIZE;
    }
    parents->pointers[i] = message;
}

static int gather(struct parents *parents, const struct desk *desk, struct store_txn *txn, const Navette__Event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event, things);

    parents->count = 0;
    /* The last event of every thing first: should there be too many, it is one's own that are left out. */
    for (size_t i = 0; i < 2 * count; i++) {
        const struct thing_key *key = &things[i % count].key;
        struct ref ref;
        int rc = i < count ? fold_parent(txn, key, &ref) : fold_own(txn, txn, key, desk->incarnation, &ref);

        if (rc != 0)
            return rc;
        if (ref.seq != 0 && parents->count < LIMIT_EVENT_PARENTS && !knows(parents, &ref))
            add(parents, desk, &ref);
    }
    return 0;
}

int desk_seal(struct desk *desk, struct store_txn *txn)
{
    struct batch_header header;
    int rc = log_seal_prepare(txn, desk->incarnation, &header);

    if (rc != 0)
        return rc;
    keys_sign_batch(desk->keys, &header);
    return log_seal_store(txn, &header);
}

/* A batch that has gathered enough is sealed at once, with what is recorded. */
static int seal_gathered(struct desk *desk, struct store_txn *txn)
{
    struct log_head head;
    struct batch_header open;
    int rc = journal_head(txn, desk->incarnation, &head);

    if (rc == 0)
        rc = journal_batch(txn, desk->incarnation, head.seq, &open);
    if (rc != 0)
        return rc;
    return open.count == 0 && head.seq - open.first_seq + 1 >= DESK_BATCH_EVENTS ? desk_seal(desk, txn) : 0;
}

int desk_record(struct desk *desk, struct store_txn *txn, const struct moment *moment, Navette__Event *event, struct journal_entry *entry)
{
    uint8_t salt[SALT_SIZE];
    struct parents parents;
    int rc;

    if (desk->node != NULL && node_is_cloned(desk->node))
        return NAVETTE_E_REFUSED;
    event->hlc = hlc_tick(desk->clock, moment->wall_ms);
    rc = event_check(event);

    if (rc != 0)
        return rc;
    rc = gather(&parents, desk, txn, event);
    if (rc != 0)
        return rc;
    event->boot = moment->boot;
    event->boottime_ms = moment->boottime_ms;
    event->clock = moment->synced ? NAVETTE__CLOCK_TRUST__CLOCK_SYNCED : NAVETTE__CLOCK_TRUST__CLOCK_UNKNOWN;
    event->parents = parents.pointers;
    event->n_parents = parents.count;
    system_random(salt, sizeof salt);
    rc = log_record(txn, desk->incarnation, event, salt, 0, entry);
    if (rc == NAVETTE_E_BUSY) {
        rc = desk_seal(desk, txn);
        if (rc == 0)
            rc = log_record(txn, desk->incarnation, event, salt, 0, entry);
    }
    if (rc == 0)
        rc = seal_gathered(desk, txn);
    event->parents = NULL;
    event->n_parents = 0;
    return rc;
}

static int begin(struct fold *fold, struct store_txn *txn)
{
    int rc = fold_begin(fold, txn, txn);

    if (rc == 0)
        rc = fold_keep_words(fold); /* people search at a node */
    if (rc != NAVETTE_E_VERSION)
        return rc;
    system_log(0, "desk", NULL, "the state is of another version: made anew from the journal");
    rc = fold_reset(txn);
    if (rc == 0)
        rc = fold_begin(fold, txn, txn);
    return rc != 0 ? rc : fold_keep_words(fold);
}

int desk_fold(struct store_txn *txn, uint64_t max, uint64_t *left)
{
    struct fold fold;
    uint64_t tail = 0;
    int rc = begin(&fold, txn);

    if (rc != 0)
        return rc;
    uint64_t from = fold.cursor, owed = fold.owed;
    rc = fold_resume(&fold);
    if (rc == 0)
        rc = journal_tail(txn, &tail);
    for (uint64_t i = 0; i < max && fold.cursor < tail && rc == 0; i++)
        rc = fold_next(&fold);
    if (rc != 0)
        return rc;
    if (left != NULL)
        *left = tail - fold.cursor;
    return fold.cursor == from && fold.owed == owed ? 0 : fold_end(&fold);
}
