/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "navette/adopted.h"
#include "navette/chain.h"
#include "navette/journal.h"

/* Value of TABLE_BRANCH: position; of one that was put aside also whether it waits to be adopted, and its leaf's salt. */
#define APART_SIZE 8u
#define ASIDE_SIZE (APART_SIZE + 1u + SALT_SIZE)

static int get_apart(struct store_txn *txn, const struct ref *ref, struct span *value)
{
    uint8_t key[REF_SIZE];
    int rc;

    ref_encode(ref, key);
    rc = store_get(txn, TABLE_BRANCH, span_of(key, sizeof(key)), value);
    return rc == 0 && value->len != APART_SIZE && value->len != ASIDE_SIZE ? NAVETTE_E_STORE : rc;
}

int journal_apart(struct store_txn *txn, const struct ref *ref, uint64_t *position)
{
    struct span value;
    int rc = get_apart(txn, ref, &value);

    if (rc == 0)
        *position = read_u64(value.data);
    return rc;
}

/* salt NULL: it was not put aside here. */
static int put_apart(struct store_txn *txn, const struct ref *ref, uint64_t position, int waits, const uint8_t *salt)
{
    uint8_t key[REF_SIZE];
    uint8_t value[ASIDE_SIZE];

    ref_encode(ref, key);
    write_u64(value, position);
    value[APART_SIZE] = (uint8_t)waits;
    if (salt != NULL)
        memcpy(value + APART_SIZE + 1, salt, SALT_SIZE);
    return store_put(txn, TABLE_BRANCH, span_of(key, sizeof(key)), span_of(value, salt == NULL ? APART_SIZE : ASIDE_SIZE));
}

int journal_waiting(struct store_txn *txn, const struct ref *after, struct ref *ref, uint8_t salt[SALT_SIZE])
{
    uint8_t from[REF_SIZE + 1] = {0};
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, TABLE_BRANCH, &scan);

    if (rc != 0)
        return rc;
    ref_encode(after, from);
    rc = txn->ops->scan_from(scan, span_of(from, sizeof(from)), &key, &value);
    while (rc == 0 && (value.len != ASIDE_SIZE || value.data[APART_SIZE] == 0))
        rc = txn->ops->scan_next(scan, &key, &value);
    if (rc == 0 && key.len != REF_SIZE)
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        ref_decode(key.data, ref);
        memcpy(salt, value.data + APART_SIZE + 1, SALT_SIZE);
    }
    txn->ops->scan_close(scan);
    return rc;
}

int journal_copy_apart(struct store_txn *from, struct store_txn *to, const struct journal_entry *entry)
{
    uint8_t salt[SALT_SIZE];
    struct span value;
    int rc = get_apart(from, &entry->self, &value);

    if (rc != 0)
        return rc;
    if (value.len == ASIDE_SIZE)
        memcpy(salt, value.data + APART_SIZE + 1, SALT_SIZE);
    rc = put_apart(to, &entry->self, entry->position, value.len == ASIDE_SIZE && value.data[APART_SIZE] != 0,
                   value.len == ASIDE_SIZE ? salt : NULL);
    return rc != 0 ? rc : journal_put_entry(to, entry);
}

int journal_again(struct store_txn *txn, uint64_t position)
{
    struct journal_entry entry;
    struct journal_entry inside;
    uint8_t salt[SALT_SIZE];
    struct span value = {.data = NULL};
    uint64_t first;
    uint64_t tail;
    int waits;
    int rc = journal_read_raw(txn, position, &entry);

    if (rc == 0)
        rc = journal_tail(txn, &tail);
    if (rc != 0)
        return rc;
    first = journal_place(&entry);
    inside = entry;
    rc = adopted_open(&inside);
    if (rc == 0)
        rc = get_apart(txn, &inside.self, &value);
    if (rc == NAVETTE_E_NOT_FOUND) {
        value = span_of("", 0);
        rc = 0;
    }
    if (rc != 0)
        return rc;
    waits = value.len == ASIDE_SIZE && value.data[APART_SIZE] != 0;
    if (value.len == ASIDE_SIZE)
        memcpy(salt, value.data + APART_SIZE + 1, SALT_SIZE);
    entry.position = tail + 1;
    rc = put_apart(txn, &inside.self, entry.position, waits, value.len == ASIDE_SIZE ? salt : NULL);
    return rc != 0 ? rc : journal_again_put(txn, &entry, first);
}

int journal_waited(struct store_txn *txn, const struct ref *ref)
{
    uint8_t salt[SALT_SIZE];
    struct span value;
    int rc = get_apart(txn, ref, &value);

    if (rc != 0 || value.len != ASIDE_SIZE)
        return rc;
    memcpy(salt, value.data + APART_SIZE + 1, SALT_SIZE);
    return put_apart(txn, ref, read_u64(value.data), 0, salt);
}

