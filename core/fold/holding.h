/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_HOLDING_H
#define FOLD_HOLDING_H

#include "fold/keymap.h"
#include "navette/state.h"

/* Contents of containers gathered in memory while things are read by kind, items first, then bags, then crates. */
struct holding {
    struct keymap keys;           /* containers */
    struct thing_record *records; /* contents only */
    size_t capacity;
    size_t waiting; /* containers put into and not taken yet */
};

void holding_init(struct holding *holding);
void holding_free(struct holding *holding);

/* Puts a thing that is inside its container there, with its own contents. NAVETTE_E_MEMORY. */
int holding_put(struct holding *holding, const struct thing_record *record);
/* Takes what was put into `key`: a record of contents only, to be freed; empty when there is none. */
int holding_take(struct holding *holding, const struct thing_key *key, struct thing_record *held);
/* Containers that nobody took. */
size_t holding_left(const struct holding *holding);

/* The line by which a thing shows in its container. */
struct content holding_line(const struct thing_record *record, int64_t count);
/* Adds that line and all of the thing's contents to what the holder holds, `times` 1 or -1. NAVETTE_E_MEMORY. */
int holding_add(struct thing_record *holder, const struct thing_record *record, int times);

#endif
