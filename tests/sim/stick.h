/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_STICK_H
#define NAVETTE_SIM_STICK_H

#include <stddef.h>

#include "navette/span.h"

/*
 * Sticks (proto/BUNDLE.md), as the frames that they hold: somebody writes one at a node, brings it to the hub sooner or later, or twice, or never, and takes an answer back. What a damaged
 * stick holds whole is read, the rest is a hole: parts are sealed one by one, so that a bit that flips is a part that is not there. Some nodes have no line at all.
 */
struct world;

#define STICKS 12u /* in somebody's pocket; one more, and one is lost */

struct stick {
    size_t node;
    struct buffer *frames;
    size_t count;
    size_t capacity;
};

struct sticks {
    struct stick out[STICKS];
    size_t out_count;
    struct stick back[STICKS];
    size_t back_count;
};

void stick_draw(struct world *world); /* which nodes have no line */
void stick_free(struct sticks *sticks);
/* Somebody does something with one. `whole`: to the hub and back, undamaged. */
void stick_carry(struct world *world, size_t node, int whole);
void stick_settle(struct world *world); /* for the nodes that have no line, once nothing goes wrong any more */

#endif
