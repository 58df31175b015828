/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_VIEWS_H
#define NAVETTE_SERVER_VIEWS_H

#include <jansson.h>

#include "server/follower.h"
#include "server/ready.h"

/*
 * Answers from the state, each from one short pair of read transactions: places, stock, transit, bags, find, history, explain, aside. Every answer carries "cursor",
 * the journal position that the state shows, "lag", the events journaled since, "at", the moment asked for (null: now), and "known", the position up to which entries count.
 */
struct views {
    struct follower *follower;
    struct lmdb_store *journal;
    const char *tz; /* POSIX TZ string in which times are read and shown */
};

int views_knows(const char *command);
/* A new reference; NULL only without memory. stamp (may be NULL): of the answer, left alone when it is an error; now_ms is the caller's. */
json_t *views_answer(const struct views *views, const json_t *request, struct ready_stamp *stamp);
/* Where state and journal stand now. Codes of store.h, NAVETTE_E_NOT_FOUND: no state is open. */
int views_stamp(const struct views *views, struct ready_stamp *stamp);

#endif
