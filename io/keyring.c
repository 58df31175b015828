/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/keyring.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "io/keyring_file.h"
#include "navette/system.h"
#include "navette/whole.h"

#define SAID "navette sealed v1"
#define SECRET_SAID "navette keyring"
#define FINGERPRINT_SIZE 8u

void keyring_secret_of(const struct keys *keys, uint8_t secret[KEYRING_SECRET_SIZE])
{
    uint8_t both[KEY_SIZE + sizeof keys->sign_secret];

    memcpy(both, keys->curve_secret, KEY_SIZE);
    memcpy(both + KEY_SIZE, keys->sign_secret, sizeof keys->sign_secret);
    crypto_generichash(secret, KEYRING_SECRET_SIZE, (const uint8_t *)SECRET_SAID, sizeof SECRET_SAID - 1, both,
                       crypto_generichash_KEYBYTES_MAX);
    sodium_memzero(both, sizeof both);
}

/* Where an id stands, or would. */
static size_t place_of(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    size_t low = 0, high = keyring->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(keyring->keys[middle].key.id, id, KEY_ID_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct key_record *find(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    size_t at = place_of(keyring, id);

    if (at == keyring->count || memcmp(keyring->keys[at].key.id, id, KEY_ID_SIZE) != 0 || keyring->keys[at].erased)
        return NULL;
    return &keyring->keys[at];
}

static int make_room(struct keyring *keyring)
{
    size_t capacity = keyring->capacity == 0 ? 64 : keyring->capacity * 2;
    struct key_record *grown;

    if (keyring->count < keyring->capacity)
        return 0;
    grown = calloc(capacity, sizeof *grown);
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    if (keyring->count > 0)
        memcpy(grown, keyring->keys, keyring->count * sizeof *grown);
    if (keyring->keys != NULL)
        sodium_memzero(keyring->keys, keyring->capacity * sizeof *keyring->keys);
    free(keyring->keys);
    keyring->keys = grown;
    keyring->capacity = capacity;
    return 0;
}

int keyring_insert(struct keyring *keyring, const struct key_record *record)
{
    size_t at = place_of(keyring, record->key.id);
    int rc;

    if (at < keyring->count && memcmp(keyring->keys[at].key.id, record->key.id, KEY_ID_SIZE) == 0)
        return NAVETTE_E_EXISTS;
    rc = make_room(keyring);
    if (rc != 0)
        return rc;
    memmove(&keyring->keys[at + 1], &keyring->keys[at], (keyring->count - at) * sizeof *keyring->keys);
    keyring->keys[at] = *record;
    keyring->count++;
    return 0;
}

static void say(const char *path, int rc)
{
    if (rc == NAVETTE_E_INVALID)
        system_log(2, "keyring", NULL, "%s: not a keyring, or damaged: put the last good copy back", path);
    if (rc == NAVETTE_E_CHAIN)
        system_log(2, "keyring", NULL, "%s: sealed under other keys than this node's", path);
    if (rc == NAVETTE_E_VERSION)
        system_log(2, "keyring", NULL, "%s: of a later version: update this program", path);
}

int keyring_open(const char *path, uint8_t (*secrets)[KEYRING_SECRET_SIZE], size_t count, struct keyring **keyring)
{
    struct buffer file = {.data = NULL};
    int old = 0, rc;

    *keyring = NULL;
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    *keyring = calloc(1, sizeof **keyring);
    if (*keyring == NULL || ((*keyring)->path = strdup(path)) == NULL) {
        keyring_close(*keyring);
        *keyring = NULL;
        return NAVETTE_E_MEMORY;
    }
    (*keyring)->erased = (struct keyset){.size = KEYRING_ERASED_ROW, .key = KEY_ID_SIZE};
    (*keyring)->offered = (struct keyset){.size = KEYRING_OFFERED_ROW, .key = KEYRING_OFFERED_ROW};
    memcpy((*keyring)->secret, secrets[0], KEYRING_SECRET_SIZE);
    whole_clear(path); /* what a write that was cut off left may hold keys that were erased since */
    rc = whole_read(path, KEYRING_BYTES_MAX, 1, &file);
    if (rc == 0)
        rc = keyring_file_read(*keyring, buffer_span(&file), secrets, count, &old);
    keyring_wipe_buffer(&file);
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    rc = rc == NAVETTE_E_TOO_LARGE ? NAVETTE_E_INVALID : rc;
    (*keyring)->dirty = old != 0;
    (*keyring)->is_foreign = old > 1;
    (*keyring)->on_disk = 1;
    if (rc == 0)
        return 0;
    say(path, rc);
    keyring_close(*keyring);
    *keyring = NULL;
    return rc;
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    if (keyring->keys != NULL)
        sodium_memzero(keyring->keys, keyring->capacity * sizeof *keyring->keys);
    free(keyring->keys);
    keyset_free(&keyring->erased);
    keyset_free(&keyring->offered);
    keyring_wipe_buffer(&keyring->others);
    free(keyring->path);
    sodium_memzero(keyring, sizeof *keyring);
    free(keyring);
}

int keyring_is_foreign(const struct keyring *keyring)
{
    return keyring->is_foreign;
}

void keyring_use(struct keyring *keyring, const uint8_t secret[KEYRING_SECRET_SIZE])
{
    memcpy(keyring->secret, secret, KEYRING_SECRET_SIZE);
    keyring->dirty = 1;
}

static int insert_new(struct keyring *keyring, struct key_record *record)
{
    int rc = keyring_file_most(keyring, keyring->count + 1) > KEYRING_BYTES_MAX ? NAVETTE_E_TOO_LARGE : keyring_insert(keyring, record);

    sodium_memzero(record, sizeof *record);
    return rc;
}

int keyring_make(struct keyring *keyring, const struct thing_key *subject, int64_t now_ms, uint8_t id[KEY_ID_SIZE])
{
    struct key_record record = {.key = {.made_ms = now_ms, .subject = *subject}, .made = 1};
    int first = keyring->count == 0;
    int rc;

    system_random(record.key.id, KEY_ID_SIZE);
    crypto_aead_xchacha20poly1305_ietf_keygen(record.key.key);
    memcpy(id, record.key.id, KEY_ID_SIZE);
    rc = insert_new(keyring, &record);
    if (rc == 0 && first)
        keyring->alive_ms = now_ms;
    return rc;
}

int keyring_add(struct keyring *keyring, const struct wrap_key *key, int64_t until_ms)
{
    struct key_record record = {.key = *key, .until_ms = until_ms, .by_wrap = 1, .made = 1};

    return keyring_was_erased(keyring, key->id) ? NAVETTE_E_REFUSED : insert_new(keyring, &record);
}

int keyring_erase(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], int64_t now_ms)
{
    struct key_record *record = find(keyring, id);
    uint8_t row[KEYRING_ERASED_ROW];
    int rc = 0;

    if (keyset_find(&keyring->erased, id) == NULL) {
        memcpy(row, id, KEY_ID_SIZE);
        write_u64(row + KEY_ID_SIZE, (uint64_t)now_ms);
        rc = keyring_file_most(keyring, keyring->count) > KEYRING_BYTES_MAX ? NAVETTE_E_TOO_LARGE : keyset_put(&keyring->erased, row);
        keyring->dirty |= rc == 0;
    }
    if (rc == 0 && record != NULL)
        record->erased = 1;
    return rc;
}

int keyring_end(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    struct key_record *record = find(keyring, id);

    if (record == NULL)
        return NAVETTE_E_NOT_FOUND;
    record->erased = 1;
    return 0;
}

/* Of a key that is here no more nothing is offered. */
static void forget_offers(struct keyring *keyring)
{
    for (size_t i = keyring->offered.count; i-- > 0;) {
        if (find(keyring, keyset_at(&keyring->offered, i)) == NULL)
            keyset_remove(&keyring->offered, i);
    }
}

/* What was made and erased stands, or is taken back. */
static void settle(struct keyring *keyring, int kept)
{
    size_t left = 0;

    for (size_t i = 0; i < keyring->count; i++) {
        struct key_record *record = &keyring->keys[i];

        if (kept ? record->erased : record->made)
            continue;
        record->made = 0;
        record->erased = 0;
        keyring->keys[left++] = *record;
    }
    if (left < keyring->count)
        sodium_memzero(&keyring->keys[left], (keyring->count - left) * sizeof *keyring->keys);
    keyring->count = left;
    if (kept)
        keyring->dirty = keyring->is_foreign = 0;
}

int keyring_save(struct keyring *keyring)
{
    struct buffer file = {.data = NULL};
    int changed = keyring->dirty, erased = 0, rc;

    for (size_t i = 0; i < keyring->count; i++) {
        changed |= keyring->keys[i].made || keyring->keys[i].erased;
        erased |= keyring->keys[i].erased;
    }
    if (!changed || (!keyring->on_disk && keyring->count == 0 && keyring->erased.count == 0))
        return 0;
    if (erased)
        forget_offers(keyring);
    rc = keyring_file_write(keyring, &file);
    if (rc == 0)
        rc = whole_write(keyring->path, buffer_span(&file), 1);
    keyring_wipe_buffer(&file);
    keyring->on_disk |= rc == 0;
    settle(keyring, rc == 0);
    return rc;
}

int keyring_has(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    return find(keyring, id) != NULL;
}

int keyring_was_erased(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    return keyset_find(&keyring->erased, id) != NULL;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->count;
}

int keyring_at(const struct keyring *keyring, size_t index, struct keyring_entry *entry)
{
    const struct key_record *record;

    if (index >= keyring->count)
        return NAVETTE_E_NOT_FOUND;
    record = &keyring->keys[index];
    memcpy(entry->id, record->key.id, KEY_ID_SIZE);
    entry->subject = record->key.subject;
    entry->made_ms = record->key.made_ms;
    entry->until_ms = record->until_ms;
    entry->by_wrap = record->by_wrap;
    entry->here = !record->erased;
    return 0;
}

size_t keyring_from(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    size_t at = place_of(keyring, id);

    return at < keyring->count && memcmp(keyring->keys[at].key.id, id, KEY_ID_SIZE) == 0 ? at + 1 : at;
}

int keyring_set_until(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], int64_t until_ms)
{
    struct key_record *record = find(keyring, id);

    if (record == NULL || record->until_ms == until_ms)
        return 0;
    record->until_ms = until_ms;
    keyring->dirty = 1;
    return 1;
}

