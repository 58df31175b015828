/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ORDER_NOTES_H
#define NODE_ORDER_NOTES_H

#include "navette/orders.h"
#include "node/request.h"

/* What is worth telling of something done for an order (`id`; "": for none): appended to *notes, which may be NULL. item NULL: not asked. */
void order_notes_add(const struct request *request, struct store_txn *txn, const char *id, const struct thing_key *item, json_t **notes);

/* Delivered here, and the order (`id`; "": the one it was packed for, as far as that is known here) is to be picked up elsewhere. */
void order_notes_pickup(const struct request *request, struct store_txn *txn, const char *id, const struct thing_key *thing,
                        json_t **notes);

/* The same of an order that a person says is ready: `packed` of its items are in bags. */
void order_notes_ready(const struct request *request, const struct order_view *order, size_t packed, json_t **notes);

#endif
