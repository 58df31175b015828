/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_KEYRING_H
#define NAVETTE_KEYRING_H

#include "navette/error.h"
#include "navette/keys.h"
#include "navette/limits.h"
#include "navette/thing.h"
#include "navette/wrap.h"

/*
 * The keys under which what concerns people is sealed: one a subject (an order), outside every chain and every store, so that erasing a person is deleting a key. Chains
 * and stores hold only ciphertext (XChaCha20-Poly1305-IETF, libsodium).
 *
 * One file, mode 0600, sealed under the node's own keys, rewritten whole and synced at each change (whole.h): what was erased is nowhere in it. Its format, integers big-endian:
 *
 *   "navette-keyring\n" (16 bytes), u32 version 2, which secret (the first 8 bytes of its BLAKE2b-128), nonce 24
 *   secretbox (XSalsa20-Poly1305) of records: u8 type, u32 length, that many bytes
 *     1 key       id 16, key 32, made u64 (Unix ms), until u64 (0: no end), by wrap u8, u16 length and the subject's thing key
 *     2 erased    id 16, when u64: it is never taken in again
 *     3 offered   id 16, the first 8 bytes of BLAKE2b-128 of a public key: wrapped to it, and the hub has that
 *     4 vault     16: of the hub's file that `offered` speaks of (WIRE.md 10)
 *     5 alive     u64 (Unix ms): the node ran with this file then; once a day
 *
 * Records of other types are kept as they are, behind these. Version 1 (not sealed; records `key` without until and by wrap; 255: BLAKE2b-256 of what stands before) is read, and written as version 2.
 * A file of a later version is refused, never rewritten. Additional data of every sealing: "navette sealed v1", key id, subject's thing key: a ciphertext says nothing about another subject.
 *
 * Copies of the file bring back what was erased since: they are kept 30 days at most. What the node's store says was erased is erased again when it opens, and a file that no node has run with for longer opens nothing before what the
 * hub has had erased is known (node/keeping.h).
 */
#define SEAL_NONCE_SIZE 24u
#define KEYRING_BYTES_MAX 67108864u /* 64 MiB: half a million orders, far over four months of a network's */
#define SEALED_TEXT_MAX 4096u       /* what one sealed field may hold */
#define KEYRING_SECRET_SIZE 32u
#define KEYRING_SECRETS 4u /* keys that a file may be under when a power cut came between two */

struct keyring;

/* What the file of a node with these keys is sealed under. To be wiped. */
void keyring_secret_of(const struct keys *keys, uint8_t secret[KEYRING_SECRET_SIZE]);

/*
 * Reads the file; absent: empty, and made at the first change. It opens under any of `secrets` (1 to KEYRING_SECRETS) and is written under the first. To be closed with keyring_close() (wiped; NULL: no-op).
 * NAVETTE_E_REFUSED: readable by others. NAVETTE_E_INVALID: damaged; NAVETTE_E_CHAIN: sealed under other keys than these; NAVETTE_E_VERSION: of a later version; all logged, the file is left as it is.
 */
int keyring_open(const char *path, uint8_t (*secrets)[KEYRING_SECRET_SIZE], size_t count, struct keyring **keyring);
void keyring_close(struct keyring *keyring);
/* 1: the file is still under another secret than the first: it must be saved before that one's keys go. */
int keyring_is_foreign(const struct keyring *keyring);
/* The node's keys change: written under this secret from the next keyring_save() on, which does write. */
void keyring_use(struct keyring *keyring, const uint8_t secret[KEYRING_SECRET_SIZE]);

/*
 * A new random key for `subject`, in memory: keyring_save() before anything sealed under it is recorded. The first one of an empty file: a node runs with it from now on (keyring_alive_ms()), for what came
 * before hid nothing. NAVETTE_E_TOO_LARGE: the file would pass its limit. NAVETTE_E_MEMORY.
 */
int keyring_make(struct keyring *keyring, const struct thing_key *subject, int64_t now_ms, uint8_t id[KEY_ID_SIZE]);
/* Takes in one that was wrapped, in memory. NAVETTE_E_EXISTS: it is here. NAVETTE_E_REFUSED: it was erased. NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int keyring_add(struct keyring *keyring, const struct wrap_key *key, int64_t until_ms);
/* Forgets one for good, whether it is here or not: it is never taken in again. In memory. NAVETTE_E_MEMORY, NAVETTE_E_TOO_LARGE. */
int keyring_erase(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], int64_t now_ms);
/* Forgets one whose time is over here. NAVETTE_E_NOT_FOUND. */
int keyring_end(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
/* Writes what changed; nothing when nothing did. NAVETTE_E_FULL, NAVETTE_E_SYSTEM: the file is as before, and no key was made, taken in or forgotten. */
int keyring_save(struct keyring *keyring);

int keyring_has(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
int keyring_was_erased(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
size_t keyring_count(const struct keyring *keyring);

/* The one at `index`, by id, without the key itself. NAVETTE_E_NOT_FOUND: past the end. Those that were erased and not saved yet are left out by `here` = 0. */
struct keyring_entry {
    uint8_t id[KEY_ID_SIZE];
    struct thing_key subject;
    int64_t made_ms;
    int64_t until_ms; /* 0: no end */
    int by_wrap;
    int here;
};
int keyring_at(const struct keyring *keyring, size_t index, struct keyring_entry *entry);
/* The index of the first one behind this id. */
size_t keyring_from(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE]);
/* 1: that changed something. */
int keyring_set_until(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], int64_t until_ms);

/* Wraps one for a reader. NAVETTE_E_NOT_FOUND; NAVETTE_E_INVALID: not a public key. */
int keyring_wrap(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE],
                 uint8_t box[WRAP_BOX_SIZE]);
/* Whether the hub has one wrapped for this reader, by what it said. */
int keyring_is_offered(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE]);
int keyring_note_offered(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE]);
/* The hub keeps wraps in this vault: of another one nothing is known. Zeros: none was told. 1: another one than before. */
int keyring_set_vault(struct keyring *keyring, const uint8_t vault[VAULT_ID_SIZE]);
const uint8_t *keyring_vault(const struct keyring *keyring);

/*
 * When a node last ran with this file; 0: it was one of an earlier version. note: it runs now; 1 when that is to be saved, once in KEYRING_ALIVE_MS.
 * hold: the keys that are here unseal nothing until they are released; they are erased, offered and kept as ever.
 */
#define KEYRING_ALIVE_MS INT64_C(86400000)
int64_t keyring_alive_ms(const struct keyring *keyring);
int keyring_note_alive(struct keyring *keyring, int64_t now_ms);
void keyring_hold(struct keyring *keyring);
int keyring_is_held(const struct keyring *keyring);
void keyring_release(struct keyring *keyring);

/* Ciphertext of `text` into out (16 bytes longer), nonce filled. NAVETTE_E_NOT_FOUND: no such key; NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int keyring_seal(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, struct span text,
                 uint8_t nonce[SEAL_NONCE_SIZE], struct buffer *out);
/*
 * The text again, appended to out, which the caller wipes. NAVETTE_E_NOT_FOUND: the key is not here (another node's, or erased), or held. NAVETTE_E_INVALID: not what was sealed for
 * this subject.
 */
int keyring_unseal(const struct keyring *keyring, const struct thing_key *subject, const Navette__Sealed *sealed, struct buffer *out);

#endif
