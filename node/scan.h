/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SCAN_H
#define NODE_SCAN_H

#include "node/request.h"

/*
 * One scan of an operation: understood, checked against what this node knows, recorded, committed, answered; in that order. A refused scan
 * records nothing and says what to do. *answer: {"ok": true, "result": "recorded" | "already-read", "barcode", "thing", "title", "seq", "ref",
 * "notes", "recorded"} or a refusal.
 */
int scan_run(struct office *office, const struct request *request, struct operation *operation, const char *typed, json_t **answer);

#endif
