/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/state.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/hlc.h"

#define RECORD_VERSION 1u
#define STORED_VERSION 2u

/* As it is stored: a state costs by the page, so what follows from something else, or is not there, is not written. */
#define IS_REGISTERED 0x01u
#define IS_CONFLICT 0x02u
#define IS_SEALED 0x04u
#define CUSTODY_SHIFT 3u /* three bits, then two of the condition */
#define CONDITION_SHIFT 6u

#define ORDER_FLAGS 0x1fu       /* the order's */
#define LAST_IS_GREATEST 0x20u  /* the greatest event is the last one */
#define LAST_IS_CAUSE 0x40u     /* the last event gave the custody */
#define SINCE_IS_GREATEST 0x80u /* it did so at the time of the greatest clock */

#define HAS_TO 0x01u
#define HAS_CONTAINER 0x02u
#define HAS_SEAL 0x04u
#define HAS_DAY 0x08u
#define HAS_LATEST 0x10u /* the latest time is not that of the greatest clock */
#define HAS_MISSING 0x20u
#define HAS_WANTED 0x40u
#define HAS_MORE 0x80u /* an order's state, lines of contents */

#define HEAD_BYTES 4u      /* version, custody, two bytes of flags; the number of the newest stands behind */
#define STORED_LINE_MIN 4u /* of one line of contents with empty strings */

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

/* Room is made first and bytes are written at once: a record is written at every event. */
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

#define FIXED_BYTES 512u /* more than all of a record that is neither text nor a line */
#define TEXT_BYTES (3u * LIMIT_PLACE_CODE + THING_KEY_MAX + LIMIT_MATERIAL + LIMIT_CODE)
#define LINE_BYTES (15u + LIMIT_MATERIAL + LIMIT_PLACE_CODE)

static int make_room_for(const struct thing_record *record, struct buffer *out, struct writer *writer)
{
    int rc = buffer_reserve(out, FIXED_BYTES + TEXT_BYTES + record->content_count * LINE_BYTES);

    writer->at = rc == 0 ? out->data + out->len : NULL;
    return rc;
}

int thing_record_canonical(const struct thing_record *record, struct buffer *out)
{
    struct writer writer;
    int rc = make_room_for(record, out, &writer);

    if (rc != 0)
        return rc;
    put_u8(&writer, RECORD_VERSION);
    if (is_decided(&record->key))
        put_ref(&writer, &record->cause);
    else if (thing_kind(&record->key) == NAVETTE__THING_KIND__THING_ORDER)
        put_order(&writer, record);
    else
        put_custody(&writer, record);
    out->len = (size_t)(writer.at - out->data);
    return 0;
}

/* ---- as it is stored */

static void put_number(struct writer *writer, uint64_t number)
{
    writer->at = write_number(writer->at, number);
}

/* Of 255 bytes at most. */
static void put_short(struct writer *writer, const void *bytes, size_t len)
{
    put_u8(writer, (uint8_t)len);
    memcpy(writer->at, bytes, len);
    writer->at += len;
}

static void put_text(struct writer *writer, const char *text)
{
    put_short(writer, text, strlen(text));
}

static void put_event(struct writer *writer, const struct ref *ref)
{
    memcpy(writer->at, ref->incarnation, INCARNATION_SIZE);
    writer->at += INCARNATION_SIZE;
    put_u64(writer, ref->leaf);
    put_number(writer, ref->seq);
}

static unsigned int custody_bits(const struct thing_record *record)
{
    return (record->registered ? IS_REGISTERED : 0) | (record->conflict ? IS_CONFLICT : 0) | (record->sealed ? IS_SEALED : 0) |
           (unsigned int)record->custody << CUSTODY_SHIFT | (unsigned int)record->condition << CONDITION_SHIFT;
}

static unsigned int order_bits(const struct thing_record *record)
{
    return (record->order_flags & ORDER_FLAGS) | (ref_compare(&record->last, &record->max_ref) == 0 ? LAST_IS_GREATEST : 0) |
           (ref_compare(&record->last, &record->cause) == 0 ? LAST_IS_CAUSE : 0) |
           (record->since_ms == hlc_ms(record->max_hlc) ? SINCE_IS_GREATEST : 0);
}

static unsigned int presence_bits(const struct thing_record *record)
{
    return (record->to[0] != '\0' ? HAS_TO : 0) | (record->container.len > 0 ? HAS_CONTAINER : 0) |
           (record->seal[0] != '\0' ? HAS_SEAL : 0) | (record->day != 0 ? HAS_DAY : 0) |
           (record->latest_ms != hlc_ms(record->max_hlc) ? HAS_LATEST : 0) | (record->missing != 0 ? HAS_MISSING : 0) |
           (record->wanted != 0 ? HAS_WANTED : 0) | (record->order != 0 || record->content_count > 0 ? HAS_MORE : 0);
}

