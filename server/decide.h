/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_H
#define NAVETTE_SERVER_DECIDE_H

#include "server/executor.h"

/*
 * What a person at the hub decides: places, rules, invitations, rights, revocations; and what only the main thread knows: sessions, status. Requests come from
 * the control thread's queue, answers go back through the other, after the commit and, for a decision, when the fold has it.
 * *done is raised for each request. 0 or a fatal code.
 */
int decide_run(struct executor *executor, size_t *done);

/* 1: a command for this thread. */
int decide_knows(const char *command);

/* ---- for decide_*.c and report.c */

/*
 * One command. *answer: a new reference, or left NULL for a plain "ok" (0) or the error's own text. *position: of the event it recorded, else left 0.
 */
typedef int decide_function(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);

/* Commits when rc is 0, else aborts; after a failure the step forgets what it learnt. Returns rc or the commit's. */
int decide_commit(struct executor *executor, struct store_txn *txn, int rc);
/* Looks at state and journal together. rc of `read`, or of what could not be opened. */
typedef int decide_reader(struct store_txn *state, struct store_txn *journal, void *view);
int decide_read(struct executor *executor, decide_reader *read, void *view);
/* One event of the hub's own log, in a transaction of its own. */
int decide_record(struct executor *executor, Navette__Event *event, uint64_t *position);

#endif
