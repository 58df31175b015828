/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_ROTATION_H
#define NAVETTE_SIM_ROTATION_H

#include <stddef.h>

#include "navette/effects.h"
#include "navette/rekey.h"
#include "navette/store.h"

/*
 * The hub changes its own keys: announced in its log, told to the nodes, gone over to once all know, or their time is over; put back from a backup of before with the keys of then, or with the later ones
 * beside it. Each node trusts what it was told; one whose keys the port does not know asks how they changed.
 */
struct hub;
struct world;

void rotation_draw(struct world *world); /* in some seeds, by a stream of their own */
void rotation_begin_hub(struct world *world);
void rotation_begin_node(struct world *world, size_t node);
int rotation_seal(struct world *world, struct store_txn *txn); /* the hub's own open batch, should it have one */
void rotation_change(struct world *world);                     /* FAULT_HUB_REKEY */
void rotation_started(struct world *world);
void rotation_turn(struct world *world); /* at the hub: goes over when it may */
int rotation_may_restore(const struct world *world);
/* Put back from its backup: with the keys that lie in that, which `begin_log` is signed with; and then with the later ones, now and then, before it starts. */
void rotation_back_up(struct world *world);
void rotation_restore(struct world *world);
void rotation_began(struct world *world, const struct hub *process); /* its new log */
void rotation_put_later(struct world *world);
/* Once nothing goes wrong any more: who looks after the hub does what it says, and waits for nobody who learns nothing more. */
void rotation_settle(struct world *world);
/* May this node connect? It asks how they changed when it knows none of the port's. */
int rotation_dialled(struct world *world, size_t node);
void rotation_told(struct world *world, size_t node, const struct effect *effect); /* EFFECT_KEYS */
void rotation_look(struct world *world, size_t node);                              /* what WELCOME said */
void rotation_by_stick(struct world *world, size_t node);                          /* behind the receipt */
/* What its logs stand under: the latest, and those before. */
const uint8_t *rotation_all(const struct world *world, struct rekey_past *past);
int rotation_at_rest(const struct world *world, char *why, size_t size);

#endif
