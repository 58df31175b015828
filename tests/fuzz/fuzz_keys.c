/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that hold keys, and what is done with them once they are read. First byte 0: a keyring's file, as it is. 1: its records, sealed as this node's. 2: the records of a hub's vault, between a sound head and end. 3: a text that may
 * hold a recovery key. What is read is used (erased, offered, wrapped, taken away), written, and read again as the same.
 */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/keyring.h"
#include "navette/recovery.h"
#include "server/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[128];
static uint8_t secrets[1][KEYRING_SECRET_SIZE] = {{7}};
static uint8_t public_key[KEY_SIZE];

static void begin(void)
{
    uint8_t secret_key[KEY_SIZE];

    if (path[0] != '\0')
        return;
    if (sodium_init() < 0 || crypto_box_keypair(public_key, secret_key) != 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/navette-fuzz-keys-%ld", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", (long)getpid());
}

static void put_file(struct span bytes)
{
    FILE *file;

    (void)unlink(path);
    (void)umask(077);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len || fclose(file) != 0)
        abort();
}

static void append(struct buffer *out, const void *data, size_t len)
{
    if (buffer_append(out, data, len) != 0)
        abort();
}

/* ---- a keyring */

static void check_again(size_t count)
{
    struct keyring *again;

    if (keyring_open(path, secrets, 1, &again) != 0 || keyring_count(again) != count)
        abort();
    keyring_close(again);
}

static void use_keyring(struct keyring *keyring)
{
    struct keyring_entry entry;
    uint8_t box[WRAP_BOX_SIZE];

    for (size_t i = 0; keyring_at(keyring, i, &entry) == 0; i++) {
        if (keyring_wrap(keyring, entry.id, public_key, box) == 0)
            (void)keyring_note_offered(keyring, entry.id, public_key);
        if (!keyring_is_offered(keyring, entry.id, public_key) || !keyring_has(keyring, entry.id))
            abort();
        if (i % 3 == 0 && keyring_erase(keyring, entry.id, 1) == 0 &&
            (keyring_has(keyring, entry.id) || !keyring_was_erased(keyring, entry.id)))
            abort();
        if (i % 3 == 1)
            (void)keyring_set_until(keyring, entry.id, 9);
        if (i % 3 == 2 && keyring_end(keyring, entry.id) != 0)
            abort();
    }
    if (keyring_save(keyring) == 0 && keyring_count(keyring) > 0)
        check_again(keyring_count(keyring));
}

static void open_keyring(struct span file)
{
    struct keyring *keyring;

    put_file(file);
    if (keyring_open(path, secrets, 1, &keyring) == 0) {
        use_keyring(keyring);
        keyring_close(keyring);
    }
}

static void seal_keyring(struct span records)
{
    const uint8_t nonce[crypto_secretbox_NONCEBYTES] = {0};
    const uint8_t version[4] = {0, 0, 0, 2};
    uint8_t which[crypto_generichash_BYTES_MIN];
    struct buffer file = {.data = NULL};

    crypto_generichash(which, sizeof which, secrets[0], KEYRING_SECRET_SIZE, NULL, 0);
    append(&file, "navette-keyring\n", 16);
    append(&file, version, sizeof version);
    append(&file, which, 8);
    append(&file, nonce, sizeof nonce);
    if (buffer_reserve(&file, records.len + crypto_secretbox_MACBYTES) != 0 ||
        crypto_secretbox_easy(file.data + file.len, records.data, records.len, nonce, secrets[0]) != 0)
        abort();
    file.len += records.len + crypto_secretbox_MACBYTES;
    open_keyring(buffer_span(&file));
    buffer_free(&file);
}

/* ---- a vault */

static void use_vault(struct vault *vault)
{
    struct vault_key key;
    struct vault_holder holder;
    struct vault_wrap wrap;

    for (size_t i = 0; i < vault->keys.count; i++) {
        if (vault_key_at(vault, i, &key) != 0)
            continue;
        if (vault_key(vault, key.id, &key) != 0)
            abort();
        key.erased_ms = 1;
        if (i % 2 == 0 && vault_erase(vault, &key) == 0 &&
            (vault_has_wrap(&vault->waits, key.id, public_key) || vault_has_wrap(&vault->recovery, key.id, public_key)))
            abort();
    }
    for (size_t i = 0; vault_holder_at(vault, i, &holder) == 0; i++) {
        holder.gone_ms = 1;
        if (vault_put_holder(vault, &holder) != 0)
            abort();
    }
    while (vault_wrap_at(&vault->waits, 0, &wrap) == 0)
        vault_drop_wraps(vault, &vault->waits, wrap.id, wrap.recipient, NULL, NULL);
}

static void open_vault(struct span records)
{
    const uint8_t version[4] = {0, 0, 0, 1};
    const uint8_t end[5] = {255, 0, 0, 0, HASH_SIZE};
    uint8_t id[VAULT_ID_SIZE] = {3}, hash[HASH_SIZE];
    struct buffer file = {.data = NULL};
    struct vault vault, again;

    append(&file, "navette-vault\n\0", 16);
    append(&file, version, sizeof version);
    append(&file, id, sizeof id);
    append(&file, records.data, records.len);
    crypto_generichash(hash, sizeof hash, file.data, file.len, NULL, 0);
    append(&file, end, sizeof end);
    append(&file, hash, sizeof hash);
    put_file(buffer_span(&file));
    buffer_free(&file);
    if (vault_open(path, &vault) != 0)
        return;
    use_vault(&vault);
    vault.dirty = 1;
    if (vault_save(&vault) != 0 || vault_open(path, &again) != 0 || again.keys.count != vault.keys.count ||
        again.holders.count != vault.holders.count || again.recovery.count != vault.recovery.count || again.waits.count != 0)
        abort();
    vault_close(&again);
    vault_close(&vault);
}

/* ---- a recovery key */

static void read_recovery(struct span text)
{
    struct recovery_key key, again;
    char code[RECOVERY_CODE_SIZE];

    if (recovery_read_text(text, &key) != 0)
        return;
    recovery_code(&key, code);
    if (recovery_read_code(code, &again) != 0 || memcmp(&key, &again, sizeof key) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span_of(data + 1, size - 1);

    if (size == 0)
        return 0;
    begin();
    switch (data[0] % 4) {
    case 0:
        open_keyring(rest);
        break;
    case 1:
        seal_keyring(rest);
        break;
    case 2:
        open_vault(rest);
        break;
    default:
        read_recovery(rest);
        break;
    }
    (void)unlink(path);
    return 0;
}
