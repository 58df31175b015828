/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CONTAINER_H
#define NODE_CONTAINER_H

#include "navette/view.h"
#include "node/request.h"

/* The bag or crate that a request names in "container", with its state. Zero before use. */
struct container {
    struct thing_key key;
    struct whereabouts where;
    int known; /* 1: `where` is filled */
};

/* 0 and *answer NULL: found and within reach. kinds: bits of 1 << kind. */
int container_find(const struct office *office, const struct request *request, struct store_txn *txn, unsigned kinds, int may_be_sealed,
                   struct container *container, json_t **answer);
void container_free(struct container *container);

#endif
