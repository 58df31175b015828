/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RESOLVE_H
#define NODE_RESOLVE_H

#include "navette/view.h"
#include "node/request.h"

/*
 * From what a scanner typed to a thing. A bare code is looked for in the place's namespaces, then among bags and crates; `takes` (bits of
 * 1 << kind) prefers what the command can use. 0, or a refusal in *answer: "malformed-line", "ambiguous-barcode", "wrong-kind",
 * NAVETTE_E_NOT_FOUND (*answer NULL: the caller decides what an unknown code means; *key is then an item in the first namespace).
 */
struct resolve {
    const char *place;      /* whose namespaces count */
    const char *only_space; /* --namespace: this one only; NULL: not given */
    unsigned takes;
    const struct view_moment *moment; /* only what was known then; NULL: now */
};
int resolve_scan(const struct office *office, const struct request *request, struct store_txn *txn, const struct resolve *resolve,
                 const char *typed, struct thing_key *key, json_t **answer);

/* The code without spaces around it and without the stars that some scanners add. NAVETTE_E_INVALID: empty, too long, or unprintable. */
int resolve_clean(const char *typed, char out[LIMIT_THING_ID + 1]);

#endif
