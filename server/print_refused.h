/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_REFUSED_H
#define NAVETTE_SERVER_PRINT_REFUSED_H

#include "server/print.h"

/* Rights place by place, what is refused, what was tried again. */
print_function print_rights_shown, print_refused, print_retried;

/* One line when an object counts some as "refused" or "parked". */
void print_refused_count(const struct print *print, const json_t *counts);

#endif
