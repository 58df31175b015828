/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/damage.h"

#include <string.h>

#define NAME "damage"
#define NAME_SIZE 6u
#define KEY (NAME_SIZE + INCARNATION_SIZE + 8u + 1u)
#define HEAD 9u /* found_ms, mended */

static void key_of(const struct damage *damage, uint8_t key[KEY])
{
    memcpy(key, NAME, NAME_SIZE);
    memcpy(key + NAME_SIZE, damage->self.incarnation, INCARNATION_SIZE);
    write_u64(key + NAME_SIZE + INCARNATION_SIZE, damage->self.seq);
    key[KEY - 1] = (uint8_t)damage->kind;
}

int damage_is_row(struct span key)
{
    return key.len == KEY && memcmp(key.data, NAME, NAME_SIZE) == 0;
}

int damage_next(struct store_txn *txn, const struct damage *after, struct damage *damage)
{
    uint8_t from[KEY + 1] = {0};
    struct span key;
    struct span value;
    int rc;

    key_of(after, from);
    rc = store_first(txn, TABLE_LOCAL, span_of(from, sizeof(from)), &key, &value);
    if (rc == 0 && !damage_is_row(key))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0 && value.len < HEAD)
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        memset(damage, 0, sizeof(*damage));
        memcpy(damage->self.incarnation, key.data + NAME_SIZE, INCARNATION_SIZE);
        damage->self.seq = read_u64(key.data + NAME_SIZE + INCARNATION_SIZE);
        damage->kind = (enum damage_kind)key.data[KEY - 1];
        damage->found_ms = (int64_t)read_u64(value.data);
        damage->mended = value.data[8] != 0;
        damage->bytes = span_of(value.data + HEAD, value.len - HEAD);
    }
    return rc;
}

int damage_count(struct store_txn *txn, size_t *rows, size_t *open)
{
    struct damage at = {.kind = 0};
    int rc;

    *rows = 0;
    *open = 0;
    while ((rc = damage_next(txn, &at, &at)) == 0) {
        ++*rows;
        *open += !at.mended;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int damage_keep(struct store_txn *txn, const struct damage *damage)
{
    uint8_t value[HEAD + LIMIT_ENTRY_BYTES + 64];
    uint8_t key[KEY];
    struct span held;
    size_t rows;
    size_t open;
    size_t len = damage->bytes.len < sizeof(value) - HEAD ? damage->bytes.len : sizeof(value) - HEAD;
    int rc = damage_count(txn, &rows, &open);

    if (rc != 0)
        return rc;
    key_of(damage, key);
    rc = store_get(txn, TABLE_LOCAL, span_of(key, sizeof(key)), &held);
    if (rc == NAVETTE_E_NOT_FOUND && rows >= DAMAGE_ROWS)
        return 0;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    write_u64(value, (uint64_t)damage->found_ms);
    value[8] = damage->mended != 0;
    if (len > 0)
        memcpy(value + HEAD, damage->bytes.data, len);
    return store_put(txn, TABLE_LOCAL, span_of(key, sizeof(key)), span_of(value, HEAD + len));
}

int damage_forget(struct store_txn *txn)
{
    struct damage at = {.kind = 0};
    uint8_t key[KEY];
    int rc;

    while ((rc = damage_next(txn, &at, &at)) == 0) {
        if (!at.mended)
            continue;
        key_of(&at, key);
        rc = store_del(txn, TABLE_LOCAL, span_of(key, sizeof(key)));
        if (rc != 0)
            return rc;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