int journal_adopt(struct store_txn *txn, const struct ref *original, uint64_t position)
{
    struct journal_entry entry;
    uint64_t first;
    int rc = journal_apart(txn, original, &first);

    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = journal_find(txn, original, &entry);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    return put_apart(txn, original, rc == 0 ? entry.position : position, 0, NULL);
}

/* Salts of consecutive numbers: the batch is read once. */
struct salts {
    struct batch_header header;
    uint64_t end; /* first number after it; 0: none is read */
};

static int salt_of(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct salts *salts,
                   uint8_t salt[SALT_SIZE])
{
    if (seq >= salts->end) {
        int rc = journal_batch(txn, incarnation, seq, &salts->header);

        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        salts->end = salts->header.count == 0 ? UINT64_MAX : salts->header.first_seq + salts->header.count;
    }
    chain_salt(salts->header.salt, seq, salt);
    return 0;
}

static int move_entries(struct store_txn *txn, const struct log_head *head, uint64_t common)
{
    struct salts salts = {.end = 0};
    int rc = 0;

    for (uint64_t seq = common + 1; seq <= head->seq && rc == 0; seq++) {
        struct ref ref = {.seq = seq};
        uint8_t salt[SALT_SIZE];
        struct journal_entry entry;

        memcpy(ref.incarnation, head->incarnation, INCARNATION_SIZE);
        rc = journal_find(txn, &ref, &entry);
        if (rc == 0 || rc == NAVETTE_E_PRUNED)
            rc = salt_of(txn, head->incarnation, seq, &salts, salt);
        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        ref.leaf = entry.self.leaf;
        rc = put_apart(txn, &ref, entry.position, 1, salt);
    }
    return rc;
}

/* Rows of `table` under this incarnation whose first number is after `common`. */
static int drop_rows(struct store_txn *txn, enum store_table table, const uint8_t incarnation[INCARNATION_SIZE], uint64_t common)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    struct span value;
    uint64_t first;
    int rc;

    while ((rc = journal_run_row(txn, table, incarnation, UINT64_MAX, &first, &value)) == 0 && first > common) {
        journal_run_key(incarnation, first, key);
        rc = store_del(txn, table, span_of(key, sizeof(key)));
        if (rc != 0)
            return rc;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int shorten_run(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t common)
{
    struct journal_run run;
    int rc = journal_run_find(txn, incarnation, common, &run);

    if (rc != 0 || run.first + run.count <= common + 1)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return journal_run_note(txn, incarnation, NULL, run.first, (uint32_t)(common + 1 - run.first), run.position);
}

/* A batch that reached beyond is open again, as far as this log goes: its seal was over more. */
static int open_batch(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t common)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[BATCH_HEADER_SIZE];
    struct batch_header header;
    int rc = journal_batch(txn, incarnation, common, &header);

    if (rc != 0 || header.count == 0 || header.first_seq + header.count - 1 <= common)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    header.count = 0;
    journal_run_key(incarnation, header.first_seq, key);
    batch_header_encode(&header, value);
    return store_put(txn, TABLE_BATCH, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}

int journal_set_aside(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t common)
{
    struct log_head head;
    struct log_head shorter;
    int rc = journal_head(txn, incarnation, &head);

    if (rc != 0)
        return rc;
    if (common > head.seq)
        return NAVETTE_E_NOT_FOUND;
    shorter = head;
    shorter.seq = common;
    rc = journal_hash_at(txn, incarnation, common, shorter.hash);
    if (rc == 0)
        rc = move_entries(txn, &head, common);
    if (rc == 0)
        rc = drop_rows(txn, TABLE_RUN, incarnation, common);
    if (rc == 0)
        rc = shorten_run(txn, incarnation, common);
    if (rc == 0)
        rc = drop_rows(txn, TABLE_BATCH, incarnation, common);
    if (rc == 0)
        rc = open_batch(txn, incarnation, common);
    return rc != 0 ? rc : journal_put_head(txn, &shorter);
}

int journal_put_back(struct store_txn *txn, const struct ref *ref)
{
    struct journal_run run;
    struct journal_run *last = &run;
    struct journal_entry entry;
    uint64_t position;
    int rc = journal_apart(txn, ref, &position);

    if (rc == 0)
        rc = journal_read_raw(txn, position, &entry);
    if (rc != 0)
        return rc;
    /* It stands inside the one that adopted it. */
    if (ref_compare(&entry.self, ref) != 0)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_run_find(txn, ref->incarnation, ref->seq, &run);
    if (rc == NAVETTE_E_NOT_FOUND)
        last = NULL;
    else if (rc != 0 || ref->seq - run.first < run.count)
        return rc;
    return journal_run_note(txn, ref->incarnation, last, ref->seq, 1, position);
}
