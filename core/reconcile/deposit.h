/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_DEPOSIT_H
#define RECONCILE_DEPOSIT_H

#include "fold/horizon.h"
#include "navette/discrepancy.h"

/*
 * Sealed deposits: what was declared in a bag or crate without opening it, against what is found in it later. Read from the container's history and from those of the bags that
 * came out of it, each in its order; from a SealedDeposit up to the next, or to the first thing that is put into it or sealed after it was opened.
 *
 * | | declared | found | compared |
 * | --- | --- | --- | --- |
 * | documents | items | unpacked from the container, or from a bag after it was unloaded from it | once any is found and a step is over |
 * | bags | bags, when the container is a crate | unloaded from it | the same |
 * | seal | seal | as read when it was opened | when both are given |
 *
 * A step is an operation (unpack, unload); it is over when an OperationClosed that names the container, or the bag, says so; a scan outside any operation is one by itself. So
 * who unpacks everything in one go is told nothing, who stops half way is. The difference is a discrepancy of the deposit: it ends with the event that found the last
 * document, when that took more than one step.
 */

/* What a deposit shows. discrepancy_free(). */
int deposit_find(const struct horizon *horizon, const struct thing_key *container, struct discrepancy_findings *findings);

/* After an event was folded at horizon->limit, or went or came back (again): keeps by difference what the deposits of its bags and crates show. */
int deposit_keep_event(const struct horizon *horizon, const struct event *event);
int deposit_keep_again(const struct horizon *horizon, const struct event *event);

#endif
