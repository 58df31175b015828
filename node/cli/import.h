/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_IMPORT_H
#define NODE_CLI_IMPORT_H

#include "node/cli/arguments.h"

/* `navette import`: a library system's export into the catalogue. Returns the exit code. */
int import_run(const struct arguments *arguments);

#endif
