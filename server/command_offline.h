/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_COMMAND_OFFLINE_H
#define NAVETTE_SERVER_COMMAND_OFFLINE_H

#include <jansson.h>

#include "server/options.h"

/* What needs no hub, running or not: to read a backup, to put one back. Answers as the daemon would. */
int command_local_knows(const json_t *request);
json_t *command_local_run(const struct options *options, const json_t *request);

/* verify, backup and rebuild on the hub's folder itself, when no hub runs on it. */
int command_offline_knows(const char *request);
/* *answer as the daemon would give it. NAVETTE_E_NOT_FOUND: no hub in this folder; NAVETTE_E_BUSY: one runs after all; NAVETTE_E_STORE: the state or the journal
 * is damaged; others of home.h. */
int command_offline_run(const struct options *options, const json_t *request, json_t **answer);

#endif
