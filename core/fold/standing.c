/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/standing.h"

#include <string.h>

#include "navette/error.h"

#define AXIS_TIME 2u
#define AXIS_KNOWN 3u
#define ROW_MAX (1u + THING_KEY_MAX + 8u + 8u)

static struct span time_key(const struct thing_key *key, uint64_t time_ms, uint64_t position, uint8_t out[ROW_MAX])
{
    out[0] = AXIS_TIME;
    memcpy(out + 1, key->bytes, key->len);
    write_u64(out + 1 + key->len, time_ms);
    write_u64(out + 1 + key->len + 8, position);
    return span_of(out, 1u + key->len + 16u);
}

static struct span known_key(const struct thing_key *key, uint64_t position, uint8_t out[ROW_MAX])
{
    out[0] = AXIS_KNOWN;
    memcpy(out + 1, key->bytes, key->len);
    write_u64(out + 1 + key->len, position);
    return span_of(out, 1u + key->len + 8u);
}

/* Is it a row of the thing that `row` is of? tail: bytes behind the key. */
static int is_same_thing(struct span found, struct span row, size_t tail)
{
    return found.len == row.len && memcmp(found.data, row.data, row.len - tail) == 0;
}

static uint64_t time_of(struct span row)
{
    return read_u64(row.data + row.len - 16);
}

static uint64_t position_of(struct span row)
{
    return read_u64(row.data + row.len - 8);
}

int standing_encode(const struct thing_record *record, struct buffer *out)
{
    const uint8_t head[4] = {record->registered, record->custody, record->condition, record->sealed};
    int rc;

    if (record->events == 0)
        return 0;
    rc = buffer_append(out, head, sizeof(head));
    if (rc == 0)
        rc = buffer_append_u64(out, (uint64_t)record->since_ms);
    if (rc == 0)
        rc = buffer_append_string(out, record->place);
    if (rc == 0)
        rc = buffer_append_string(out, record->to);
    if (rc == 0)
        rc = buffer_append_u32(out, (uint32_t)record->day);
    if (rc == 0)
        rc = buffer_append_u16(out, record->container.len);
    if (rc == 0)
        rc = buffer_append(out, record->container.bytes, record->container.len);
    if (rc == 0)
        rc = buffer_append_string(out, record->material);
    return rc == 0 ? buffer_append_string(out, record->home) : rc;
}

int standing_put(struct store_txn *state, const struct thing_key *key, uint64_t time_ms, uint64_t position, struct span value)
{
    uint8_t row[ROW_MAX];

    return store_put(state, TABLE_PAST, time_key(key, time_ms, position, row), value);
}

int standing_put_known(struct store_txn *state, const struct thing_key *key, uint64_t position, struct span value)
{
    uint8_t row[ROW_MAX];

    return store_put(state, TABLE_PAST, known_key(key, position, row), value);
}

static int decode(struct span value, struct thing_record *record)
{
    struct reader reader = reader_of(value);
    struct span container;

    record->events = 1;
    record->registered = reader_u8(&reader);
    record->custody = reader_u8(&reader);
    record->condition = reader_u8(&reader);
    record->sealed = reader_u8(&reader);
    record->since_ms = (int64_t)reader_u64(&reader);
    reader_copy_string(&reader, record->place, sizeof(record->place));
    reader_copy_string(&reader, record->to, sizeof(record->to));
    record->day = (int32_t)reader_u32(&reader);
    container = reader_string(&reader);
    if (container.len > 0 && thing_key_read(container, &record->container) != 0)
        return NAVETTE_E_STORE;
    reader_copy_string(&reader, record->material, sizeof(record->material));
    reader_copy_string(&reader, record->home, sizeof(record->home));
    return reader.failed || reader.left.len != 0 || record->custody > CUSTODY_CONTAINER || record->condition > CONDITION_WITHDRAWN
               ? NAVETTE_E_STORE
               : 0;
}

