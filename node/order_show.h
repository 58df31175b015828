/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ORDER_SHOW_H
#define NODE_ORDER_SHOW_H

#include "navette/orders.h"
#include "node/reading.h"

/* Orders and pick lists as JSON. */

/* As it stands at the reading's moment. Appends {id, state, channel, pickup, place, placed, since, items: [{namespace, id, title?, call_number?, packed}], packed, wanted, bags, card?, name?}. */
int order_show_row(struct office *office, const struct reading *reading, const struct order_view *view, json_t *rows);

/* {"of", "rows": on the shelf, "away": the rest, each with its reason, "total"} */
json_t *order_show_picks(const struct request *request, const struct pick_view *view, const char *of);

#endif