int keyring_wrap(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE],
                 uint8_t box[WRAP_BOX_SIZE])
{
    const struct key_record *record = find(keyring, id);

    return record == NULL ? NAVETTE_E_NOT_FOUND : wrap_close(&record->key, recipient, box);
}

static void offer_row(const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE], uint8_t row[KEYRING_OFFERED_ROW])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];

    crypto_generichash(hash, sizeof hash, recipient, KEY_SIZE, NULL, 0);
    memcpy(row, id, KEY_ID_SIZE);
    memcpy(row + KEY_ID_SIZE, hash, FINGERPRINT_SIZE);
}

int keyring_is_offered(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE])
{
    uint8_t row[KEYRING_OFFERED_ROW];

    offer_row(id, recipient, row);
    return keyset_find(&keyring->offered, row) != NULL;
}

int keyring_note_offered(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE])
{
    uint8_t row[KEYRING_OFFERED_ROW];

    if (find(keyring, id) == NULL || keyring_file_most(keyring, keyring->count) > KEYRING_BYTES_MAX)
        return 0;
    offer_row(id, recipient, row);
    keyring->dirty = 1;
    return keyset_put(&keyring->offered, row);
}

int keyring_set_vault(struct keyring *keyring, const uint8_t vault[VAULT_ID_SIZE])
{
    if (memcmp(keyring->vault, vault, VAULT_ID_SIZE) == 0)
        return 0;
    memcpy(keyring->vault, vault, VAULT_ID_SIZE);
    keyset_clear(&keyring->offered);
    keyring->dirty = 1;
    return 1;
}

