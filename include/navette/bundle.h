/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_BUNDLE_H
#define NAVETTE_BUNDLE_H

#include "navette/limits.h"
#include "navette/span.h"

/*
 * A stick's file (proto/BUNDLE.md): what a node has for its hub, or the hub's answer, where there is no line. A head, parts, the same head again. The head is sealed to the reader
 * and signed by the writer; each part is sealed by itself and says what it holds, so a damaged file gives back every part that is whole, and the head tells what the others
 * were. Here: the bytes. Sealing and opening: bundle_box.h. What parts hold are frames as on the wire (frame.h).
 */
#define BUNDLE_VERSION 1u
#define BUNDLE_ID_SIZE 16u
#define BUNDLE_SEALED_KEY 80u /* crypto_box_seal() of 32 bytes */
#define BUNDLE_TAG 16u        /* of XChaCha20-Poly1305 */

#define BUNDLE_CLEAR_SIZE 64u /* magic to made_ms: what is signed, and what parts are bound to */
#define BUNDLE_HEAD_SIZE (BUNDLE_CLEAR_SIZE + BUNDLE_SEALED_KEY + 4u)
#define BUNDLE_PREFIX_SIZE 24u
#define BUNDLE_PART_HEAD 40u

#define LIMIT_BUNDLE_MANIFEST 65536u    /* a greeting or a receipt, and the ranges: a few KiB */
#define LIMIT_BUNDLE_PART_BYTES 589824u /* sealed: one frame at most, and room in a request of the control socket as base64 */
#define LIMIT_BUNDLE_PARTS 16384u       /* 8 GiB: the largest file a stick formatted as usual takes is 4 GiB */
#define LIMIT_BUNDLE_RANGES 64u         /* logs of one node on one stick */
#define LIMIT_BUNDLE_WANTS 65536u       /* entries asked for by one stick: 2.6 MiB at the hub until it is answered */
#define LIMIT_BUNDLES 16u               /* in one file, one behind the other */

enum bundle_kind { BUNDLE_TO_HUB = 1, BUNDLE_TO_NODE = 2 };

/* Spans are borrowed from the bytes it was decoded from. */
struct bundle_head {
    uint8_t version;
    uint8_t kind; /* enum bundle_kind */
    uint8_t id[BUNDLE_ID_SIZE];
    uint8_t from[NODE_ID_SIZE];
    uint8_t to[NODE_ID_SIZE];
    int64_t made_ms; /* the writer's clock */
    uint8_t sealed_key[BUNDLE_SEALED_KEY];
    struct span manifest; /* sealed */
};

/* Appends it. NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int bundle_head_encode(const struct bundle_head *head, struct buffer *out);
/* The bytes before the sealed key. */
void bundle_clear_bytes(const struct bundle_head *head, uint8_t out[BUNDLE_CLEAR_SIZE]);
/*
 * Is there a head at the beginning of `bytes`? *len: its length. NAVETTE_E_NOT_FOUND: no; NAVETTE_E_TRUNCATED, NAVETTE_E_CHECKSUM: one that is damaged; NAVETTE_E_VERSION: of a later
 * version; NAVETTE_E_TOO_LARGE.
 */
int bundle_head_decode(struct span bytes, struct bundle_head *head, size_t *len);

/* What stands before a part's sealed bytes. */
struct bundle_prefix {
    uint8_t id[8]; /* the first of its head's */
    uint32_t index;
    uint32_t len; /* of the sealed bytes */
};
void bundle_prefix_encode(const struct bundle_prefix *prefix, uint8_t out[BUNDLE_PREFIX_SIZE]);
/* NAVETTE_E_NOT_FOUND: none is here, or a damaged one. NAVETTE_E_TRUNCATED: fewer bytes than one has. */
int bundle_prefix_decode(struct span bytes, struct bundle_prefix *prefix);

enum bundle_part_kind {
    BUNDLE_PUSHES = 1, /* PUSH frames of one log */
    BUNDLE_DELTAS = 2, /* DELTA frames; first and last are positions of the hub's journal */
    BUNDLE_END = 3,    /* nothing comes behind it; first: how many parts there were before it */
    BUNDLE_FETCH = 4,  /* FETCH frames; first and last count them, from 1 */
    BUNDLE_FETCHED = 5 /* a FETCHED frame that answers some of them; first and last count the answers, from 1 */
};

/* A part, opened. */
struct bundle_part {
    uint8_t kind; /* later versions may have others: passed over */
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first;
    uint64_t last;
    uint32_t unpacked_len; /* of the content; another length than content.len: it is one zstd frame */
    struct span content;
};
int bundle_part_encode(const struct bundle_part *part, struct buffer *out);
int bundle_part_decode(struct span bytes, struct bundle_part *part); /* NAVETTE_E_TRUNCATED, NAVETTE_E_TOO_LARGE */
/* Appends what it holds. NAVETTE_E_INVALID: not what it says; NAVETTE_E_MEMORY. */
int bundle_part_unpack(const struct bundle_part *part, struct buffer *out);
/* Cuts the next frame off. NAVETTE_E_NOT_FOUND at the end; NAVETTE_E_TRUNCATED, NAVETTE_E_TOO_LARGE. */
int bundle_next_frame(struct span *left, struct span *frame);

struct bundle_range {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first;
    uint64_t last;
};

/* What a file says of itself, under its writer's signature. */
struct bundle_manifest {
    char place[LIMIT_PLACE_CODE + 1]; /* the node's first, for people */
    size_t range_count;
    struct bundle_range ranges[LIMIT_BUNDLE_RANGES]; /* TO_HUB: of logs; TO_NODE: one, of positions */
    uint32_t wants;     /* TO_HUB: entries that it asks for; TO_NODE: that it answers; encoded when there are any */
    struct span frames; /* TO_HUB: HELLO, and ENROL_REQUEST of a node enrolled by file; TO_NODE: WELCOME, ACK... Borrowed */
};
int bundle_manifest_encode(const struct bundle_manifest *manifest, struct buffer *out);
/* What a later version adds behind is passed over. NAVETTE_E_INVALID. */
int bundle_manifest_decode(struct span bytes, struct bundle_manifest *manifest);

/* What the writer's Ed25519 key signs: "navette stick v1" || BLAKE2b-256(clear bytes of the head || key of the file || manifest). */
#define BUNDLE_SIGNED_SIZE (16u + HASH_SIZE)
void bundle_signed_bytes(const struct bundle_head *head, const uint8_t key[KEY_SIZE], struct span manifest,
                         uint8_t out[BUNDLE_SIGNED_SIZE]);

/* ---- what is missing of a file */

#define BUNDLE_MISSING_TOLD 64u

struct bundle_tally {
    const struct bundle_manifest *manifest; /* borrowed */
    uint64_t next[LIMIT_BUNDLE_RANGES];     /* the first number of each range that has not come */
    size_t missing_count;
    struct bundle_range missing[BUNDLE_MISSING_TOLD];
    int more; /* 1: there were more than can be told */
};
void bundle_tally_begin(struct bundle_tally *tally, const struct bundle_manifest *manifest);
void bundle_tally_part(struct bundle_tally *tally, const struct bundle_part *part); /* in the order of the file */
void bundle_tally_end(struct bundle_tally *tally);

#endif
