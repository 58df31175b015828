/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CRASH_PROMISE_H
#define TESTS_CRASH_PROMISE_H

#include "navette/limits.h"
#include "tests/crash/trace.h"

/*
 * What others had been told by a moment of the trace: a power cut may take back nothing of it. The hub: what it acknowledged as DURABLE, what it said to hold, up to which
 * position of its journal it told anybody. A node: scans answered "recorded", entries that it pushed or named in a HELLO, the hub position it said to have.
 */
#define PROMISE_LOGS 32u

struct promise_log {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t seq;
    uint8_t hash[HASH_SIZE]; /* of the chain at seq; zeros: not told */
};

struct promise {
    struct promise_log logs[PROMISE_LOGS];
    size_t log_count;
    uint64_t tail;    /* hub: journal position */
    uint64_t cursor;  /* node: hub position taken in */
    uint64_t durable; /* node: own entries it knows to be safe at the hub */
    uint64_t told;    /* frames and answers that promised something */
};

/* Takes a TRACE_FRAME or TRACE_ANSWER in; other rows change nothing. own: the node's log, which answers mean; NULL at the hub. */
void promise_row(struct promise *promise, const struct trace_row *row, const uint8_t *own);

#endif
