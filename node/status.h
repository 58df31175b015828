/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STATUS_H
#define NODE_STATUS_H

#include "node/request.h"

/* Who this node is and how it stands with its hub. */

/* {"identity", "link", "store", "note", "operations", ...} */
int status_show(struct office *office, const struct request *request, json_t **answer);
/* What stands between this node and the hub, in words with what to do; JSON null: nothing. */
json_t *status_note(const struct office *office, const struct request *request, const struct node_progress *progress, const char *tz);
json_t *status_places(const struct identity *identity);

#endif
