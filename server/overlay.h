/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OVERLAY_H
#define NAVETTE_SERVER_OVERLAY_H

#include "fold/keymap.h"
#include "navette/store.h"

/*
 * A store transaction that keeps what is written in memory and reads from a snapshot, until overlay_flush() writes it all, table by table in the order of the keys. LMDB pays
 * for each page of a large transaction at every touch; in order, each page is touched once, and reading a snapshot costs nothing of the kind.
 *
 * `read` is what `write` was begun upon: its last commit, or `write` itself when that has changes already. Both are borrowed. A scan goes through snapshot and memory side by side; when
 * more than OVERLAY_SCAN_ROWS in memory lie ahead of where it is placed, the table is written first, and from then on directly.
 */
struct overlay_row {
    size_t at; /* in `values` */
    uint32_t len;
    uint32_t room;
    uint8_t deleted;
};

struct overlay_table {
    struct keymap keys;
    struct overlay_row *rows; /* by number */
    size_t capacity;
    struct buffer values;
    int direct; /* 1: the write transaction has it all */
};

struct overlay {
    struct store_txn base; /* to be used as a transaction */
    struct store_ops ops;
    struct store_txn *write;
    struct store_txn *read;
    struct overlay_table tables[TABLE_COUNT];
};

#define OVERLAY_SCAN_ROWS 1024u  /* gathered and sorted at each placing of a scan */
#define OVERLAY_BYTES 134217728u /* 128 MiB: a step of the follower ends when it holds so much */

void overlay_init(struct overlay *overlay, struct store_txn *write, struct store_txn *read);
/* Forgets what was not flushed. */
void overlay_free(struct overlay *overlay);
int overlay_flush(struct overlay *overlay); /* as a write of store.h */
int overlay_is_full(const struct overlay *overlay);

#endif
