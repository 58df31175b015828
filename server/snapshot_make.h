/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_SNAPSHOT_MAKE_H
#define NAVETTE_SERVER_SNAPSHOT_MAKE_H

#include "navette/hub.h"
#include "server/follower.h"
#include "server/home.h"

/*
 * Makes a snapshot in a thread of its own: reads the journal up to where the state stands, a chunk a transaction, beside the writer and the fold. What a node that follows the whole network comes to is the state's own
 * digest; what a scope of some places comes to is folded in a store beside.
 */
struct snapshot_job {
    struct home *home;
    struct follower *follower;
    struct hub_options options;
    uint8_t node[NODE_ID_SIZE];
    char folder[HOME_PATH_SIZE]; /* where the chunks are written, as "making" */
    uint64_t least;              /* the state has to stand here at least */
    _Atomic int stop;            /* it ends soon after this is set */
    struct buffer manifest;      /* what came of it, unsigned; the caller's to free */
};

#define SNAPSHOT_MAKING "making"

/* NAVETTE_E_BUSY: the state is on its way to where it has to stand. NAVETTE_E_CLOSED: stopped, or there is no state to read; NAVETTE_E_NOT_FOUND: no such node; NAVETTE_E_TOO_LARGE: over LIMIT_SNAPSHOT_CHUNKS; NAVETTE_E_FULL and others: logged. */
int snapshot_make(struct snapshot_job *job);

#endif
