/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_DISCREPANCY_ROW_H
#define RECONCILE_DISCREPANCY_ROW_H

#include "navette/discrepancy.h"

/*
 * Rows of TABLE_DISCREPANCY. Key: thing key || id 32. Value: kind u8, state u8, opened u64, changed u64, due i64 ms, ended 32, number of events u8, each 32, number of
 * places u8, each u8 length and bytes.
 */
#define DISCREPANCY_KEY_MAX (THING_KEY_MAX + DISCREPANCY_ID_SIZE)
#define DISCREPANCY_VALUE_MAX                                                                                                              \
    (2u + 24u + REF_SIZE + 1u + DISCREPANCY_EVENTS * REF_SIZE + 1u + DISCREPANCY_PLACES_MAX * (1u + LIMIT_PLACE_CODE))

struct span discrepancy_row_key(const struct thing_key *subject, const uint8_t id[DISCREPANCY_ID_SIZE], uint8_t out[DISCREPANCY_KEY_MAX]);
struct span discrepancy_row_encode(const struct discrepancy_row *row, uint8_t out[DISCREPANCY_VALUE_MAX]);
/* NAVETTE_E_STORE when damaged. */
int discrepancy_row_decode(struct span key, struct span value, struct discrepancy_row *row);

/* Settlements: 0x00 || id 32 || position u64. */
#define DISCREPANCY_SETTLED_PREFIX (1u + DISCREPANCY_ID_SIZE)
#define DISCREPANCY_SETTLED_SIZE (DISCREPANCY_SETTLED_PREFIX + 8u)

#endif
