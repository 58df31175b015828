/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_SET_H
#define RECONCILE_HANDOVER_SET_H

#include "fold/horizon.h"
#include "fold/keymap.h"
#include "reconcile/handover_key.h"

/*
 * All that speaks of one hand-over, whatever it calls it: an event that names a slip and a stop makes one of both, a reference is the hand-over of the event it points to, and a
 * count that names nothing is where the last present pairing of it says. A pure function of the set of entries.
 *
 * Rows of TABLE_HANDOVER (key: thing key): 0x01 || key || position u64 -> nothing: an event that names it; 0x02 || key -> how many do u32, has anybody counted u8;
 * 0x03 || reference || position u64 -> nothing: a pairing of that count; 0x04 || bag || crate -> nothing: came out of it (deposit.h).
 */
#define HANDOVER_ROW_EVENT 1u
#define HANDOVER_ROW_SUMMARY 2u
#define HANDOVER_ROW_PAIRING 3u
#define HANDOVER_ROW_UNLOADED 4u
#define HANDOVER_ROW_MAX (1u + 2u * THING_KEY_MAX)

struct handover_summary {
    uint32_t events;
    int counted; /* a carrier or a taker has counted, here or in what this is one with: findings are possible */
};
/* Zeros when nothing names it. */
int handover_set_summary(struct store_txn *state, const struct thing_key *key, struct handover_summary *summary);
int handover_set_summarise(struct store_txn *state, const struct thing_key *key, const struct handover_summary *summary);
int handover_set_is_crowded(const struct handover_summary *summary);

struct handover_member {
    struct event event; /* owned */
    struct handover_words words;
    size_t part; /* index of the key it counts for */
};

struct handover_set {
    struct handover_member *members; /* present ones, in the order of (HLC as written, incarnation, seq) */
    size_t count;
    struct thing_key *keys; /* every name it has */
    size_t key_count;
    size_t canonical; /* index of the name it is kept under */

    struct keymap names, positions; /* while it is read */
    size_t capacity;
};

/* Adds where each pairing of a count that there ever was points to: what its coming or going may change. */
int handover_set_paired(const struct horizon *horizon, const struct ref *count, struct keymap *names);

/* NAVETTE_E_MEMORY, codes of the store. Empty when nothing speaks of it, or too much (HANDOVER_EVENTS_MAX). */
int handover_set_load(const struct horizon *horizon, const struct thing_key *key, struct handover_set *set);
/* Of what had happened by at_ms (corrected times; INT64_MAX: all). */
int handover_set_load_at(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct handover_set *set);
void handover_set_free(struct handover_set *set);

#endif
