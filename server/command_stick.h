/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_COMMAND_STICK_H
#define NAVETTE_SERVER_COMMAND_STICK_H

#include "server/options.h"

/*
 * `navette-hub stick in FILE|FOLDER...`: reads sticks and writes their answers beside them, with the rights of who typed it; through the hub that runs, or on its folder when none does.
 * Returns an exit code.
 */
int command_stick_run(const struct options *options);

#endif
