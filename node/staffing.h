/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STAFFING_H
#define NODE_STAFFING_H

#include "node/request.h"

/* What a request has to do with who is at the desk (staff.h). */

/* Fills desk, staff and operator_ of a request, whose place and json are set. Codes of the store. */
int staffing_read(struct office *office, struct request *request);

/* May whoever asks record at the request's place? 1, and the session goes on; or 0 and *answer says why not, and what to do. */
int staffing_allows(const struct request *request, const struct office *office, json_t **answer);

/* A note for what is recorded although the place wants to know by whom; NULL when there is nothing to say. */
json_t *staffing_note(const struct request *request);

/*
 * A scan that is the badge of an operator of the request's place begins a session, or says which secret is wanted, or that this one works here no more: *answer. Any other scan: *answer stays NULL.
 */
int staffing_badge(struct office *office, const struct request *request, const char *scanned, json_t **answer);

/* Begins a session. secret empty: none was typed. *answer: {"ok", "operator", "shown", "open"}, with "needs" when a secret is wanted first; or a refusal. */
int staffing_open(struct office *office, const struct request *request, const struct view_operator *who, struct span secret,
                  json_t **answer);

#endif
