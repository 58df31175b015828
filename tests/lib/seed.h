/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SEED_H
#define TESTS_SEED_H

#include <stdint.h>

/* Random tests: SEED from the environment, or 1; printed, so that a failure can be had again. */
uint64_t seed_start(void);
/* splitmix64. */
uint64_t seed_next(uint64_t *random);
/* 0 .. below - 1; below >= 1. */
uint64_t seed_below(uint64_t *random, uint64_t below);

#endif
