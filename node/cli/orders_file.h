/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ORDERS_FILE_H
#define NODE_CLI_ORDERS_FILE_H

#include "navette/import.h"
#include "node/cli/session.h"

/*
 * A portal's reservations, read into rows for navette-node. An order's id is the row's own: prefix, barcode, day; "R20601315100-200604", with "-2" for the second row of that
 * document and day. So the same file gives the same orders, whatever the order of its rows but for those.
 */
struct orders_file {
    const struct arguments *arguments;
    struct import_profile profile;
    json_t *rows;    /* owned: what can be asked for */
    json_t *skipped; /* owned: {line, reason, text, next, row}: what can't */
    size_t lines;
};

/* 0, or the exit code of what was said. In any case orders_file_free(). */
int orders_file_read(const struct arguments *arguments, const char *path, struct orders_file *file);
void orders_file_free(struct orders_file *file);

#endif
