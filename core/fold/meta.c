/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/meta.h"

#include <string.h>

#include "navette/error.h"

static struct span name_of(enum meta_number which)
{
    static const char *const names[META_COUNT] = {
        [META_CURSOR] = "cursor",
        [META_SCHEMA] = "schema",
        [META_RETRACTIONS] = "retractions",
        [META_CORRECTIONS] = "corrections",
        [META_WORDS] = "words",
        [META_RECENT] = "recent",
        [META_RECENT_MS] = "recent-ms",
        [META_LACKING] = "lacking",
        [META_OWED] = "owed",
        [META_HOLLOW] = "hollow",
        [META_BACK] = "back",
        [META_FILLED] = "filled",
        [META_GO_ON] = "go-on",
    };

    return span_of_string(names[which]);
}

int meta_get(struct store_txn *state, enum meta_number which, uint64_t *value)
{
    struct span found;
    int rc = store_get(state, TABLE_META, name_of(which), &found);

    *value = 0;
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc != 0)
        return rc;
    if (found.len != 8)
        return NAVETTE_E_STORE;
    *value = read_u64(found.data);
    return 0;
}

int meta_put(struct store_txn *state, enum meta_number which, uint64_t value)
{
    uint8_t bytes[8];

    write_u64(bytes, value);
    return store_put(state, TABLE_META, name_of(which), span_of(bytes, sizeof(bytes)));
}

int meta_get_digest(struct store_txn *state, uint8_t digest[HASH_SIZE])
{
    struct span found;
    int rc = store_get(state, TABLE_META, span_of_string("digest"), &found);

    memset(digest, 0, HASH_SIZE);
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc != 0)
        return rc;
    if (found.len != HASH_SIZE)
        return NAVETTE_E_STORE;
    memcpy(digest, found.data, HASH_SIZE);
    return 0;
}

int meta_put_digest(struct store_txn *state, const uint8_t digest[HASH_SIZE])
{
    return store_put(state, TABLE_META, span_of_string("digest"), span_of(digest, HASH_SIZE));
}
