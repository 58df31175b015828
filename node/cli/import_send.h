/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_IMPORT_SEND_H
#define NODE_CLI_IMPORT_SEND_H

#include "node/cli/import_report.h"

/* Items on their way to navette-node, many a transaction. */
#define IMPORT_CHUNK_ITEMS 512u    /* of one request: a person's scan waits for one transaction at most */
#define IMPORT_CHUNK_BYTES 500000u /* half of what a request may have, before quoting */
#define IMPORT_GONE_FEW 20u        /* so many can be looked through one by one */
#define IMPORT_GONE_PERCENT 20u    /* of the catalogue: no library withdraws more between two exports */

struct import_send {
    struct session session; /* client NULL: no node, nothing is compared */
    struct import_report *report;
    int dry;
    json_t *rows; /* owned */
    size_t bytes;
    struct import_where where[IMPORT_CHUNK_ITEMS];
    char space[LIMIT_NAMESPACE + 1];
    int scanned; /* scans at this place look in that namespace */
};

int import_send_open(struct import_send *send, const struct arguments *arguments, struct import_report *report, int dry);
void import_send_close(struct import_send *send);
/* 0, or the exit code of what was said; the item is then not recorded. */
int import_send_item(struct import_send *send, const struct import_item *item);
int import_send_flush(struct import_send *send);
/*
 * After a whole export: what the node has of the libraries in it and the export does not is proposed for withdrawal; dry: only told. So many that the export
 * is rather a part of the catalogue are not proposed unless `sure`: report->withheld and compared_with then have the numbers.
 */
int import_send_gone(struct import_send *send, const struct import_seen *seen, int sure);

#endif
