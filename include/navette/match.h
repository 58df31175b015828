/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_MATCH_H
#define NAVETTE_MATCH_H

#include "navette/handover.h"
#include "navette/verdict.h"

/*
 * Cross-matching: what is short at one hand-over and over at another may be one thing that went the wrong way. It is proposed, never done: a person confirms (SwapConfirmed settles
 * both) or rejects (SwapRejected: never proposed again; retracted, it is).
 *
 * Proposed: a shortage and an overage that are open (verdict.h: undecidable, provisional or proven; or closed only because what was short has been seen since) of the same
 * hand-over; else of the same round; else of the same day and carrier. Where both say which tags, at least one has to be common; else some figure has to be less here and more there.
 */
enum match_ground { MATCH_HANDOVER = 1, MATCH_ROUND = 2, MATCH_CARRIER = 3, MATCH_GROUND_COUNT = 4 };
const char *match_ground_name(int ground); /* "same-hand-over", "same-round", "same-carrier". Static */

/* BLAKE2b-256(shortage || overage). */
void match_id(const uint8_t *shortage, const uint8_t *overage, uint8_t id[DISCREPANCY_ID_SIZE]);

struct match_proposal {
    uint8_t id[DISCREPANCY_ID_SIZE];
    int ground;
    struct verdict_row shortage, overage;
    struct handover here, there; /* owned: those of the shortage and of the overage */
    struct thing_key *common;    /* owned: tags that are missing here and seen there */
    size_t common_count;
    int64_t crates, bags, items; /* that one explains of the other */
};

struct match_view {
    struct match_proposal *list; /* the surest ground first, then by id */
    size_t count;
};

/* options: as for verdict_list(), moment too; verdict and subject are not asked. NAVETTE_E_MEMORY, codes of the store. */
int match_list(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct match_view *view);
void match_free(struct match_view *view);

#endif
