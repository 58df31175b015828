/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_KEYRING_FILE_H
#define IO_KEYRING_FILE_H

#include "io/keyset.h"
#include "navette/keyring.h"

/* Inside keyring.c and keyring_file.c: a keyring in memory, and its bytes. */
#define KEYRING_ERASED_ROW (KEY_ID_SIZE + 8u)
#define KEYRING_OFFERED_ROW (KEY_ID_SIZE + 8u)

struct key_record {
    struct wrap_key key;
    int64_t until_ms;
    uint8_t by_wrap;
    uint8_t made, erased; /* since the last keyring_save() */
    uint8_t held;         /* opens nothing (keyring_hold()) */
};

struct keyring {
    char *path;
    uint8_t secret[KEYRING_SECRET_SIZE];
    struct key_record *keys; /* sorted by id */
    size_t count, capacity;
    struct keyset erased;
    struct keyset offered;
    uint8_t vault[VAULT_ID_SIZE];
    int64_t alive_ms;
    int held;             /* keys are */
    struct buffer others; /* records of types that this version does not know, as they are */
    int on_disk;          /* there is a file */
    int is_foreign;       /* ... which is under other keys than the first */
    int dirty;            /* something besides keys changed since the last keyring_save() */
};

/* NAVETTE_E_EXISTS: the same id twice. NAVETTE_E_MEMORY. */
int keyring_insert(struct keyring *keyring, const struct key_record *record);

/* As keyring_open(): *old: 1: of an earlier version, 2: under another secret than the first. */
int keyring_file_read(struct keyring *keyring, struct span file, uint8_t (*secrets)[KEYRING_SECRET_SIZE], size_t count, int *old);
/* Of a file in which every key has the longest subject. */
size_t keyring_file_most(const struct keyring *keyring, size_t keys);
/* NAVETTE_E_MEMORY. *out is to be wiped. */
int keyring_file_write(const struct keyring *keyring, struct buffer *out);
void keyring_wipe_buffer(struct buffer *buffer);

#endif
