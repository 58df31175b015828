/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "navette/journal_stub.h"

/* Stubs whose bytes somebody waits for, in TABLE_LOCAL: "want", position u64 -> nothing. */
#define WANT_NAME "want"
#define WANT_NAME_SIZE 4u
#define WANT_KEY (WANT_NAME_SIZE + 8u)

static struct span want_key(uint64_t position, uint8_t key[WANT_KEY])
{
    memcpy(key, WANT_NAME, WANT_NAME_SIZE);
    write_u64(key + WANT_NAME_SIZE, position);
    return span_of(key, WANT_KEY);
}

int journal_want(struct store_txn *txn, uint64_t position)
{
    struct journal_entry entry;
    uint8_t key[WANT_KEY];
    int rc = journal_read_raw(txn, position, &entry);

    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return store_put(txn, TABLE_LOCAL, want_key(entry.again != 0 ? entry.again : position, key), span_of("", 0));
}

int journal_wanted(struct store_txn *txn, uint64_t after, uint64_t *position)
{
    uint8_t key[WANT_KEY];
    struct span found;
    struct span value;
    int rc = after == UINT64_MAX ? NAVETTE_E_NOT_FOUND : store_first(txn, TABLE_LOCAL, want_key(after + 1, key), &found, &value);

    if (rc == 0 && (found.len != WANT_KEY || memcmp(found.data, WANT_NAME, WANT_NAME_SIZE) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        *position = read_u64(found.data + WANT_NAME_SIZE);
    return rc;
}

int journal_unwant(struct store_txn *txn, uint64_t position)
{
    uint8_t key[WANT_KEY];
    int rc = store_del(txn, TABLE_LOCAL, want_key(position, key));

    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int journal_want_is_row(struct span key)
{
    return key.len == WANT_KEY && memcmp(key.data, WANT_NAME, WANT_NAME_SIZE) == 0;
}
