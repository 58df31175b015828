/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_RIGHT_H
#define NAVETTE_SERVER_DECIDE_RIGHT_H

#include "server/decide.h"

/* What one node may beyond and below its role, and what was refused and is tried again (decide.h says how they are called). */
decide_function decide_rights_show; /* node, or all of them */
decide_function
    decide_rights_grant; /* node, rights: names of rights or roles, separated by commas; place: one it serves, else all of them */
decide_function decide_rights_withdraw; /* likewise */
decide_function decide_retry;           /* ref: as `refused` shows it, or its journal position; else node; else all */

decide_function report_refused; /* node, from, known: what is refused or parked, with why and what to do */

/* How many events of this node (NULL: of all) are refused, and parked, at most REFUSED_MAX of both. */
#define REFUSED_MAX 10000u
struct refused_count {
    const uint8_t *node;
    size_t refused;
    size_t parked;
};
/* One reading for several of them. */
int report_refused_of(struct executor *executor, struct refused_count *counts, size_t count);

#endif
