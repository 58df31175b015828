/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_RECONCILE_H
#define RECONCILE_RECONCILE_H

#include "navette/discrepancy.h"

/* discrepancy.h, step by step, for who plays a history. */

/* The custody that a step finds. */
struct reconcile_before {
    uint8_t custody;
    uint8_t condition;
    char place[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1];
    struct ref cause;
};
void reconcile_before(const struct thing_record *record, struct reconcile_before *before);

struct reconcile_step {
    const struct event *event;
    enum event_part part;
    int explained;                     /* as in struct history_step */
    const struct thing_record *record; /* after it */
};

/* Adds what the step shows, and closes what it ends. NAVETTE_E_MEMORY. */
int reconcile_step(struct discrepancy_findings *findings, const struct reconcile_before *before, const struct reconcile_step *step);
/* What a record's custody is when its term is past: DISCREPANCY_TRANSIT or DISCREPANCY_OVERDUE. */
void reconcile_term(const struct thing_record *record, int kind, struct discrepancy_finding *finding);
/* Sorts them. */
void reconcile_finish(struct discrepancy_findings *findings);

/* For kinds that no history of a thing shows: events and places are added once each; the name is hash(kind, subject, leg). */
void reconcile_add_event(struct discrepancy_finding *finding, const struct ref *ref);
void reconcile_add_place(struct discrepancy_finding *finding, const char *place);
void reconcile_identify(const struct thing_key *subject, const uint8_t *leg, size_t len, struct discrepancy_finding *finding);
/* Adds it, merged with one of the same name. NAVETTE_E_MEMORY. */
int reconcile_gather(struct discrepancy_findings *findings, const struct discrepancy_finding *finding);

/* What one step shows: 1, or 0. */
int reconcile_find(const struct reconcile_before *before, const struct reconcile_step *step, struct discrepancy_finding *finding);
/* Another of the same id. */
void reconcile_merge(struct discrepancy_finding *finding, const struct discrepancy_finding *more);

/* Does what such a step shows depend on `explained`? */
int reconcile_asks_explained(const Navette__Event *body);

/* May the step show anything? `explained` is not asked. May it end what an earlier one showed? */
int reconcile_is_end(const struct reconcile_before *before, const struct reconcile_step *step);
int reconcile_is_odd(const struct reconcile_before *before, const struct reconcile_step *step);

/* Compares with what is kept of the thing, and keeps by difference. position: of the entry that is folded. */
int reconcile_keep(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_findings *findings,
                   uint64_t position);
/* What a step put last shows: the earlier ones of its history stand as they are kept. */
int reconcile_add(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_finding *finding, uint64_t position);
/* This one, unless one of an earlier number of the same log is kept under its name. */
int reconcile_add_first(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_finding *finding,
                        uint64_t position);
/* This one instead of what is kept under its name; NULL: it is not found any more. */
int reconcile_replace(struct store_txn *state, const struct thing_key *subject, const uint8_t id[DISCREPANCY_ID_SIZE],
                      const struct discrepancy_finding *finding, uint64_t position);
/* As it is. position: of the entry that is folded; what was kept before it is kept for who asks what was known then. */
int reconcile_write(struct store_txn *state, const struct discrepancy_row *row, uint64_t position);
/* Notes what the network's own desk settles or rejects: DiscrepancySettled, SwapConfirmed (of both), SwapRejected (of the proposal). Any other event: nothing. */
int reconcile_settle(struct store_txn *state, const struct event *event, uint64_t position);

#endif
