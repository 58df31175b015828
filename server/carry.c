/* SPDX-License-Identifier: Apache-2.0 */
#include "server/carry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

struct load {
    uint64_t first;
    uint64_t count;
    struct decoded *decoded; /* NULL: let go */
};

struct list {
    struct load *loads;
    size_t count;
    size_t capacity;
};

struct carry {
    struct fold_ahead base; /* first: the fold calls it by this */
    _Atomic size_t bytes;   /* of all that is carried */
    struct list open;       /* put in and not settled */
    pthread_mutex_t lock;   /* guards `coming`, for moments */
    struct list coming;     /* settled and not taken over */
    struct list taken;      /* empty between steps */
    struct list here;       /* the fold's; during a step only `decoded` changes */
    size_t at;              /* of those: the one that was asked for last */
};

static int add(struct list *list, const struct load *load)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct load *grown = realloc(list->loads, capacity * sizeof(*grown));

        if (!grown)
            return NAVETTE_E_MEMORY;
        list->loads = grown;
        list->capacity = capacity;
    }
    list->loads[list->count++] = *load;
    return 0;
}

static void let_go(struct carry *carry, struct load *load)
{
    if (!load->decoded)
        return;
    atomic_fetch_sub(&carry->bytes, decoded_size(load->decoded));
    decoded_free(load->decoded);
    load->decoded = NULL;
}

static void empty(struct carry *carry, struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        let_go(carry, &list->loads[i]);
    list->count = 0;
}

/* ---- put in */

size_t carry_room(struct carry *carry)
{
    return atomic_load(&carry->bytes) < CARRY_BYTES ? CARRY_BATCH_BYTES : 0;
}

void carry_put(struct carry *carry, uint64_t first, struct decoded *decoded)
{
    struct load load = {first, decoded ? decoded_count(decoded) : 0, decoded};

    if (decoded && (atomic_fetch_add(&carry->bytes, decoded_size(decoded)) >= CARRY_BYTES || add(&carry->open, &load)))
        let_go(carry, &load);
}

void carry_settle(struct carry *carry, int stored)
{
    struct list *open = &carry->open;

    if (stored && open->count > 0) {
        (void)pthread_mutex_lock(&carry->lock);
        for (size_t i = 0; i < open->count && add(&carry->coming, &open->loads[i]) == 0; i++)
            open->loads[i].decoded = NULL;
        (void)pthread_mutex_unlock(&carry->lock);
    }
    empty(carry, open);
}

/* ---- taken out */

static int is_needed(const struct load *load, uint64_t from)
{
    return load->decoded && load->first + load->count > from;
}

void carry_begin(struct carry *carry, uint64_t from)
{
    struct list *here = &carry->here;
    struct list spare = carry->taken;
    size_t kept = 0;

    for (size_t i = 0; i < here->count; i++) {
        if (is_needed(&here->loads[i], from))
            here->loads[kept++] = here->loads[i];
        else
            let_go(carry, &here->loads[i]);
    }
    here->count = kept;
    carry->at = 0;
    (void)pthread_mutex_lock(&carry->lock);
    carry->taken = carry->coming;
    carry->coming = spare;
    (void)pthread_mutex_unlock(&carry->lock);
    for (size_t i = 0; i < carry->taken.count; i++) {
        struct load *load = &carry->taken.loads[i];

        if (is_needed(load, from) && add(here, load) == 0)
            load->decoded = NULL;
    }
    empty(carry, &carry->taken);
}

static int take(struct fold_ahead *base, uint64_t position, struct span bytes, struct event *event, int *rc)
{
    struct carry *carry = (struct carry *)(void *)base;
    struct list *here = &carry->here;
    const struct load *load;

    while (carry->at < here->count && position >= here->loads[carry->at].first + here->loads[carry->at].count)
        let_go(carry, &here->loads[carry->at++]);
    if (carry->at == here->count)
        return 0;
    load = &here->loads[carry->at];
    return position >= load->first && decoded_get(load->decoded, (size_t)(position - load->first), bytes, event, rc);
}

struct fold_ahead *carry_fold(struct carry *carry)
{
    return &carry->base;
}

/* Of those of the fold: the first that ends after it. */
static size_t find(const struct list *here, uint64_t position)
{
    size_t low = 0;
    size_t high = here->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (here->loads[middle].first + here->loads[middle].count <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t carry_past(const struct carry *carry, uint64_t position)
{
    const struct list *here = &carry->here;

    for (size_t i = find(here, position); i < here->count && here->loads[i].first <= position; i++)
        position = here->loads[i].first + here->loads[i].count;
    return position;
}

uint64_t carry_missing(const struct carry *carry, uint64_t from, uint64_t until)
{
    const struct list *here = &carry->here;
    uint64_t missing = 0;

    for (size_t i = find(here, from); from <= until; i++) {
        uint64_t next = i < here->count && here->loads[i].first <= until ? here->loads[i].first : until + 1;

        if (next > from)
            missing += next - from;
        if (next > until)
            break;
        from = next + here->loads[i].count;
    }
    return missing;
}

int carry_new(struct carry **carry)
{
    struct carry *made = calloc(1, sizeof(*made));

    *carry = made;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->base.take = take;
    (void)pthread_mutex_init(&made->lock, NULL);
    return 0;
}

void carry_free(struct carry *carry)
{
    struct list *lists[] = {&carry->open, &carry->coming, &carry->taken, &carry->here};

    if (!carry)
        return;
    for (size_t i = 0; i < 4; i++) {
        empty(carry, lists[i]);
        free(lists[i]->loads);
    }
    (void)pthread_mutex_destroy(&carry->lock);
    free(carry);
}
