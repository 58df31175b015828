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
    pthread_mutex_t lock;   /* guards `coming` */
    struct list coming;     /* put in and not taken over */
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
    free(list->loads);
    memset(list, 0, sizeof(*list));
}

/* ---- put in */

size_t carry_room(struct carry *carry)
{
    return atomic_load(&carry->bytes) < CARRY_BYTES ? CARRY_BATCH_BYTES : 0;
}

void carry_put(struct carry *carry, uint64_t first, struct decoded *decoded)
{
    struct load load = {first, decoded ? decoded_count(decoded) : 0, decoded};
    int rc = NAVETTE_E_FULL;

    if (!decoded)
        return;
    if (atomic_fetch_add(&carry->bytes, decoded_size(decoded)) < CARRY_BYTES) {
        (void)pthread_mutex_lock(&carry->lock);
        rc = add(&carry->coming, &load);
        (void)pthread_mutex_unlock(&carry->lock);
    }
    if (rc)
        let_go(carry, &load);
}

/* ---- taken out */

void carry_begin(struct carry *carry, uint64_t from)
{
    struct list *here = &carry->here;
    size_t kept = 0;

    for (size_t i = 0; i < here->count; i++) {
        if (here->loads[i].decoded && here->loads[i].first + here->loads[i].count > from)
            here->loads[kept++] = here->loads[i];
        else
            let_go(carry, &here->loads[i]);
    }
    here->count = kept;
    carry->at = 0;
    (void)pthread_mutex_lock(&carry->lock);
    for (size_t i = 0; i < carry->coming.count; i++) {
        struct load *load = &carry->coming.loads[i];

        if (load->first + load->count <= from || add(here, load))
            let_go(carry, load);
    }
    carry->coming.count = 0;
    (void)pthread_mutex_unlock(&carry->lock);
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
    if (!carry)
        return;
    empty(carry, &carry->coming);
    empty(carry, &carry->here);
    (void)pthread_mutex_destroy(&carry->lock);
    free(carry);
}
