/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_NEAREST_H
#define NODE_NEAREST_H

#include "navette/view.h"

#define NEAREST_MAX 3u /* more is a list, and there is one: navette places */
#define NEAREST_SIZE (NEAREST_MAX * (LIMIT_PLACE_CODE + 2u) + 1u)

/* What was probably meant by a place code that nobody declared: "BIB-EST, BIB-OUEST", the nearest first; "" when none is near. Returns how many. */
size_t nearest_places(const struct place_row *rows, size_t count, const char *typed, char out[NEAREST_SIZE]);

#endif
