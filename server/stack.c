/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

#define SPARES 3u /* overlays whose memory is kept: while the disk follows there are no more of them */

/* An overlay and who still reads it: its place on the stack counts as one. */
struct step {
    struct overlay overlay; /* first: a step is called by it */
    unsigned int users;
    size_t bytes; /* held, once it is on the stack */
};

/* A transaction through the steps. Its own view is the topmost: it is called by that. */
struct stack_reader {
    struct overlay_view top;
    struct overlay_view below[STACK_STEPS];
    struct step *steps[STACK_STEPS];
    size_t count;
    struct store_txn *snapshot;
};

struct stack {
    void (*on_failure)(void *context);
    void *context;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct lmdb_store *state;
    struct step *steps[STACK_STEPS]; /* the oldest first */
    size_t count;
    size_t bytes;   /* they hold */
    size_t writing; /* so many of them, of the oldest, are on their way */
    struct step *spares[SPARES];
    size_t spare_count;
    int failed;
    int stop;
};

int stack_new(void (*failed)(void *context), void *context, struct stack **stack)
{
    struct stack *made = calloc(1, sizeof(*made));

    *stack = made;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->on_failure = failed;
    made->context = context;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    return 0;
}

static void free_step(struct step *step)
{
    overlay_free(&step->overlay);
    free(step);
}

static void lock(struct stack *stack)
{
    (void)pthread_mutex_lock(&stack->lock);
}

static void unlock(struct stack *stack)
{
    (void)pthread_mutex_unlock(&stack->lock);
}

static void wait_for_change(struct stack *stack)
{
    (void)pthread_cond_wait(&stack->changed, &stack->lock);
}

static void tell(struct stack *stack)
{
    (void)pthread_cond_broadcast(&stack->changed);
}

/* Steps that nobody uses and whose memory is not kept: freed once nothing is locked. */
struct leaving {
    struct step *steps[2 * STACK_STEPS];
    size_t count;
};

static void free_leaving(struct leaving *leaving)
{
    for (size_t i = 0; i < leaving->count; i++)
        free_step(leaving->steps[i]);
}

/* Locked. The last user leaves its memory for another. */
static void let_go(struct stack *stack, struct step *step, struct leaving *leaving)
{
    if (--step->users > 0)
        return;
    if (stack->spare_count == SPARES)
        leaving->steps[leaving->count++] = step;
    else
        stack->spares[stack->spare_count++] = step;
}

/* Locked. */
static void take_away(struct stack *stack, size_t count, struct leaving *leaving)
{
    for (size_t i = 0; i < count; i++) {
        stack->bytes -= stack->steps[i]->bytes;
        let_go(stack, stack->steps[i], leaving);
    }
    stack->count -= count;
    memmove(stack->steps, stack->steps + count, stack->count * sizeof(*stack->steps));
}

void stack_trim(struct stack *stack)
{
    struct leaving leaving = {.count = 0};

    lock(stack);
    while (stack->spare_count > 0)
        leaving.steps[leaving.count++] = stack->spares[--stack->spare_count];
    unlock(stack);
    free_leaving(&leaving);
}

void stack_free(struct stack *stack)
{
    if (!stack)
        return;
    stack_drop(stack);
    stack_trim(stack);
    (void)pthread_cond_destroy(&stack->changed);
    (void)pthread_mutex_destroy(&stack->lock);
    free(stack);
}

void stack_stand_on(struct stack *stack, struct lmdb_store *state)
{
    lock(stack);
    stack->state = state;
    unlock(stack);
}

/* ---- readers */

/* Locked, so that what the snapshot may hold already of the steps is of those that are here: a step over itself changes nothing. */
static int look(struct stack *stack, struct stack_reader *reader)
{
    int rc = stack->state ? lmdb_read_begin(stack->state, &reader->snapshot) : NAVETTE_E_NOT_FOUND;

    if (rc)
        return rc;
    reader->count = stack->count;
    for (size_t i = 0; i < stack->count; i++) {
        reader->steps[i] = stack->steps[i];
        reader->steps[i]->users++;
    }
    return 0;
}

int stack_read_begin(struct stack *stack, struct store_txn **txn)
{
    struct stack_reader *reader = malloc(sizeof(*reader));
    int rc;

    *txn = NULL;
    if (!reader)
        return NAVETTE_E_MEMORY;
    lock(stack);
    rc = look(stack, reader);
    unlock(stack);
    if (rc) {
        free(reader);
        return rc;
    }
    *txn = reader->snapshot;
    for (size_t i = 0; i < reader->count; i++) {
        struct overlay_view *view = i + 1 == reader->count ? &reader->top : &reader->below[i];

        overlay_look(view, &reader->steps[i]->overlay, *txn);
        *txn = &view->base;
    }
    if (reader->count == 0)
        free(reader);
    return 0;
}

