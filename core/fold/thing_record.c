/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/state.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/hlc.h"

#define RECORD_VERSION 1u
#define LINE_BYTES_MIN 15u /* of one line of contents with empty strings */
/* In the tail's flags, above those of the order: what is not written, since a state costs by the page. */
#define LAST_IS_GREATEST 0x80u /* the greatest event is the last one */
#define LAST_IS_CAUSE 0x40u    /* the last event gave the custody: its reference stands in the canonical bytes */
#define NOTHING_MISSING 0x20u
#define NOTHING_WANTED 0x10u
#define ORDER_FLAGS 0x0fu
#define EVENTS_PHONED 0x40000000u /* ORDER_PHONED, for want of room in the flags */
#define EVENTS_LATEST 0x80000000u /* above the number of events: the latest time is not that of the greatest clock, and stands behind it */
#define TRAILER_SIZE 16u          /* newest u64; number of lines, length of the canonical bytes: u32 each */

static int is_decided(const struct thing_key *key)
{
    int kind = thing_kind(key);

    return kind == NAVETTE__THING_KIND__THING_PLACE || kind == NAVETTE__THING_KIND__THING_RULE || kind == NAVETTE__THING_KIND__THING_NODE ||
           kind == NAVETTE__THING_KIND__THING_OPERATOR;
}

void thing_record_init(struct thing_record *record, const struct thing_key *key)
{
    memset(record, 0, sizeof(*record));
    record->key = *key;
}

void thing_record_free(struct thing_record *record)
{
    free(record->contents);
    record->contents = NULL;
    record->content_count = 0;
}

int thing_record_is_inside(const struct thing_record *record)
{
    return record->custody == CUSTODY_CONTAINER && record->condition == CONDITION_NORMAL;
}

int thing_record_is_packed(const struct thing_record *record)
{
    return thing_kind(&record->key) != NAVETTE__THING_KIND__THING_ITEM && (record->sealed || record->content_count > 0);
}

int thing_content_compare(const struct content *a, const struct content *b)
{
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->registered != b->registered)
        return a->registered < b->registered ? -1 : 1;
    if (a->packed != b->packed)
        return a->packed < b->packed ? -1 : 1;
    order = strcmp(a->material, b->material);
    return order != 0 ? order : strcmp(a->home, b->home);
}

/* Memory for lines grows by powers of two, so that the count alone says when it is full. */
static size_t line_capacity(size_t count)
{
    size_t capacity = 4;

    while (capacity < count)
        capacity *= 2;
    return capacity;
}

