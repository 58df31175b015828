/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_SNAPSHOT_H
#define NAVETTE_SERVER_SNAPSHOT_H

#include "navette/hub.h"
#include "server/follower.h"
#include "server/home.h"

/*
 * The snapshots that this hub has made, in the folder's "snapshots": a file of chunks and a signed manifest each. One is made when a node asks for one and there is none that is new enough; it serves everybody who
 * follows the same, over a restart too, and goes when nobody has asked for it for a day.
 */
#define SNAPSHOTS_MAX 16u
#define SNAPSHOT_KEEP_MS INT64_C(86400000)
#define SNAPSHOT_IN_USE_MS 120000 /* one that was asked for since makes no room for another: whoever takes it would have to begin again */
#define SNAPSHOT_FAILED_MS 600000 /* one that could not be made is not tried again before */
#define SNAPSHOT_ANSWER_BYTES 262144u /* of chunks, in one answer: others wait for it */

struct snapshot_table;

struct snapshot_options {
    struct home *home;
    struct follower *follower;
    const struct hub_options *hub;
};

/* Takes up those of before that are whole and of this journal. NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int snapshot_table_open(const struct snapshot_options *options, struct snapshot_table **table);
/* The hub has other keys now: all are signed anew. */
void snapshot_table_resign(struct snapshot_table *table);
void snapshot_table_close(struct snapshot_table *table); /* NULL is a no-op; ends what is being made */

/*
 * What a node is answered, as messages to be sent one after the other: call until NAVETTE_E_NOT_FOUND with *turn 0 at first. `tail`: of the journal. *message borrows from the table until the next call.
 */
int snapshot_table_answer(struct snapshot_table *table, const struct hub_node *node, const struct hub_snapshot_ask *ask, uint64_t tail,
                          uint32_t *turn, Navette__SnapshotChunk *message);

#endif
