/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_CONTROL_H
#define NAVETTE_CONTROL_H

#include <jansson.h>
#include <stdint.h>

#include "navette/error.h"

/*
 * The local socket between a daemon and the commands people type: a Unix stream socket, mode 0600 (0660 when a group is given), one JSON object a line each way.
 * Request: {"command": "...", ...}. Answer: {"ok": true, ...} or {"ok": false, "error": "code", "text": "...", "next": "..."} with text in the language asked for ("lang").
 * A line is at most 1 MiB; longer or malformed ones are answered with an error and the connection is closed.
 */
#define CONTROL_LINE_BYTES 1048576u
#define CONTROL_CLIENTS 64u

/* ---- daemon side, driven by the daemon's poll loop */
struct control_server;
/* NAVETTE_E_BUSY: a living daemon answers there. A stale socket is replaced. */
int control_server_open(const char *path, struct control_server **server);
void control_server_close(struct control_server *server); /* removes the socket */
/* Fills descriptors for poll(); returns how many. */
struct pollfd;
size_t control_server_poll(struct control_server *server, struct pollfd *fds, size_t max);
/* Accepts, reads and writes what it can without waiting. */
void control_server_serve(struct control_server *server, const struct pollfd *fds, size_t count);
/* The next whole request, if there is one: owned by the caller (json_decref). client names who asked, until answered. NAVETTE_E_NOT_FOUND: none. */
int control_server_next(struct control_server *server, uint64_t *client, json_t **request);
/* Queues the answer; takes the reference. A client that has gone: no-op. */
void control_server_answer(struct control_server *server, uint64_t client, json_t *answer);

/* ---- command side */
struct control_client;
int control_client_open(const char *path,
                        struct control_client **client); /* NAVETTE_E_NOT_FOUND: no daemon there. NAVETTE_E_REFUSED: no permission */
void control_client_close(struct control_client *client);
/* Sends and waits for the answer, at most timeout_ms (-1: for ever). *answer is the caller's. NAVETTE_E_CLOSED: the daemon went away: what was asked may or may not have happened. */
int control_client_ask(struct control_client *client, const json_t *request, int timeout_ms, json_t **answer);

#endif
