/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The floor: what ZeroMQ, protobuf-c and LMDB cost when nothing else is done. A process of its own: ROUTER on loopback without CURVE; drains what has come, at most
 * 16,384 events a transaction; unpacks each event into one arena; appends it in hub order; keeps each sender's high-water mark; commits with full sync; acknowledges.
 *
 * A message: FLOOR_HEADER (incarnation 16, first seq u64, count u32), then a part with each event as u32 length and bytes. Its answer: the last seq, u64.
 */
#define FLOOR_HEADER 28u

struct floor {
    pid_t pid;
    char endpoint[64];
};

void floor_start(const char *folder, struct floor *floor);
/* Ends it; CPU seconds it took. */
double floor_stop(struct floor *floor);

#endif
