/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "navette/arena.h"
#include "navette/error.h"
#include "navette/journal.h"
#include "server/carry.h"

#define LEAD 4u /* the fold may come to these itself before they are decoded */

/* The entry at a position is in the slot of that position modulo their number. */
struct slot {
    _Atomic uint64_t position; /* of what is here, once it is; 0: nothing yet */
    struct span bytes;         /* borrowed from the thread's transaction */
    struct event event;
    int rc;
    struct arena *arena;
};

struct ahead {
    struct fold_ahead base; /* first: the fold calls it by this */
    int nice;
    struct lmdb_store *journal;
    struct carry *carry;
    uint64_t from;
    uint64_t until;
    pthread_t thread;
    _Atomic uint64_t taken;   /* the fold is at this one: slots of those before are free */
    _Atomic uint64_t awaited; /* what the thread sleeps until the fold is at; 0: it does not */
    atomic_int stop;
    pthread_mutex_t lock; /* for what is waited for */
    pthread_cond_t room;
    struct slot slots[AHEAD_EVENTS];
};

static struct slot *slot_of(struct ahead *ahead, uint64_t position)
{
    return &ahead->slots[position % AHEAD_EVENTS];
}

/* ---- the fold */

/* Once, and only when there is what it waits for: each time costs as much as several events. */
static void wake(struct ahead *ahead)
{
    (void)pthread_mutex_lock(&ahead->lock);
    atomic_store(&ahead->awaited, 0);
    (void)pthread_mutex_unlock(&ahead->lock);
    (void)pthread_cond_signal(&ahead->room);
}

static int take(struct fold_ahead *base, uint64_t position, struct span bytes, struct event *event, int *rc)
{
    struct ahead *ahead = (struct ahead *)(void *)base;
    struct slot *slot = slot_of(ahead, position);
    uint64_t awaited;

    atomic_store(&ahead->taken, position);
    awaited = atomic_load(&ahead->awaited);
    if (awaited != 0 && position >= awaited)
        wake(ahead);
    if (atomic_load_explicit(&slot->position, memory_order_acquire) != position || !span_equal(slot->bytes, bytes))
        return carry_fold(ahead->carry)->take(carry_fold(ahead->carry), position, bytes, event, rc);
    *event = slot->event;
    *rc = slot->rc;
    return 1;
}

/* ---- the thread */

static int has_room(struct ahead *ahead, uint64_t position, uint64_t most)
{
    return atomic_load(&ahead->stop) || position < atomic_load(&ahead->taken) + most;
}

/* Waits until there is room for half of all: it is not woken for each. Returns 0 to stop. */
static int await_room(struct ahead *ahead, uint64_t position)
{
    if (!has_room(ahead, position, AHEAD_EVENTS)) {
        (void)pthread_mutex_lock(&ahead->lock);
        atomic_store(&ahead->awaited, position - AHEAD_EVENTS / 2 + 1); /* said first, then looked: the fold does it the other way round */
        while (!has_room(ahead, position, AHEAD_EVENTS / 2))
            (void)pthread_cond_wait(&ahead->room, &ahead->lock);
        atomic_store(&ahead->awaited, 0);
        (void)pthread_mutex_unlock(&ahead->lock);
    }
    return !atomic_load(&ahead->stop);
}

/* No memory: the fold will see. */
static void decode(struct slot *slot, const struct journal_entry *entry)
{
    if (slot->arena == NULL)
        slot->arena = arena_new(0);
    if (slot->arena == NULL)
        return;
    slot->bytes = entry->event;
    slot->rc = event_decode_in(slot->arena, entry->event, &slot->event);
    if (slot->rc != NAVETTE_E_MEMORY)
        atomic_store_explicit(&slot->position, entry->position, memory_order_release);
}

/* Goes past what is carried. */
static int find_next(struct ahead *ahead, struct store_txn *txn, struct journal_scan *scan)
{
    uint64_t next = carry_past(ahead->carry, scan->next);

    if (next == scan->next)
        return 0;
    journal_scan_close(scan);
    return journal_scan_open(txn, next, scan);
}

static void read_on(struct ahead *ahead, struct store_txn *txn, struct journal_scan *scan)
{
    struct journal_entry entry;

    while (find_next(ahead, txn, scan) == 0 && scan->next <= ahead->until && await_room(ahead, scan->next) &&
           journal_scan_next(scan, &entry) == 0)
        if (entry.event.len > 0 && entry.position >= atomic_load(&ahead->taken) + LEAD)
            decode(slot_of(ahead, entry.position), &entry);
}

/* Its transaction is held to the end, through waits too: what it borrows is compared with until then. The fold holds an older one for longer, so this one keeps nothing from being freed. */
static void *run(void *argument)
{
    struct ahead *ahead = argument;
    struct journal_scan scan;
    struct store_txn *txn;

    (void)pthread_setname_np(pthread_self(), "fold-ahead");
    (void)setpriority(PRIO_PROCESS, 0, ahead->nice); /* of this thread alone */
    if (lmdb_read_begin(ahead->journal, &txn))
        return NULL;
    if (journal_scan_open(txn, ahead->from, &scan) == 0) {
        read_on(ahead, txn, &scan);
        journal_scan_close(&scan);
    }
    (void)pthread_mutex_lock(&ahead->lock);
    while (!atomic_load(&ahead->stop))
        (void)pthread_cond_wait(&ahead->room, &ahead->lock);
    (void)pthread_mutex_unlock(&ahead->lock);
    lmdb_abort(txn);
    return NULL;
}

static void drop(struct ahead *ahead)
{
    for (size_t i = 0; i < AHEAD_EVENTS; i++)
        arena_free(ahead->slots[i].arena);
    (void)pthread_cond_destroy(&ahead->room);
    (void)pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

int ahead_start(int nice, struct lmdb_store *journal, struct carry *carry, uint64_t from, uint64_t until, struct ahead **ahead)
{
    struct ahead *made;

    *ahead = NULL;
    if (until < from || carry_missing(carry, from, until) <= AHEAD_LEAST)
        return 0;
    made = calloc(1, sizeof(*made));
    if (!made)
        return NAVETTE_E_MEMORY;
    made->base.take = take;
    made->nice = nice;
    made->journal = journal;
    made->carry = carry;
    made->from = from;
    made->until = until;
    atomic_init(&made->taken, from);
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->room, NULL);
    if (pthread_create(&made->thread, NULL, run, made)) {
        drop(made);
        return NAVETTE_E_SYSTEM;
    }
    *ahead = made;
    return 0;
}

struct fold_ahead *ahead_fold(struct ahead *ahead)
{
    return ahead ? &ahead->base : NULL;
}

void ahead_stop(struct ahead *ahead)
{
    if (!ahead)
        return;
    (void)pthread_mutex_lock(&ahead->lock);
    atomic_store(&ahead->stop, 1);
    (void)pthread_cond_signal(&ahead->room);
    (void)pthread_mutex_unlock(&ahead->lock);
    (void)pthread_join(ahead->thread, NULL);
    drop(ahead);
}
