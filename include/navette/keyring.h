/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_KEYRING_H
#define NAVETTE_KEYRING_H

#include "navette/error.h"
#include "navette/limits.h"
#include "navette/thing.h"

/*
 * The keys under which what concerns people is sealed: one a subject (an order), outside every chain and every store, so that erasing a person is deleting a key. Chains
 * and stores hold only ciphertext (XChaCha20-Poly1305-IETF, libsodium).
 *
 * One file, mode 0600, rewritten whole and synced at each change (whole.h): what was erased is nowhere in it. Its format, integers big-endian:
 *
 *   "navette-keyring\n" (16 bytes), u32 version 1
 *   records: u8 type, u32 length, that many bytes
 *     1 key       id 16, key 32, made u64 (Unix ms), u16 length and the subject's thing key
 *     255 end     BLAKE2b-256 of all that stands before this record; the last one
 *
 * Records of other types are kept as they are, behind the keys: wraps of these keys for other nodes and for a recovery key will be such records. A file of a later version is
 * refused, never rewritten. Additional data of every sealing: "navette sealed v1", key id, subject's thing key: a ciphertext says nothing about another subject.
 */
#define KEY_ID_SIZE 16u
#define SEAL_NONCE_SIZE 24u
#define KEYRING_BYTES_MAX 67108864u /* 64 MiB: half a million orders, far over four months of a network's */
#define SEALED_TEXT_MAX 4096u       /* what one sealed field may hold */

struct keyring;

/*
 * Reads the file; absent: empty, and made at the first change. To be closed with keyring_close() (wiped; NULL: no-op). NAVETTE_E_REFUSED: readable by others.
 * NAVETTE_E_INVALID: damaged, NAVETTE_E_VERSION: of a later version; both logged, the file is left as it is.
 */
int keyring_open(const char *path, struct keyring **keyring);
void keyring_close(struct keyring *keyring);

/*
 * A new random key for `subject`, in memory: keyring_save() before anything sealed under it is recorded. NAVETTE_E_TOO_LARGE: the file would pass its limit.
 * NAVETTE_E_MEMORY.
 */
int keyring_make(struct keyring *keyring, const struct thing_key *subject, int64_t now_ms, uint8_t id[KEY_ID_SIZE]);
/* Forgets one, in memory. NAVETTE_E_NOT_FOUND. */
int keyring_erase(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
/* Writes what was made and erased since; nothing when nothing was. NAVETTE_E_FULL, NAVETTE_E_SYSTEM: the file is as before, and so is the keyring. */
int keyring_save(struct keyring *keyring);

int keyring_has(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
size_t keyring_count(const struct keyring *keyring);

/* Ciphertext of `text` into out (16 bytes longer), nonce filled. NAVETTE_E_NOT_FOUND: no such key; NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int keyring_seal(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, struct span text,
                 uint8_t nonce[SEAL_NONCE_SIZE], struct buffer *out);
/*
 * The text again, appended to out, which the caller wipes. NAVETTE_E_NOT_FOUND: the key is not here (another node's, or erased). NAVETTE_E_INVALID: not what was sealed for
 * this subject.
 */
int keyring_unseal(const struct keyring *keyring, const struct thing_key *subject, const Navette__Sealed *sealed, struct buffer *out);

#endif
