/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_EXPLAINING_H
#define NODE_EXPLAINING_H

#include "node/request.h"

/* What makes something that is not one thing's history. Each answers one request, as commands do (commands.h). */
int explaining_figure(struct office *office, const struct request *request, json_t **answer);
/* "barcode": how people call it. *answer stays NULL when nothing speaks of such a hand-over. */
int explaining_handover(struct office *office, const struct request *request, json_t **answer);
/* "barcode": the first digits of its id; without: the open one of the place, else its last. */
int explaining_count(struct office *office, const struct request *request, json_t **answer);

#endif
