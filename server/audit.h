/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_AUDIT_H
#define NAVETTE_SERVER_AUDIT_H

#include <jansson.h>

#include "server/follower.h"
#include "server/home.h"

/*
 * Verification of everything: chain and signatures of every log in the journal; counters and contents of the state against its records; the state's digest against a
 * state folded afresh from the journal into a scratch store. Reads only, beside a working hub or without one.
 */
struct audit_source {
    const struct home *home;
    struct follower *follower; /* of the hub at work; NULL: `state` is read */
    struct lmdb_store *state;
};

/* What the logs of a journal came to. */
struct audit_sum {
    int intact;       /* to be set to 1 before */
    uint64_t entries; /* of all logs */
    uint64_t tail;
};
/*
 * Chain and signatures of every log of the hub that has these keys: one row in `logs` for each. Transactions are short: the journal may be written meanwhile. 0, or a fatal
 * code; what does not hold is told in the rows.
 */
int audit_logs(struct lmdb_store *journal, const struct keys *keys, json_t *logs, struct audit_sum *sum);

/*
 * *report: {"intact": bool, "tail", "entries", "logs": [{incarnation, node, entries, result}], "state": {cursor, digest, counters, fresh_digest, same}}. A mismatch is
 * part of the report, not an error. 0, NAVETTE_E_FULL (no room for the scratch store), or a fatal code.
 */
int audit_run(const struct audit_source *source, json_t **report);

#endif
