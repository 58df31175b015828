/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STOCKTAKE_H
#define NODE_STOCKTAKE_H

#include "navette/count.h"
#include "node/office.h"
#include "node/draft.h"

/*
 * A stocktaking without a session of its own: an operation of count lines, closed by CountClosed. Expected here: registered documents whose place is this one, on
 * their own and in order, of the material asked for ("material", "" = all). They are declared missing only when the person says that the
 * count is complete: three scans and a Ctrl-D must not empty a library.
 */
#define STOCKTAKE_ID_SIZE 16u

/*
 * The session's id: that of the session which stood open at the place when the operation began (its option "session", in hex); without one, made from the
 * operation's own, the same after a power cut.
 */
void stocktake_id(const struct operation *operation, uint8_t id[STOCKTAKE_ID_SIZE]);
/* Is it part of a session that `navette count close` closes? */
int stocktake_is_shared(const struct operation *operation);

/*
 * Records CountClosed inside txn: several when more things are missing than an event holds. complete: 1 declares them missing. *unseen: how many
 * were expected and not scanned.
 */
int stocktake_close(struct office *office, struct store_txn *txn, const struct moment *moment, const struct operation *operation,
                    int complete, size_t *unseen);

/*
 * The same for a session that was opened (count.h): complete, its list is what is missing by all that is known now. *unseen: how many that is.
 */
int stocktake_close_session(struct office *office, struct store_txn *txn, const struct moment *moment, const struct count_session *session,
                            const char *operator_, int complete, size_t *unseen);

#endif
