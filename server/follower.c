/* SPDX-License-Identifier: Apache-2.0 */
#include "server/follower.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "navette/system.h"
#include "server/ahead.h"
#include "server/carry.h"
#include "server/prove.h"
#include "server/stack.h"
#include "server/writer.h"

/* What a step did. */
struct follower_moved {
    uint64_t count;
    uint64_t cursor;
};

struct follower {
    struct lmdb_store *journal;
    char folder[640];
    struct lmdb_options options;
    pthread_t thread;
    struct stack *stack; /* what is folded and not written yet, over the state */
    struct writer *writer;
    struct carry *carry;
    int fd;
    pthread_mutex_t lock; /* guards what follows, up to `store_lock` */
    pthread_cond_t wake;
    int stop;
    int work;  /* the journal may have grown */
    int reset; /* a rebuild was asked for */
    struct follower_news news;
    pthread_rwlock_t store_lock; /* held for writing while the state store is replaced */
    struct lmdb_store *state;
};

/* How far a step goes. */
struct follower_until {
    uint64_t position;
    int step_ms;
};

static int follower_fold(struct fold *fold, const struct overlay *overlay, const struct follower_until *until, uint64_t *moved)
{
    int64_t begun = system_monotonic_ms();
    int rc = 0;

    while (!rc && fold->cursor < until->position && *moved < FOLLOWER_STEP_EVENTS) {
        rc = fold_next(fold);
        if (!rc)
            ++*moved;
        if (*moved % 64 == 0 && (overlay_is_full(overlay) || system_monotonic_ms() - begun >= until->step_ms))
            break;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/*
 * One step in memory, over what the overlay reads. carry: what it carries is not decoded again, and the rest in another thread; NULL: everything in this one. NAVETTE_E_VERSION: a state of another schema, or ahead of a journal that was put back
 * from a backup.
 */
static int follower_fold_over(struct overlay *overlay, struct lmdb_store *journal, const struct follower_until *until, struct carry *carry,
                              struct follower_moved *moved)
{
    struct store_txn *read;
    struct fold fold = {.cursor = 0};
    struct ahead *ahead = NULL;
    uint64_t tail = 0;
    int rc = lmdb_read_begin(journal, &read);

    if (rc)
        return rc;
    moved->count = 0;
    rc = journal_tail(read, &tail);
    if (!rc)
        rc = fold_begin(&fold, &overlay->view.base, read);
    if (!rc && fold.cursor > tail)
        rc = NAVETTE_E_VERSION;
    if (!rc && carry) {
        carry_begin(carry, fold.cursor + 1);
        (void)ahead_start(FOLLOWER_NICE, journal, carry, fold.cursor + 1, tail, &ahead);
        fold.ahead = ahead ? ahead_fold(ahead) : carry_fold(carry);
    }
    if (!rc)
        rc = follower_fold(&fold, overlay, until, &moved->count);
    if (!rc && moved->count > 0)
        rc = fold_end(&fold);
    else
        fold_abandon(&fold);
    ahead_stop(ahead);
    moved->cursor = fold.cursor;
    lmdb_abort(read);
    return rc;
}

static int follower_empty(struct lmdb_store *state)
{
    struct store_txn *write;
    int rc = lmdb_write_begin(state, &write);

    if (rc)
        return rc;
    system_log(1, "follower", NULL, "the state is of another schema, or ahead of the journal: folding it again");
    rc = fold_reset(write);
    return lmdb_end(write, rc);
}

static int follower_fold_store(struct overlay *overlay, struct lmdb_store *state, struct lmdb_store *journal, uint64_t position,
                               struct follower_moved *moved)
{
    struct store_txn *snapshot;
    int rc = lmdb_read_begin(state, &snapshot);

    if (rc)
        return rc;
    overlay_begin(overlay, snapshot);
    rc = follower_fold_over(overlay, journal, &(struct follower_until){position, FOLLOWER_ALONE_MS}, NULL, moved);
    lmdb_abort(snapshot);
    return rc;
}

int follower_step(struct lmdb_store *state, struct lmdb_store *journal, uint64_t until, uint64_t *moved, uint64_t *cursor)
{
    struct follower_moved step = {0, 0};
    struct overlay overlay;
    int rc;

    overlay_init(&overlay);
    rc = follower_fold_store(&overlay, state, journal, until, &step);
    if (rc == NAVETTE_E_VERSION) {
        rc = follower_empty(state);
        if (!rc)
            rc = follower_fold_store(&overlay, state, journal, until, &step);
    }
    if (!rc && step.count > 0)
        rc = writer_write(state, &(struct overlay *){&overlay}, 1);
    overlay_free(&overlay);
    *moved = rc ? 0 : step.count;
    *cursor = step.cursor;
    return rc;
}

/* With the store lock held for writing, and nothing on the stack. */
static int follower_open_state(struct follower *follower, int anew)
{
    int rc = 0;

    lmdb_store_close(follower->state);
    follower->state = NULL;
    if (anew)
        rc = lmdb_store_remove(follower->folder);
    if (!rc)
        rc = lmdb_store_open(&follower->options, &follower->state);
    stack_stand_on(follower->stack, follower->state);
    return rc;
}

static int follower_replace(struct follower *follower)
{
    int rc;

    stack_drop(follower->stack); /* here, where nobody waits for the lock */
    (void)pthread_rwlock_wrlock(&follower->store_lock);
    rc = follower_open_state(follower, 1);
    (void)pthread_rwlock_unlock(&follower->store_lock);
    return rc;
}

/* cursor 0: as it was. */
static void follower_tell(struct follower *follower, uint64_t cursor, int full, int failed)
{
    (void)pthread_mutex_lock(&follower->lock);
    if (cursor && !failed && !follower->reset)
        follower->news.cursor = cursor;
    follower->news.full = full;
    follower->news.failed = failed;
    (void)pthread_mutex_unlock(&follower->lock);
    (void)eventfd_write(follower->fd, 1);
}

static struct timespec follower_in(int wait_ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    return until;
}

/* Waits for work; wait_ms 0: for as long as it takes, and the memory of the steps is given back after a while. Returns 1 to stop. */
static int follower_wait(struct follower *follower, int wait_ms, int *reset)
{
    struct timespec until = follower_in(wait_ms ? wait_ms : FOLLOWER_IDLE_MS);
    int stop;

    (void)pthread_mutex_lock(&follower->lock);
    if (wait_ms) {
        while (!follower->stop && !follower->reset && pthread_cond_timedwait(&follower->wake, &follower->lock, &until) == 0)
            continue;
    } else {
        int idle = 0;

        while (!follower->work && !follower->stop && !follower->reset) {
            if (idle) {
                (void)pthread_cond_wait(&follower->wake, &follower->lock);
                continue;
            }
            idle = pthread_cond_timedwait(&follower->wake, &follower->lock, &until) != 0;
            if (!idle)
                continue;
            (void)pthread_mutex_unlock(&follower->lock);
            stack_trim(follower->stack);
            (void)malloc_trim(0);
            (void)pthread_mutex_lock(&follower->lock);
        }
    }
    follower->work = 0;
    *reset = follower->reset;
    follower->reset = 0;
    stop = follower->stop;
    (void)pthread_mutex_unlock(&follower->lock);
    return stop;
}

static int follower_interrupted(struct follower *follower)
{
    int stop;

    (void)pthread_mutex_lock(&follower->lock);
    stop = follower->stop || follower->reset;
    (void)pthread_mutex_unlock(&follower->lock);
    return stop;
}

static void follower_set_rebuilding(struct follower *follower, int rebuilding)
{
    (void)pthread_mutex_lock(&follower->lock);
    follower->news.rebuilding = rebuilding || follower->reset;
    if (rebuilding) {
        follower->news.rebuilds++;
        follower->news.cursor = 0;
    }
    (void)pthread_mutex_unlock(&follower->lock);
}

/* Folds a step, and puts it on what is not written yet. */
static int follower_fold_next(struct follower *follower, struct follower_moved *moved)
{
    struct follower_until until = {UINT64_MAX, FOLLOWER_STEP_MS * (stack_is_deep(follower->stack) ? 2 : 1)};
    struct overlay *step;
    struct store_txn *below;
    int rc = stack_begin_step(follower->stack, &step, &below);
    int failed;

    if (rc)
        return rc;
    rc = follower_fold_over(step, follower->journal, &until, follower->carry, moved);
    failed = stack_end_step(follower->stack, step, below, !rc && moved->count > 0);
    return rc ? rc : failed;
}

/* Nothing is folded and not written: the journal was put back, or the program is a later one. */
static int follower_fold_anew(struct follower *follower)
{
    int rc = stack_drain(follower->stack);

    return rc ? rc : follower_empty(follower->state);
}

/* Folds until nothing is left, a stop or a rebuild is asked for, or something fails. doubted: writing had failed; whether it goes on now is waited for, before and after. */
static int follower_catch_up(struct follower *follower, int doubted)
{
    struct follower_moved moved = {1, 0};
    int full = 0;
    int rc = 0;

    if (doubted) {
        stack_again(follower->stack);
        rc = stack_drain(follower->stack);
        full = rc == NAVETTE_E_FULL;
        rc = full ? 0 : rc; /* in memory there may be room */
    }
    while (!rc && moved.count > 0 && !follower_interrupted(follower)) {
        rc = follower_fold_next(follower, &moved);
        if (rc == NAVETTE_E_VERSION) {
            rc = follower_fold_anew(follower);
            moved.count = 1;
        } else if (!rc && moved.count > 0) {
            follower_tell(follower, moved.cursor, full, 0);
        }
    }
    if (!rc)
        rc = doubted ? stack_drain(follower->stack) : stack_failed(follower->stack);
    if (!rc && moved.count == 0) {
        follower_set_rebuilding(follower, 0);
        follower_tell(follower, moved.cursor, 0, 0);
    }
    return rc;
}

static void *follower_run(void *argument)
{
    struct follower *follower = argument;
    int damaged = 0; /* a state that fails right after it was made anew is not the cause */
    int reset = 0;
    int anew = 0; /* the old state is gone, the new one not there yet */
    int full = 0;
    int wait_ms = 0;
    int rc;

    (void)pthread_setname_np(pthread_self(), "fold");
    (void)setpriority(PRIO_PROCESS, 0, FOLLOWER_NICE); /* of this thread alone */
    for (;;) {
        if (reset) {
            follower_set_rebuilding(follower, 1);
            anew = 1;
        }
        rc = anew ? follower_replace(follower) : 0;
        if (rc && rc != NAVETTE_E_FULL) {
            follower_tell(follower, 0, 0, NAVETTE_E_STORE);
            return NULL;
        }
        anew = rc != 0;
        if (!rc)
            rc = follower_catch_up(follower, full || damaged);
        full = rc == NAVETTE_E_FULL;
        wait_ms = 0;
        if (rc == NAVETTE_E_FULL) {
            follower_tell(follower, 0, 1, 0);
            wait_ms = FOLLOWER_RETRY_MS;
        } else if (rc == NAVETTE_E_MEMORY || (rc && damaged)) {
            follower_tell(follower, 0, 0, error_is_fatal(rc) ? rc : NAVETTE_E_INTERNAL);
            return NULL;
        } else if (rc) {
            system_log(2, "follower", NULL, "the state is damaged (%s): folding it again from the journal", error_text(rc));
            damaged = 1;
            reset = 1;
            continue;
        } else {
            damaged = 0;
        }
        if (follower_wait(follower, wait_ms, &reset))
            return NULL;
    }
}

static int follower_open_first(struct follower *follower)
{
    int rc = prove_state(&follower->options);

    (void)pthread_rwlock_wrlock(&follower->store_lock);
    if (!rc)
        rc = follower_open_state(follower, 0);
    if (rc == NAVETTE_E_STORE || rc == NAVETTE_E_VERSION) {
        system_log(2, "follower", NULL, "the state is damaged: folding it again from the journal");
        rc = follower_open_state(follower, 1);
        follower->news.rebuilding = 1;
        follower->news.rebuilds = 1;
    }
    (void)pthread_rwlock_unlock(&follower->store_lock);
    return rc;
}

static void follower_drop(struct follower *follower)
{
    writer_stop(follower->writer);
    carry_free(follower->carry);
    stack_free(follower->stack);
    lmdb_store_close(follower->state);
    if (follower->fd >= 0)
        (void)close(follower->fd);
    (void)pthread_rwlock_destroy(&follower->store_lock);
    (void)pthread_cond_destroy(&follower->wake);
    (void)pthread_mutex_destroy(&follower->lock);
    free(follower);
}

/* By the writer's thread: what is to be done about it is the fold's. */
static void follower_write_failed(void *context)
{
    follower_wake(context);
}

int follower_start(const struct follower_options *options, struct follower **follower)
{
    struct follower *made = calloc(1, sizeof(*made));
    pthread_condattr_t clock;
    int rc;

    *follower = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->journal = options->journal;
    (void)snprintf(made->folder, sizeof(made->folder), "%s", options->folder);
    made->options = (struct lmdb_options){
        .folder = made->folder, .tables = LMDB_STATE, .map_bytes = options->map_bytes, .reserve_bytes = options->reserve_bytes};
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_rwlock_init(&made->store_lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&made->wake, &clock);
    (void)pthread_condattr_destroy(&clock);
    made->work = 1;
    made->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    rc = made->fd < 0 ? NAVETTE_E_SYSTEM : stack_new(follower_write_failed, made, &made->stack);
    if (!rc)
        rc = carry_new(&made->carry);
    if (!rc)
        rc = follower_open_first(made);
    if (!rc)
        rc = writer_start(FOLLOWER_NICE, made->stack, &made->writer);
    if (!rc && pthread_create(&made->thread, NULL, follower_run, made))
        rc = NAVETTE_E_SYSTEM;
    if (rc) {
        follower_drop(made);
        return rc;
    }
    *follower = made;
    return 0;
}

void follower_stop(struct follower *follower)
{
    if (!follower)
        return;
    (void)pthread_mutex_lock(&follower->lock);
    follower->stop = 1;
    (void)pthread_cond_signal(&follower->wake);
    (void)pthread_mutex_unlock(&follower->lock);
    (void)pthread_join(follower->thread, NULL);
    stack_again(follower->stack);
    (void)stack_drain(follower->stack); /* what is not written is folded again */
    follower_drop(follower);
}

void follower_wake(struct follower *follower)
{
    (void)pthread_mutex_lock(&follower->lock);
    follower->work = 1;
    (void)pthread_cond_signal(&follower->wake);
    (void)pthread_mutex_unlock(&follower->lock);
}

size_t follower_room(struct follower *follower)
{
    return carry_room(follower->carry);
}

void follower_give(struct follower *follower, uint64_t first, struct decoded *decoded)
{
    carry_put(follower->carry, first, decoded);
}

void follower_settle(struct follower *follower, int stored)
{
    carry_settle(follower->carry, stored);
}

void follower_rebuild(struct follower *follower)
{
    (void)pthread_mutex_lock(&follower->lock);
    follower->reset = 1;
    follower->news.rebuilding = 1;
    follower->news.cursor = 0;
    (void)pthread_cond_signal(&follower->wake);
    (void)pthread_mutex_unlock(&follower->lock);
}

int follower_fd(const struct follower *follower)
{
    return follower->fd;
}

void follower_clear(struct follower *follower)
{
    eventfd_t wakes;

    (void)eventfd_read(follower->fd, &wakes);
}

void follower_news(struct follower *follower, struct follower_news *news)
{
    (void)pthread_mutex_lock(&follower->lock);
    *news = follower->news;
    (void)pthread_mutex_unlock(&follower->lock);
}

int follower_read_begin(struct follower *follower, struct store_txn **txn)
{
    int rc;

    (void)pthread_rwlock_rdlock(&follower->store_lock);
    rc = stack_read_begin(follower->stack, txn);
    if (rc)
        (void)pthread_rwlock_unlock(&follower->store_lock);
    return rc;
}

void follower_read_end(struct follower *follower, struct store_txn *txn)
{
    if (!txn)
        return;
    stack_read_end(follower->stack, txn);
    (void)pthread_rwlock_unlock(&follower->store_lock);
}

int follower_check_readers(struct follower *follower)
{
    int rc = 0;

    (void)pthread_rwlock_rdlock(&follower->store_lock);
    if (follower->state)
        rc = lmdb_store_check(follower->state);
    (void)pthread_rwlock_unlock(&follower->store_lock);
    return rc;
}

int follower_usage(struct follower *follower, struct lmdb_usage *usage)
{
    int rc = NAVETTE_E_NOT_FOUND;

    memset(usage, 0, sizeof(*usage));
    (void)pthread_rwlock_rdlock(&follower->store_lock);
    if (follower->state)
        rc = lmdb_store_usage(follower->state, usage);
    (void)pthread_rwlock_unlock(&follower->store_lock);
    return rc;
}
