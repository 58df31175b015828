/* SPDX-License-Identifier: Apache-2.0 */
#include "log/journal_run.h"

#include <string.h>

#define RUN_SIZE 12u /* position, count */

void journal_run_key(const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint8_t key[JOURNAL_NAME_SIZE])
{
    memcpy(key, incarnation, INCARNATION_SIZE);
    write_u64(key + INCARNATION_SIZE, seq);
}

int journal_run_row(struct store_txn *txn, enum store_table table, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq,
                    uint64_t *number, struct span *value)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    struct span found;
    int rc;

    journal_run_key(incarnation, seq, key);
    rc = store_last(txn, table, span_of(key, sizeof(key)), &found, value);
    if (rc == 0 && found.len != sizeof(key))
        rc = NAVETTE_E_STORE;
    if (rc == 0 && memcmp(found.data, incarnation, INCARNATION_SIZE) != 0)
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        *number = read_u64(found.data + INCARNATION_SIZE);
    return rc;
}

int journal_run_find(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct journal_run *run)
{
    struct span value;
    int rc = journal_run_row(txn, TABLE_RUN, incarnation, seq, &run->first, &value);

    if (rc != 0)
        return rc;
    if (value.len != RUN_SIZE)
        return NAVETTE_E_STORE;
    run->position = read_u64(value.data);
    run->count = read_u32(value.data + 8);
    return run->count == 0 ? NAVETTE_E_STORE : 0;
}

int journal_run_note(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const struct journal_run *last, uint64_t seq,
                     uint32_t count, uint64_t position)
{
    struct journal_run run = {.first = seq, .position = position, .count = count};
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[RUN_SIZE];

    if (last != NULL && last->first + last->count == seq && last->position + last->count == position && last->count <= UINT32_MAX - count) {
        run = *last;
        run.count += count;
    }
    journal_run_key(incarnation, run.first, key);
    write_u64(value, run.position);
    write_u32(value + 8, run.count);
    return store_put(txn, TABLE_RUN, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}

int journal_run_name(struct store_txn *txn, uint64_t position, struct ref *name)
{
    const uint8_t begin = 0;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, TABLE_RUN, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of(&begin, 1), &key, &value);
    while (rc == 0) {
        if (key.len != JOURNAL_NAME_SIZE || value.len != RUN_SIZE) {
            rc = NAVETTE_E_STORE;
            break;
        }
        if (position >= read_u64(value.data) && position - read_u64(value.data) < read_u32(value.data + 8)) {
            memcpy(name->incarnation, key.data, INCARNATION_SIZE);
            name->seq = read_u64(key.data + INCARNATION_SIZE) + (position - read_u64(value.data));
            break;
        }
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    return rc;
}
