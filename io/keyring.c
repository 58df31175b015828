/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/keyring.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/whole.h"

#define MAGIC "navette-keyring\n"
#define MAGIC_SIZE 16u
#define VERSION 1u
#define RECORD_KEY 1u
#define RECORD_END 255u
#define RECORD_HEAD 5u
#define KEY_BODY_MIN (KEY_ID_SIZE + KEY_SIZE + 8u + 2u)
#define KEY_BODY_MAX (KEY_BODY_MIN + THING_KEY_MAX)
#define SAID "navette sealed v1"

struct key_record {
    uint8_t id[KEY_ID_SIZE];
    uint8_t key[KEY_SIZE];
    int64_t made_ms;
    struct thing_key subject;
    int made, erased; /* since the last keyring_save() */
};

struct keyring {
    char *path;
    struct key_record *keys; /* sorted by id */
    size_t count, capacity;
    struct buffer others; /* records of types that this version does not know, as they are */
};

static void wipe_buffer(struct buffer *buffer)
{
    if (buffer->data != NULL)
        sodium_memzero(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

/* Where an id stands, or would. */
static size_t place_of(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    size_t low = 0, high = keyring->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(keyring->keys[middle].id, id, KEY_ID_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct key_record *find(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    size_t at = place_of(keyring, id);

    if (at == keyring->count || memcmp(keyring->keys[at].id, id, KEY_ID_SIZE) != 0 || keyring->keys[at].erased)
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

/* NAVETTE_E_EXISTS: the same id twice. */
static int insert(struct keyring *keyring, const struct key_record *record)
{
    size_t at = place_of(keyring, record->id);
    int rc;

    if (at < keyring->count && memcmp(keyring->keys[at].id, record->id, KEY_ID_SIZE) == 0)
        return NAVETTE_E_EXISTS;
    rc = make_room(keyring);
    if (rc != 0)
        return rc;
    memmove(&keyring->keys[at + 1], &keyring->keys[at], (keyring->count - at) * sizeof *keyring->keys);
    keyring->keys[at] = *record;
    keyring->count++;
    return 0;
}

static int read_key(struct keyring *keyring, struct span body)
{
    struct reader reader = reader_of(body);
    struct span id = reader_bytes(&reader, KEY_ID_SIZE), key = reader_bytes(&reader, KEY_SIZE), subject;
    struct key_record record = {.made_ms = (int64_t)reader_u64(&reader)};
    int rc;

    subject = reader_string(&reader);
    if (reader.failed || reader.left.len != 0 || thing_key_read(subject, &record.subject) != 0)
        return NAVETTE_E_INVALID;
    memcpy(record.id, id.data, KEY_ID_SIZE);
    memcpy(record.key, key.data, KEY_SIZE);
    rc = insert(keyring, &record);
    sodium_memzero(&record, sizeof record);
    return rc == NAVETTE_E_EXISTS ? NAVETTE_E_INVALID : rc;
}

static int is_whole(const struct buffer *file, size_t end, struct span body)
{
    uint8_t hash[HASH_SIZE];

    crypto_generichash(hash, sizeof hash, file->data, end, NULL, 0);
    return body.len == HASH_SIZE && memcmp(hash, body.data, HASH_SIZE) == 0;
}

static int read_records(struct keyring *keyring, const struct buffer *file, struct reader *reader)
{
    while (!reader->failed && reader->left.len > 0) {
        size_t start = file->len - reader->left.len;
        uint8_t type = reader_u8(reader);
        uint32_t len = reader_u32(reader);
        struct span body = reader_bytes(reader, len);
        int rc = 0;

        if (reader->failed)
            break;
        if (type == RECORD_END)
            return reader->left.len == 0 && is_whole(file, start, body) ? 0 : NAVETTE_E_INVALID;
        if (type == RECORD_KEY)
            rc = read_key(keyring, body);
        else
            rc = buffer_append(&keyring->others, file->data + start, RECORD_HEAD + len);
        if (rc != 0)
            return rc;
    }
    return NAVETTE_E_INVALID;
}

static int read_file(struct keyring *keyring, const struct buffer *file)
{
    struct reader reader = reader_of(buffer_span(file));
    struct span magic = reader_bytes(&reader, MAGIC_SIZE);
    uint32_t version = reader_u32(&reader);

    if (reader.failed || memcmp(magic.data, MAGIC, MAGIC_SIZE) != 0)
        return NAVETTE_E_INVALID;
    return version == VERSION ? read_records(keyring, file, &reader) : NAVETTE_E_VERSION;
}

int keyring_open(const char *path, struct keyring **keyring)
{
    struct buffer file = {.data = NULL};
    int rc;

    *keyring = NULL;
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    *keyring = calloc(1, sizeof **keyring);
    if (*keyring == NULL || ((*keyring)->path = strdup(path)) == NULL) {
        keyring_close(*keyring);
        *keyring = NULL;
        return NAVETTE_E_MEMORY;
    }
    rc = whole_read(path, KEYRING_BYTES_MAX, 1, &file);
    if (rc == 0)
        rc = read_file(*keyring, &file);
    wipe_buffer(&file);
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE)
        system_log(2, "keyring", NULL, "%s: not a keyring, or damaged: put the last good copy back", path);
    if (rc == NAVETTE_E_VERSION)
        system_log(2, "keyring", NULL, "%s: of a later version: update this program", path);
    if (rc != 0) {
        keyring_close(*keyring);
        *keyring = NULL;
    }
    return rc == NAVETTE_E_TOO_LARGE ? NAVETTE_E_INVALID : rc;
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    if (keyring->keys != NULL)
        sodium_memzero(keyring->keys, keyring->capacity * sizeof *keyring->keys);
    free(keyring->keys);
    wipe_buffer(&keyring->others);
    free(keyring->path);
    free(keyring);
}

/* Of a file in which every key has the longest subject. */
static size_t most_bytes(const struct keyring *keyring, size_t count)
{
    return MAGIC_SIZE + 4 + count * (RECORD_HEAD + KEY_BODY_MAX) + keyring->others.len + RECORD_HEAD + HASH_SIZE;
}

int keyring_make(struct keyring *keyring, const struct thing_key *subject, int64_t now_ms, uint8_t id[KEY_ID_SIZE])
{
    struct key_record record = {.made_ms = now_ms, .subject = *subject, .made = 1};
    int rc;

    if (most_bytes(keyring, keyring->count + 1) > KEYRING_BYTES_MAX)
        return NAVETTE_E_TOO_LARGE;
    system_random(record.id, sizeof record.id);
    crypto_aead_xchacha20poly1305_ietf_keygen(record.key);
    rc = insert(keyring, &record);
    memcpy(id, record.id, KEY_ID_SIZE);
    sodium_memzero(&record, sizeof record);
    return rc;
}

int keyring_erase(struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    struct key_record *record = find(keyring, id);

    if (record == NULL)
        return NAVETTE_E_NOT_FOUND;
    record->erased = 1;
    return 0;
}

static int append_record(struct buffer *out, uint8_t type, const struct buffer *body)
{
    int rc = buffer_append_u8(out, type);

    if (rc == 0)
        rc = buffer_append_u32(out, (uint32_t)body->len);
    return rc != 0 ? rc : buffer_append(out, body->data, body->len);
}

static int append_key(struct buffer *out, const struct key_record *record)
{
    struct buffer body = {.data = NULL};
    int rc = buffer_reserve(&body, KEY_BODY_MAX);

    if (rc == 0) { /* there is room: these can't fail */
        (void)buffer_append(&body, record->id, KEY_ID_SIZE);
        (void)buffer_append(&body, record->key, KEY_SIZE);
        (void)buffer_append_u64(&body, (uint64_t)record->made_ms);
        (void)buffer_append_u16(&body, record->subject.len);
        (void)buffer_append(&body, record->subject.bytes, record->subject.len);
        rc = append_record(out, RECORD_KEY, &body);
    }
    wipe_buffer(&body);
    return rc;
}

static int encode(const struct keyring *keyring, struct buffer *out)
{
    struct buffer end = {.data = NULL};
    uint8_t hash[HASH_SIZE];
    int rc = buffer_reserve(out, most_bytes(keyring, keyring->count));

    if (rc == 0)
        rc = buffer_append(out, MAGIC, MAGIC_SIZE);
    if (rc == 0)
        rc = buffer_append_u32(out, VERSION);
    for (size_t i = 0; rc == 0 && i < keyring->count; i++)
        rc = keyring->keys[i].erased ? 0 : append_key(out, &keyring->keys[i]);
    if (rc == 0)
        rc = buffer_append(out, keyring->others.data, keyring->others.len);
    if (rc != 0)
        return rc;
    crypto_generichash(hash, sizeof hash, out->data, out->len, NULL, 0);
    rc = buffer_append(&end, hash, sizeof hash);
    if (rc == 0)
        rc = append_record(out, RECORD_END, &end);
    buffer_free(&end);
    return rc;
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
}

int keyring_save(struct keyring *keyring)
{
    struct buffer file = {.data = NULL};
    int changed = 0, rc;

    for (size_t i = 0; i < keyring->count; i++)
        changed |= keyring->keys[i].made || keyring->keys[i].erased;
    if (!changed)
        return 0;
    rc = encode(keyring, &file);
    if (rc == 0)
        rc = whole_write(keyring->path, buffer_span(&file), 1);
    wipe_buffer(&file);
    settle(keyring, rc == 0);
    return rc;
}

int keyring_has(const struct keyring *keyring, const uint8_t id[KEY_ID_SIZE])
{
    return find(keyring, id) != NULL;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->count;
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
                                                     record->key);
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
    if (record == NULL)
        return NAVETTE_E_NOT_FOUND;
    rc = buffer_reserve(out, sealed->ciphertext.len);
    if (rc != 0)
        return rc;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->data + out->len, &len, NULL, sealed->ciphertext.data, sealed->ciphertext.len, bound,
                                                   bind_to(record->id, subject, bound), sealed->nonce.data, record->key) != 0)
        return NAVETTE_E_INVALID;
    out->len += (size_t)len;
    return 0;
}
