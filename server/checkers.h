/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_CHECKERS_H
#define NAVETTE_SERVER_CHECKERS_H

#include "navette/hub.h"

/*
 * Threads that look at frames (hub_check) between their coming and their turn in the step, so that hashes and signatures of one group are done while
 * another is written and synced. Order is kept: who puts frames in takes them out in the same order, and looks at those that nobody has begun itself.
 */
struct checkers;

#define CHECKERS_FRAMES 128u      /* under way: two groups of the largest usual batches */
#define CHECKERS_BYTES (8u << 20) /* of them together, one frame more at most */
#define CHECKERS_THREADS_MAX 8u

struct checkers_frame {
    uint64_t session;
    uint8_t curve_key[KEY_SIZE];
    struct buffer bytes;
    int known; /* 1: `node` is the key's: only these are looked at */
    struct hub_node node;
    struct hub_checked *checked;
    int done;
};

/* threads: 0 to CHECKERS_THREADS_MAX. NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int checkers_new(unsigned int threads, struct checkers **checkers);
void checkers_free(struct checkers *checkers); /* NULL is a no-op; frames under way are dropped */

/* ---- all below by one thread */

/* The frame to be filled in next (all but checked and done); NULL: first take some out. */
struct checkers_frame *checkers_room(struct checkers *checkers);
void checkers_put(struct checkers *checkers); /* it is filled in */
/* The oldest, looked at; NULL: there is none. It stays until checkers_pop(). */
struct checkers_frame *checkers_first(struct checkers *checkers);
void checkers_pop(struct checkers *checkers);

#endif
