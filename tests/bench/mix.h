/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include "load.h"

/* What happens to documents and bags: the loads that are measured. */

#define MIX_MATERIALS 5u
#define MIX_NODES 16u /* at whose places documents begin: 1,280 counters with the materials */

/* A document or bag as the people who move it know it. */
struct mix_thing {
    uint64_t seq; /* of the last event about it */
    uint64_t leaf;
    int32_t node;   /* whose log that is in; -1: the catalogue's */
    uint16_t place; /* where it is, or where it left */
    uint16_t to;
    uint32_t bag;  /* 0: in none; else its number + 1 */
    uint8_t state; /* enum mix_state */
};

enum mix_state { MIX_NEW, MIX_PLACE, MIX_TRANSIT, MIX_BAG };

struct mix {
    struct mix_thing *things; /* documents, then bags */
    size_t documents;
    size_t bags;
    uint8_t catalogue[INCARNATION_SIZE];
    uint64_t hlc;
    uint64_t seed;
    char source[16]; /* of documents: their namespace */
};

void mix_init(struct mix *mix, size_t documents, size_t bags, const uint8_t catalogue[INCARNATION_SIZE], uint64_t seed);
void mix_free(struct mix *mix);

/* Registers everything, as the catalogue's log tells it. sink(context, body, &self) takes each event in order. */
void mix_register(struct mix *mix, void (*sink)(void *context, const Navette__Event *body, struct ref *self), void *context);

/*
 * Uniformly random: each event takes any document (one in sixteen: any bag) that the node handles, and moves it on from where it was registered: sent to another
 * place of the node, received, packed into a bag, unpacked. odd: the first event of each is a reception that nothing announced, which is a finding each
 * time; so it is too where more than MIX_NODES nodes play. Things as registered; may be run again with another load.
 */
void mix_uniform(const struct mix *mix, struct load *load, uint64_t events, int odd);

/*
 * As the replay does: each document registered, dispatched on one day, received on a later one, by the libraries' nodes. movements: a file of
 * real movements (movements-*.csv.gz), or NULL: the same shape, made up.
 */
void mix_replay(const struct mix *mix, struct load *load, uint64_t events, const char *movements);

#endif
