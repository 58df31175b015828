/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_STICK_H
#define NAVETTE_SERVER_STICK_H

#include "navette/bundle_box.h"
#include "navette/hub_stick.h"
#include "navette/stick_file.h"

/*
 * A stick that a command of the control socket brings: its parts go through the hub's step one transaction each, between the rounds of the lines. Kept between requests, with what its
 * answer needs; one whose command went away is forgotten when another needs its place.
 */
#define STICKS 8u                              /* at once */
#define STICK_ANSWER_BYTES (UINT64_C(1) << 30) /* of one answer: what a small stick takes; the rest comes with the next */

struct stick {
    uint64_t id; /* 0: free */
    uint64_t used;
    struct bundle_box box;
    struct buffer plain; /* the manifest borrows from it */
    struct bundle_manifest manifest;
    struct bundle_tally tally;
    struct hub_stick *step;
    uint8_t curve_key[KEY_SIZE]; /* of its node: the answer is sealed to it */
    Navette__Scope scope;
    unsigned parts;   /* opened */
    unsigned damaged; /* parts that were not what they say */
    int given_up;     /* 1: it is signed with keys that its node gave up */
    uint64_t gap;     /* a number before which something is missing; 0: none */
    int ended;
    /* what it asks for again */
    struct buffer wants; /* FETCH frames */
    uint32_t wanted;     /* entries in them */
    uint64_t wants_read; /* up to the last one of its parts */
    /* the answer */
    struct bundle_box answer;
    uint64_t to; /* hub position up to which it tells */
    uint64_t told;
    uint64_t bytes;
    uint32_t index;
    size_t fetch_at;   /* of the frame in wants that is being answered */
    size_t fetch_next; /* ... from this entry on */
    uint32_t fetched;  /* entries answered */
};

struct stick_table {
    uint64_t uses;
    struct stick sticks[STICKS];
};

struct stick_table *stick_table_new(void); /* NULL: no memory */
void stick_table_free(struct stick_table *table);
/* A free one, or the one that was used longest ago, emptied. NULL: no memory. */
struct stick *stick_new(struct stick_table *table);
struct stick *stick_find(struct stick_table *table, const char *id); /* NULL: there is none */
void stick_end(struct stick *stick);

#endif
