/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_PAST_H
#define FOLD_PAST_H

#include "fold/horizon.h"
#include "navette/state.h"

/* The state of things at a moment (FOLD.md, clarified 14), folded in memory. INT64_MAX: now, from the records. */

/* One thing without its contents. known: its record of now, which serves when nothing happened since. NAVETTE_E_NOT_FOUND: not heard of by then. */
int past_record(const struct horizon *horizon, const struct thing_record *known, int64_t at_ms, struct thing_record *record);

/* One thing with its contents, at any depth. To be freed. NAVETTE_E_NOT_FOUND. */
int past_read(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record);

#endif
