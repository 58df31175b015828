/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_NODE_H
#define NAVETTE_SERVER_DECIDE_NODE_H

#include "server/decide.h"

/* Invitations, rights (decide.h says how they are called). */
decide_function decide_enrol;  /* places, role, scope, hours */
decide_function decide_rights; /* without node: the list; with: role, scope, places */

/* The node that the request's "node" means: its id, its first six characters or more, or a place that it serves. Else *answer says why not. */
int decide_find_node(struct executor *executor, const json_t *request, struct hub_node *found, json_t **answer);
/* The same; a place that nobody serves means who served it before being revoked. */
int decide_find_node_gone(struct executor *executor, const json_t *request, struct hub_node *found, json_t **answer);
json_t *decide_place_list(const char (*places)[LIMIT_PLACE_CODE + 1], size_t count);
decide_function decide_clones; /* who claims to be a node that was cloned */
decide_function decide_choose; /* node, process: which of them goes on as it */

const char *decide_role_name(Navette__Role role);    /* "branch"...; "unknown" */
const char *decide_scope_name(Navette__Scope scope); /* "network", "own"; "unknown" */

#endif
