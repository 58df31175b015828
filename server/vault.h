/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_VAULT_H
#define NAVETTE_SERVER_VAULT_H

#include "io/keyset.h"
#include "navette/error.h"
#include "navette/thing.h"

/*
 * What the hub keeps of keys that it can't read: wraps that wait for their node, wraps for the recovery key, and who holds which key. One file outside the journal, `vault` in the hub's folder, 0600, rewritten whole and
 * synced (whole.h), so that what was erased is nowhere in it; no backup holds it: nodes give everything again to a hub that lost it. Format, integers big-endian:
 *
 *   "navette-vault\n\0\0" (16 bytes), u32 version 1, the vault's id 16 (random, drawn when it is made)
 *   records: u8 type, u32 length, that many bytes
 *     1 key       id 16, maker's node 16, first wrapped u64 (Unix ms), erased u64 (0: it is not), u8 reason, u8 length and the subject's thing key, padded with zeros to THING_KEY_MAX
 *     2 waits     key id 16, recipient's public key 32, node 16, box 120
 *     3 recovery  key id 16, recovery public key 32, node 16 zeros, box 120
 *     4 holder    key id 16, node 16, u8 for a time, u64 given (0: its wrap waits), u64 until (0: no end is known), u8 told that it is over, u64 gone (0: it holds it)
 *     5 cursor    u64 journal position before which events about keys were obeyed
 *     255 end     BLAKE2b-256 of all that stands before; the last one
 *
 * Damaged or of a later version it is refused, and the hub does not start.
 */
#define VAULT_BYTES_MAX 268435456u /* 256 MiB: 400,000 keys under way */
#define VAULT_SUBJECT (1u + THING_KEY_MAX)

struct vault_key {
    uint8_t id[KEY_ID_SIZE];
    uint8_t maker[NODE_ID_SIZE];
    int64_t first_ms;
    int64_t erased_ms;
    int reason;
    struct thing_key subject;
};

struct vault_holder {
    uint8_t id[KEY_ID_SIZE];
    uint8_t node[NODE_ID_SIZE];
    int for_a_time;
    int64_t given_ms;
    int64_t until_ms;
    int is_over;
    int64_t gone_ms;
};

struct vault_wrap {
    uint8_t id[KEY_ID_SIZE];
    uint8_t recipient[KEY_SIZE];
    uint8_t node[NODE_ID_SIZE]; /* zeros: recovery */
    uint8_t box[WRAP_BOX_SIZE];
};

struct vault {
    char *path;
    uint8_t id[VAULT_ID_SIZE];
    struct keyset keys, waits, recovery, holders;
    uint64_t cursor;
    int dirty;
};

/* Absent: a new, empty one, with an id of its own. NAVETTE_E_INVALID: damaged; NAVETTE_E_VERSION; NAVETTE_E_REFUSED: readable by others: logged. */
int vault_open(const char *path, struct vault *vault);
void vault_close(struct vault *vault); /* zeroed: no-op */
/* NAVETTE_E_FULL, NAVETTE_E_SYSTEM: the file is as before, the vault stays dirty. Nothing is written while nothing changed. */
int vault_save(struct vault *vault);

/* NAVETTE_E_NOT_FOUND. put: NAVETTE_E_MEMORY, NAVETTE_E_TOO_LARGE past VAULT_BYTES_MAX. */
int vault_key(const struct vault *vault, const uint8_t id[KEY_ID_SIZE], struct vault_key *key);
int vault_key_at(const struct vault *vault, size_t index, struct vault_key *key);
int vault_put_key(struct vault *vault, const struct vault_key *key);
int vault_holder(const struct vault *vault, const uint8_t id[KEY_ID_SIZE], const uint8_t node[NODE_ID_SIZE], struct vault_holder *holder);
int vault_holder_at(const struct vault *vault, size_t index, struct vault_holder *holder);
/* The index of the first holder of this key. */
size_t vault_holders_of(const struct vault *vault, const uint8_t id[KEY_ID_SIZE]);
int vault_put_holder(struct vault *vault, const struct vault_holder *holder);

/* Of one of the two sets. */
int vault_wrap_at(const struct keyset *set, size_t index, struct vault_wrap *wrap);
size_t vault_wraps_behind(const struct keyset *set, const uint8_t id[KEY_ID_SIZE]);
int vault_has_wrap(const struct keyset *set, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE]);
int vault_put_wrap(struct vault *vault, struct keyset *set, const struct vault_wrap *wrap);
/* recipient NULL: all of this key. node NULL: whoever's. Those for `but` stay (may be NULL). */
void vault_drop_wraps(struct vault *vault, struct keyset *set, const uint8_t id[KEY_ID_SIZE], const uint8_t *recipient, const uint8_t *node,
                      const uint8_t *but);
/* Erased: no wrap of it stays anywhere, none comes in again. */
int vault_erase(struct vault *vault, const struct vault_key *key);

#endif
