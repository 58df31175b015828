/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STICK_H
#define NODE_STICK_H

#include "navette/bundle_box.h"
#include "navette/node_stick.h"
#include "navette/stick_file.h"

/*
 * A stick that is being written or read by a command of the control socket: the daemon seals and opens, part by part, so that a scan never waits for a stick. Kept between requests;
 * one whose command went away is forgotten when another needs its place.
 */
struct office;
struct request;

#define STICKS 4u /* at once */

struct stick {
    uint64_t id; /* 0: free */
    uint64_t used;
    struct bundle_box box;
    struct bundle_manifest manifest;
    /* out */
    struct node_stick_plan plan;
    uint64_t next;
    uint32_t index;
    struct buffer wants; /* FETCH frames that are not out yet, from wants_at on ... */
    size_t wants_at;
    uint64_t wants_out; /* ... and how many came before those */
    /* in */
    struct buffer plain; /* the manifest borrows from it */
    struct bundle_tally tally;
    struct node_stick_news news;
    uint64_t reached; /* hub position up to which its parts were taken in */
    unsigned damaged;
    int gap;   /* 1: its first changes come after what this node has */
    int ended; /* 1: the part that says that there are no more */
};

/* A free one, or the one that was used longest ago, emptied. */
struct stick *stick_new(struct office *office);
/* By the request's "stick". NULL and *answer: there is none. */
struct stick *stick_of(struct office *office, const struct request *request, json_t **answer);
void stick_end(struct stick *stick);
void stick_end_all(struct office *office);

/* What a node that was enrolled by file brings to its hub with each stick until one is answered: kept, replaced, given (NAVETTE_E_NOT_FOUND: none), or, with an empty one, forgotten. */
int stick_keep_claim(struct store_txn *txn, struct span claim);
int stick_claim(struct store_txn *txn, struct span *claim);

#endif
