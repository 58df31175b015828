/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_REPORT_H
#define NAVETTE_SERVER_REPORT_H

#include "server/decide.h"

/* What only the main thread knows (decide.h says how they are called): who is connected, how far everything is. */
decide_function report_nodes;
decide_function report_status;

/* Notes a backup that was made and verified (backup.h): nodes are told. */
decide_function report_backup;

/* Throws the state away and folds it again; answered when that is done. */
decide_function report_rebuild;
/* Puts "cursor" and "digest" of the state into its answer. */
void report_rebuilt(struct executor *executor, json_t *answer);

/* When and from where the journal was put back the last time: {"at", "position"}; null when it never was. */
json_t *report_restored(const struct executor *executor);

#endif
