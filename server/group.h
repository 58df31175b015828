/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_GROUP_H
#define NAVETTE_SERVER_GROUP_H

#include "server/executor.h"

/*
 * Group commit: takes the frames that have come, at most EXECUTOR_GROUP_FRAMES or EXECUTOR_GROUP_EVENTS, through the step in one transaction, commits it with one
 * flush, gives HUB_STORED and carries the effects out. On a full disk: HUB_FAILED, and the peers are told to keep what they have.
 * *taken: frames. 0 or a fatal code.
 */
int group_run(struct executor *executor, size_t *taken);

#endif
