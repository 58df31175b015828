/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_REPORT_H
#define NAVETTE_SERVER_REPORT_H

#include "server/decide.h"

/* What only the main thread knows (decide.h says how they are called): who is connected, how far everything is. */
decide_function report_nodes;
decide_function report_status;

/* Throws the state away and folds it again; answered when that is done. */
decide_function report_rebuild;
/* Puts "cursor" and "digest" of the state into its answer. */
void report_rebuilt(struct executor *executor, json_t *answer);

#endif