const uint8_t *keyring_vault(const struct keyring *keyring)
{
    return keyring->vault;
}

int64_t keyring_alive_ms(const struct keyring *keyring)
{
    return keyring->alive_ms;
}

int keyring_note_alive(struct keyring *keyring, int64_t now_ms)
{
    int64_t apart_ms = now_ms - keyring->alive_ms;

    if (apart_ms > -KEYRING_ALIVE_MS && apart_ms < KEYRING_ALIVE_MS)
        return 0;
    keyring->alive_ms = now_ms;
    keyring->dirty = 1;
    return 1;
}

void keyring_hold(struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++)
        keyring->keys[i].held = 1;
    keyring->held = keyring->count > 0;
}

int keyring_is_held(const struct keyring *keyring)
{
    return keyring->held;
}

void keyring_release(struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++)
        keyring->keys[i].held = 0;
    keyring->held = 0;
}

/* What a ciphertext is bound to. */
#define BOUND_MAX (sizeof SAID - 1 + KEY_ID_SIZE + THING_KEY_MAX)
static size_t bind_to(const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, uint8_t out[BOUND_MAX])
{
    size_t len = sizeof SAID - 1;

    memcpy(out, SAID, len);
    memcpy(out + len, id, KEY_ID_SIZE);
    len += KEY_ID_SIZE;
    memcpy(out + len, subject->bytes, subject->len);
    return len + subject->len;
}