static int make_room(struct thing_record *record)
{
    size_t count = record->content_count;
    struct content *grown;

    if (count != 0 && line_capacity(count) != count)
        return 0;
    grown = realloc(record->contents, line_capacity(count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    record->contents = grown;
    return 0;
}

int thing_record_add_content(struct thing_record *record, const struct content *difference)
{
    size_t low = 0;
    size_t high = record->content_count;
    int rc;

    if (difference->count == 0)
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = thing_content_compare(&record->contents[middle], difference);

        if (order == 0) {
            struct content *line = &record->contents[middle];

            line->count += difference->count;
            if (line->count == 0) {
                memmove(line, line + 1, (record->content_count - middle - 1) * sizeof(*line));
                record->content_count--;
            }
            return 0;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (record->content_count >= UINT32_MAX)
        return NAVETTE_E_TOO_LARGE;
    rc = make_room(record);
    if (rc != 0)
        return rc;
    memmove(&record->contents[low + 1], &record->contents[low], (record->content_count - low) * sizeof(*record->contents));
    record->contents[low] = *difference;
    record->content_count++;
    return 0;
}

int64_t thing_record_items(const struct thing_record *record)
{
    int64_t items = 0;

    for (size_t i = 0; i < record->content_count; i++) {
        if (record->contents[i].kind == NAVETTE__THING_KIND__THING_ITEM)
            items += record->contents[i].count;
    }
    return items;
}

int thing_record_copy(const struct thing_record *record, struct thing_record *copy)
{
    *copy = *record;
    copy->contents = NULL;
    copy->content_count = 0;
    if (record->content_count == 0)
        return 0;
    copy->contents = malloc(line_capacity(record->content_count) * sizeof(*copy->contents));
    if (copy->contents == NULL)
        return NAVETTE_E_MEMORY;
    memcpy(copy->contents, record->contents, record->content_count * sizeof(*copy->contents));
    copy->content_count = record->content_count;
    return 0;
}

/* Bytes are counted first and written at once: a record is written at every event. */
struct writer {
    uint8_t *at;
};

static void put_u8(struct writer *writer, uint8_t value)
{
    *writer->at++ = value;
}

static void put_u32(struct writer *writer, uint32_t value)
{
    write_u32(writer->at, value);
    writer->at += 4;
}

static void put_u64(struct writer *writer, uint64_t value)
{
    write_u64(writer->at, value);
    writer->at += 8;
}

static void put_bytes(struct writer *writer, const void *bytes, size_t len)
{
    write_u16(writer->at, (uint16_t)len);
    memcpy(writer->at + 2, bytes, len);
    writer->at += 2 + len;
}

static void put_string(struct writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

static void put_ref(struct writer *writer, const struct ref *ref)
{
    ref_encode(ref, writer->at);
    writer->at += REF_SIZE;
}

static void put_custody(struct writer *writer, const struct thing_record *record)
{
    put_u8(writer, record->registered);
    put_u8(writer, record->custody);
    put_u8(writer, record->condition);
    put_u8(writer, record->conflict);
    put_u8(writer, record->sealed);
    put_string(writer, record->place);
    put_string(writer, record->to);
    put_bytes(writer, record->container.bytes, record->container.len);
    put_u64(writer, (uint64_t)record->since_ms);
    put_u32(writer, (uint32_t)record->day);
    put_ref(writer, &record->cause);
    put_string(writer, record->material);
    put_string(writer, record->home);
    put_string(writer, record->seal);
    write_u16(writer->at, (uint16_t)(record->content_count & 0xffffu));
    writer->at += 2;
    for (size_t i = 0; i < record->content_count; i++) {
        const struct content *line = &record->contents[i];

        put_u8(writer, line->kind);
        put_u8(writer, line->registered);
        put_u8(writer, line->packed);
        put_string(writer, line->material);
        put_string(writer, line->home);
        put_u64(writer, (uint64_t)line->count);
    }
}

static void put_order(struct writer *writer, const struct thing_record *record)
{
    put_u8(writer, record->order);
    put_string(writer, record->place);
    put_ref(writer, &record->cause);
}

static void put_tail(struct writer *writer, const struct thing_record *record)
{
    unsigned int flags = record->order_flags & ORDER_FLAGS;
    int has_latest = record->latest_ms != hlc_ms(record->max_hlc);

    flags |= ref_compare(&record->last, &record->max_ref) == 0 ? LAST_IS_GREATEST : 0;
    flags |= ref_compare(&record->last, &record->cause) == 0 ? LAST_IS_CAUSE : 0;
    flags |= record->missing == 0 ? NOTHING_MISSING : 0;
    flags |= record->wanted == 0 ? NOTHING_WANTED : 0;
    put_u8(writer, (uint8_t)flags);
    put_u32(writer, record->events | (has_latest ? EVENTS_LATEST : 0) | (record->order_flags & ORDER_PHONED ? EVENTS_PHONED : 0));
    put_u64(writer, record->max_hlc);
    if (has_latest)
        put_u64(writer, (uint64_t)record->latest_ms);
    if (!(flags & LAST_IS_CAUSE))
        put_ref(writer, &record->last);
    if (!(flags & LAST_IS_GREATEST))
        put_ref(writer, &record->max_ref);
    if (!(flags & NOTHING_MISSING))
        put_u64(writer, record->missing);
    if (!(flags & NOTHING_WANTED))
        put_u64(writer, record->wanted);
    put_u8(writer, record->open_len);
    memcpy(writer->at, record->open, record->open_len);
    writer->at += record->open_len;
}

#define FIXED_BYTES 512u /* more than all of a record that is neither text nor a line */
#define LINE_BYTES_MAX (LINE_BYTES_MIN + LIMIT_MATERIAL + LIMIT_PLACE_CODE)

int thing_record_encode(const struct thing_record *record, struct buffer *out, size_t *canonical_len)
{
    size_t text = 3u * LIMIT_PLACE_CODE + THING_KEY_MAX + LIMIT_MATERIAL + LIMIT_CODE;
    int rc = buffer_reserve(out, FIXED_BYTES + text + record->content_count * LINE_BYTES_MAX);
    struct writer writer;
    uint8_t *start;
    size_t len;

    if (rc != 0)
        return rc;
    start = out->data + out->len;
    writer.at = start;
    put_u8(&writer, RECORD_VERSION);
    if (is_decided(&record->key))
        put_ref(&writer, &record->cause);
    else if (thing_kind(&record->key) == NAVETTE__THING_KIND__THING_ORDER)
        put_order(&writer, record);
    else
        put_custody(&writer, record);
    len = (size_t)(writer.at - start);
    put_tail(&writer, record);
    put_u64(&writer, record->newest);
    put_u32(&writer, (uint32_t)record->content_count);
    put_u32(&writer, (uint32_t)len);
    out->len += (size_t)(writer.at - start);
    if (canonical_len != NULL)
        *canonical_len = len;
    return 0;
}

static void get_ref(struct reader *reader, struct ref *ref)
{
    struct span bytes = reader_bytes(reader, REF_SIZE);

    if (!reader->failed)
        ref_decode(bytes.data, ref);
}

static int get_lines(struct reader *reader, size_t count, struct thing_record *record)
{
    if (count == 0)
        return 0;
    if (count > reader->left.len / LINE_BYTES_MIN)
        return NAVETTE_E_STORE;
    record->contents = malloc(line_capacity(count) * sizeof(*record->contents));
    if (record->contents == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct content *line = &record->contents[i];

        line->kind = reader_u8(reader);
        line->registered = reader_u8(reader);
        line->packed = reader_u8(reader);
        reader_copy_string(reader, line->material, sizeof(line->material));
        reader_copy_string(reader, line->home, sizeof(line->home));
        line->count = (int64_t)reader_u64(reader);
    }
    record->content_count = count;
    return 0;
}

static int get_custody(struct reader *reader, size_t lines, struct thing_record *record)
{
    struct span container;

    record->registered = reader_u8(reader);
    record->custody = reader_u8(reader);
    record->condition = reader_u8(reader);
    record->conflict = reader_u8(reader);
    record->sealed = reader_u8(reader);
    reader_copy_string(reader, record->place, sizeof(record->place));
    reader_copy_string(reader, record->to, sizeof(record->to));
    container = reader_string(reader);
    if (container.len > 0 && thing_key_read(container, &record->container) != 0)
        return NAVETTE_E_STORE;
    record->since_ms = (int64_t)reader_u64(reader);
    record->day = (int32_t)reader_u32(reader);
    get_ref(reader, &record->cause);
    reader_copy_string(reader, record->material, sizeof(record->material));
    reader_copy_string(reader, record->home, sizeof(record->home));
    reader_copy_string(reader, record->seal, sizeof(record->seal));
    if (reader_u16(reader) != (uint16_t)(lines & 0xffffu))
        return NAVETTE_E_STORE;
    return get_lines(reader, lines, record);
}

static void get_order(struct reader *reader, struct thing_record *record)
{
    record->order = reader_u8(reader);
    reader_copy_string(reader, record->place, sizeof(record->place));
    get_ref(reader, &record->cause);
}

static int get_tail(struct reader *reader, struct thing_record *record)
{
    struct span open;
    uint8_t flags;

    flags = reader_u8(reader);
    record->order_flags = flags & ORDER_FLAGS;
    record->events = reader_u32(reader);
    record->max_hlc = reader_u64(reader);
    record->latest_ms = record->events & EVENTS_LATEST ? (int64_t)reader_u64(reader) : hlc_ms(record->max_hlc);
    record->order_flags |= record->events & EVENTS_PHONED ? ORDER_PHONED : 0;
    record->events &= RECORD_EVENTS_MAX;
    record->last = record->cause;
    if (!(flags & LAST_IS_CAUSE))
        get_ref(reader, &record->last);
    record->max_ref = record->last;
    if (!(flags & LAST_IS_GREATEST))
        get_ref(reader, &record->max_ref);
    record->missing = flags & NOTHING_MISSING ? 0 : reader_u64(reader);
    record->wanted = flags & NOTHING_WANTED ? 0 : reader_u64(reader);
    record->open_len = reader_u8(reader);
    if (record->open_len > RECORD_OPEN_MAX)
        return NAVETTE_E_STORE;
    open = reader_bytes(reader, record->open_len);
    if (!reader->failed)
        memcpy(record->open, open.data, open.len);
    return reader->failed || reader->left.len != 0 ? NAVETTE_E_STORE : 0;
}

int thing_record_newest(struct span bytes, uint64_t *newest)
{
    if (bytes.len < TRAILER_SIZE)
        return NAVETTE_E_STORE;
    *newest = read_u64(bytes.data + bytes.len - TRAILER_SIZE);
    return 0;
}

int thing_record_decode(const struct thing_key *key, struct span bytes, struct thing_record *record)
{
    struct reader reader;
    size_t canonical;
    size_t lines;
    int rc = 0;

    thing_record_init(record, key);
    if (bytes.len < TRAILER_SIZE)
        return NAVETTE_E_STORE;
    record->newest = read_u64(bytes.data + bytes.len - TRAILER_SIZE);
    lines = read_u32(bytes.data + bytes.len - 8);
    canonical = read_u32(bytes.data + bytes.len - 4);
    if (canonical > bytes.len - TRAILER_SIZE)
        return NAVETTE_E_STORE;
    reader = reader_of(span_of(bytes.data, canonical));
    if (reader_u8(&reader) != RECORD_VERSION)
        return NAVETTE_E_STORE;
    if (is_decided(key))
        get_ref(&reader, &record->cause);
    else if (thing_kind(key) == NAVETTE__THING_KIND__THING_ORDER)
        get_order(&reader, record);
    else
        rc = get_custody(&reader, lines, record);
    if (rc == 0 && (reader.failed || reader.left.len != 0 || record->custody > CUSTODY_CONTAINER))
        rc = NAVETTE_E_STORE;
    if (rc == 0 && (record->condition > CONDITION_WITHDRAWN || record->order >= ORDER_STATE_COUNT))
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        reader = reader_of(span_of(bytes.data + canonical, bytes.len - TRAILER_SIZE - canonical));
        rc = get_tail(&reader, record);
    }
    if (rc != 0)
        thing_record_free(record);
    return rc;
}
