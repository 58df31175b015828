/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal_stub.h"

/* Of a row that is taken out and put back: where its value lies among those that are kept meanwhile. */
struct packed {
    size_t at;
    size_t len;
};

static int take_rows(struct store_txn *txn, uint64_t first, uint64_t last, struct buffer *bytes, struct packed *rows)
{
    int rc = 0;

    for (uint64_t position = first; rc == 0 && position <= last; position++) {
        struct packed *row = &rows[position - first];
        struct span value;
        uint8_t key[8];

        write_u64(key, position);
        rc = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value);
        if (rc != 0)
            break;
        *row = (struct packed){.at = bytes->len, .len = value.len};
        rc = buffer_append(bytes, value.data, value.len);
    }
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

int journal_pack(struct store_txn *txn, uint64_t first, uint64_t last)
{
    struct buffer bytes = {.data = NULL};
    struct packed rows[JOURNAL_PACK_MOST];
    uint8_t key[8];
    int rc = first == 0 || first > last || last - first >= JOURNAL_PACK_MOST ? NAVETTE_E_INVALID : 0;

    if (rc == 0)
        rc = take_rows(txn, first, last, &bytes, rows);
    for (uint64_t position = first; rc == 0 && position <= last; position++) {
        write_u64(key, position);
        rc = store_del(txn, TABLE_ENTRY, span_of(key, sizeof(key)));
    }
    for (uint64_t position = first; rc == 0 && position <= last; position++) {
        const struct packed *row = &rows[position - first];

        write_u64(key, position);
        rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(bytes.data + row->at, row->len));
    }
    buffer_free(&bytes);
    return rc;
}
