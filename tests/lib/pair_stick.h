/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PAIR_STICK_H
#define TESTS_PAIR_STICK_H

#include "navette/bundle.h"
#include "navette/hub_stick.h"
#include "navette/node_stick.h"
#include "pair.h"

/* Sticks between a node and the hub of a pair (pair.h): what stands on them, without the sealing. */
#define PAIR_STICK_FRAMES 512u

struct pair_stick {
    size_t node;
    uint8_t id[NODE_ID_SIZE];
    size_t count;
    struct buffer frames[PAIR_STICK_FRAMES]; /* out: HELLO, PUSHes, FETCHes; answer: WELCOME, DELTAs, FETCHEDs */
};

struct pair_stick *pair_stick_out(struct pair *pair, size_t node, int all);
void pair_stick_free(struct pair_stick *stick);
/* The hub reads it, but for the frame `lost` (0: none): *info and *last, what the last push answered. A new answer, NULL when it was refused. */
struct pair_stick *pair_stick_in(struct pair *pair, const struct pair_stick *stick, size_t lost, struct hub_stick_info *info, int *last);
/* The node reads an answer, but for the frame `lost`; *gap: 1 when a delta came too early. */
void pair_stick_back(struct pair *pair, const struct pair_stick *answer, size_t lost, struct node_stick_news *news, int *gap);

#endif