static void put_more(struct writer *writer, const struct thing_record *record)
{
    put_u8(writer, record->order);
    put_number(writer, record->content_count);
    for (size_t i = 0; i < record->content_count; i++) {
        const struct content *line = &record->contents[i];

        put_u8(writer, (uint8_t)(line->kind << 2 | (line->registered ? 2 : 0) | (line->packed ? 1 : 0)));
        put_text(writer, line->material);
        put_text(writer, line->home);
        put_number(writer, (uint64_t)line->count);
    }
}

static void put_presence(struct writer *writer, const struct thing_record *record, unsigned int has)
{
    if (has & HAS_TO)
        put_text(writer, record->to);
    if (has & HAS_CONTAINER)
        put_short(writer, record->container.bytes, record->container.len);
    if (has & HAS_SEAL)
        put_text(writer, record->seal);
    if (has & HAS_DAY)
        put_u32(writer, (uint32_t)record->day);
    if (has & HAS_LATEST)
        put_u64(writer, (uint64_t)record->latest_ms);
    if (has & HAS_MISSING)
        put_u64(writer, record->missing);
    if (has & HAS_WANTED)
        put_u64(writer, record->wanted);
    if (has & HAS_MORE)
        put_more(writer, record);
}

/* Of what is decided, and of an order, the rest is not kept. */
static void keep_what_counts(const struct thing_record *record, struct thing_record *kept)
{
    int is_order = thing_kind(&record->key) == NAVETTE__THING_KIND__THING_ORDER;

    *kept = *record;
    kept->registered = kept->custody = kept->condition = kept->conflict = kept->sealed = 0;
    kept->order = is_order ? record->order : 0;
    kept->place[is_order ? sizeof(kept->place) - 1 : 0] = '\0';
    kept->to[0] = kept->material[0] = kept->home[0] = kept->seal[0] = '\0';
    kept->container.len = 0;
    kept->since_ms = 0;
    kept->day = 0;
    kept->contents = NULL;
    kept->content_count = 0;
}

static int encode(const struct thing_record *record, struct buffer *out)
{
    unsigned int order = order_bits(record);
    unsigned int has = presence_bits(record);
    struct writer writer;
    int rc = make_room_for(record, out, &writer);

    if (rc != 0)
        return rc;
    put_u8(&writer, STORED_VERSION);
    put_u8(&writer, (uint8_t)custody_bits(record));
    put_u8(&writer, (uint8_t)order);
    put_u8(&writer, (uint8_t)has);
    put_number(&writer, record->newest);
    put_number(&writer, record->events);
    put_u64(&writer, record->max_hlc);
    if (!(order & SINCE_IS_GREATEST))
        put_u64(&writer, (uint64_t)record->since_ms);
    put_event(&writer, &record->cause);
    if (!(order & LAST_IS_CAUSE))
        put_event(&writer, &record->last);
    if (!(order & LAST_IS_GREATEST))
        put_event(&writer, &record->max_ref);
    put_text(&writer, record->place);
    put_text(&writer, record->material);
    put_text(&writer, record->home);
    put_short(&writer, record->open, record->open_len);
    put_presence(&writer, record, has);
    out->len = (size_t)(writer.at - out->data);
    return 0;
}

int thing_record_encode(const struct thing_record *record, struct buffer *out)
{
    struct thing_record kept;

    if (!is_decided(&record->key) && thing_kind(&record->key) != NAVETTE__THING_KIND__THING_ORDER)
        return encode(record, out);
    keep_what_counts(record, &kept);
    return encode(&kept, out);
}

static struct span get_short(struct reader *reader)
{
    size_t len = reader_u8(reader);

    return reader_bytes(reader, len);
}

