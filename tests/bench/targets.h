/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include <jansson.h>

/* What the bench is held against: adds "targets" to its results, each with what was wanted, what was measured and whether it was met (null: not measured), and prints them. */
void targets_add(json_t *result);

#endif
