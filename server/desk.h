/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DESK_H
#define NAVETTE_SERVER_DESK_H

#include "server/audit.h"
#include "server/queue.h"
#include "server/views.h"

/*
 * The control socket's thread: answers views itself, hands decisions to the main thread and brings its answers back, runs a verification on a thread of its own
 * (one at a time), so that no question waits for another.
 */
struct desk;

struct desk_options {
    const char *path;  /* of the socket */
    const char *group; /* that may use it too; "": only the hub's own account */
    struct views views;
    struct audit_source audit;
    struct queue *requests; /* to the main thread */
    struct queue *answers;  /* from it */
};

/* NAVETTE_E_BUSY: a living hub answers at `path`. */
int desk_start(const struct desk_options *options, struct desk **desk);
/* Sends what answers there are, then ends; waits for a verification under way. NULL is a no-op. */
void desk_stop(struct desk *desk);

#endif
