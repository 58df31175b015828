/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_READY_H
#define NAVETTE_SERVER_READY_H

#include <jansson.h>
#include <stdint.h>

#include "navette/span.h"

/*
 * Answers kept as text for who asks the same again: a screen asks for the stock every few seconds, and it moves when somebody scans. An answer stands for
 * one position of the state and one of the journal, and for as long as no other place falls silent; past either it is made anew. One thread's.
 */
struct ready;

#define READY_ANSWERS 16u           /* questions; the one longest unasked makes room */
#define READY_ANSWER_BYTES 1048576u /* a longer one is made each time */

struct ready_stamp {
    uint64_t cursor;  /* of the state */
    uint64_t tail;    /* of the journal */
    int64_t now_ms;   /* the hub's clock */
    int64_t until_ms; /* from then on the answer is another; not used by ready_find() */
};

struct ready *ready_new(void);        /* NULL without memory */
void ready_free(struct ready *ready); /* NULL is a no-op */

/* 0: *text is the answer, borrowed until the next call. NAVETTE_E_NOT_FOUND. `question` is any text that stands for the whole request. */
int ready_find(struct ready *ready, const char *question, const struct ready_stamp *stamp, struct span *text);
/* Takes `answer` (malloc) in any case; NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY: it was not kept, and is freed. */
int ready_keep(struct ready *ready, const char *question, const struct ready_stamp *stamp, char *answer);

#endif
