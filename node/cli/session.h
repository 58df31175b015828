/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SESSION_H
#define NODE_CLI_SESSION_H

#include "navette/control.h"
#include "node/cli/arguments.h"
#include "node/cli/exits.h"

/* One command's talk with navette-node. */
struct session {
    const struct arguments *arguments;
    struct control_client *client;
};

/* 0, or the exit code of what was said. */
int session_open(struct session *session, const struct arguments *arguments);
void session_close(struct session *session);

/* A new request with what every one of them carries: command, language, operator, place, pid. */
json_t *session_request(const struct session *session, const char *command);
/*
 * Sends (taking the request's reference) and waits for the answer, which is the caller's. 0 also when it is a refusal; else the exit code of
 * a daemon that does not answer, which was said.
 */
int session_ask(struct session *session, json_t *request, json_t **answer);

/* Says a refusal: on stderr as text with what to do next, or on stdout as JSON. Returns the exit code. */
int session_refuse(const struct arguments *arguments, const json_t *refusal);
/* The same for a code of the catalogue, with no daemon involved. */
int session_refuse_code(const struct arguments *arguments, const char *code, const char *a, const char *b);
int session_is_ok(const json_t *answer);
/* Prints one JSON document on a line of stdout. */
void session_print(const json_t *document);
/* A word in the person's language. */
const char *session_word(const struct arguments *arguments, const char *word);

#endif
