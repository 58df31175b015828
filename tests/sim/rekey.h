/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_REKEY_H
#define NAVETTE_SIM_REKEY_H

#include <stddef.h>

#include "navette/rekey.h"

/* A node changes its keys while it pushes: what is sealed stands under the key before, the next batch under the new one, and the hub is told until it has stored that. */
struct world;

void rekey_begin(struct world *world, size_t node); /* when it may */
void rekey_turn(struct world *world, size_t node);  /* the hub has them: the node goes over, and connects again */
/* The hub lets its transport key before in, or knows it for one that was given up. */
int rekey_is_known_before(const struct world *world, size_t node);
/* A hub that was put back knows the key before alone: is it shown? */
int rekey_dials_before(const struct world *world, size_t node);
void rekey_connected(struct world *world, size_t node); /* before NODE_CONNECTED: under that key, the change is said again */
/* What its log stands under: the latest key, and in *past those before. */
const uint8_t *rekey_keys(const struct world *world, size_t node, struct rekey_past *past);

#endif
