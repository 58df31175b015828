/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_PAST_H
#define NAVETTE_SERVER_PRINT_PAST_H

#include "server/print.h"

/* What happened to a thing: a line a step; and why each step holds, with the reference that a correction quotes. */
print_function print_past_history, print_past_explain;

#endif
