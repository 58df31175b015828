/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ILS_RECORD_H
#define NODE_ILS_RECORD_H

#include "node/request.h"

/* What was told to a library system, and what became of it, as events: all of one request in one transaction. request->place is whose lines they are. */

/*
 * "lines" of the request that are still to be told (with "again": also those that were), by day, at most 64 an event. *answer: {"ok", "recorded", "gone"}: gone are those that
 * changed meanwhile.
 */
int ils_record_exported(struct office *office, const struct request *request, json_t **answer);

/* "barcodes" of the request. *answer: {"ok", "results": [{"barcode", "act", "day"} or a refusal]}; all that are good are recorded. */
int ils_record_answer(struct office *office, const struct request *request, int refused, int reason, json_t **answer);

#endif
