/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_OPERATOR_H
#define NAVETTE_SERVER_DECIDE_OPERATOR_H

#include "server/decide.h"

/* Who works at the places, and what these ask of them (decide.h says how they are called). Names and PINs are at the nodes only. */
decide_function
    decide_operators; /* place: else all: {"rows": [{place, operator, lead, ended}], "rules": [{place, need, refuse_unknown, idle_s}]} */
decide_function decide_operator_rule;  /* place, need, idle ("15", "90s"), unknown ("refuse", "record") */
decide_function decide_operator_add;   /* place, operator, lead */
decide_function decide_operator_end;   /* place, operator */
decide_function decide_operator_reset; /* place, operator: their PIN is void */

#endif
