/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PROCESS_H
#define NAVETTE_SERVER_PROCESS_H

#include <stddef.h>

/* Blocks SIGTERM and SIGINT in every thread started from now on and gives the descriptor from which they are read instead; ignores SIGPIPE. -1: failed. */
int process_stop_fd(void);

/* Raises the limit of open files to `wanted` as far as it may; a warning says when that is not enough. */
void process_raise_files(size_t wanted);

#endif
