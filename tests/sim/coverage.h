/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_COVERAGE_H
#define NAVETTE_SIM_COVERAGE_H

#include "faults.h"
#include "navette/fold.h"
#include "navette/frame.h"
#include "navette/link.h"
#include "navette/node.h"
#include "navette/verdict.h"

/*
 * What the runs have met, by name: HELLO verdicts, discrepancies by kind and verdict, edges of the state tables of core/fold and core/sync, frames, faults. A campaign
 * fails when one that can be reached never was; those that can't stand in coverage.c, each with why.
 */
#define COVERAGE_HELLO 16u
#define COVERAGE_CUSTODY 5u
#define COVERAGE_CONDITION 4u
#define COVERAGE_LINK 4u
#define COVERAGE_CAUSES 10u
#define COVERAGE_ORDERS 16u
#define COVERAGE_SEEDS 400u /* a shorter run is no campaign: it only counts */

struct world;

struct coverage {
    uint64_t hello[COVERAGE_HELLO]; /* by Navette__Verdict */
    uint64_t findings[DISCREPANCY_KIND_COUNT][VERDICT_NAME_COUNT];
    uint64_t custody[COVERAGE_CUSTODY][COVERAGE_CUSTODY]; /* from, to */
    uint64_t condition[COVERAGE_CONDITION][COVERAGE_CONDITION];
    uint64_t order[ORDER_STATE_COUNT][ORDER_STATE_COUNT];
    uint64_t link[COVERAGE_LINK][COVERAGE_LINK]; /* the node's: enum node_link */
    uint64_t frames[FRAME_TYPE_COUNT];
    uint64_t faults[FAULT_KIND_COUNT];
    uint64_t refusals[COVERAGE_CAUSES]; /* of events, by cause */
    uint64_t admitted;                  /* of them, taken back */
    uint64_t caught_up;                 /* snapshots that took the place of a node's store */
    uint64_t resumed;                   /* ... gone on with by a process that found one begun */
    uint64_t desk[COVERAGE_ORDERS];     /* what the desk decided: enum order_kind */
};

void coverage_history(struct coverage *coverage, const struct history *history);
void coverage_refusal(struct coverage *coverage, int reason, int cause);
void coverage_add(struct coverage *sum, const struct coverage *one);
/* As TAP comments. Returns how many names are wrong: never met, or met though they are said to be out of reach. */
unsigned coverage_print(const struct coverage *coverage);

#endif
