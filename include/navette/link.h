/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LINK_H
#define NAVETTE_LINK_H

#include <stdint.h>

#include "navette/journal.h"
#include "navette.pb-c.h"

/* Everything a HELLO verdict is decided from. Both sides run the same function on the same facts. */
struct link_facts {
    int known_key;                /* the transport key belongs to an enrolled, unrevoked node */
    int known_incarnation;        /* the hub has heard of the claimed incarnation */
    int incarnation_of_this_node; /* ... and it is this node's */
    int hub_has_node;             /* the hub holds some other incarnation of this node */
    uint64_t claimed_seq;         /* the node's head */
    uint8_t claimed_hash[HASH_SIZE];
    uint64_t held_seq; /* the hub's head of the same incarnation */
    uint8_t held_hash[HASH_SIZE];
    int has_held_at_claimed; /* claimed_seq <= held_seq: the hub's own hash at claimed_seq */
    uint8_t held_at_claimed[HASH_SIZE];
    int answered;  /* the HELLO answers a WELCOME of this session: it is no late word of a process that has ended */
    int has_probe; /* claimed_seq > held_seq: the node's own hash at held_seq */
    uint8_t probe_hash[HASH_SIZE];
    uint64_t durable_seq; /* what the node recorded as acknowledged DURABLE */
    int process_is_new;   /* the process id differs from the one of the session that is open on this key */
    int process_seen;     /* ... and was seen before on this key: two are alternating */
};

/*
 * The HELLO verdict. Pure. VERDICT_PROBE: say WELCOME with what is held, and decide again with the node's hash at that number, or at its own head when it is
 * behind: a log that ends early is believed only from somebody who answers.
 * Order of the checks: refused key; clone; reset; hub restored; restored node, fork, in step; hub behind.
 */
Navette__Verdict link_verdict(const struct link_facts *facts);

/* May the session stream after this verdict (push and pull)? The others wait for a person or for a later exchange. */
int link_may_stream(Navette__Verdict verdict);

const char *link_verdict_name(Navette__Verdict verdict); /* "in-step"... static */

#endif
