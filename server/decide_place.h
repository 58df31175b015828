/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_PLACE_H
#define NAVETTE_SERVER_DECIDE_PLACE_H

#include "server/decide.h"

/* Places and rules (decide.h says how they are called). */
decide_function decide_place_add; /* code, name, kind, isil, tz, namespaces, zones, host */
decide_function decide_rule_add;  /* kind, material, place, destination, zone, from, to, days or hours */

/* The kind of a declared place, from the state. NAVETTE_E_NOT_FOUND. */
int decide_place_kind(struct executor *executor, const char *code, Navette__PlaceKind *kind);

/* One event of the hub's own log about a thing, behind what the hub last knew of it. NAVETTE_E_INVALID: *answer says what is wrong. */
int decide_thing(struct executor *executor, const json_t *request, Navette__Event *event, const Navette__Thing *thing, json_t **answer,
                 uint64_t *position);

/* Splits "a,b,c" in place: pointers into `text`. Returns the number, or NAVETTE_E_TOO_LARGE over max. Empty parts are skipped. */
int decide_split(char *text, char **parts, size_t max);

#endif
