/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_KEYS_H
#define NAVETTE_KEYS_H

#include "navette/batch.h"
#include "navette/error.h"
#include "navette/limits.h"

/*
 * A node's or the hub's own keys: X25519 for CURVE, Ed25519 for signatures. Kept in one file, mode 0600, written whole, synced and renamed into place;
 * its text form is "navette-keys 1", then "node HEX", "curve HEX HEX" (public, secret), "sign HEX HEX" a line each. Secrets are locked in memory where the system
 * allows it, wiped on free, and never logged.
 */
struct keys {
    uint8_t node[NODE_ID_SIZE];
    uint8_t curve_public[KEY_SIZE];
    uint8_t curve_secret[KEY_SIZE];
    uint8_t sign_public[KEY_SIZE];
    uint8_t sign_secret[64];
};

int keys_make(struct keys *keys);                         /* new ones; NAVETTE_E_SYSTEM when libsodium can't start */
int keys_save(const struct keys *keys, const char *path); /* NAVETTE_E_EXISTS: never overwrites; NAVETTE_E_FULL, NAVETTE_E_SYSTEM */
int keys_load(const char *path, struct keys *keys); /* NAVETTE_E_NOT_FOUND; NAVETTE_E_REFUSED: readable by others; NAVETTE_E_INVALID */
/*
 * The transport key alone, of keys that were (node/rekeying.h): no signing key is in the file, and none in `keys`. As the two before; neither reads the other's files.
 */
int keys_save_transport(const struct keys *keys, const char *path);
int keys_load_transport(const char *path, struct keys *keys);
void keys_wipe(struct keys *keys);

/* Fills header->signature over batch_signed_bytes(). */
void keys_sign_batch(const struct keys *keys, struct batch_header *header);
void keys_sign(const struct keys *keys, const void *data, size_t len, uint8_t signature[SIGNATURE_SIZE]);

#endif
