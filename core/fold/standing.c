/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/standing.h"

#include <string.h>

#include "navette/error.h"

#define ROW_MAX (1u + THING_KEY_MAX + 8u)

static struct span row_key(enum standing_axis axis, const struct thing_key *key, uint64_t at, uint8_t out[ROW_MAX])
{
    out[0] = (uint8_t)axis;
    memcpy(out + 1, key->bytes, key->len);
    write_u64(out + 1 + key->len, at);
    return span_of(out, 1u + key->len + 8u);
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

int standing_put(struct store_txn *state, enum standing_axis axis, const struct thing_key *key, uint64_t at, struct span value)
{
    uint8_t row[ROW_MAX];

    return store_put(state, TABLE_PAST, row_key(axis, key, at, row), value);
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

int standing_read(struct store_txn *state, enum standing_axis axis, const struct thing_key *key, uint64_t at, struct thing_record *record)
{
    uint8_t bytes[ROW_MAX];
    struct span row = row_key(axis, key, at, bytes);
    struct span found;
    struct span value;
    int rc = store_last(state, TABLE_PAST, row, &found, &value);

    thing_record_init(record, key);
    if (rc == 0 && (found.len != row.len || memcmp(found.data, bytes, row.len - 8) != 0 || value.len == 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        rc = decode(value, record);
    return rc;
}

/* A row that is there and one that is to be: which comes first, and what is to be done. */
static int settle_row(struct store_txn *state, const struct thing_key *key, const uint64_t *held, struct span value,
                      const struct standing_change *change, const struct buffer *bytes)
{
    struct span wanted = change == NULL ? span_of(NULL, 0) : span_of(bytes->data + change->at, change->len);
    uint8_t row[ROW_MAX];

    if (change == NULL || (held != NULL && *held < change->time_ms))
        return store_del(state, TABLE_PAST, row_key(STANDING_TIME, key, *held, row));
    if (held != NULL && *held == change->time_ms && span_equal(value, wanted))
        return 0;
    return standing_put(state, STANDING_TIME, key, change->time_ms, wanted);
}

int standing_rewrite(struct store_txn *state, const struct thing_key *key, const struct standing_change *changes, size_t count,
                     const struct buffer *bytes)
{
    uint8_t row[ROW_MAX];
    struct store_scan *scan;
    size_t next = 0;
    uint64_t from = 0;
    int rc = store_scan_open(state, TABLE_PAST, &scan);

    if (rc != 0)
        return rc;
    while (rc == 0) {
        struct span start = row_key(STANDING_TIME, key, from, row);
        struct span found;
        struct span value;
        uint64_t held = 0;
        int is_there;

        rc = state->ops->scan_from(scan, start, &found, &value);
        is_there = rc == 0 && found.len == start.len && memcmp(found.data, row, start.len - 8) == 0;
        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
            break;
        if (is_there)
            held = read_u64(found.data + found.len - 8);
        rc = 0;
        if (!is_there && next == count)
            break;
        rc = settle_row(state, key, is_there ? &held : NULL, value, next < count ? &changes[next] : NULL, bytes);
        if (next < count && (!is_there || changes[next].time_ms <= held))
            from = changes[next++].time_ms + 1;
        else
            from = held + 1;
    }
    state->ops->scan_close(scan);
    return rc;
}
