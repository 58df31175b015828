/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_CONTROL_H
#define NAVETTE_CONTROL_H

#include <jansson.h>
#include <stdint.h>

#include "navette/error.h"
#include "navette/span.h"

/*
 * The local socket between a daemon and the commands people type: a Unix stream socket, mode 0600 (0660 when a group is given), one JSON object a line each way.
 * Request: {"command": "...", ...}. Answer: {"ok": true, ...} or {"ok": false, "error": "code", "text": "...", "next": "..."} with text in the language asked for ("lang").
 * A request is at most 1 MiB; longer or malformed ones are answered with an error and the connection is closed. An answer may list a whole network.
 * What a request held is wiped from the server's buffers once it was taken.
 */
#define CONTROL_LINE_BYTES 1048576u
#define CONTROL_ANSWER_BYTES 67108864u  /* 64 MiB: half a million rows; a longer one is answered "answer-too-long" */
#define CONTROL_QUEUED_BYTES 268435456u /* of all answers under way together: the largest are dropped with their clients beyond it */
#define CONTROL_CLIENTS 64u
#define CONTROL_POLL (CONTROL_CLIENTS + 1u) /* descriptors that control_server_poll() fills at most */

/* ---- daemon side, driven by the daemon's poll loop */
struct control_server;
/* NAVETTE_E_BUSY: a living daemon answers there. A stale socket is replaced. */
int control_server_open(const char *path, struct control_server **server);
void control_server_close(struct control_server *server); /* removes the socket; NULL is a no-op */
/* Lets the members of a group ask too: mode 0660. NAVETTE_E_NOT_FOUND: no such group. NAVETTE_E_SYSTEM. */
int control_server_share(struct control_server *server, const char *group);
/* Fills descriptors for poll(); returns how many. */
struct pollfd;
size_t control_server_poll(struct control_server *server, struct pollfd *fds, size_t max);
/* Accepts, reads and writes what it can without waiting. */
void control_server_serve(struct control_server *server, const struct pollfd *fds, size_t count);
/* The next whole request, if there is one (to be asked for until there is none, before each poll): owned by the caller (json_decref). client names who asked, until answered. NAVETTE_E_NOT_FOUND: none. */
int control_server_next(struct control_server *server, uint64_t *client, json_t **request);
/* The terminal of the process that asks (system_terminal()), as the kernel says; 0: it has gone, or the kernel does not say. */
uint64_t control_server_caller(const struct control_server *server, uint64_t client);
/* Queues the answer; takes the reference. A client that has gone: no-op. */
void control_server_answer(struct control_server *server, uint64_t client, json_t *answer);
/* As control_server_answer, with an answer that is text already: one JSON object without a newline in it. Borrowed for the call. */
void control_server_tell(struct control_server *server, uint64_t client, struct span text);

/* ---- command side */
struct control_client;
/* NAVETTE_E_NOT_FOUND: no daemon there. NAVETTE_E_REFUSED: no permission. */
int control_client_open(const char *path, struct control_client **client);
void control_client_close(struct control_client *client);
/* Sends and waits for the answer, at most timeout_ms (-1: for ever). *answer is the caller's. NAVETTE_E_CLOSED: the daemon went away; NAVETTE_E_BUSY: no answer in time (close
 * the client then): what was asked may or may not have happened. NAVETTE_E_TOO_LARGE: a request over the limit. NAVETTE_E_INVALID: not a daemon of ours. */
int control_client_ask(struct control_client *client, const json_t *request, int timeout_ms, json_t **answer);
/* As control_client_ask, the answer left as text: *text is the client's, until it asks again or is closed. */
int control_client_ask_text(struct control_client *client, const json_t *request, int timeout_ms, struct span *text);

#endif
