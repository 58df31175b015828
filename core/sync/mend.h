/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_MEND_H
#define SYNC_MEND_H

#include "navette/batch.h"
#include "navette/journal_block.h"
#include "navette/rekey.h"

/*
 * One signed batch that two sides hold, of which one or both have lost bits: what the author signed is found among what both have. Nobody is believed: it is right when its leaves give the
 * head and the root of a header, and that header is the one that was held here, or leads to the leaves that were (or, where the author's key is known, when his signature holds).
 */
struct mend_side {
    int held; /* 1: there is a header, sealed */
    int open; /* 1: there is one that is not: it stays as it is */
    struct batch_header header;
    struct span events[LIMIT_BATCH_EVENTS];
    uint64_t leaves[LIMIT_BATCH_EVENTS]; /* as stored; of the other side 0: none is told */
    uint8_t states[LIMIT_BATCH_EVENTS];  /* enum mend_row */
};
enum mend_row { MEND_HELD, MEND_DAMAGED, MEND_ABSENT };

struct mend {
    struct mend_side here;
    struct mend_side there;
    uint32_t count;
    int yields;              /* 1: of two signatures over the same, of which nothing here says which is right, the other side's is taken */
    int is_sealed;           /* 1: its seal has to be here */
    const uint8_t *sign_key; /* of its author; NULL: not known here */
    const struct rekey_past *past;
    /* the answer */
    struct batch_header header;
    struct span events[LIMIT_BATCH_EVENTS];
    uint64_t leaves[LIMIT_BATCH_EVENTS];
};

struct mend *mend_new(void); /* NULL: no memory */
void mend_free(struct mend *mend);

/* What the other side sent. Borrows from it. NAVETTE_E_INVALID: it breaks a size. */
int mend_take(struct mend *mend, const Navette__Batch *batch);
/* What stands here of the same numbers. Borrows from the transaction: until its next write. */
int mend_read(struct mend *mend, struct store_txn *txn);
/*
 * 0: header, events, leaves are what the author signed. NAVETTE_E_CHAIN: nothing that both hold gives that. NAVETTE_E_EXISTS: both sides hold, and they are two. Entries that are absent here
 * count as nothing to be compared.
 */
int mend_find(struct mend *mend);
/* Does what stands on this side differ from what was found? At one number; in the header. */
int mend_differs(const struct mend *mend, const struct mend_side *side, uint32_t at);
int mend_header_differs(const struct mend *mend, const struct mend_side *side);
/*
 * Writes what was found over what differs here, and puts that aside. *mended: entries, and 1 more for the header. Everything borrowed from the transaction is void afterwards.
 */
int mend_write(struct mend *mend, struct store_txn *txn, int64_t now_ms, uint64_t *mended);
/* What was found, as a message that borrows from it. `events` has room for LIMIT_BATCH_EVENTS. */
void mend_batch(const struct mend *mend, Navette__Batch *batch, ProtobufCBinaryData *events);
/* One side as it stands. */
void mend_side_batch(const struct mend_side *side, uint32_t count, Navette__Batch *batch, ProtobufCBinaryData *events);

#endif
