/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_REKEY_H
#define NAVETTE_SERVER_DECIDE_REKEY_H

#include "server/decide.h"

/* New keys of the hub itself: announces them, tells the nodes, and goes over to them (own_keys.h) once every node that is not revoked knows them, at the latest when their overlap is over. */

decide_function decide_rekey; /* now: 1 ends the overlap at once */
decide_function decide_rekey_show;

/* In executor_open(): the enrolment port tells what has been announced. */
void decide_rekey_open(struct executor *executor);
/* Called in every turn of the loop. Fatal codes; NAVETTE_E_EXISTS: the main port could not be opened again. */
int decide_rekey_time(struct executor *executor, int64_t now_ms);
/* Monotonic; INT64_MAX: nothing is under way. */
int64_t decide_rekey_deadline(const struct executor *executor);
/* {"made", "due", "overdue", "stage", "behind", "ahead", "backup_due", "announced", "until", "waiting", "strange", "announcement"}, for `status`. */
json_t *decide_rekey_json(const struct executor *executor);

#endif
