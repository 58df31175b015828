/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/bundle.h"

#include <sodium/crypto_generichash.h>
#include <string.h>
#include <zstd.h>

#include "navette/error.h"
#include "navette/frame.h"

static const uint8_t HEAD_MAGIC[4] = {'N', 'V', 'B', 'H'};
static const uint8_t PREFIX_MAGIC[4] = {'N', 'V', 'B', 'P'};

#define CRC_SIZE 4u
#define MANIFEST_LEN_AT (BUNDLE_CLEAR_SIZE + BUNDLE_SEALED_KEY)
#define FRAME_LEN_AT 8u

void bundle_clear_bytes(const struct bundle_head *head, uint8_t out[BUNDLE_CLEAR_SIZE])
{
    memcpy(out, HEAD_MAGIC, sizeof HEAD_MAGIC);
    out[4] = head->version;
    out[5] = head->kind;
    write_u16(out + 6, 0);
    memcpy(out + 8, head->id, BUNDLE_ID_SIZE);
    memcpy(out + 24, head->from, NODE_ID_SIZE);
    memcpy(out + 40, head->to, NODE_ID_SIZE);
    write_u64(out + 56, (uint64_t)head->made_ms);
}

int bundle_head_encode(const struct bundle_head *head, struct buffer *out)
{
    uint8_t fixed[BUNDLE_HEAD_SIZE];
    size_t begin = out->len;
    int rc;

    if (head->manifest.len > LIMIT_BUNDLE_MANIFEST) {
        return NAVETTE_E_TOO_LARGE;
    }
    bundle_clear_bytes(head, fixed);
    memcpy(fixed + BUNDLE_CLEAR_SIZE, head->sealed_key, BUNDLE_SEALED_KEY);
    write_u32(fixed + MANIFEST_LEN_AT, (uint32_t)head->manifest.len);
    rc = buffer_append(out, fixed, sizeof fixed);
    if (rc == 0) {
        rc = buffer_append(out, head->manifest.data, head->manifest.len);
    }
    if (rc == 0) {
        rc = buffer_append_u32(out, crc32c(0, span_of(out->data + begin, out->len - begin)));
    }
    return rc;
}

