/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SPAN_H
#define NAVETTE_SPAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes: never freed through a span, valid as long as what lends them says. */
struct span {
    const uint8_t *data;
    size_t len;
};

/* Bytes that grow. Zero-initialise or buffer_init() before use; buffer_free() gives the memory back and leaves it usable again. */
struct buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
};

static inline struct span span_of(const void *data, size_t len)
{
    struct span span = {.data = data, .len = len};

    return span;
}

static inline struct span buffer_span(const struct buffer *buffer)
{
    return span_of(buffer->data, buffer->len);
}

/* 1 or 0. */
static inline int span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

struct span span_of_string(const char *text);   /* NULL counts as "" ; without the final NUL */
int span_compare(struct span a, struct span b); /* memcmp order, a prefix first: -1, 0, 1 */

void buffer_init(struct buffer *buffer);
void buffer_free(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* length 0, memory kept */

/* Each returns 0 or NAVETTE_E_MEMORY, in which case the buffer is as before. Integers are big-endian. */
int buffer_reserve(struct buffer *buffer, size_t more);
int buffer_append(struct buffer *buffer, const void *data, size_t len);
int buffer_append_u8(struct buffer *buffer, uint8_t value);
int buffer_append_u16(struct buffer *buffer, uint16_t value);
int buffer_append_u32(struct buffer *buffer, uint32_t value);
int buffer_append_u64(struct buffer *buffer, uint64_t value);
/* A string as u16 length + bytes; over 65535 bytes: NAVETTE_E_TOO_LARGE. */
int buffer_append_string(struct buffer *buffer, const char *text);

/* Big-endian too. */
static inline uint16_t read_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t read_u64(const uint8_t *p)
{
    return (uint64_t)read_u32(p) << 32 | read_u32(p + 4);
}

static inline void write_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void write_u32(uint8_t *p, uint32_t value)
{
    write_u16(p, (uint16_t)(value >> 16));
    write_u16(p + 2, (uint16_t)value);
}

static inline void write_u64(uint8_t *p, uint64_t value)
{
    write_u32(p, (uint32_t)(value >> 32));
    write_u32(p + 4, (uint32_t)value);
}

/* Seven bits a byte, the lowest first, the highest bit set in all but the last: as protobuf's varint. Returns what is behind it. */
#define NUMBER_SIZE_MAX 10u
static inline uint8_t *write_number(uint8_t *p, uint64_t number)
{
    while (number >= 0x80) {
        *p++ = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    *p++ = (uint8_t)number;
    return p;
}

/* Reads forward through a span. Once a read runs past the end, `failed` is set, every later read gives 0 / "" and the caller checks once. */
struct reader {
    struct span left;
    int failed;
};

struct reader reader_of(struct span bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
uint64_t reader_number(struct reader *reader); /* of write_number() */
struct span reader_bytes(struct reader *reader, size_t len);
struct span reader_string(struct reader *reader); /* u16 length + bytes */
/* Copies a u16-length string into out (NUL added); longer than size - 1 sets `failed`. */
void reader_copy_string(struct reader *reader, char *out, size_t size);

#endif
