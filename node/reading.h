/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_READING_H
#define NODE_READING_H

#include "navette/frontier.h"
#include "navette/view.h"
#include "node/request.h"

/* What every view starts from: a snapshot to read, the zone of the place, the moment asked for, and what was known. */
struct reading {
    struct store_txn *txn;
    char tz[LIMIT_CODE + 1];
    struct view_moment moment;
};

/* 0, also when the moment can't be read (*answer says so; reading_finish() is due all the same); else a code of the store, and nothing is open. */
int reading_start(struct office *office, const struct request *request, struct reading *reading, json_t **answer);

/*
 * Closes it and gives `view` (taken) its frame as *answer: "ok", "as_of", "known", and "partial" when this node follows its own places only. rc: what came of
 * reading; when it is a code, or *answer stands already, the view is dropped.
 */
int reading_finish(const struct office *office, struct reading *reading, const struct request *request, int rc, json_t *view,
                   json_t **answer);

/* Who is silent at the moment asked for, as far as this node was told; it is not silent to itself. frontier_silences_free(). */
int reading_silent(const struct office *office, const struct reading *reading, struct frontier_silences *silences);

#endif
