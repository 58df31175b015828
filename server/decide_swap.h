/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_SWAP_H
#define NAVETTE_SERVER_DECIDE_SWAP_H

#include "server/decide.h"

/* "confirm" and "reject": a proposal (match.h), by its id or the first 8 characters of it or more. Confirming settles the shortage and the overage, both or neither. */
decide_function decide_swap_confirm, decide_swap_reject;

#endif
