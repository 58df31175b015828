/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_GUEST_H
#define NAVETTE_SERVER_GUEST_H

#include "server/executor.h"

/*
 * Who knocks at the enrolment port: finds the invitation, records the enrolment durably, admits the key, then answers. A node whose answer was lost on
 * the way asks again with the same code and the same keys and is answered again; anybody else finds the code used.
 * *taken is raised for each request looked at. 0 or a fatal code.
 */
int guest_run(struct executor *executor, size_t *taken);

/*
 * A claim that came with a stick, whose signature was checked: the node is enrolled under the invitation, unless somebody else has used it. NAVETTE_E_REFUSED: it can't be; NAVETTE_E_FULL and
 * fatal codes.
 */
int guest_by_stick(struct executor *executor, size_t which, const struct enrol_claim *claim);

/* Reads the invitations anew: at the start and after one was made or used. */
int guest_load(struct executor *executor);

#endif
