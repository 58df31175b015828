/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_JOURNALKIT_H
#define TESTS_JOURNALKIT_H

#include "foldkit.h"
#include "navette/lmdb_store.h"

/* The entries of a foldkit in a journal on the disk, in a folder of its own, from position 1 on. No memory, and what the disk refuses, is an assert. */
struct journalkit {
    char folder[64];
    struct lmdb_store *store;
    struct store_txn *read; /* of all that is in it */
    uint64_t tail;
};

void journalkit_init(struct journalkit *journal, const struct foldkit *kit);
void journalkit_free(struct journalkit *journal); /* and the folder */

/* Asserts that this is what event_decode() makes of the bytes. */
void journalkit_assert_decoded(struct span bytes, const struct event *given, int given_rc);

#endif
