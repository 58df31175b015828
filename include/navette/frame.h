/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_FRAME_H
#define NAVETTE_FRAME_H

#include "navette/limits.h"
#include "navette/span.h"
#include "navette.pb-c.h"

/*
 * A frame: 20-byte header, then a protobuf body (proto/WIRE.md).
 *   0  4  magic "NVT1"
 *   4  1  version spoken
 *   5  1  type
 *   6  2  flags: bit 0 = body is one zstd frame
 *   8  4  length of the body as sent
 *  12  4  length of the body unpacked (= the former when not compressed)
 *  16  4  CRC32C of bytes 0..15 and the body as sent
 */
#define FRAME_HEADER_SIZE 20u
#define FRAME_VERSION 1u
#define FRAME_FLAG_ZSTD 1u

enum frame_type {
    FRAME_HELLO = 1,
    FRAME_WELCOME = 2,
    FRAME_PUSH = 3,
    FRAME_ACK = 4,
    FRAME_NACK = 5,
    FRAME_CREDIT = 6,
    FRAME_PULL = 7,
    FRAME_DELTA = 8,
    FRAME_SNAPSHOT = 9,
    FRAME_DIGEST = 10,
    FRAME_PING = 11,
    FRAME_PONG = 12,
    FRAME_REKEY = 13,
    FRAME_BYE = 14,
    FRAME_ENROL_REQUEST = 15,
    FRAME_ENROL_REPLY = 16,
    FRAME_WRAPS = 22,
    FRAME_WRAPPED = 23,
    FRAME_HUB_KEYS = 24,
    FRAME_HUB_KEYS_HELD = 25,
    FRAME_FETCH = 26,
    FRAME_FETCHED = 27,
    FRAME_TYPE_COUNT = 28 /* numbers between have no name: no frame */
};

/* A decoded frame: the message of its type, in an arena of bounded size. */
struct frame {
    enum frame_type type;
    uint8_t version;
    ProtobufCMessage *message; /* cast by type; borrowed from the arena */
    void *arena;               /* owned: frame_free() */
};

/*
 * Decodes one whole frame. NAVETTE_E_TRUNCATED (fewer bytes than the header announces), NAVETTE_E_TOO_LARGE, NAVETTE_E_CHECKSUM,
 * NAVETTE_E_VERSION, NAVETTE_E_INVALID (magic, type, flags, trailing bytes, body), NAVETTE_E_MEMORY. Field sizes that are part of the
 * format (16-byte ids, 32-byte hashes...) have been checked when it returns 0.
 */
int frame_decode(struct span bytes, struct frame *frame);
void frame_free(struct frame *frame);

/* Appends a frame, uncompressed. Compressing the body on the way out is io's (wire.h). NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int frame_encode(enum frame_type type, const ProtobufCMessage *message, struct buffer *out);
/* Makes the header for a body somebody else prepared (io compresses bodies). */
void frame_header(enum frame_type type, uint16_t flags, struct span body, uint32_t unpacked_len, uint8_t out[FRAME_HEADER_SIZE]);

const char *frame_type_name(enum frame_type type); /* "HELLO"; "?" for an unknown one */

/* CRC32C (Castagnoli, RFC 3720 B.4), software, continuing from `crc` (0 to start). */
uint32_t crc32c(uint32_t crc, struct span bytes);

/* The bytes a Frontier's signature covers: "navette front v1" || incarnation || be64 seq || be64 hub_cursor || be64 hub_time_ms. */
#define FRONTIER_SIGNED_SIZE (16u + INCARNATION_SIZE + 24u)
void frontier_signed_bytes(const Navette__Frontier *frontier, uint8_t out[FRONTIER_SIGNED_SIZE]);

#endif
