/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DAEMON_H
#define NODE_DAEMON_H

#include "navette/control.h"
#include "node/office.h"

/*
 * navette-node's one loop: the link's sockets, the control socket, a descriptor that says stop. Everything is done by this one thread: a
 * person's scan, what the hub sends, folding. Returns 0 when told to stop, or a fatal code.
 */
int daemon_run(struct office *office, struct control_server *control, int stop_fd);

#endif
