/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_STORE_H
#define NAVETTE_STORE_H

#include "navette/span.h"

/*
 * The one way core reaches storage: ordered keys, get, put, delete and scan inside a transaction that somebody else opened and will
 * commit or abort. Behind it: LMDB in the daemons (io/), a tree in the simulator and the unit tests (tests/lib/).
 *
 * Keys are 1 to 511 bytes (LMDB's limit), ordered by memcmp, a prefix first. Spans handed out are borrowed: valid until the next
 * write in the same transaction or its end, whichever comes first. A transaction belongs to one thread.
 *
 * Every function returns 0, NAVETTE_E_NOT_FOUND, NAVETTE_E_FULL, NAVETTE_E_MEMORY or NAVETTE_E_STORE. After a failed write the
 * transaction can only be aborted.
 */

enum store_table {
    /* journal: the truth (journal.h) */
    TABLE_ENTRY = 0,  /* position u64 -> entry */
    TABLE_RUN = 1,    /* incarnation, first seq u64 -> position u64, count u32: consecutive numbers at consecutive positions */
    TABLE_BATCH = 2,  /* incarnation, first seq u64 -> batch header */
    TABLE_HEAD = 3,   /* incarnation -> log head */
    TABLE_BRANCH = 4, /* reference -> position u64 of an entry that stands apart from its log: adopted, or put aside (journal.h) */
    TABLE_LOCAL = 5,  /* name -> what this process keeps for itself (identity, cursors, open operations) */
    /* state: derived from the journal (fold.h) */
    TABLE_THING = 6,   /* thing key -> state record */
    TABLE_LABEL = 7,   /* thing key -> label record */
    TABLE_HISTORY = 8, /* core/fold/trail.h; container key, key of what is directly inside -> nothing */
    TABLE_COUNTER = 9, /* cell -> i64 */
    TABLE_RETRACT =
        10, /* target (incarnation, seq, leaf), position u64 of what takes it away or back -> which of these it is: core/fold/absence.h */
    TABLE_CLOCK = 11,    /* incarnation, boot u64 -> offset i64, reference; each correction's position behind -> nothing */
    TABLE_ASIDE = 12,    /* position u64 -> why an event is parked or refused */
    TABLE_META = 13,     /* name -> cursor, digest, schema */
    TABLE_FRONTIER = 14, /* node, position u64 -> what the node stated (frontier.h) */
    TABLE_DISCREPANCY =
        15,              /* thing key, id -> what nothing explains (discrepancy.h); 0x00, id, position u64 of its settlement -> nothing */
    TABLE_LENDING = 16,  /* what a library system has to be told, and was (core/fold/lending.h) */
    TABLE_WORD = 17,     /* core/fold/posting.h: where the words of labels stand; empty where the fold does not keep them */
    TABLE_PAST = 18,     /* what was counted and where containers stood, at any moment: core/fold/layers.h, standing.h */
    TABLE_TAKING = 19,   /* core/fold/taking.h: where the events of a stocktaking stand */
    TABLE_POOL = 20,     /* core/reconcile/ledger.h: untagged bags, counted */
    TABLE_HANDOVER = 21, /* core/reconcile/handover_set.h: which entries speak of which hand-over */
    TABLE_PHONE = 22,    /* core/reconcile/phone.h: what was said on the phone */
    TABLE_STATED = 23,   /* core/reconcile/stated.h: what was stated of each log, by number */
    TABLE_COUNT = 24
};

struct store_txn;
struct store_scan;

struct store_ops {
    int (*get)(struct store_txn *txn, enum store_table table, struct span key, struct span *value);
    int (*put)(struct store_txn *txn, enum store_table table, struct span key, struct span value);
    /*
     * As put, when a table's rows are put in the order of their keys, and no scan is open: faster. From the first of them on every write of the transaction, and its end, may answer
     * NAVETTE_E_BUSY: it changes too much in this way. Nothing is kept of it; the next transaction, which is to be the same again, goes another way.
     */
    int (*put_next)(struct store_txn *txn, enum store_table table, struct span key, struct span value);
    /* As put, when the caller knows the key is after every other: faster, and NAVETTE_E_STORE when it is not so. */
    int (*append)(struct store_txn *txn, enum store_table table, struct span key, struct span value);
    int (*del)(struct store_txn *txn, enum store_table table, struct span key); /* absent: NAVETTE_E_NOT_FOUND */
    int (*scan_open)(struct store_txn *txn, enum store_table table, struct store_scan **scan);
    /* Moves to the first key >= `key`. */
    int (*scan_from)(struct store_scan *scan, struct span key, struct span *found, struct span *value);
    /* Moves to the last key <= `key`. */
    int (*scan_upto)(struct store_scan *scan, struct span key, struct span *found, struct span *value);
    int (*scan_next)(struct store_scan *scan, struct span *found, struct span *value);
    int (*scan_prev)(struct store_scan *scan, struct span *found, struct span *value);
    /* A scan must be closed before its transaction ends. A write to the scanned table may be made between two moves: the scan is then
     * placed anew with scan_from(). NULL is a no-op. */
    void (*scan_close)(struct store_scan *scan);
    /*
     * Of a write transaction with no scan open: what is written from hold() on is kept by keep(), or is gone after undo(). One at a time. Spans handed out before stay valid over hold() and undo(). NULL where
     * nobody needs it.
     */
    int (*hold)(struct store_txn *txn);
    int (*keep)(struct store_txn *txn);
    int (*undo)(struct store_txn *txn);
};

/* The implementation's transaction begins with this, zeroed. */
struct store_txn {
    const struct store_ops *ops;
    uint64_t missed; /* position of the last entry asked for whose bytes were given up here (journal_stub.h); 0: none was */
};

static inline int store_get(struct store_txn *txn, enum store_table table, struct span key, struct span *value)
{
    return txn->ops->get(txn, table, key, value);
}

static inline int store_put(struct store_txn *txn, enum store_table table, struct span key, struct span value)
{
    return txn->ops->put(txn, table, key, value);
}

static inline int store_put_next(struct store_txn *txn, enum store_table table, struct span key, struct span value)
{
    return txn->ops->put_next(txn, table, key, value);
}

static inline int store_append(struct store_txn *txn, enum store_table table, struct span key, struct span value)
{
    return txn->ops->append(txn, table, key, value);
}

static inline int store_del(struct store_txn *txn, enum store_table table, struct span key)
{
    return txn->ops->del(txn, table, key);
}

static inline int store_scan_open(struct store_txn *txn, enum store_table table, struct store_scan **scan)
{
    return txn->ops->scan_open(txn, table, scan);
}

/* One row by a scan of one move: the first whose key is `from` or behind it, and the last whose key is `upto` or before it. */
static inline int store_first(struct store_txn *txn, enum store_table table, struct span from, struct span *found, struct span *value)
{
    struct store_scan *scan;
    int rc = store_scan_open(txn, table, &scan);

    if (rc == 0) {
        rc = txn->ops->scan_from(scan, from, found, value);
        txn->ops->scan_close(scan);
    }
    return rc;
}

static inline int store_last(struct store_txn *txn, enum store_table table, struct span upto, struct span *found, struct span *value)
{
    struct store_scan *scan;
    int rc = store_scan_open(txn, table, &scan);

    if (rc == 0) {
        rc = txn->ops->scan_upto(scan, upto, found, value);
        txn->ops->scan_close(scan);
    }
    return rc;
}

#endif
