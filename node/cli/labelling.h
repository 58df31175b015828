/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_LABELLING_H
#define NODE_CLI_LABELLING_H

#include "node/cli/session.h"

/*
 * `navette labels`: a PDF of labels for codes typed or scanned, for a series of bags, or for the documents that wait for one. It opens its own talk with the daemon:
 * the list of sheets needs none. Exit code.
 */
int labelling_run(const struct arguments *arguments);

#endif
