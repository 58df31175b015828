/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_KEYS_H
#define NAVETTE_SERVER_PRINT_KEYS_H

#include "server/print.h"

/* Erasures and the recovery key, as people read them. */
print_function print_erased, print_erasures, print_recovery_new, print_recovery;

#endif
