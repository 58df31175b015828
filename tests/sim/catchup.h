/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_CATCHUP_H
#define NAVETTE_SIM_CATCHUP_H

#include "navette/effects.h"

/*
 * Snapshots: what the hub makes for who is far behind, chunk by chunk, and the store beside that a node puts them into until it takes the place of its own. In some seeds only, and then for being behind
 * by little.
 */
struct world;

struct catchup {
    struct buffer manifest;
    uint8_t id[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct buffer *chunks;
    size_t count;
    size_t capacity;
    uint32_t scope_epoch;
};

void catchup_draw(struct world *world);
void catchup_forget(struct world *world); /* the hub's journal is another */

/* At the hub: EFFECT_SNAPSHOT. */
void catchup_answer(struct world *world, const struct effect *effect);

/* At a node: EFFECT_STAGE; after each commit; when its process starts; when its disk is gone. */
void catchup_stage(struct world *world, size_t node, const struct effect *effect);
void catchup_turn(struct world *world, size_t node);
void catchup_resume(struct world *world, size_t node);
void catchup_drop(struct world *world, size_t node);

#endif
