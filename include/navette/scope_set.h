/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SCOPE_SET_H
#define NAVETTE_SCOPE_SET_H

#include "navette/limits.h"
#include "navette/span.h"
#include "navette.pb-c.h"

/*
 * What a node follows: the whole network, or what concerns the places it serves and what the network itself decides (proto/WIRE.md, Scopes). Hub and node decide by the same
 * function, from the event's bytes alone: what a scope gives does not depend on when it is asked.
 */
struct scope_set {
    Navette__Scope kind;
    size_t place_count;
    char places[LIMIT_NODE_PLACES][LIMIT_PLACE_CODE + 1];
};

/* NAVETTE_E_TOO_LARGE: too many places. NAVETTE_E_INVALID: one is no place's code. */
int scope_set_make(struct scope_set *set, Navette__Scope kind, char *const *places, size_t count);

/*
 * Does an event concern one of these places, or everybody? 1, 0 or NAVETTE_E_MEMORY. Of bytes that this version cannot read no more is known than the place where it happened. An event goes to a scope
 * whole or not at all. What travels beside a dispatch (scope.h, companions) is not asked here.
 */
int scope_set_concerns(const char (*places)[LIMIT_PLACE_CODE + 1], size_t count, struct span event);
/* The same for a scope: NETWORK follows everything. */
int scope_set_follows(const struct scope_set *set, struct span event);

/* Does `wide` follow everything that `narrow` follows? The order of places says nothing. */
int scope_set_covers(const struct scope_set *wide, const struct scope_set *narrow);
int scope_set_has(const struct scope_set *set, const char *place);

#endif
