/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_COUNT_H
#define NAVETTE_SERVER_PRINT_COUNT_H

#include "server/print.h"

/* Stocktakes. */
print_function print_counts;
print_function print_count;

#endif
