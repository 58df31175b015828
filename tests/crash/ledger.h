/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CRASH_LEDGER_H
#define TESTS_CRASH_LEDGER_H

#include <stdatomic.h>
#include <stdint.h>

/* What the processes that look at images share: which were seen, what was counted, and where each of them is, should it die. */
#define LEDGER_WORKERS 64u

struct ledger_place {
    atomic_uint_fast64_t row;
    atomic_uint_fast64_t draw;
};

struct ledger {
    atomic_uint_fast64_t images;   /* drawn */
    atomic_uint_fast64_t distinct; /* of bytes not seen before: opened again and read */
    atomic_uint_fast64_t resumed;  /* of those: gone on from as the program does */
    atomic_uint_fast64_t torn;     /* drawn with the meta page cut at a byte */
    atomic_uint_fast64_t losses;
    struct ledger_place places[LEDGER_WORKERS];
    uint64_t mask;
    struct {
        atomic_uint_fast64_t key; /* 0: free */
        atomic_uint_fast64_t value;
    } slots[];
};

/* Room for so many images; shared with children. NULL: no memory. */
struct ledger *ledger_new(uint64_t images);
void ledger_free(struct ledger *ledger);
/* 1 when these bytes were not seen before; else what was put for them (0: another process is still looking). */
int ledger_claim(struct ledger *ledger, uint64_t key, uint64_t *value);
void ledger_put(struct ledger *ledger, uint64_t key, uint64_t value);

#endif
