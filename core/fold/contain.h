/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_CONTAIN_H
#define FOLD_CONTAIN_H

#include "navette/state.h"
#include "navette/store.h"

/*
 * One change of the state: the records it concerns as they were and as they become; then contents move from container to container, counters by
 * the difference (in memory), records and digest are written. Contents of a container follow from what is inside it: nobody else writes them.
 *
 * Behind the trails of histories stand the things directly inside a container: TABLE_HISTORY, container's key || content's key.
 */
struct contain_slot {
    struct thing_record old;
    struct thing_record new;
    int had;   /* there was a record */
    int loose; /* there was none, and its history is not empty (trail.h) */
};

#define CONTAIN_FEW 2u /* an event is about one thing, most often, and moves it into or out of another */

struct fold;

struct contain_change {
    struct fold *fold;          /* borrowed: its state, its digest and its counters are moved by the difference */
    struct contain_slot *slots; /* `few`, or more on the heap */
    size_t count;
    size_t capacity;
    struct buffer scratch;
    struct contain_slot few[CONTAIN_FEW];
};

/* Until contain_free() the change may not be moved. */
void contain_begin(struct contain_change *change, struct fold *fold);
void contain_free(struct contain_change *change);

/* The slot of a thing: its record is read, or begun empty. Slots move when another is opened: keep the number, and no key inside one. */
int contain_open(struct contain_change *change, const struct thing_key *key, size_t *slot);

/* Carries out what the slots say. NAVETTE_E_STORE when the state contradicts itself. */
int contain_settle(struct contain_change *change);

#endif
