/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_COMMAND_RECOVERY_H
#define NAVETTE_SERVER_COMMAND_RECOVERY_H

#include <jansson.h>

#include "server/options.h"

/*
 * `navette-hub recovery new`: makes the pair in this process, tells the hub its public half, and hands the sheet with the secret to who typed it: into --file (a new one, 0600), else on the screen. It is never in
 * the hub's memory, nor on a disk that nobody named. Returns an exit code.
 */
int command_recovery_run(const struct options *options, json_t *request);

#endif
