/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal_want.h"

#include <string.h>

#define NAME_SIZE 4u
#define KEY_BYTES (NAME_SIZE + 8u)
#define ROW_BYTES 9u
#define COUNTS_NAME "wants"
#define COUNTS_BYTES (8u * WANT_REFUSALS)

static const char asked_name[] = "want";
static const char refused_name[] = "lost";

static struct span key_of(const char *name, uint64_t position, uint8_t key[KEY_BYTES])
{
    memcpy(key, name, NAME_SIZE);
    write_u64(key + NAME_SIZE, position);
    return span_of(key, KEY_BYTES);
}

static int is_of(struct span key, const char *name)
{
    return key.len == KEY_BYTES && memcmp(key.data, name, NAME_SIZE) == 0;
}

int journal_want_is_row(struct span key)
{
    return is_of(key, asked_name) || is_of(key, refused_name) || span_equal(key, span_of_string(COUNTS_NAME));
}

/* The first row of this name at `position` or behind it. */
static int first_row(struct store_txn *txn, const char *name, uint64_t position, struct span *found, struct span *value)
{
    uint8_t key[KEY_BYTES];
    int rc = store_first(txn, TABLE_LOCAL, key_of(name, position, key), found, value);

    return rc == 0 && !is_of(*found, name) ? NAVETTE_E_NOT_FOUND : rc;
}

/* ---- how many */

int journal_wants(struct store_txn *txn, struct journal_wants *wants)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(COUNTS_NAME), &value);

    memset(wants, 0, sizeof(*wants));
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (value.len != COUNTS_BYTES)
        return NAVETTE_E_STORE;
    wants->back = read_u64(value.data);
    for (size_t i = 1; i < WANT_REFUSALS; i++)
        wants->refused[i] = read_u64(value.data + 8 * i);
    return 0;
}

uint64_t journal_wants_refused(const struct journal_wants *wants)
{
    uint64_t count = 0;

    for (size_t i = 1; i < WANT_REFUSALS; i++)
        count += wants->refused[i];
    return count;
}

static int put_wants(struct store_txn *txn, const struct journal_wants *wants)
{
    uint8_t value[COUNTS_BYTES];

    write_u64(value, wants->back);
    for (size_t i = 1; i < WANT_REFUSALS; i++)
        write_u64(value + 8 * i, wants->refused[i]);
    return store_put(txn, TABLE_LOCAL, span_of_string(COUNTS_NAME), span_of(value, sizeof(value)));
}

/* ---- asked for */

int journal_want(struct store_txn *txn, uint64_t position)
{
    struct journal_refused refused;
    struct journal_entry entry;
    uint8_t key[KEY_BYTES];
    int rc = journal_read_raw(txn, position, &entry);

    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    position = journal_place(&entry);
    rc = journal_refused(txn, position, &refused);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    return store_put(txn, TABLE_LOCAL, key_of(asked_name, position, key), span_of("", 0));
}

int journal_wanted(struct store_txn *txn, uint64_t after, uint64_t *position)
{
    struct span found;
    struct span value;
    int rc = after == UINT64_MAX ? NAVETTE_E_NOT_FOUND : first_row(txn, asked_name, after + 1, &found, &value);

    if (rc == 0)
        *position = read_u64(found.data + NAME_SIZE);
    return rc;
}

/* ---- refused */

static int read_refused(struct span key, struct span value, struct journal_refused *refused)
{
    if (value.len != ROW_BYTES || value.data[0] == WANT_NOT_REFUSED || value.data[0] >= WANT_REFUSALS)
        return NAVETTE_E_STORE;
    refused->position = read_u64(key.data + NAME_SIZE);
    refused->why = (enum want_refusal)value.data[0];
    refused->at_ms = (int64_t)read_u64(value.data + 1);
    return 0;
}

int journal_refused(struct store_txn *txn, uint64_t position, struct journal_refused *refused)
{
    uint8_t key[KEY_BYTES];
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, key_of(refused_name, position, key), &value);

    return rc == 0 ? read_refused(span_of(key, sizeof(key)), value, refused) : rc;
}

int journal_next_refused(struct store_txn *txn, uint64_t after, struct journal_refused *refused)
{
    struct span found;
    struct span value;
    int rc = after == UINT64_MAX ? NAVETTE_E_NOT_FOUND : first_row(txn, refused_name, after + 1, &found, &value);

    return rc == 0 ? read_refused(found, value, refused) : rc;
}

/* Neither asked for nor refused any more; came: it is back. */
static int clear(struct store_txn *txn, uint64_t position, int came)
{
    struct journal_refused refused;
    struct journal_wants wants;
    uint8_t key[KEY_BYTES];
    int counted = came;
    int rc = store_del(txn, TABLE_LOCAL, key_of(asked_name, position, key));

    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND)
        rc = journal_wants(txn, &wants);
    if (rc != 0)
        return rc;
    wants.back += came ? 1u : 0u;
    rc = journal_refused(txn, position, &refused);
    if (rc == 0) {
        rc = store_del(txn, TABLE_LOCAL, key_of(refused_name, position, key));
        wants.refused[refused.why] -= wants.refused[refused.why] > 0;
        counted = 1;
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    return counted ? put_wants(txn, &wants) : 0;
}

int journal_unwant(struct store_txn *txn, uint64_t position)
{
    return clear(txn, position, 1);
}

int journal_refuse(struct store_txn *txn, uint64_t position, enum want_refusal why, int64_t wall_ms)
{
    struct journal_wants wants;
    uint8_t value[ROW_BYTES];
    uint8_t key[KEY_BYTES];
    int rc = clear(txn, position, 0);

    if (rc == 0)
        rc = journal_wants(txn, &wants);
    if (rc != 0)
        return rc;
    wants.refused[why]++;
    value[0] = (uint8_t)why;
    write_u64(value + 1, (uint64_t)wall_ms);
    rc = store_put(txn, TABLE_LOCAL, key_of(refused_name, position, key), span_of(value, sizeof(value)));
    return rc == 0 ? put_wants(txn, &wants) : rc;
}

int journal_ask_again(struct store_txn *txn, uint64_t position)
{
    int rc = clear(txn, position, 0);

    return rc == 0 ? journal_want(txn, position) : rc;
}
