/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_THING_H
#define VIEW_THING_H

#include "fold/horizon.h"
#include "view/view_cells.h"

/* view_thing() for many things: the horizon and the relays are read once. cell (may be NULL): where it counts, before it is shown. */
int view_thing_in(const struct horizon *horizon, const struct view_relays *relays, const struct thing_key *key, int64_t at_ms,
                  struct whereabouts *whereabouts, struct cell *cell);

#endif
