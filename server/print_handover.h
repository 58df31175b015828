/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_HANDOVER_H
#define NAVETTE_SERVER_PRINT_HANDOVER_H

#include "server/print.h"

print_function print_handover_list, print_handover_proposals, print_handover_confirmed, print_handover_rejected;

#endif
