/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_IMPORT_H
#define NODE_CLI_IMPORT_H

#include "navette/import.h"
#include "node/cli/arguments.h"

/* `navette import`: a library system's export into the catalogue. Returns the exit code. */
int import_run(const struct arguments *arguments);
/* A ready profile by its name, else a file: import_profile_free(). 0, or the exit code of what was said. */
int import_profile_named(const struct arguments *arguments, const char *name, struct import_profile *profile);

#endif
