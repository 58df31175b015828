/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_DIGEST_H
#define FOLD_DIGEST_H

#include "navette/limits.h"
#include "navette/span.h"

/* The digest of FOLD.md 6: a sum modulo 2^256 of hashes, so that it moves by differences whatever the order. */
enum digest_kind {
    DIGEST_RECORD = 1,
    DIGEST_LABEL = 2,
};

/* Adds or takes away one record (its canonical bytes) or label. */
void digest_add(uint8_t digest[HASH_SIZE], enum digest_kind kind, struct span key, struct span bytes);
void digest_subtract(uint8_t digest[HASH_SIZE], enum digest_kind kind, struct span key, struct span bytes);

#endif
