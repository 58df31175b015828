/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STOCKTAKE_H
#define NODE_STOCKTAKE_H

#include "node/office.h"
#include "node/draft.h"

/*
 * A stocktaking session: an operation of count lines, closed by CountClosed. Expected here: registered documents whose place is this one, on
 * their own and in order, of the material asked for ("material", "" = all). They are declared missing only when the person says that the
 * count is complete: three scans and a Ctrl-D must not empty a library.
 */
#define STOCKTAKE_ID_SIZE 16u

/* The session's id, made from its operation's: the same after a power cut. */
void stocktake_id(const struct operation *operation, uint8_t id[STOCKTAKE_ID_SIZE]);

/*
 * Records CountClosed inside txn: several when more things are missing than an event holds. complete: 1 declares them missing. *unseen: how many
 * were expected and not scanned.
 */
int stocktake_close(struct office *office, struct store_txn *txn, const struct moment *moment, const struct operation *operation,
                    int complete, size_t *unseen);

#endif