/* The row that counts: back from the moment, past what came to be known later and moments at which nothing changed after all. */
static int find(struct store_scan *scan, const struct store_ops *ops, struct span from, uint64_t known, struct span *value)
{
    uint64_t unchanged_ms = UINT64_MAX;
    struct span found;
    int rc = ops->scan_upto(scan, from, &found, value);

    while (rc == 0 && is_same_thing(found, from, 16)) {
        int is_told = time_of(found) != unchanged_ms && position_of(found) <= known;

        if (is_told && value->len > 0)
            return 0;
        if (is_told)
            unchanged_ms = time_of(found);
        rc = ops->scan_prev(scan, &found, value);
    }
    return rc == 0 ? NAVETTE_E_NOT_FOUND : rc;
}

int standing_read(struct store_txn *state, const struct thing_key *key, uint64_t time_ms, uint64_t known, struct thing_record *record)
{
    uint8_t bytes[ROW_MAX];
    struct store_scan *scan;
    struct span value;
    int rc = store_scan_open(state, TABLE_PAST, &scan);

    thing_record_init(record, key);
    if (rc != 0)
        return rc;
    rc = find(scan, state->ops, time_key(key, time_ms, UINT64_MAX, bytes), known, &value);
    if (rc == 0)
        rc = decode(value, record);
    state->ops->scan_close(scan);
    return rc;
}

int standing_read_known(struct store_txn *state, const struct thing_key *key, uint64_t known, struct thing_record *record)
{
    uint8_t bytes[ROW_MAX];
    struct span row = known_key(key, known, bytes);
    struct span found;
    struct span value;
    int rc = store_last(state, TABLE_PAST, row, &found, &value);

    thing_record_init(record, key);
    if (rc == 0 && (!is_same_thing(found, row, 8) || value.len == 0))
        rc = NAVETTE_E_NOT_FOUND;
    return rc == 0 ? decode(value, record) : rc;
}

/* ---- what it was, otherwise */

/* A moment of what was known before, and what was known of it. */
struct moment {
    uint64_t time_ms;
    struct span value;
};

/* The next one from `from_ms` on that has rows. NAVETTE_E_NOT_FOUND: none. */
static int next_moment(struct store_scan *scan, const struct store_ops *ops, const struct thing_key *key, uint64_t from_ms,
                       struct moment *moment)
{
    uint8_t bytes[ROW_MAX];
    struct span row = time_key(key, from_ms, 0, bytes);
    struct span found;
    int rc = ops->scan_from(scan, row, &found, &moment->value);

    if (rc == 0 && !is_same_thing(found, row, 16))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc != 0)
        return rc;
    moment->time_ms = time_of(found);
    return ops->scan_upto(scan, time_key(key, moment->time_ms, UINT64_MAX, bytes), &found, &moment->value);
}

int standing_rewrite(struct store_txn *state, const struct thing_key *key, uint64_t position, const struct standing_change *changes,
                     size_t count, const struct buffer *bytes)
{
    const struct span no_change = span_of(NULL, 0);
    struct store_scan *scan;
    size_t next = 0;
    uint64_t from_ms = 0;
    int rc = store_scan_open(state, TABLE_PAST, &scan);

    if (rc != 0)
        return rc;
    while (rc == 0) {
        const struct standing_change *change = next < count ? &changes[next] : NULL;
        struct moment held = {UINT64_MAX, no_change};
        struct span wanted = no_change;
        uint64_t time_ms;

        rc = next_moment(scan, state->ops, key, from_ms, &held);
        if (rc != 0 && (rc != NAVETTE_E_NOT_FOUND || change == NULL))
            break;
        rc = 0;
        time_ms = change != NULL && change->time_ms < held.time_ms ? change->time_ms : held.time_ms;
        if (held.time_ms != time_ms)
            held.value = no_change;
        if (change != NULL && change->time_ms == time_ms) {
            wanted = span_of(bytes->data + change->at, change->len);
            next++;
        }
        if (!span_equal(held.value, wanted))
            rc = standing_put(state, key, time_ms, position, wanted);
        from_ms = time_ms + 1;
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
