/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "navette/frame.h"
#include "navette/journal_stub.h"

/*
 * An entry that came again (journal_again()) stands at the journal's end by its name alone. Its row: the reference with both marks in seq (JOURNAL_SEQ_MARKS), when it came again, scope mask, position u64
 * of its bytes, CRC32C u32 of all before it. One mark alone is of an earlier version, or of a bit that flipped.
 */
#define FIRST_AT ENTRY_HEAD_SIZE
#define CRC_AT (FIRST_AT + 8u)
#define AGAIN_SIZE (CRC_AT + 4u)
#define SEQ_AT INCARNATION_SIZE

/* With its marks as they stand, or both set. */
static int is_sound(struct span value)
{
    uint32_t crc = read_u32(value.data + CRC_AT);
    uint8_t bytes[CRC_AT];

    memcpy(bytes, value.data, CRC_AT);
    if (crc32c(0, span_of(bytes, CRC_AT)) == crc)
        return 1;
    bytes[SEQ_AT] |= (uint8_t)(JOURNAL_SEQ_MARKS >> 56);
    return crc32c(0, span_of(bytes, CRC_AT)) == crc;
}

int journal_again_decode(struct span value, struct journal_entry *entry)
{
    if (value.len != AGAIN_SIZE || read_u64(value.data + SEQ_AT) <= JOURNAL_SEQ_MAX)
        return 0;
    entry->again = is_sound(value) ? read_u64(value.data + FIRST_AT) : 0;
    return 1;
}

/* Which entry is found at `position` by its reference, and where it first stood: what a damaged row said. */
static int find_first(struct store_txn *txn, uint64_t position, uint64_t *first)
{
    const uint8_t begin = 0;
    struct store_scan *scan;
    struct journal_run run;
    struct ref ref = {.seq = 0};
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, TABLE_BRANCH, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of(&begin, 1), &key, &value);
    while (rc == 0 && (key.len != REF_SIZE || value.len < 8 || read_u64(value.data) != position))
        rc = txn->ops->scan_next(scan, &key, &value);
    if (rc == 0)
        ref_decode(key.data, &ref);
    txn->ops->scan_close(scan);
    if (rc == 0)
        rc = journal_run_find(txn, ref.incarnation, ref.seq, &run);
    if (rc == 0 && ref.seq - run.first >= run.count)
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        *first = run.position + (ref.seq - run.first);
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

int journal_again_open(struct store_txn *txn, struct journal_entry *entry)
{
    uint64_t position = entry->position;
    uint64_t first = entry->again;
    struct span value;
    uint8_t key[8];
    int rc = first == 0 ? find_first(txn, position, &first) : 0;

    /* It points back: there is an end. */
    if (rc == 0 && first >= position)
        rc = NAVETTE_E_STORE;
    if (rc != 0)
        return rc;
    write_u64(key, first);
    rc = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value);
    if (rc == 0)
        rc = journal_row_open(txn, first, value, entry);
    entry->position = position;
    entry->again = first;
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

int journal_again_moment(struct store_txn *txn, uint64_t position, int64_t *time_ms)
{
    struct journal_entry entry;
    struct span value;
    uint8_t key[8];
    int rc;

    write_u64(key, position);
    rc = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value);
    if (rc != 0)
        return rc;
    if (!journal_again_decode(value, &entry))
        return NAVETTE_E_NOT_FOUND;
    if (entry.again == 0)
        return position > 1 ? journal_moment(txn, position - 1, time_ms) : NAVETTE_E_STORE;
    *time_ms = (int64_t)read_u64(value.data + REF_SIZE);
    return 0;
}

int journal_again_put(struct store_txn *txn, const struct journal_entry *entry, uint64_t first)
{
    struct journal_entry row = *entry;
    uint8_t value[AGAIN_SIZE];
    uint8_t key[8];
    int64_t own_ms;
    int rc = journal_moment(txn, first, &own_ms);

    if (rc == 0)
        rc = journal_moment(txn, entry->position - 1, &row.received_ms);
    if (rc != 0)
        return rc;
    row.received_ms = row.received_ms < own_ms ? own_ms : row.received_ms;
    row.self.seq |= JOURNAL_SEQ_MARKS;
    row.event = span_of("", 0);
    journal_entry_encode(&row, value);
    write_u64(value + FIRST_AT, first);
    write_u32(value + CRC_AT, crc32c(0, span_of(value, CRC_AT)));
    write_u64(key, entry->position);
    return store_append(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}
