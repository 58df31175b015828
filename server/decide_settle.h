/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_SETTLE_H
#define NAVETTE_SERVER_DECIDE_SETTLE_H

#include "server/decide.h"

/* "settle": a discrepancy, by its id or the first 8 characters of it or more, with a reason. */
decide_function decide_settle;

#endif
