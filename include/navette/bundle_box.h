/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_BUNDLE_BOX_H
#define NAVETTE_BUNDLE_BOX_H

#include "navette/bundle.h"
#include "navette/keys.h"

/*
 * Sealing a stick's file and opening it (bundle.h). Each file has a key of its own, sealed to the reader's X25519 key (libsodium, crypto_box_seal); manifest and parts are sealed
 * under it by XChaCha20-Poly1305, each by itself. The manifest is signed by the writer together with that key: whoever else sealed something to the reader can't pass for the writer.
 */
struct bundle_box {
    struct bundle_head head;
    uint8_t key[KEY_SIZE];
};

/* A new file, sealed to `to`, whose X25519 key is reader_key. NAVETTE_E_INVALID: a key that is none. */
int bundle_box_make(struct bundle_box *box, enum bundle_kind kind, const uint8_t from[NODE_ID_SIZE], const uint8_t to[NODE_ID_SIZE],
                    const uint8_t reader_key[KEY_SIZE], int64_t made_ms);
/* Appends its head: the manifest, signed with the writer's keys and sealed. Stands at the file's beginning and at its end. */
int bundle_box_head(const struct bundle_box *box, const struct keys *writer, const struct bundle_manifest *manifest, struct buffer *out);
/* Appends a part: packed, sealed, with its prefix. part->content: what it holds, unpacked; its unpacked_len is not looked at. NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int bundle_box_part(const struct bundle_box *box, uint32_t index, const struct bundle_part *part, struct buffer *out);

/*
 * Opens a head: `plain` gets the manifest's bytes, which *manifest borrows from. NAVETTE_E_REFUSED: sealed to somebody else; codes of bundle_head_decode(); NAVETTE_E_INVALID.
 * Nothing of it is believed before bundle_box_check().
 */
int bundle_box_open(struct bundle_box *box, struct span head, const struct keys *reader, struct buffer *plain,
                    struct bundle_manifest *manifest);
/* Is it signed by this key? 0 or NAVETTE_E_SIGNATURE. `plain` as bundle_box_open() left it. */
int bundle_box_check(const struct bundle_box *box, struct span plain, const uint8_t sign_key[KEY_SIZE]);
/* Opens a part, prefix included; `plain` is emptied first, *part borrows from it. NAVETTE_E_CHECKSUM: damaged, or of another file; NAVETTE_E_TRUNCATED. */
int bundle_box_open_part(const struct bundle_box *box, struct span bytes, struct buffer *plain, struct bundle_part *part);
void bundle_box_wipe(struct bundle_box *box);

#endif
