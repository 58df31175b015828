/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/stated.h"

#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "navette/error.h"

#define STATED_KEY_SIZE (STATED_LOG_SIZE + 8u)
#define STATED_ROW_SIZE (4u * 8u + 1u)

static struct span make_key(const uint8_t log[STATED_LOG_SIZE], uint64_t seq, uint8_t out[STATED_KEY_SIZE])
{
    memcpy(out, log, STATED_LOG_SIZE);
    write_u64(out + STATED_LOG_SIZE, seq);
    return span_of(out, STATED_KEY_SIZE);
}

static int decode(struct span key, struct span row, struct stated *stated)
{
    struct reader reader = reader_of(row);

    if (key.len != STATED_KEY_SIZE || row.len != STATED_ROW_SIZE)
        return NAVETTE_E_STORE;
    memcpy(stated->log, key.data, STATED_LOG_SIZE);
    stated->seq = read_u64(key.data + STATED_LOG_SIZE);
    stated->told_ms = (int64_t)reader_u64(&reader);
    stated->noted_ms = (int64_t)reader_u64(&reader);
    stated->after_ms = (int64_t)reader_u64(&reader);
    stated->before_ms = (int64_t)reader_u64(&reader);
    stated->lacking = reader_u8(&reader);
    return 0;
}

static int of_log(int rc, struct span found, struct span row, const uint8_t log[STATED_LOG_SIZE], struct stated *stated)
{
    if (rc != 0)
        return rc;
    if (found.len < STATED_LOG_SIZE || memcmp(found.data, log, STATED_LOG_SIZE) != 0)
        return NAVETTE_E_NOT_FOUND;
    return decode(found, row, stated);
}

int stated_upto(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], uint64_t seq, struct stated *stated)
{
    uint8_t key[STATED_KEY_SIZE];
    struct span found = {NULL, 0};
    struct span row = {NULL, 0};
    int rc = store_last(state, TABLE_STATED, make_key(log, seq, key), &found, &row);

    return of_log(rc, found, row, log, stated);
}

int stated_from(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], uint64_t seq, struct stated *stated)
{
    uint8_t key[STATED_KEY_SIZE];
    struct span found = {NULL, 0};
    struct span row = {NULL, 0};
    int rc = store_first(state, TABLE_STATED, make_key(log, seq, key), &found, &row);

    return of_log(rc, found, row, log, stated);
}

int stated_put(struct store_txn *state, const struct stated *stated)
{
    uint8_t key[STATED_KEY_SIZE];
    uint8_t row[STATED_ROW_SIZE];

    write_u64(row, (uint64_t)stated->told_ms);
    write_u64(row + 8, (uint64_t)stated->noted_ms);
    write_u64(row + 16, (uint64_t)stated->after_ms);
    write_u64(row + 24, (uint64_t)stated->before_ms);
    row[32] = stated->lacking;
    return store_put(state, TABLE_STATED, make_key(stated->log, stated->seq, key), span_of(row, sizeof(row)));
}

static void find_bounds(struct stated_ends *ends)
{
    for (size_t i = 0; i < ends->count; i++) {
        const struct stated *earlier = i > 0 ? &ends->list[i - 1] : NULL;

        ends->list[i].after_ms = earlier == NULL ? 0 : earlier->told_ms > earlier->after_ms ? earlier->told_ms : earlier->after_ms;
    }
    for (size_t i = ends->count; i-- > 0;) {
        struct stated *at = &ends->list[i];

        at->before_ms = i + 1 < ends->count && at[1].before_ms < at->noted_ms ? at[1].before_ms : at->noted_ms;
    }
}

int stated_ends(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], struct stated_ends *ends)
{
    size_t capacity = 0;
    struct prefix_scan scan;
    struct span key;
    struct span row;
    int rc = horizon_scan(state, TABLE_STATED, span_of(log, STATED_LOG_SIZE), &scan);

    memset(ends, 0, sizeof(*ends));
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &row)) == 0) {
        if (ends->count == capacity) {
            struct stated *list = realloc(ends->list, (capacity * 2 + 16) * sizeof(*list));

            rc = list == NULL ? NAVETTE_E_MEMORY : 0;
            capacity = capacity * 2 + 16;
            ends->list = list == NULL ? ends->list : list;
        }
        rc = rc == 0 ? decode(key, row, &ends->list[ends->count]) : rc;
        if (rc != 0)
            break;
        ends->count++;
    }
    horizon_scan_close(&scan);
    if (rc == NAVETTE_E_NOT_FOUND && ends->count > 0) {
        find_bounds(ends);
        return 0;
    }
    free(ends->list);
    memset(ends, 0, sizeof(*ends));
    return rc;
}

int stated_next(struct store_txn *state, const uint8_t *incarnation, const uint8_t *after, uint8_t log[STATED_LOG_SIZE])
{
    uint8_t key[STATED_KEY_SIZE + 1] = {0};
    struct span from = span_of(key, 1);
    struct span found = {NULL, 0};
    struct span row = {NULL, 0};
    int rc;

    if (after != NULL) {
        /* Behind every key of that log. */
        (void)make_key(after, UINT64_MAX, key);
        from = span_of(key, sizeof(key));
    } else if (incarnation != NULL) {
        from = span_of(incarnation, INCARNATION_SIZE);
    }
    rc = store_first(state, TABLE_STATED, from, &found, &row);
    if (rc != 0)
        return rc;
    if (found.len != STATED_KEY_SIZE)
        return NAVETTE_E_STORE;
    memcpy(log, found.data, STATED_LOG_SIZE);
    return incarnation == NULL || memcmp(incarnation, log, INCARNATION_SIZE) == 0 ? 0 : NAVETTE_E_NOT_FOUND;
}
