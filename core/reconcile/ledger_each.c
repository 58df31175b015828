/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "reconcile/ledger.h"

#define ROW_SUM 2u

/* The text at `at`, and what is behind it. NULL when damaged. */
static const char *text_at(struct span key, size_t *at)
{
    const char *text = (const char *)key.data + *at;
    const uint8_t *end = *at < key.len ? memchr(key.data + *at, 0, key.len - *at) : NULL;

    if (end == NULL)
        return NULL;
    *at = (size_t)(end - key.data) + 1;
    return text;
}

static int read_cell(struct span key, struct span value, struct ledger_cell *cell)
{
    size_t at = 1;

    cell->kind = text_at(key, &at);
    if (cell->kind == NULL || at >= key.len || value.len != 8)
        return NAVETTE_E_STORE;
    cell->what = (char)key.data[at++];
    cell->name = text_at(key, &at);
    cell->end = at < key.len ? (char)key.data[at] : '\0';
    cell->count = (int64_t)read_u64(value.data);
    return cell->name != NULL ? 0 : NAVETTE_E_STORE;
}

int ledger_each(struct store_txn *state, ledger_visit *visit, void *context)
{
    const uint8_t prefix[1] = {ROW_SUM};
    uint8_t copy[LEDGER_KEY_MAX];
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(state, TABLE_POOL, span_of(prefix, sizeof(prefix)), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct ledger_cell cell;

        /* what is found may be written while this goes on */
        if (key.len > sizeof(copy)) {
            rc = NAVETTE_E_STORE;
            break;
        }
        memcpy(copy, key.data, key.len);
        rc = read_cell(span_of(copy, key.len), value, &cell);
        if (rc == 0)
            rc = visit(&cell, context);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
