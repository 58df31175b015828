/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_ALONE_H
#define NAVETTE_SERVER_ALONE_H

#include <jansson.h>

#include "server/options.h"

/* The hub's own work on its folder while no hub runs there: home, fold and executor without ports, asked as the control socket would be. */
struct alone;

/* As home_open(), for a hub that exists. */
int alone_open(const struct options *options, struct alone **alone);
void alone_close(struct alone *alone); /* NULL is a no-op */
/* One decision (decide.h), answered once the fold has it. 0, or a fatal code. */
int alone_ask(struct alone *alone, const json_t *request, json_t **answer);

#endif
