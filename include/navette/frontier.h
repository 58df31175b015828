/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_FRONTIER_H
#define NAVETTE_FRONTIER_H

#include "navette/event.h"
#include "navette/store.h"

/*
 * Frontiers: what is known to be complete. A node states, signed: having seen the hub up to a cursor, when the hub's clock said this, my log
 * ends at seq. The hub notes the statement in its own log (FrontierNoted) once it holds that log up to seq: from then on everything that the node
 * recorded before that hub time is known. It needs no clock of the node. A note of a hub's log that a restored hub has gone on from, come back after that, speaks of
 * positions that are no more: its cursor counts up to the entry with which the restored hub began.
 *
 * TABLE_FRONTIER: node id 16, position u64 of the note -> incarnation 16, seq u64, hub cursor u64, hub time ms u64.
 */
struct frontier_mark {
    uint8_t node[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t seq;
    uint64_t hub_cursor; /* what the node had seen */
    int64_t hub_time_ms; /* and when, as the hub told it */
    uint64_t position;   /* of the note in this store's journal */
};

/* Takes one FrontierNoted at its position in; any other body, or one that is not of the network's own desk: nothing. Codes of store.h. */
int frontier_take(struct store_txn *state, struct store_txn *journal, const struct event *event, uint64_t position);

/* One row of the table. NAVETTE_E_STORE when damaged. */
int frontier_read(struct span key, struct span row, struct frontier_mark *mark);

/* The last one of a node noted at or before `known` (UINT64_MAX: now). NAVETTE_E_NOT_FOUND. */
int frontier_last(struct store_txn *state, const uint8_t node[NODE_ID_SIZE], uint64_t known, struct frontier_mark *mark);

/* What a statement has to say. */
struct frontier_need {
    uint64_t after;             /* noted behind this position */
    uint64_t hub_cursor;        /* having seen at least this */
    int64_t hub_time_ms;        /* when it was at least this */
    const uint8_t *incarnation; /* of this log (NULL: any), up to at least seq */
    uint64_t seq;
};
/* The first statement of a node that does. NAVETTE_E_NOT_FOUND. */
int frontier_first(struct store_txn *state, const uint8_t node[NODE_ID_SIZE], const struct frontier_need *need, struct frontier_mark *mark);

/*
 * A place whose nodes have not all told what they know up to at_ms: things held there, or on the road from or to it, may have moved since. A place is heard
 * of as far as the oldest of its nodes; a guest place through its host's. Places that no node serves are not silent: what happens there is recorded by those
 * who go there.
 */
#define FRONTIER_QUIET_MS 900000 /* a statement this much older than the moment asked for still counts: nodes speak every 5 minutes */

struct frontier_silence {
    char place[LIMIT_PLACE_CODE + 1];
    uint8_t node[NODE_ID_SIZE]; /* the one longest unheard */
    int64_t since_ms;           /* hub time up to which everything there is known; 0: nothing ever */
};

struct frontier_silences {
    struct frontier_silence *list; /* by place */
    size_t count;
    int64_t until_ms; /* from then on another place is silent, unless it is heard of again; INT64_MAX: never */
};

/*
 * The places silent at at_ms, by what this store held at `known`. self (may be NULL): the node that asks, never silent to itself. Free with
 * frontier_silences_free(). NAVETTE_E_MEMORY, codes of store.h.
 */
int frontier_silent(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const uint8_t *self,
                    struct frontier_silences *silences);
void frontier_silences_free(struct frontier_silences *silences);
/* NULL when the place is not silent. */
const struct frontier_silence *frontier_silence_of(const struct frontier_silences *silences, const char *place);

#endif
