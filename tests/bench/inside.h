/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_INSIDE_H
#define BENCH_INSIDE_H

#include "load.h"

/* The hub's two halves in this thread, without sockets and without each other: CPU seconds a million events. */
struct inside_result {
    double ingest_cpu;
    double fold_cpu;
    double fold_s; /* seconds of the clock, writes to the disk included */
    uint64_t events;
};

/* folder: a copy of a hub's folder, changed by this. */
void inside_run(const char *folder, const struct load *load, struct inside_result *result);

#endif
