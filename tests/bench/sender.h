/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_SENDER_H
#define BENCH_SENDER_H

#include "hubside.h"

/* Sends a load from one thread, over one DEALER a node, and counts what is acknowledged as durable. */
struct sender_options {
    const struct load *load;
    const char *endpoint;
    const uint8_t *hub_key; /* NULL: the floor is at the other end */
    double seconds;
    size_t window_bytes;   /* unacknowledged bytes of one node */
    struct hubside *paced; /* sends no more than the fold can follow; NULL: as fast as it goes */
    double lag_s;          /* ... and is so far ahead of it, in seconds of its speed */
};

struct sender_result {
    uint64_t events; /* acknowledged */
    uint64_t batches;
    uint64_t bytes; /* sent, as frames */
    double seconds;
    double ack_p50_ms;
    double ack_p99_ms;
    double cpu_s;      /* of this process */
    double lag_max_s;  /* paced: from acknowledgement to what a view shows */
    double paced_rate; /* paced: events folded a second, without the beginning */
    int ran_out;       /* the load ended before the time did */
};

void sender_run(const struct sender_options *options, struct sender_result *result);

double sender_now(void); /* seconds of the monotonic clock */

#endif
