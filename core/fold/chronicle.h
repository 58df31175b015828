/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_CHRONICLE_H
#define FOLD_CHRONICLE_H

#include "fold/horizon.h"

/* One thing's history as it came: every entry that concerns the thing, absent ones too, decoded, in journal order; order.h puts them in theirs. */
struct chronicle_entry {
    struct journal_entry entry; /* its event bytes are borrowed from the journal */
    struct event event;         /* owned; a caller that takes it leaves it zeroed */
    enum event_part part;
    int absent;
    struct ref absent_by;
    int64_t time_ms;
    int time_is_corrected;
    size_t parents;      /* where its parents begin in the chronicle's list */
    size_t parent_count; /* those inside this chronicle, absent ones too */
    int64_t dispatch;    /* the entry its `dispatch` reference points to, -1: none, or not in this chronicle */
    uint64_t missing;    /* filter of parents and dispatches not in the set yet: explain_bit_of_ref() */
};

struct chronicle {
    struct thing_key key;
    struct chronicle_entry *entries;
    size_t count;
    uint32_t *parents;
    size_t parent_count;
    size_t pruned;     /* left out: horizon->kept */
    int64_t pruned_ms; /* the latest time of those, as written; INT64_MAX: not known of one */
};

/* An empty chronicle when nothing concerns the thing. On failure there is nothing to free. */
int chronicle_load(const struct horizon *horizon, const struct thing_key *key, struct chronicle *chronicle);
/* The same while the newest position of its trail (trail.h) is not in the state yet. */
int chronicle_load_from(const struct horizon *horizon, const struct thing_key *key, uint64_t newest, struct chronicle *chronicle);
void chronicle_free(struct chronicle *chronicle);

#endif
