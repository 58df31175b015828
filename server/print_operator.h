/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_OPERATOR_H
#define NAVETTE_SERVER_PRINT_OPERATOR_H

#include "server/print.h"

print_function print_operators;

#endif
