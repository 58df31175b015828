/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/span.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

struct span span_of_string(const char *text)
{
    return text == NULL ? span_of("", 0) : span_of(text, strlen(text));
}

int span_compare(struct span a, struct span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order == 0)
        return (a.len > b.len) - (a.len < b.len);
    return order < 0 ? -1 : 1;
}

void buffer_init(struct buffer *buffer)
{
    memset(buffer, 0, sizeof(*buffer));
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    uint8_t *data;

    if (more <= buffer->capacity - buffer->len)
        return 0;
    if (more > SIZE_MAX / 2 - buffer->len)
        return NAVETTE_E_MEMORY;
    while (capacity < buffer->len + more)
        capacity *= 2;
    data = realloc(buffer->data, capacity);
    if (data == NULL)
        return NAVETTE_E_MEMORY;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t len)
{
    int rc = buffer_reserve(buffer, len);

    if (rc != 0)
        return rc;
    if (len > 0)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return 0;
}

int buffer_append_u8(struct buffer *buffer, uint8_t value)
{
    return buffer_append(buffer, &value, 1);
}

int buffer_append_u16(struct buffer *buffer, uint16_t value)
{
    uint8_t bytes[2];

    write_u16(bytes, value);
    return buffer_append(buffer, bytes, sizeof(bytes));
}

int buffer_append_u32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];

    write_u32(bytes, value);
    return buffer_append(buffer, bytes, sizeof(bytes));
}

int buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    uint8_t bytes[8];

    write_u64(bytes, value);
    return buffer_append(buffer, bytes, sizeof(bytes));
}

int buffer_append_string(struct buffer *buffer, const char *text)
{
    struct span bytes = span_of_string(text);
    int rc;

    if (bytes.len > UINT16_MAX)
        return NAVETTE_E_TOO_LARGE;
    rc = buffer_reserve(buffer, 2 + bytes.len);
    if (rc != 0)
        return rc;
    write_u16(buffer->data + buffer->len, (uint16_t)bytes.len);
    memcpy(buffer->data + buffer->len + 2, bytes.data, bytes.len);
    buffer->len += 2 + bytes.len;
    return 0;
}

struct reader reader_of(struct span bytes)
{
    struct reader reader = {.left = bytes, .failed = 0};

    return reader;
}

struct span reader_bytes(struct reader *reader, size_t len)
{
    struct span bytes;

    if (reader->failed || len > reader->left.len) {
        reader->failed = 1;
        return span_of("", 0);
    }
    bytes = span_of(reader->left.data, len);
    if (len > 0)
        reader->left.data += len;
    reader->left.len -= len;
    return bytes;
}

uint8_t reader_u8(struct reader *reader)
{
    struct span bytes = reader_bytes(reader, 1);

    return reader->failed ? 0 : bytes.data[0];
}

uint16_t reader_u16(struct reader *reader)
{
    struct span bytes = reader_bytes(reader, 2);

    return reader->failed ? 0 : read_u16(bytes.data);
}

uint32_t reader_u32(struct reader *reader)
{
    struct span bytes = reader_bytes(reader, 4);

    return reader->failed ? 0 : read_u32(bytes.data);
}

uint64_t reader_u64(struct reader *reader)
{
    struct span bytes = reader_bytes(reader, 8);

    return reader->failed ? 0 : read_u64(bytes.data);
}

uint64_t reader_number(struct reader *reader)
{
    uint64_t number = 0;
    size_t at = 0;

    for (unsigned int shift = 0; at < reader->left.len && shift < 64; shift += 7) {
        uint8_t byte = reader->left.data[at++];

        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            reader->left.data += at;
            reader->left.len -= at;
            return number;
        }
    }
    reader->failed = 1;
    reader->left.len = 0;
    return 0;
}

struct span reader_string(struct reader *reader)
{
    uint16_t len = reader_u16(reader);

    return reader_bytes(reader, len);
}

void reader_copy_string(struct reader *reader, char *out, size_t size)
{
    struct span text = reader_string(reader);

    if (text.len >= size) {
        reader->failed = 1;
        text.len = 0;
    }
    if (size == 0)
        return;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}
