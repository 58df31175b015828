/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_PAST_H
#define FOLD_PAST_H

#include "fold/horizon.h"
#include "navette/state.h"

/*
 * The state of things at a moment (FOLD.md, clarified 14), by the set that the horizon shows, folded in memory. INT64_MAX by the whole set: from the
 * records.
 */

/* One thing without its contents. known: its record of now, which serves when nothing happened since. NAVETTE_E_NOT_FOUND: not heard of by then. */
int past_record(const struct horizon *horizon, const struct thing_record *known, int64_t at_ms, struct thing_record *record);

/* One thing with its contents, at any depth. To be freed. NAVETTE_E_NOT_FOUND. */
int past_read(const struct horizon *horizon, const struct thing_key *key, int64_t at_ms, struct thing_record *record);

/* Where a bag or crate stood (standing.h), without contents. No history is read. NAVETTE_E_NOT_FOUND. */
int past_stand(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct thing_record *record);

/* Its label, by that set (titles have no moment: the last one given counts). NAVETTE_E_NOT_FOUND. */
int past_label(const struct horizon *horizon, const struct thing_key *key, struct label *label);

/*
 * The things that have or had a record, by kind then key. Where retractions came later a thing may have had one and has none now: they are then read from
 * the histories.
 */
struct past_things {
    const struct horizon *horizon;
    struct store_scan *scan;
    struct store_scan *trails; /* of those without a record; NULL: there is none that had one */
    int last_kind;
    size_t len;
    uint8_t from[THING_KEY_MAX + 1]; /* the next one is sought from here */
};
/* Those of kinds first_kind .. last_kind. past_things_close() in any case. */
int past_things_open(struct past_things *things, const struct horizon *horizon, int first_kind, int last_kind);
/* The record of now, events 0 when there is none: for past_record(); to be freed. NAVETTE_E_NOT_FOUND: no more. */
int past_things_next(struct past_things *things, struct thing_record *known);
void past_things_close(struct past_things *things);

#endif
