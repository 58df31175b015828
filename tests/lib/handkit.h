/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HANDKIT_H
#define TESTS_HANDKIT_H

#include "foldkit.h"
#include "navette/handover.h"

/* Short words for hand-overs, put into a foldkit. Places are named as in foldkit, nodes by number; no memory is an assert. */
struct hand {
    const char *slip; /* NULL: none */
    const char *round;
    uint32_t stop;
    int back;                   /* the way back; 0: nothing is said */
    const struct ref *dispatch; /* from a printed slip */
    const char *carrier;
    uint32_t inside;   /* documents inside, as the dispatch says */
    const char *pools; /* "paper:3" */
    const char *peer;
    uint64_t operation;
    int unopened; /* a reception that is not checked */
};

struct ref handkit_give(struct foldkit *kit, unsigned int node, const char *place, const char *to, const char *things, struct hand hand);
struct ref handkit_collect(struct foldkit *kit, unsigned int node, const char *place, const char *to, const char *things, struct hand hand);
struct ref handkit_cancel(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand);
struct ref handkit_take(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand);
struct ref handkit_see(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand);
struct ref handkit_refuse(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand);
struct ref handkit_close(struct foldkit *kit, unsigned int node, const char *place, struct hand hand);
/* Figures below 0: not counted. */
struct ref handkit_count(struct foldkit *kit, unsigned int node, const char *place, int party, int crates, int bags, int items,
                         struct hand hand);
/* What B says on the phone, typed at `place`: of things (a PhoneClaim; ago_ms: so long before it was typed), or the figures of a party (below 0: not said). */
struct ref handkit_said(struct foldkit *kit, unsigned int node, const char *place, int claim, const char *things, int64_t ago_ms);
struct ref handkit_told(struct foldkit *kit, unsigned int node, const char *place, int party, int bags, int items, struct hand hand);
/* Untagged bags: counted in or (below 0) out; moved by a body that has pools, `other` being where to or where from ("" may be). */
struct ref handkit_commission(struct foldkit *kit, unsigned int node, const char *place, const char *kind, int64_t count, int is_loss);
struct ref handkit_pool(struct foldkit *kit, unsigned int node, const char *place, Navette__Event__BodyCase body, const char *pools,
                        const char *other, const char *slip);
/* The hub's own log: it notes that the log of `node` ended at seq when that node had been told that it was hub_time_ms. Asserts that the node has that many. */
#define HANDKIT_HUB 15u
struct ref handkit_noted(struct foldkit *kit, unsigned int node, uint64_t seq, int64_t hub_time_ms);
struct ref handkit_pair(struct foldkit *kit, unsigned int node, const char *place, const struct ref *count, const struct ref *with,
                        struct hand hand);
/* What was declared in a container; an operation that emptied it is over; a bag or crate was opened, with the seal as read. */
struct ref handkit_deposit(struct foldkit *kit, unsigned int node, const char *place, const char *container, uint32_t bags, uint32_t items,
                           const char *seal);
struct ref handkit_emptied(struct foldkit *kit, unsigned int node, const char *place, const char *container, uint64_t operation);
struct ref handkit_opened(struct foldkit *kit, unsigned int node, const char *place, const char *container, const char *seal);
struct ref handkit_unpack(struct foldkit *kit, unsigned int node, const char *place, const char *container_and_items, uint64_t operation);
struct ref handkit_unload(struct foldkit *kit, unsigned int node, const char *place, const char *crate_and_bags, uint64_t operation);

/* One of the above at random: three slips, two stops, three parties, references to anything, pairings, retractions. */
void handkit_random(struct foldkit *kit, uint64_t *random);

/* What the store says of a slip ("S1"), a stop ("R1/2/out") or the hand-over of an event. Asserts that there is one: handover_free(). */
struct handover handkit_handover(struct memstore *store, const char *name);
struct handover handkit_of_ref(struct memstore *store, const struct ref *ref);
/* The giver's, carrier's and taker's figures: "0/3/- | -/2/- | 0/2/-"; "." for who has not counted. Static. */
const char *handkit_figures(const struct handover *handover);

#endif
