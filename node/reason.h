/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REASON_H
#define NODE_REASON_H

#include "node/request.h"

/* "reason" of a request, one that its command (or its verb) has; absent: 0. Else -1, and *answer lists them with what they mean. */
int reason_read(const struct request *request, json_t **answer);

#endif
