/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_COMPARE_H
#define NAVETTE_SERVER_PRINT_COMPARE_H

#include "server/print.h"

/* What comparisons came to; what was found damaged. */
print_function print_compared, print_damage;
/* "text" and "next" of an object that has them. */
void print_said(const struct print *print, const json_t *said);

#endif
