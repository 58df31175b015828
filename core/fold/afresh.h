/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_AFRESH_H
#define FOLD_AFRESH_H

#include "fold/keymap.h"
#include "navette/thing.h"

/*
 * Histories that would be read whole again and again. An event that does not come last costs a reading of its thing's history; thousands of such events about one thing, each before the last,
 * would cost that each time, and whoever has a valid key can write them. So of a long history (FOLD_LONG entries) one reading is done at once, and what else asks for one in the same stretch is put off: at its end
 * a single reading finds what all of it makes of the thing. A stretch ends behind AFRESH_ENTRIES positions or AFRESH_MS of the hub's time, with AFRESH_THINGS histories, and wherever the fold
 * ends its transaction. A history that is read once in a stretch, as an honest one is, knows nothing of this.
 *
 * The set is the same, and with it record, label, counters, digest and findings. Two things are told of the stretch as a whole: what was known of such a thing's past at a position inside it is what
 * was known where it began (FOLD.md, 20), and a finding opens or closes at the last event that was put off.
 */
#define AFRESH_ENTRIES 4096u
#define AFRESH_MS 1000
#define AFRESH_THINGS 1024u

struct afresh_thing {
    uint64_t first; /* from this position on its past is as it was before; 0: nothing was put off */
    uint64_t last;  /* the last event that was */
};

struct afresh {
    struct keymap keys; /* of the long histories that were read in this stretch */
    struct afresh_thing *things;
    size_t capacity;
    uint64_t from; /* where the stretch began */
    int64_t from_ms;
    int amends; /* a correction came within it */
    size_t long_history;
};

void afresh_init(struct afresh *afresh, size_t long_history);
void afresh_free(struct afresh *afresh);

/* The entry at `position`, received at `received_ms` (0: not told), comes next: does it begin another stretch? */
int afresh_is_over(const struct afresh *afresh, uint64_t position, int64_t received_ms);
/* A history of so many entries was read. NAVETTE_E_MEMORY. */
int afresh_note(struct afresh *afresh, const struct thing_key *key, size_t length, uint64_t position, int64_t received_ms);
/* 1: the reading that this event asks for is put off, the past is as it was before `first`; 0: it is to be done. */
int afresh_put_off(struct afresh *afresh, const struct thing_key *key, uint64_t first, uint64_t position);
/* Was one put off? Then its record is of before, and nothing can be said of it by itself. */
int afresh_owes(const struct afresh *afresh, const struct thing_key *key);

#endif
