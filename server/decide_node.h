/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_NODE_H
#define NAVETTE_SERVER_DECIDE_NODE_H

#include "server/decide.h"

/* Invitations, rights, revocations (decide.h says how they are called). */
decide_function decide_enrol;  /* places, role, scope, hours */
decide_function decide_revoke; /* node: id, its beginning, or a place; reason */
decide_function decide_rights; /* without node: the list; with: role, scope, places */

const char *decide_role_name(Navette__Role role);    /* "branch"...; "unknown" */
const char *decide_scope_name(Navette__Scope scope); /* "network", "own"; "unknown" */

#endif