int keyring_seal(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE], const struct thing_key *subject, struct span text,
                 uint8_t nonce[SEAL_NONCE_SIZE], struct buffer *out)
{
    const struct key_record *record = find(keyring, id);
    uint8_t bound[BOUND_MAX];
    size_t bound_len = bind_to(id, subject, bound);
    unsigned long long len;
    int rc;

    if (record == NULL)
        return NAVETTE_E_NOT_FOUND;
    if (text.len > SEALED_TEXT_MAX)
        return NAVETTE_E_TOO_LARGE;
    rc = buffer_reserve(out, text.len + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    if (rc != 0)
        return rc;
    system_random(nonce, SEAL_NONCE_SIZE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out->data + out->len, &len, text.data, text.len, bound, bound_len, NULL, nonce,
                                                     record->key.key);
    out->len += (size_t)len;
    return 0;
}

int keyring_unseal(const struct keyring *keyring, const struct thing_key *subject, const Navette__Sealed *sealed, struct buffer *out)
{
    const struct key_record *record;
    uint8_t bound[BOUND_MAX];
    unsigned long long len;
    int rc;

    if (sealed->key_id.len != KEY_ID_SIZE || sealed->nonce.len != SEAL_NONCE_SIZE ||
        sealed->ciphertext.len < crypto_aead_xchacha20poly1305_ietf_ABYTES)
        return NAVETTE_E_INVALID;
    record = find(keyring, sealed->key_id.data);
    if (record == NULL || record->held)
        return NAVETTE_E_NOT_FOUND;
    rc = buffer_reserve(out, sealed->ciphertext.len);
    if (rc != 0)
        return rc;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->data + out->len, &len, NULL, sealed->ciphertext.data, sealed->ciphertext.len, bound,
                                                   bind_to(record->key.id, subject, bound), sealed->nonce.data, record->key.key) != 0)
        return NAVETTE_E_INVALID;
    out->len += (size_t)len;
    return 0;
}
