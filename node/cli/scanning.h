/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SCANNING_H
#define NODE_CLI_SCANNING_H

#include "node/cli/session.h"

/*
 * An operation at the terminal: begun, fed with scans (the words given, else standard input), each answered once it is stored, closed at the
 * end of the input. Returns an exit code.
 */
int scanning_run(struct session *session);

/* `operations`: lists, resumes, closes those that were left open. */
int scanning_operations(struct session *session);

#endif
