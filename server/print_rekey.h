/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_REKEY_H
#define NAVETTE_SERVER_PRINT_REKEY_H

#include "server/print.h"

/* The hub's own keys: where their change stands, who has not gone over. */
print_function print_rekey;
/* The same as a part of `status`: nothing while nothing is under way and the keys are not due. `keys`: its "keys". */
void print_rekey_status(const struct print *print, const json_t *keys, const char *folder);

#endif
