/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/counted.h"

#include <string.h>

#include "navette/error.h"

static int begin(struct buffer *out, size_t *at)
{
    *at = out->len;
    return buffer_append_u8(out, 0);
}

static void end(struct buffer *out, size_t at)
{
    out->data[at] = (uint8_t)(out->len - at - 1);
}

static int add_inside(const struct thing_record *record, struct buffer *out)
{
    int packed = thing_kind(&record->key) != NAVETTE__THING_KIND__THING_ITEM && record->sealed;
    size_t at;
    int rc = begin(out, &at);

    if (rc == 0)
        rc = buffer_append_u8(out, COUNTED_INSIDE);
    if (rc == 0)
        rc = buffer_append(out, record->container.bytes, record->container.len);
    if (rc == 0)
        rc = buffer_append_u8(out, (uint8_t)thing_kind(&record->key));
    if (rc == 0)
        rc = buffer_append_u8(out, record->registered);
    if (rc == 0)
        rc = buffer_append_u8(out, (uint8_t)packed);
    if (rc == 0)
        rc = buffer_append_string(out, record->material);
    if (rc == 0)
        rc = buffer_append_string(out, record->home);
    if (rc == 0)
        end(out, at);
    return rc;
}

/* Contents would make a bag packed: what holds nothing is asked. */
static int add_root(const struct thing_record *record, struct buffer *out)
{
    struct thing_record bare;
    struct cell cell;
    size_t at;
    int rc;

    if (!record->registered)
        return 0;
    if (record->content_count == 0) {
        (void)cell_of_root(record, &cell);
    } else {
        bare = *record;
        bare.content_count = 0;
        (void)cell_of_root(&bare, &cell);
    }
    rc = begin(out, &at);
    if (rc == 0)
        rc = cell_encode(&cell, out);
    if (rc == 0)
        end(out, at);
    return rc;
}

int counted_of(const struct thing_record *record, struct buffer *out)
{
    int kind = thing_kind(&record->key);
    size_t at;
    int rc;

    if (record->events == 0 || kind > NAVETTE__THING_KIND__THING_CRATE)
        return 0;
    rc = thing_record_is_inside(record) ? add_inside(record, out) : add_root(record, out);
    if (rc == 0 && kind != NAVETTE__THING_KIND__THING_ITEM && record->registered && record->condition != CONDITION_WITHDRAWN) {
        const uint8_t owned[3] = {2, COUNTED_OWNED, (uint8_t)kind};

        rc = buffer_append(out, owned, sizeof(owned));
    }
    if (rc == 0 && record->conflict) {
        rc = begin(out, &at);
        if (rc == 0)
            rc = buffer_append_u8(out, COUNTED_CONFLICT);
        if (rc == 0)
            rc = buffer_append(out, record->key.bytes, record->key.len);
        if (rc == 0)
            end(out, at);
    }
    return rc;
}

int counted_next(struct span *list, struct span *one)
{
    size_t len;

    if (list->len == 0)
        return 0;
    len = list->data[0];
    *one = span_of(list->data + 1, len);
    *list = span_of(list->data + 1 + len, list->len - 1 - len);
    return 1;
}

int counted_has(struct span list, struct span one)
{
    struct span other;

    while (counted_next(&list, &other)) {
        if (span_equal(one, other))
            return 1;
    }
    return 0;
}

/* A key ends with its second NUL, the kind before them being none. */
static size_t key_length(struct span bytes)
{
    size_t nuls = 0;
    size_t len = bytes.len > 0;

    while (len < bytes.len && nuls < 2)
        nuls += bytes.data[len++] == 0;
    return len;
}

int counted_read_inside(struct span one, struct thing_key *container, struct content *line)
{
    struct reader reader = reader_of(one);
    size_t len;

    memset(line, 0, sizeof(*line));
    if (reader_u8(&reader) != COUNTED_INSIDE)
        return NAVETTE_E_STORE;
    len = key_length(reader.left);
    if (thing_key_read(reader_bytes(&reader, len), container) != 0)
        return NAVETTE_E_STORE;
    line->kind = reader_u8(&reader);
    line->registered = reader_u8(&reader);
    line->packed = reader_u8(&reader);
    reader_copy_string(&reader, line->material, sizeof(line->material));
    reader_copy_string(&reader, line->home, sizeof(line->home));
    return reader.failed || reader.left.len != 0 ? NAVETTE_E_STORE : 0;
}
