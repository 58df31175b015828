/* SPDX-License-Identifier: Apache-2.0 */
#include "io/keyring_file.h"

#include <sodium.h>
#include <string.h>

#include "navette/system.h"

#define MAGIC "navette-keyring\n"
#define MAGIC_SIZE 16u
#define VERSION 2u
#define VERSION_PLAIN 1u
#define RECORD_KEY 1u
#define RECORD_ERASED 2u
#define RECORD_OFFERED 3u
#define RECORD_VAULT 4u
#define RECORD_ALIVE 5u
#define ALIVE_SIZE 8u
#define RECORD_END 255u /* of version 1 */
#define RECORD_HEAD KEYSET_RECORD_HEAD
#define WHICH_SIZE 8u
#define HEAD_SIZE (MAGIC_SIZE + 4u + WHICH_SIZE + crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
#define KEY_BODY_MAX (KEY_ID_SIZE + KEY_SIZE + 8u + 8u + 1u + 2u + THING_KEY_MAX)

void keyring_wipe_buffer(struct buffer *buffer)
{
    if (buffer->data != NULL)
        sodium_memzero(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

static int read_key(struct keyring *keyring, struct span body, int plain)
{
    struct reader reader = reader_of(body);
    struct span id = reader_bytes(&reader, KEY_ID_SIZE), key = reader_bytes(&reader, KEY_SIZE), subject;
    struct key_record record = {.key = {.made_ms = (int64_t)reader_u64(&reader)}};
    int rc;

    if (!plain) {
        record.until_ms = (int64_t)reader_u64(&reader);
        record.by_wrap = reader_u8(&reader);
    }
    subject = reader_string(&reader);
    if (reader.failed || reader.left.len != 0 || thing_key_read(subject, &record.key.subject) != 0)
        return NAVETTE_E_INVALID;
    memcpy(record.key.id, id.data, KEY_ID_SIZE);
    memcpy(record.key.key, key.data, KEY_SIZE);
    rc = keyring_insert(keyring, &record);
    sodium_memzero(&record, sizeof record);
    return rc == NAVETTE_E_EXISTS ? NAVETTE_E_INVALID : rc;
}

static int read_row(struct keyset *set, struct span body)
{
    return body.len != set->size ? NAVETTE_E_INVALID : keyset_put(set, body.data);
}

static int is_whole(struct span before, struct span body)
{
    uint8_t hash[HASH_SIZE];

    crypto_generichash(hash, sizeof hash, before.data, before.len, NULL, 0);
    return body.len == HASH_SIZE && memcmp(hash, body.data, HASH_SIZE) == 0;
}

/* `from`: of version 1, the whole file, which ends with its hash. */
static int read_records(struct keyring *keyring, struct span records, const struct span *from)
{
    struct reader reader = reader_of(records);

    while (reader.left.len > 0) {
        const uint8_t *start = reader.left.data;
        uint8_t type = reader_u8(&reader);
        uint32_t len = reader_u32(&reader);
        struct span body = reader_bytes(&reader, len);
        int rc = 0;

        if (reader.failed)
            return NAVETTE_E_INVALID;
        if (from != NULL && type == RECORD_END)
            return reader.left.len == 0 && is_whole(span_of(from->data, (size_t)(start - from->data)), body) ? 0 : NAVETTE_E_INVALID;
        if (type == RECORD_KEY)
            rc = read_key(keyring, body, from != NULL);
        else if (from == NULL && type == RECORD_ERASED)
            rc = read_row(&keyring->erased, body);
        else if (from == NULL && type == RECORD_OFFERED)
            rc = read_row(&keyring->offered, body);
        else if (from == NULL && type == RECORD_VAULT && body.len == VAULT_ID_SIZE)
            memcpy(keyring->vault, body.data, VAULT_ID_SIZE);
        else if (from == NULL && type == RECORD_ALIVE && body.len == ALIVE_SIZE)
            keyring->alive_ms = (int64_t)read_u64(body.data);
        else
            rc = buffer_append(&keyring->others, start, RECORD_HEAD + len);
        if (rc != 0)
            return rc;
    }
    return from == NULL ? 0 : NAVETTE_E_INVALID;
}

static void which_of(const uint8_t secret[KEYRING_SECRET_SIZE], uint8_t out[WHICH_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];

    crypto_generichash(hash, sizeof hash, secret, KEYRING_SECRET_SIZE, NULL, 0);
    memcpy(out, hash, WHICH_SIZE);
}

static int open_box(struct keyring *keyring, struct reader *reader, const uint8_t secret[KEYRING_SECRET_SIZE])
{
    struct span nonce = reader_bytes(reader, crypto_secretbox_NONCEBYTES);
    struct span box = reader->left;
    struct buffer records = {.data = NULL};
    int rc;

    if (reader->failed || box.len < crypto_secretbox_MACBYTES)
        return NAVETTE_E_INVALID;
    rc = buffer_reserve(&records, box.len - crypto_secretbox_MACBYTES + 1);
    if (rc == 0 && crypto_secretbox_open_easy(records.data, box.data, box.len, nonce.data, secret) != 0)
        rc = NAVETTE_E_INVALID;
    if (rc == 0) {
        records.len = box.len - crypto_secretbox_MACBYTES;
        rc = read_records(keyring, buffer_span(&records), NULL);
    }
    keyring_wipe_buffer(&records);
    return rc;
}

int keyring_file_read(struct keyring *keyring, struct span file, uint8_t (*secrets)[KEYRING_SECRET_SIZE], size_t count, int *old)
{
    struct reader reader = reader_of(file);
    struct span magic = reader_bytes(&reader, MAGIC_SIZE), which;
    uint32_t version = reader_u32(&reader);

    *old = 1;
    if (reader.failed || memcmp(magic.data, MAGIC, MAGIC_SIZE) != 0)
        return NAVETTE_E_INVALID;
    if (version == VERSION_PLAIN)
        return read_records(keyring, reader.left, &file);
    if (version != VERSION)
        return NAVETTE_E_VERSION;
    which = reader_bytes(&reader, WHICH_SIZE);
    for (size_t i = 0; !reader.failed && i < count; i++) {
        uint8_t mine[WHICH_SIZE];

        which_of(secrets[i], mine);
        if (memcmp(which.data, mine, WHICH_SIZE) != 0)
            continue;
        *old = i > 0 ? 2 : 0;
        return open_box(keyring, &reader, secrets[i]);
    }
    return reader.failed ? NAVETTE_E_INVALID : NAVETTE_E_CHAIN;
}

size_t keyring_file_most(const struct keyring *keyring, size_t keys)
{
    return HEAD_SIZE + keys * (RECORD_HEAD + KEY_BODY_MAX) + (keyring->erased.count + 1) * (RECORD_HEAD + KEYRING_ERASED_ROW) +
           (keyring->offered.count + 1) * (RECORD_HEAD + KEYRING_OFFERED_ROW) + RECORD_HEAD + VAULT_ID_SIZE + RECORD_HEAD + ALIVE_SIZE +
           keyring->others.len;
}

/* There is room: none of these can fail. */
static void append_key(struct buffer *out, const struct key_record *record)
{
    const struct thing_key *subject = &record->key.subject;

    (void)buffer_append_u8(out, RECORD_KEY);
    (void)buffer_append_u32(out, (uint32_t)(KEY_BODY_MAX - THING_KEY_MAX + subject->len));
    (void)buffer_append(out, record->key.id, KEY_ID_SIZE);
    (void)buffer_append(out, record->key.key, KEY_SIZE);
    (void)buffer_append_u64(out, (uint64_t)record->key.made_ms);
    (void)buffer_append_u64(out, (uint64_t)record->until_ms);
    (void)buffer_append_u8(out, record->by_wrap);
    (void)buffer_append_u16(out, subject->len);
    (void)buffer_append(out, subject->bytes, subject->len);
}

static void append_records(const struct keyring *keyring, struct buffer *out)
{
    const uint8_t none[VAULT_ID_SIZE] = {0};

    for (size_t i = 0; i < keyring->count; i++) {
        if (!keyring->keys[i].erased)
            append_key(out, &keyring->keys[i]);
    }
    keyset_records(out, RECORD_ERASED, &keyring->erased);
    keyset_records(out, RECORD_OFFERED, &keyring->offered);
    if (memcmp(keyring->vault, none, VAULT_ID_SIZE) != 0)
        keyset_record(out, RECORD_VAULT, keyring->vault, VAULT_ID_SIZE);
    if (keyring->alive_ms != 0) {
        uint8_t alive[ALIVE_SIZE];

        write_u64(alive, (uint64_t)keyring->alive_ms);
        keyset_record(out, RECORD_ALIVE, alive, ALIVE_SIZE);
    }
    (void)buffer_append(out, keyring->others.data, keyring->others.len);
}

int keyring_file_write(const struct keyring *keyring, struct buffer *out)
{
    struct buffer records = {.data = NULL};
    uint8_t nonce[crypto_secretbox_NONCEBYTES], which[WHICH_SIZE];
    size_t most = keyring_file_most(keyring, keyring->count);
    int rc = buffer_reserve(&records, most);

    if (rc == 0)
        rc = buffer_reserve(out, most);
    if (rc == 0) {
        append_records(keyring, &records);
        system_random(nonce, sizeof nonce);
        which_of(keyring->secret, which);
        (void)buffer_append(out, MAGIC, MAGIC_SIZE);
        (void)buffer_append_u32(out, VERSION);
        (void)buffer_append(out, which, sizeof which);
        (void)buffer_append(out, nonce, sizeof nonce);
        (void)crypto_secretbox_easy(out->data + out->len, records.data, records.len, nonce, keyring->secret);
        out->len += crypto_secretbox_MACBYTES + records.len;
    }
    keyring_wipe_buffer(&records);
    return rc;
}
