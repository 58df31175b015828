/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_FIGURE_REQUEST_H
#define IO_FIGURE_REQUEST_H

#include <jansson.h>

#include "navette/view.h"

/*
 * Which figure is to be explained, as asked on either control socket: "stock", "transit" (a line of the list) or "bags" (a cell of the ledger), with "kind", "state", "material", "from", "to",
 * "day". place: where, or whence it left; NULL: everywhere. Texts are borrowed from the request. NAVETTE_E_INVALID: *option and *value are what can't be.
 */
int figure_request_read(const json_t *request, const char *place, struct stock_filter *filter, const char **option, const char **value);
/* Does it ask for a figure at all? */
int figure_request_is(const json_t *request);

/* Words of a bag ledger's cells that are no state. */
#define FIGURE_REQUEST_STATES "owned, overdue, retired"

#endif
