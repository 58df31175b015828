/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_LENT_H
#define VIEW_LENT_H

#include "fold/horizon.h"
#include "navette/loans.h"

/* One loan, read from the histories of the document, its bag and its order (loans.h says what begins and ends it). */
enum lent_now { LENT_NEVER, LENT_OUT, LENT_BACK };

struct lent {
    enum lent_now now;
    int64_t out_ms, back_ms;
    struct ref back; /* seq 0: it has not ended */
};

/* packing: an ItemPacked that names an order, in the set. item: one of its documents. */
int lent_read(const struct horizon *horizon, const struct event *packing, const struct thing_key *item, enum loan_moment moment,
              struct lent *lent);

#endif
