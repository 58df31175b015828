/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_COMPARED_H
#define NODE_COMPARED_H

#include "node/request.h"

/*
 * What `navette compare` answers: {"ok", "done", "compared", "damage", text, next}; with done 0 the comparison goes on, or there is no hub to compare with. compared: what the last one came to
 * (io/view_json_compare.h), or null. NULL: no memory.
 */
json_t *compared_show(const struct office *office, const struct request *request, int done);

#endif
