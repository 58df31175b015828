/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_IMPORT_REPORT_H
#define NODE_CLI_IMPORT_REPORT_H

#include "navette/import.h"
#include "node/cli/import_seen.h"
#include "node/cli/session.h"

/* What an import says: a line for each item and each thing found wrong or mended, then the summary; progress on a terminal. */
#define IMPORT_LISTED 10000u /* rows of a list in the summary; the lines before it have all */

struct import_report {
    const struct arguments *arguments;
    int quiet; /* 1: no line for items that are fine */
    uint64_t created, updated, unchanged, skipped, repaired, labelled, gone;
    uint64_t withheld, compared_with;                 /* gone, and not proposed since that is so many of these */
    json_t *skipped_list, *repaired_list, *gone_list; /* owned */
    json_t *unmapped;                                 /* owned; places that are not known: code, and how many items were left out */
    int64_t told_ms;                                  /* when progress was last shown */
    int watched;                                      /* stderr is a terminal */
    int shown;
    uint64_t size; /* of the file; 0: not known */
};

/* How a run ended. */
struct import_end {
    const struct import_counts *counts;
    const struct import_seen *seen;
    const char *profile, *space;
    int dry, compared, scanned, interrupted, partial;
};

void import_report_open(struct import_report *report, const struct arguments *arguments);
void import_report_close(struct import_report *report);

/* Where something stands in the file. */
struct import_where {
    uint64_t record, line, offset;
};
/* row: import_item_json(); may be NULL when report->quiet. */
void import_report_item(struct import_report *report, const struct import_where *where, const char *result, const json_t *row);
void import_report_note(struct import_report *report, const struct import_note *note);
/* An item that was not taken: a refusal with error, text, next. */
void import_report_refusal(struct import_report *report, const struct import_where *where, const char *barcode, const json_t *refusal);
/* The same for a code of the catalogue. */
void import_report_skip(struct import_report *report, const struct import_where *where, const char *barcode, const char *code,
                        const char *b);
void import_report_gone(struct import_report *report, const json_t *row);
/* On stderr, at most twice a second, when that is a terminal. */
void import_report_progress(struct import_report *report, const struct import_counts *counts);
void import_report_end(struct import_report *report, const struct import_end *end);

#endif
