/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/bundle_box.h"

#include <sodium.h>
#include <string.h>
#include <zstd.h>

#include "navette/system.h"

#define PACK_LEVEL 3
#define MANIFEST_INDEX UINT64_MAX /* no part has it */

static void make_nonce(uint64_t index, uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES])
{
    memset(nonce, 0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    write_u64(nonce + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES - 8, index);
}

/* Appends plain bytes, sealed: the nonce says which part it is, the clear head which file. */
static int seal(const struct bundle_box *box, uint64_t index, struct span plain, struct buffer *out)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t clear[BUNDLE_CLEAR_SIZE];
    unsigned long long len = 0;
    int rc = buffer_reserve(out, plain.len + BUNDLE_TAG);

    if (rc != 0)
        return rc;
    make_nonce(index, nonce);
    bundle_clear_bytes(&box->head, clear);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out->data + out->len, &len, plain.data, plain.len, clear, sizeof clear, NULL, nonce,
                                                     box->key);
    out->len += (size_t)len;
    return 0;
}

static int open_sealed(const struct bundle_box *box, uint64_t index, struct span sealed, struct buffer *plain)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t clear[BUNDLE_CLEAR_SIZE];
    unsigned long long len = 0;
    int rc;

    if (sealed.len < BUNDLE_TAG)
        return NAVETTE_E_TRUNCATED;
    rc = buffer_reserve(plain, sealed.len);
    if (rc != 0)
        return rc;
    make_nonce(index, nonce);
    bundle_clear_bytes(&box->head, clear);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain->data, &len, NULL, sealed.data, sealed.len, clear, sizeof clear, nonce,
                                                   box->key) != 0)
        return NAVETTE_E_CHECKSUM;
    plain->len = (size_t)len;
    return 0;
}

int bundle_box_make(struct bundle_box *box, enum bundle_kind kind, const uint8_t from[NODE_ID_SIZE], const uint8_t to[NODE_ID_SIZE],
                    const uint8_t reader_key[KEY_SIZE], int64_t made_ms)
{
    memset(box, 0, sizeof *box);
    box->head.version = BUNDLE_VERSION;
    box->head.kind = (uint8_t)kind;
    box->head.made_ms = made_ms;
    memcpy(box->head.from, from, NODE_ID_SIZE);
    memcpy(box->head.to, to, NODE_ID_SIZE);
    system_random(box->head.id, BUNDLE_ID_SIZE);
    system_random(box->key, KEY_SIZE);
    return crypto_box_seal(box->head.sealed_key, box->key, KEY_SIZE, reader_key) == 0 ? 0 : NAVETTE_E_INVALID;
}

int bundle_box_head(const struct bundle_box *box, const struct keys *writer, const struct bundle_manifest *manifest, struct buffer *out)
{
    struct bundle_head head = box->head;
    uint8_t signed_bytes[BUNDLE_SIGNED_SIZE];
    uint8_t signature[SIGNATURE_SIZE] = {0};
    struct buffer plain = {.len = 0};
    struct buffer sealed = {.len = 0};
    int rc = buffer_append(&plain, signature, sizeof signature);

    if (rc == 0)
        rc = bundle_manifest_encode(manifest, &plain);
    if (rc == 0) {
        bundle_signed_bytes(&head, box->key, span_of(plain.data + SIGNATURE_SIZE, plain.len - SIGNATURE_SIZE), signed_bytes);
        keys_sign(writer, signed_bytes, sizeof signed_bytes, plain.data);
        rc = seal(box, MANIFEST_INDEX, buffer_span(&plain), &sealed);
    }
    head.manifest = buffer_span(&sealed);
    if (rc == 0)
        rc = bundle_head_encode(&head, out);
    buffer_free(&plain);
    buffer_free(&sealed);
    return rc;
}

