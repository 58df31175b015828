/* SPDX-License-Identifier: Apache-2.0 */
#include "node/proposal.h"

#include <string.h>

#include "navette/error.h"

#define PREFIX "proposed/"
#define NAME_MAX_SIZE (sizeof PREFIX + THING_KEY_MAX)
#define VALUE_SIZE 9u

struct name {
    uint8_t bytes[NAME_MAX_SIZE];
    size_t len;
};

static struct name name_of(const struct thing_key *key)
{
    struct name name = {.len = sizeof PREFIX - 1};

    memcpy(name.bytes, PREFIX, name.len);
    if (key != NULL) {
        memcpy(name.bytes + name.len, key->bytes, key->len);
        name.len += key->len;
    }
    return name;
}

static int is_ours(struct span found)
{
    return found.len > sizeof PREFIX - 1 && memcmp(found.data, PREFIX, sizeof PREFIX - 1) == 0;
}

static int decode(struct span value, struct proposal *proposal)
{
    if (value.len != VALUE_SIZE || (value.data[0] != PROPOSAL_OPEN && value.data[0] != PROPOSAL_STAYS))
        return NAVETTE_E_STORE;
    proposal->state = (enum proposal_state)value.data[0];
    proposal->since_ms = (int64_t)read_u64(value.data + 1);
    return 0;
}

int proposal_any(struct store_txn *txn, int *any)
{
    struct proposal first;
    int count = proposal_list(txn, NULL, &first, 1);

    *any = count > 0;
    return count < 0 ? count : 0;
}

int proposal_read(struct store_txn *txn, const struct thing_key *key, struct proposal *proposal)
{
    struct name name = name_of(key);
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of(name.bytes, name.len), &value);

    proposal->key = *key;
    return rc != 0 ? rc : decode(value, proposal);
}

int proposal_set(struct store_txn *txn, const struct proposal *proposal)
{
    struct name name = name_of(&proposal->key);
    uint8_t value[VALUE_SIZE] = {(uint8_t)proposal->state};

    write_u64(value + 1, (uint64_t)proposal->since_ms);
    return store_put(txn, TABLE_LOCAL, span_of(name.bytes, name.len), span_of(value, sizeof value));
}

int proposal_add(struct store_txn *txn, const struct thing_key *key, int64_t now_ms, int *added)
{
    struct proposal proposal;
    int rc = proposal_read(txn, key, &proposal);

    if (added != NULL)
        *added = rc == NAVETTE_E_NOT_FOUND;
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    proposal.state = PROPOSAL_OPEN;
    proposal.since_ms = now_ms;
    return proposal_set(txn, &proposal);
}

int proposal_forget(struct store_txn *txn, const struct thing_key *key)
{
    struct name name = name_of(key);
    int rc = store_del(txn, TABLE_LOCAL, span_of(name.bytes, name.len));

    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int proposal_list(struct store_txn *txn, const struct thing_key *after, struct proposal *list, size_t max)
{
    struct name from = name_of(after);
    struct store_scan *scan;
    struct span found, value;
    size_t count = 0;
    int rc = store_scan_open(txn, TABLE_LOCAL, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of(from.bytes, from.len), &found, &value);
    while (rc == 0 && count < max && is_ours(found)) {
        struct proposal *proposal = &list[count];
        rc = thing_key_read(span_of(found.data + sizeof PREFIX - 1, found.len - (sizeof PREFIX - 1)), &proposal->key);
        if (rc == 0)
            rc = decode(value, proposal);
        if (rc == 0 && (after == NULL || !thing_key_equal(&proposal->key, after)))
            count++;
        if (rc == 0)
            rc = txn->ops->scan_next(scan, &found, &value);
    }
    txn->ops->scan_close(scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}
