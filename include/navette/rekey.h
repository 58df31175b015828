/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_REKEY_H
#define NAVETTE_REKEY_H

#include "navette/batch.h"
#include "navette/limits.h"

/*
 * New keys of a node or of the hub (proto/WIRE.md, "Keys"). Its log goes on: what stands in `incarnation` before from_seq is signed with an earlier key and stays verifiable for ever; what
 * stands there from from_seq on only with the new one. In its other logs any key that it ever had may have signed: which of them were written before is known to nobody but their hub.
 */
struct rekey {
    uint8_t node[NODE_ID_SIZE];
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_key[KEY_SIZE];
    uint8_t previous[KEY_SIZE]; /* the signing key before */
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t from_seq;
    uint8_t signature[SIGNATURE_SIZE]; /* of `previous` */
    uint8_t proof[SIGNATURE_SIZE];     /* of `sign_key`: whoever says so holds it */
};

/* What both sign: "navette rekey v1" || node || previous || curve_key || sign_key || incarnation || be64(from_seq). */
#define REKEY_SIGNED_SIZE (16u + NODE_ID_SIZE + 3u * KEY_SIZE + INCARNATION_SIZE + 8u)
void rekey_signed_bytes(const struct rekey *rekey, uint8_t out[REKEY_SIGNED_SIZE]);
/* 0 or NAVETTE_E_SIGNATURE. */
int rekey_verify(const struct rekey *rekey);

/* From and to its message; `to` borrows from rekey. NAVETTE_E_INVALID: a field is missing, or of another size. */
int rekey_read(const Navette__Rekey *message, struct rekey *rekey);
void rekey_fill(const struct rekey *rekey, Navette__Rekey *message);

/* The event that says so; the keys before let their owner in until then. Borrows from rekey, and its messages from one another: it is not copied. */
struct rekey_body {
    Navette__Event event;
    Navette__NodeRekeyed rekeyed;
    Navette__Thing node;
    char id[2 * NODE_ID_SIZE + 1];
};
void rekey_body_fill(const struct rekey *rekey, int64_t until_ms, struct rekey_body *body);

/* Signing keys that were, oldest first. */
#define REKEY_PAST 16u /* a rotation a year for sixteen years; then the node is replaced */
struct rekey_past {
    size_t count;
    struct {
        uint8_t key[KEY_SIZE];
        uint8_t incarnation[INCARNATION_SIZE]; /* where the next key began; zeros: nowhere that is known */
        uint64_t before;
        uint64_t replaced; /* 1: of a machine that another one has taken the place of; only its hub says so */
    } list[REKEY_PAST];
};

/* NAVETTE_E_TOO_LARGE. */
int rekey_past_add(struct rekey_past *past, const uint8_t key[KEY_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t before);
/* The same, and the oldest leaves when there are too many: what it signed can no longer be checked, which is no reason to know its owner no more. */
void rekey_past_push(struct rekey_past *past, const uint8_t key[KEY_SIZE], const uint8_t incarnation[INCARNATION_SIZE], uint64_t before);
/* Is this one of them? */
int rekey_past_has(const struct rekey_past *past, const uint8_t key[KEY_SIZE]);
/* Is the batch signed by a key under which its entries may stand? 1 or 0. */
int rekey_signed(const struct batch_header *header, const uint8_t current[KEY_SIZE], const struct rekey_past *past);
/*
 * The keys under which entries first to last of a log may stand, the latest first. *turn begins at 0. NULL: no more. Borrowed from its arguments.
 */
const uint8_t *rekey_next(const uint8_t current[KEY_SIZE], const struct rekey_past *past, const uint8_t incarnation[INCARNATION_SIZE],
                          uint64_t first, uint64_t last, size_t *turn);
/* batch_verify() under any of those. */
int rekey_verify_batch(const Navette__Batch *batch, const uint8_t current[KEY_SIZE], const struct rekey_past *past,
                       struct batch_header *header, uint64_t *leaves);

#endif