/* What can't be packed goes as it is. */
static int pack(struct span content, struct buffer *out)
{
    size_t got;
    int rc = buffer_reserve(out, ZSTD_compressBound(content.len));

    if (rc != 0)
        return rc;
    got = ZSTD_compress(out->data, out->capacity, content.data, content.len, PACK_LEVEL);
    out->len = ZSTD_isError(got) || got >= content.len ? 0 : got;
    return 0;
}

int bundle_box_part(const struct bundle_box *box, uint32_t index, const struct bundle_part *part, struct buffer *out)
{
    struct bundle_prefix prefix = {.index = index};
    struct bundle_part packed = *part;
    struct buffer content = {.len = 0};
    struct buffer plain = {.len = 0};
    uint8_t bytes[BUNDLE_PREFIX_SIZE];
    int rc = pack(part->content, &content);

    packed.unpacked_len = (uint32_t)part->content.len;
    if (content.len > 0)
        packed.content = buffer_span(&content);
    if (rc == 0)
        rc = bundle_part_encode(&packed, &plain);
    if (rc == 0) {
        memcpy(prefix.id, box->head.id, sizeof prefix.id);
        prefix.len = (uint32_t)(plain.len + BUNDLE_TAG);
        bundle_prefix_encode(&prefix, bytes);
        rc = buffer_append(out, bytes, sizeof bytes);
    }
    if (rc == 0)
        rc = seal(box, index, buffer_span(&plain), out);
    buffer_free(&content);
    buffer_free(&plain);
    return rc;
}

int bundle_box_open(struct bundle_box *box, struct span head, const struct keys *reader, struct buffer *plain,
                    struct bundle_manifest *manifest)
{
    size_t len;
    int rc = bundle_head_decode(head, &box->head, &len);

    if (rc != 0)
        return rc;
    if (memcmp(box->head.to, reader->node, NODE_ID_SIZE) != 0 ||
        crypto_box_seal_open(box->key, box->head.sealed_key, BUNDLE_SEALED_KEY, reader->curve_public, reader->curve_secret) != 0)
        return NAVETTE_E_REFUSED;
    buffer_clear(plain);
    rc = open_sealed(box, MANIFEST_INDEX, box->head.manifest, plain);
    if (rc == 0 && plain->len < SIGNATURE_SIZE)
        rc = NAVETTE_E_INVALID;
    box->head.manifest = span_of(NULL, 0);
    return rc != 0 ? rc : bundle_manifest_decode(span_of(plain->data + SIGNATURE_SIZE, plain->len - SIGNATURE_SIZE), manifest);
}

int bundle_box_check(const struct bundle_box *box, struct span plain, const uint8_t sign_key[KEY_SIZE])
{
    uint8_t signed_bytes[BUNDLE_SIGNED_SIZE];

    if (plain.len < SIGNATURE_SIZE)
        return NAVETTE_E_SIGNATURE;
    bundle_signed_bytes(&box->head, box->key, span_of(plain.data + SIGNATURE_SIZE, plain.len - SIGNATURE_SIZE), signed_bytes);
    return crypto_sign_verify_detached(plain.data, signed_bytes, sizeof signed_bytes, sign_key) == 0 ? 0 : NAVETTE_E_SIGNATURE;
}

int bundle_box_open_part(const struct bundle_box *box, struct span bytes, struct buffer *plain, struct bundle_part *part)
{
    struct bundle_prefix prefix;
    int rc = bundle_prefix_decode(bytes, &prefix);

    buffer_clear(plain);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_CHECKSUM : rc;
    if (memcmp(prefix.id, box->head.id, sizeof prefix.id) != 0)
        return NAVETTE_E_CHECKSUM;
    if (bytes.len < BUNDLE_PREFIX_SIZE + (size_t)prefix.len)
        return NAVETTE_E_TRUNCATED;
    rc = open_sealed(box, prefix.index, span_of(bytes.data + BUNDLE_PREFIX_SIZE, prefix.len), plain);
    return rc != 0 ? rc : bundle_part_decode(buffer_span(plain), part);
}

void bundle_box_wipe(struct bundle_box *box)
{
    sodium_memzero(box, sizeof *box);
}