void stack_read_end(struct stack *stack, struct store_txn *txn)
{
    struct stack_reader *reader = (struct stack_reader *)(void *)txn;
    struct leaving leaving = {.count = 0};

    if (!txn)
        return;
    if (!overlay_is_view(txn)) {
        lmdb_abort(txn);
        return;
    }
    lmdb_abort(reader->snapshot);
    lock(stack);
    for (size_t i = 0; i < reader->count; i++)
        let_go(stack, reader->steps[i], &leaving);
    unlock(stack);
    free_leaving(&leaving);
    free(reader);
}

/* ---- the fold */

static struct step *spare(struct stack *stack)
{
    struct step *step = NULL;

    lock(stack);
    if (stack->spare_count > 0)
        step = stack->spares[--stack->spare_count];
    unlock(stack);
    if (step)
        return step;
    step = calloc(1, sizeof(*step));
    if (step)
        overlay_init(&step->overlay);
    return step;
}

int stack_begin_step(struct stack *stack, struct overlay **step, struct store_txn **below)
{
    struct step *made = spare(stack);
    int rc;

    *step = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->users = 1;
    rc = stack_read_begin(stack, below);
    if (rc) {
        free_step(made);
        return rc;
    }
    overlay_begin(&made->overlay, *below);
    *step = &made->overlay;
    return 0;
}

/* One step at least, however large. */
static int is_full(const struct stack *stack, const struct step *more)
{
    return stack->count == STACK_STEPS || (stack->count > 0 && stack->bytes + more->bytes > STACK_BYTES);
}

int stack_end_step(struct stack *stack, struct overlay *step, struct store_txn *below, int keep)
{
    struct step *made = (struct step *)(void *)step;
    struct leaving leaving = {.count = 0};
    int rc = 0;

    stack_read_end(stack, below);
    overlay_seal(step);
    made->bytes = overlay_bytes(step);
    lock(stack);
    while (keep && is_full(stack, made) && !stack->failed)
        wait_for_change(stack);
    if (keep && is_full(stack, made)) {
        rc = stack->failed;
        keep = 0;
    }
    if (keep) {
        stack->steps[stack->count++] = made;
        stack->bytes += made->bytes;
        tell(stack);
    } else {
        let_go(stack, made, &leaving);
    }
    unlock(stack);
    free_leaving(&leaving);
    return rc;
}

int stack_is_deep(struct stack *stack)
{
    int is_deep;

    lock(stack);
    is_deep = stack->count > STACK_WRITTEN;
    unlock(stack);
    return is_deep;
}

int stack_drain(struct stack *stack)
{
    int rc;

    lock(stack);
    while (stack->writing > 0 || (stack->count > 0 && !stack->failed))
        wait_for_change(stack);
    rc = stack->failed;
    unlock(stack);
    return rc;
}

int stack_failed(struct stack *stack)
{
    int rc;

    lock(stack);
    rc = stack->failed;
    unlock(stack);
    return rc;
}

void stack_again(struct stack *stack)
{
    lock(stack);
    stack->failed = 0;
    tell(stack);
    unlock(stack);
}

void stack_drop(struct stack *stack)
{
    struct leaving leaving = {.count = 0};

    lock(stack);
    while (stack->writing > 0)
        wait_for_change(stack);
    take_away(stack, stack->count, &leaving);
    stack->failed = 0;
    unlock(stack);
    free_leaving(&leaving);
}

/* ---- the writer */

size_t stack_next(struct stack *stack, struct overlay *steps[STACK_WRITTEN], struct lmdb_store **state)
{
    size_t count = 0;

    lock(stack);
    while (!stack->stop && (stack->count == 0 || stack->failed))
        wait_for_change(stack);
    if (!stack->stop)
        count = stack->writing = stack->count < STACK_WRITTEN ? stack->count : STACK_WRITTEN;
    for (size_t i = 0; i < count; i++)
        steps[i] = &stack->steps[i]->overlay;
    *state = stack->state;
    unlock(stack);
    return count;
}

void stack_wrote(struct stack *stack, size_t count, int rc)
{
    struct leaving leaving = {.count = 0};

    lock(stack);
    stack->writing = 0;
    stack->failed = rc;
    if (!rc)
        take_away(stack, count, &leaving);
    tell(stack);
    unlock(stack);
    free_leaving(&leaving);
    if (rc)
        stack->on_failure(stack->context);
}

void stack_stop(struct stack *stack)
{
    lock(stack);
    stack->stop = 1;
    tell(stack);
    unlock(stack);
}