static void get_text(struct reader *reader, char *out, size_t size)
{
    struct span text = get_short(reader);

    if (text.len >= size)
        reader->failed = 1;
    if (reader->failed)
        return;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static void get_event(struct reader *reader, struct ref *ref)
{
    struct span incarnation = reader_bytes(reader, INCARNATION_SIZE);

    if (!reader->failed)
        memcpy(ref->incarnation, incarnation.data, INCARNATION_SIZE);
    ref->leaf = reader_u64(reader);
    ref->seq = reader_number(reader);
}

static int get_more(struct reader *reader, struct thing_record *record)
{
    uint64_t count;

    record->order = reader_u8(reader);
    count = reader_number(reader);
    if (count == 0)
        return 0;
    if (reader->failed || count > reader->left.len / STORED_LINE_MIN)
        return NAVETTE_E_STORE;
    record->contents = malloc(line_capacity((size_t)count) * sizeof(*record->contents));
    if (record->contents == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct content *line = &record->contents[i];
        uint8_t what = reader_u8(reader);

        *line = (struct content){.kind = what >> 2, .registered = what >> 1 & 1, .packed = what & 1};
        get_text(reader, line->material, sizeof(line->material));
        get_text(reader, line->home, sizeof(line->home));
        line->count = (int64_t)reader_number(reader);
    }
    record->content_count = (size_t)count;
    return 0;
}

static int get_presence(struct reader *reader, unsigned int has, struct thing_record *record)
{
    if (has & HAS_TO)
        get_text(reader, record->to, sizeof(record->to));
    if (has & HAS_CONTAINER) {
        struct span container = get_short(reader);

        if (reader->failed || thing_key_read(container, &record->container) != 0)
            return NAVETTE_E_STORE;
    }
    if (has & HAS_SEAL)
        get_text(reader, record->seal, sizeof(record->seal));
    if (has & HAS_DAY)
        record->day = (int32_t)reader_u32(reader);
    record->latest_ms = has & HAS_LATEST ? (int64_t)reader_u64(reader) : hlc_ms(record->max_hlc);
    if (has & HAS_MISSING)
        record->missing = reader_u64(reader);
    if (has & HAS_WANTED)
        record->wanted = reader_u64(reader);
    return has & HAS_MORE ? get_more(reader, record) : 0;
}

static void get_custody(unsigned int bits, struct thing_record *record)
{
    record->registered = (bits & IS_REGISTERED) != 0;
    record->conflict = (bits & IS_CONFLICT) != 0;
    record->sealed = (bits & IS_SEALED) != 0;
    record->custody = bits >> CUSTODY_SHIFT & 7;
    record->condition = bits >> CONDITION_SHIFT & 3;
}

static void get_events(struct reader *reader, unsigned int order, struct thing_record *record)
{
    uint64_t events;

    record->order_flags = order & ORDER_FLAGS;
    record->newest = reader_number(reader);
    events = reader_number(reader);
    if (events > RECORD_EVENTS_MAX)
        reader->failed = 1;
    record->events = (uint32_t)events;
    record->max_hlc = reader_u64(reader);
    record->since_ms = order & SINCE_IS_GREATEST ? hlc_ms(record->max_hlc) : (int64_t)reader_u64(reader);
    get_event(reader, &record->cause);
    record->last = record->cause;
    if (!(order & LAST_IS_CAUSE))
        get_event(reader, &record->last);
    record->max_ref = record->last;
    if (!(order & LAST_IS_GREATEST))
        get_event(reader, &record->max_ref);
}

int thing_record_newest(struct span bytes, uint64_t *newest)
{
    struct reader reader = reader_of(bytes);

    (void)reader_bytes(&reader, HEAD_BYTES);
    *newest = reader_number(&reader);
    return reader.failed ? NAVETTE_E_STORE : 0;
}

int thing_record_decode(const struct thing_key *key, struct span bytes, struct thing_record *record)
{
    struct reader reader = reader_of(bytes);
    struct span open;
    uint8_t order;
    uint8_t has;
    int rc;

    thing_record_init(record, key);
    if (reader_u8(&reader) != STORED_VERSION)
        return NAVETTE_E_STORE;
    get_custody(reader_u8(&reader), record);
    order = reader_u8(&reader);
    has = reader_u8(&reader);
    get_events(&reader, order, record);
    get_text(&reader, record->place, sizeof(record->place));
    get_text(&reader, record->material, sizeof(record->material));
    get_text(&reader, record->home, sizeof(record->home));
    open = get_short(&reader);
    if (reader.failed || open.len > RECORD_OPEN_MAX)
        return NAVETTE_E_STORE;
    memcpy(record->open, open.data, open.len);
    record->open_len = (uint8_t)open.len;
    rc = get_presence(&reader, has, record);
    if (rc == 0 && (reader.failed || reader.left.len != 0))
        rc = NAVETTE_E_STORE;
    if (rc == 0 && (record->custody > CUSTODY_CONTAINER || record->order >= ORDER_STATE_COUNT))
        rc = NAVETTE_E_STORE;
    if (rc != 0)
        thing_record_free(record);
    return rc;
}
