/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_REKEY_H
#define NAVETTE_SIM_REKEY_H

#include <stddef.h>

#include "navette/rekey.h"

/* A node changes its keys while it pushes: what is sealed stands under the key before, the next batch under the new one, and the hub is told until it has stored that. */
struct world;

void rekey_begin(struct world *world, size_t node); /* when it may */
void rekey_turn(struct world *world, size_t node);  /* the hub has them: the node goes over, and connects again */
/* What its log stands under: the latest key, and in *past those before. */
const uint8_t *rekey_keys(const struct world *world, size_t node, struct rekey_past *past);

#endif
