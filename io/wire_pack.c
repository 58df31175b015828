/* SPDX-License-Identifier: Apache-2.0 */
#include "io/wire_pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "navette/error.h"
#include "navette/frame.h"
#include "navette/wire.h"

#define PACK_LEVEL 3
#define PACK_WORTH_BYTES 512u /* a shorter body gains less than the packet it travels in */
#define FRAME_TYPE_AT 5u
#define FRAME_FLAGS_AT 6u

struct wire_packer {
    ZSTD_CCtx *compressor;
    struct buffer body;
    struct buffer frame;
};

struct wire_packer *wire_packer_new(void)
{
    struct wire_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL)
        return NULL;
    packer->compressor = ZSTD_createCCtx();
    if (packer->compressor == NULL) {
        free(packer);
        return NULL;
    }
    return packer;
}

void wire_packer_free(struct wire_packer *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->compressor);
    buffer_free(&packer->body);
    buffer_free(&packer->frame);
    free(packer);
}

int wire_packer_pack(struct wire_packer *packer, struct span frame, struct span *packed)
{
    if (frame.len < FRAME_HEADER_SIZE)
        return NAVETTE_E_INVALID;
    if (frame.len > LIMIT_FRAME_BYTES)
        return NAVETTE_E_TOO_LARGE;
    *packed = frame;
    size_t len = frame.len - FRAME_HEADER_SIZE;
    uint16_t flags = read_u16(frame.data + FRAME_FLAGS_AT);
    if (len <= PACK_WORTH_BYTES || (flags & FRAME_FLAG_ZSTD) != 0)
        return 0;

    buffer_clear(&packer->body);
    if (buffer_reserve(&packer->body, ZSTD_compressBound(len)) != 0)
        return NAVETTE_E_MEMORY;
    size_t got =
        ZSTD_compressCCtx(packer->compressor, packer->body.data, packer->body.capacity, frame.data + FRAME_HEADER_SIZE, len, PACK_LEVEL);
    /* What can't be packed, or gains nothing, goes as it is. */
    if (ZSTD_isError(got) || got >= len)
        return 0;

    uint8_t header[FRAME_HEADER_SIZE];
    frame_header((enum frame_type)frame.data[FRAME_TYPE_AT], (uint16_t)(flags | FRAME_FLAG_ZSTD), span_of(packer->body.data, got),
                 (uint32_t)len, header);
    buffer_clear(&packer->frame);
    int rc = buffer_append(&packer->frame, header, sizeof header);
    if (rc == 0)
        rc = buffer_append(&packer->frame, packer->body.data, got);
    if (rc == 0)
        *packed = buffer_span(&packer->frame);
    return rc;
}

int wire_pack(struct span frame, struct buffer *out)
{
    struct wire_packer *packer = wire_packer_new();
    if (packer == NULL)
        return NAVETTE_E_MEMORY;
    struct span packed;
    int rc = wire_packer_pack(packer, frame, &packed);
    if (rc == 0)
        rc = buffer_append(out, packed.data, packed.len);
    wire_packer_free(packer);
    return rc;
}
