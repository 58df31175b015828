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

/*
 * *report: {"intact": bool, "tail", "entries", "logs": [{incarnation, node, entries, result}], "state": {cursor, digest, counters, fresh_digest, same}}. A mismatch is
 * part of the report, not an error. 0, NAVETTE_E_FULL (no room for the scratch store), or a fatal code.
 */
int audit_run(const struct audit_source *source, json_t **report);

#endif
