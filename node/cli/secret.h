/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SECRET_H
#define NODE_CLI_SECRET_H

#include "node/cli/lines.h"
#include "node/cli/session.h"

/*
 * A PIN or passphrase: one line of standard input, which a terminal does not show; never an argument, nor in the environment. The prompt is a code of message.h, said on stderr. NULL: the input
 * ended, or Ctrl-C was typed. Else a JSON string, the caller's.
 */
json_t *secret_read(struct lines *lines, const struct arguments *arguments, const char *prompt, const char *who);

/* The badge's code in hand and the answer that says what it "needs": asks for it, and gives it to the daemon. *answer is the caller's. As session_ask(). */
int secret_prove(struct session *session, struct lines *lines, const char *code, const char *needs, json_t **answer);

#endif
