/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TOLD_H
#define VIEW_TOLD_H

#include "fold/horizon.h"

/* What a library system was told of one event and document, in the order in which it was said; what was retracted does not count. */
struct told {
    int act;         /* Navette__IlsAct that stands there now; 0: none */
    int refused_act; /* the last one it refused and that was not told since; 0: none */
    int reason;      /* why: Navette__Reason */
};

int told_read(const struct horizon *horizon, const struct ref *event, const struct thing_key *item, struct told *told);

#endif
