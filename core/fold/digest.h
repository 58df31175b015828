/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_DIGEST_H
#define FOLD_DIGEST_H

#include "log/hashes.h"

/* The digest of FOLD.md 6: a sum modulo 2^256 of hashes, so that it moves by differences whatever the order. */
enum digest_kind {
    DIGEST_RECORD = 1,
    DIGEST_LABEL = 2,
};

/* Records (their canonical bytes) and labels on their way, several hashed at a time: what is noted is in the digest once digest_settle() was called. */
struct digest_terms {
    struct buffer bytes; /* what is hashed, one behind the other */
    size_t ends[HASHES_LANES];
    int minus[HASHES_LANES];
    size_t count;
};
/* minus 1: taken away. NAVETTE_E_MEMORY. */
int digest_note(struct digest_terms *terms, uint8_t digest[HASH_SIZE], int minus, enum digest_kind kind, struct span key,
                struct span bytes);
void digest_settle(struct digest_terms *terms, uint8_t digest[HASH_SIZE]);
void digest_terms_free(struct digest_terms *terms);

#endif