int bundle_head_decode(struct span bytes, struct bundle_head *head, size_t *len)
{
    size_t manifest_len;

    if (bytes.len < sizeof HEAD_MAGIC || memcmp(bytes.data, HEAD_MAGIC, sizeof HEAD_MAGIC) != 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    if (bytes.len < BUNDLE_HEAD_SIZE) {
        return NAVETTE_E_TRUNCATED;
    }
    manifest_len = read_u32(bytes.data + MANIFEST_LEN_AT);
    if (manifest_len > LIMIT_BUNDLE_MANIFEST) {
        return NAVETTE_E_TOO_LARGE;
    }
    *len = BUNDLE_HEAD_SIZE + manifest_len + CRC_SIZE;
    if (bytes.len < *len) {
        return NAVETTE_E_TRUNCATED;
    }
    if (read_u32(bytes.data + *len - CRC_SIZE) != crc32c(0, span_of(bytes.data, *len - CRC_SIZE))) {
        return NAVETTE_E_CHECKSUM;
    }
    head->version = bytes.data[4];
    head->kind = bytes.data[5];
    memcpy(head->id, bytes.data + 8, BUNDLE_ID_SIZE);
    memcpy(head->from, bytes.data + 24, NODE_ID_SIZE);
    memcpy(head->to, bytes.data + 40, NODE_ID_SIZE);
    head->made_ms = (int64_t)read_u64(bytes.data + 56);
    memcpy(head->sealed_key, bytes.data + BUNDLE_CLEAR_SIZE, BUNDLE_SEALED_KEY);
    head->manifest = span_of(bytes.data + BUNDLE_HEAD_SIZE, manifest_len);
    return head->version == BUNDLE_VERSION ? 0 : NAVETTE_E_VERSION;
}

void bundle_prefix_encode(const struct bundle_prefix *prefix, uint8_t out[BUNDLE_PREFIX_SIZE])
{
    memcpy(out, PREFIX_MAGIC, sizeof PREFIX_MAGIC);
    memcpy(out + 4, prefix->id, sizeof prefix->id);
    write_u32(out + 12, prefix->index);
    write_u32(out + 16, prefix->len);
    write_u32(out + 20, crc32c(0, span_of(out, 20)));
}

int bundle_prefix_decode(struct span bytes, struct bundle_prefix *prefix)
{
    if (bytes.len < BUNDLE_PREFIX_SIZE) {
        return NAVETTE_E_TRUNCATED;
    }
    if (memcmp(bytes.data, PREFIX_MAGIC, sizeof PREFIX_MAGIC) != 0 || read_u32(bytes.data + 20) != crc32c(0, span_of(bytes.data, 20))) {
        return NAVETTE_E_NOT_FOUND;
    }
    memcpy(prefix->id, bytes.data + 4, sizeof prefix->id);
    prefix->index = read_u32(bytes.data + 12);
    prefix->len = read_u32(bytes.data + 16);
    return prefix->len <= LIMIT_BUNDLE_PART_BYTES ? 0 : NAVETTE_E_NOT_FOUND;
}

int bundle_part_encode(const struct bundle_part *part, struct buffer *out)
{
    uint8_t fixed[BUNDLE_PART_HEAD] = {part->kind};
    int rc;

    if (part->content.len > LIMIT_BUNDLE_PART_BYTES - BUNDLE_PART_HEAD - BUNDLE_TAG || part->unpacked_len > LIMIT_BUNDLE_PART_BYTES) {
        return NAVETTE_E_TOO_LARGE;
    }
    write_u32(fixed + 4, part->unpacked_len);
    memcpy(fixed + 8, part->incarnation, INCARNATION_SIZE);
    write_u64(fixed + 24, part->first);
    write_u64(fixed + 32, part->last);
    rc = buffer_append(out, fixed, sizeof fixed);
    return rc != 0 ? rc : buffer_append(out, part->content.data, part->content.len);
}

int bundle_part_decode(struct span bytes, struct bundle_part *part)
{
    if (bytes.len < BUNDLE_PART_HEAD) {
        return NAVETTE_E_TRUNCATED;
    }
    part->kind = bytes.data[0];
    part->unpacked_len = read_u32(bytes.data + 4);
    memcpy(part->incarnation, bytes.data + 8, INCARNATION_SIZE);
    part->first = read_u64(bytes.data + 24);
    part->last = read_u64(bytes.data + 32);
    part->content = span_of(bytes.data + BUNDLE_PART_HEAD, bytes.len - BUNDLE_PART_HEAD);
    return part->unpacked_len <= LIMIT_BUNDLE_PART_BYTES ? 0 : NAVETTE_E_TOO_LARGE;
}

int bundle_part_unpack(const struct bundle_part *part, struct buffer *out)
{
    unsigned long long announced;
    size_t got;
    int rc;

    if (part->unpacked_len == part->content.len) {
        return buffer_append(out, part->content.data, part->content.len);
    }
    announced = ZSTD_getFrameContentSize(part->content.data, part->content.len);
    if (announced != part->unpacked_len) {
        return NAVETTE_E_INVALID;
    }
    rc = buffer_reserve(out, part->unpacked_len);
    if (rc != 0) {
        return rc;
    }
    got = ZSTD_decompress(out->data + out->len, part->unpacked_len, part->content.data, part->content.len);
    if (ZSTD_isError(got) || got != part->unpacked_len) {
        return NAVETTE_E_INVALID;
    }
    out->len += got;
    return 0;
}

int bundle_next_frame(struct span *left, struct span *frame)
{
    size_t len;

    if (left->len == 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    if (left->len < FRAME_HEADER_SIZE) {
        return NAVETTE_E_TRUNCATED;
    }
    len = read_u32(left->data + FRAME_LEN_AT);
    if (len > LIMIT_FRAME_BYTES) {
        return NAVETTE_E_TOO_LARGE;
    }
    len += FRAME_HEADER_SIZE;
    if (left->len < len) {
        return NAVETTE_E_TRUNCATED;
    }
    *frame = span_of(left->data, len);
    *left = span_of(left->data + len, left->len - len);
    return 0;
}

int bundle_manifest_encode(const struct bundle_manifest *manifest, struct buffer *out)
{
    int rc = buffer_append_string(out, manifest->place);

    if (rc == 0) {
        rc = buffer_append_u16(out, (uint16_t)manifest->range_count);
    }
    for (size_t i = 0; i < manifest->range_count && rc == 0; i++) {
        rc = buffer_append(out, manifest->ranges[i].incarnation, INCARNATION_SIZE);
        if (rc == 0) {
            rc = buffer_append_u64(out, manifest->ranges[i].first);
        }
        if (rc == 0) {
            rc = buffer_append_u64(out, manifest->ranges[i].last);
        }
    }
    if (rc == 0) {
        rc = buffer_append_u32(out, (uint32_t)manifest->frames.len);
    }
    if (rc == 0) {
        rc = buffer_append(out, manifest->frames.data, manifest->frames.len);
    }
    return rc != 0 || manifest->wants == 0 ? rc : buffer_append_u32(out, manifest->wants);
}

int bundle_manifest_decode(struct span bytes, struct bundle_manifest *manifest)
{
    struct reader reader = reader_of(bytes);

    memset(manifest, 0, sizeof *manifest);
    reader_copy_string(&reader, manifest->place, sizeof manifest->place);
    manifest->range_count = reader_u16(&reader);
    if (manifest->range_count > LIMIT_BUNDLE_RANGES) {
        return NAVETTE_E_INVALID;
    }
    for (size_t i = 0; i < manifest->range_count; i++) {
        struct span incarnation = reader_bytes(&reader, INCARNATION_SIZE);

        manifest->ranges[i].first = reader_u64(&reader);
        manifest->ranges[i].last = reader_u64(&reader);
        if (reader.failed) {
            return NAVETTE_E_INVALID;
        }
        memcpy(manifest->ranges[i].incarnation, incarnation.data, INCARNATION_SIZE);
    }
    manifest->frames = reader_bytes(&reader, reader_u32(&reader));
    if (!reader.failed && reader.left.len >= 4) {
        manifest->wants = reader_u32(&reader);
    }
    return reader.failed ? NAVETTE_E_INVALID : 0;
}

void bundle_signed_bytes(const struct bundle_head *head, const uint8_t key[KEY_SIZE], struct span manifest, uint8_t out[BUNDLE_SIGNED_SIZE])
{
    static const char PURPOSE[] = "navette stick v1";
    uint8_t clear[BUNDLE_CLEAR_SIZE];
    crypto_generichash_state state;

    bundle_clear_bytes(head, clear);
    memcpy(out, PURPOSE, 16);
    (void)crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    (void)crypto_generichash_update(&state, clear, sizeof clear);
    (void)crypto_generichash_update(&state, key, KEY_SIZE);
    (void)crypto_generichash_update(&state, manifest.data, manifest.len);
    (void)crypto_generichash_final(&state, out + 16, HASH_SIZE);
}
