/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/whole.h"

#define MAGIC "navette-vault\n\0"
#define MAGIC_SIZE 16u
#define VERSION 1u
#define RECORD_KEY 1u
#define RECORD_WAITS 2u
#define RECORD_RECOVERY 3u
#define RECORD_HOLDER 4u
#define RECORD_CURSOR 5u
#define RECORD_END 255u
#define RECORD_HEAD KEYSET_RECORD_HEAD

#define KEY_ROW (KEY_ID_SIZE + NODE_ID_SIZE + 8u + 8u + 1u + VAULT_SUBJECT)
#define WRAP_ROW (KEY_ID_SIZE + KEY_SIZE + NODE_ID_SIZE + WRAP_BOX_SIZE)
#define HOLDER_ROW (KEY_ID_SIZE + NODE_ID_SIZE + 1u + 8u + 8u + 1u + 8u)

_Static_assert(sizeof(MAGIC) == MAGIC_SIZE, "the magic is 16 bytes");

static void vault_begin(struct vault *vault)
{
    vault->keys = (struct keyset){.size = KEY_ROW, .key = KEY_ID_SIZE};
    vault->waits = (struct keyset){.size = WRAP_ROW, .key = KEY_ID_SIZE + KEY_SIZE};
    vault->recovery = (struct keyset){.size = WRAP_ROW, .key = KEY_ID_SIZE + KEY_SIZE};
    vault->holders = (struct keyset){.size = HOLDER_ROW, .key = KEY_ID_SIZE + NODE_ID_SIZE};
}

/* ---- the file */

static int vault_take(struct vault *vault, uint8_t type, struct span body)
{
    struct keyset *const sets[] = {NULL, &vault->keys, &vault->waits, &vault->recovery, &vault->holders};

    if (type == RECORD_CURSOR && body.len == 8) {
        vault->cursor = read_u64(body.data);
        return 0;
    }
    if (type < RECORD_KEY || type > RECORD_HOLDER || body.len != sets[type]->size)
        return NAVETTE_E_INVALID;
    return keyset_put(sets[type], body.data);
}

static int vault_ends(const struct buffer *file, size_t end, struct span body)
{
    uint8_t hash[HASH_SIZE];

    crypto_generichash(hash, sizeof(hash), file->data, end, NULL, 0);
    return body.len == HASH_SIZE && memcmp(hash, body.data, HASH_SIZE) == 0;
}

static int vault_read(struct vault *vault, const struct buffer *file)
{
    struct reader reader = reader_of(buffer_span(file));
    struct span magic = reader_bytes(&reader, MAGIC_SIZE);
    uint32_t version = reader_u32(&reader);
    struct span id;

    if (reader.failed || memcmp(magic.data, MAGIC, MAGIC_SIZE) != 0)
        return NAVETTE_E_INVALID;
    if (version != VERSION)
        return NAVETTE_E_VERSION;
    id = reader_bytes(&reader, VAULT_ID_SIZE);
    if (!reader.failed)
        memcpy(vault->id, id.data, VAULT_ID_SIZE);
    while (!reader.failed && reader.left.len > 0) {
        size_t start = file->len - reader.left.len;
        uint8_t type = reader_u8(&reader);
        uint32_t len = reader_u32(&reader);
        struct span body = reader_bytes(&reader, len);
        int rc;

        if (reader.failed)
            break;
        if (type == RECORD_END)
            return reader.left.len == 0 && vault_ends(file, start, body) ? 0 : NAVETTE_E_INVALID;
        rc = vault_take(vault, type, body);
        if (rc)
            return rc;
    }
    return NAVETTE_E_INVALID;
}

int vault_open(const char *path, struct vault *vault)
{
    struct buffer file = {.data = NULL};
    int rc;

    memset(vault, 0, sizeof(*vault));
    vault_begin(vault);
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    vault->path = strdup(path);
    if (!vault->path)
        return NAVETTE_E_MEMORY;
    whole_clear(path);
    rc = whole_read(path, VAULT_BYTES_MAX, 1, &file);
    if (!rc)
        rc = vault_read(vault, &file);
    buffer_free(&file);
    if (rc == NAVETTE_E_NOT_FOUND) {
        system_random(vault->id, VAULT_ID_SIZE);
        vault->dirty = 1;
        return 0;
    }
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE)
        system_log(2, "vault", NULL, "%s: not a vault, or damaged: put it elsewhere and start again, the nodes give back what was in it",
                   path);
    if (rc == NAVETTE_E_VERSION)
        system_log(2, "vault", NULL, "%s: of a later version: update this program", path);
    if (rc)
        vault_close(vault);
    return rc == NAVETTE_E_TOO_LARGE ? NAVETTE_E_INVALID : rc;
}

void vault_close(struct vault *vault)
{
    keyset_free(&vault->keys);
    keyset_free(&vault->waits);
    keyset_free(&vault->recovery);
    keyset_free(&vault->holders);
    free(vault->path);
    memset(vault, 0, sizeof(*vault));
}

static size_t vault_most(const struct vault *vault)
{
    const struct keyset *const sets[] = {&vault->keys, &vault->waits, &vault->recovery, &vault->holders};
    size_t most = MAGIC_SIZE + 4 + VAULT_ID_SIZE + 2 * RECORD_HEAD + 8 + HASH_SIZE;

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        most += (sets[i]->count + 1) * (RECORD_HEAD + sets[i]->size);
    return most;
}

int vault_save(struct vault *vault)
{
    struct buffer file = {.data = NULL};
    uint8_t cursor[8];
    uint8_t hash[HASH_SIZE];
    int rc = vault->dirty ? buffer_reserve(&file, vault_most(vault)) : 0;

    if (rc || !vault->dirty)
        return rc;
    (void)buffer_append(&file, MAGIC, MAGIC_SIZE);
    (void)buffer_append_u32(&file, VERSION);
    (void)buffer_append(&file, vault->id, VAULT_ID_SIZE);
    keyset_records(&file, RECORD_KEY, &vault->keys);
    keyset_records(&file, RECORD_WAITS, &vault->waits);
    keyset_records(&file, RECORD_RECOVERY, &vault->recovery);
    keyset_records(&file, RECORD_HOLDER, &vault->holders);
    write_u64(cursor, vault->cursor);
    keyset_record(&file, RECORD_CURSOR, cursor, sizeof(cursor));
    crypto_generichash(hash, sizeof(hash), file.data, file.len, NULL, 0);
    keyset_record(&file, RECORD_END, hash, sizeof(hash));
    rc = whole_write(vault->path, buffer_span(&file), 1);
    buffer_free(&file);
    if (!rc)
        vault->dirty = 0;
    return rc;
}

/* ---- rows */

static int vault_put(struct vault *vault, struct keyset *set, const uint8_t *row)
{
    int rc = keyset_find(set, row) || vault_most(vault) <= VAULT_BYTES_MAX ? keyset_put(set, row) : NAVETTE_E_TOO_LARGE;

    vault->dirty |= rc == 0;
    return rc;
}

int vault_key_at(const struct vault *vault, size_t index, struct vault_key *key)
{
    const uint8_t *row;

    if (index >= vault->keys.count)
        return NAVETTE_E_NOT_FOUND;
    row = keyset_at(&vault->keys, index);
    memset(key, 0, sizeof(*key));
    memcpy(key->id, row, KEY_ID_SIZE);
    memcpy(key->maker, row + KEY_ID_SIZE, NODE_ID_SIZE);
    row += KEY_ID_SIZE + NODE_ID_SIZE;
    key->first_ms = (int64_t)read_u64(row);
    key->erased_ms = (int64_t)read_u64(row + 8);
    key->reason = row[16];
    return row[17] > THING_KEY_MAX ? NAVETTE_E_INVALID : thing_key_read(span_of(row + 18, row[17]), &key->subject);
}

int vault_key(const struct vault *vault, const uint8_t id[KEY_ID_SIZE], struct vault_key *key)
{
    return keyset_find(&vault->keys, id) ? vault_key_at(vault, keyset_from(&vault->keys, id, KEY_ID_SIZE), key) : NAVETTE_E_NOT_FOUND;
}

int vault_put_key(struct vault *vault, const struct vault_key *key)
{
    uint8_t row[KEY_ROW] = {0};
    uint8_t *at = row + KEY_ID_SIZE + NODE_ID_SIZE;

    memcpy(row, key->id, KEY_ID_SIZE);
    memcpy(row + KEY_ID_SIZE, key->maker, NODE_ID_SIZE);
    write_u64(at, (uint64_t)key->first_ms);
    write_u64(at + 8, (uint64_t)key->erased_ms);
    at[16] = (uint8_t)key->reason;
    at[17] = (uint8_t)key->subject.len;
    memcpy(at + 18, key->subject.bytes, key->subject.len);
    return vault_put(vault, &vault->keys, row);
}

int vault_holder_at(const struct vault *vault, size_t index, struct vault_holder *holder)
{
    const uint8_t *row;

    if (index >= vault->holders.count)
        return NAVETTE_E_NOT_FOUND;
    row = keyset_at(&vault->holders, index);
    memcpy(holder->id, row, KEY_ID_SIZE);
    memcpy(holder->node, row + KEY_ID_SIZE, NODE_ID_SIZE);
    row += KEY_ID_SIZE + NODE_ID_SIZE;
    holder->for_a_time = row[0];
    holder->given_ms = (int64_t)read_u64(row + 1);
    holder->until_ms = (int64_t)read_u64(row + 9);
    holder->is_over = row[17];
    holder->gone_ms = (int64_t)read_u64(row + 18);
    return 0;
}

size_t vault_holders_of(const struct vault *vault, const uint8_t id[KEY_ID_SIZE])
{
    return keyset_from(&vault->holders, id, KEY_ID_SIZE);
}

int vault_holder(const struct vault *vault, const uint8_t id[KEY_ID_SIZE], const uint8_t node[NODE_ID_SIZE], struct vault_holder *holder)
{
    uint8_t key[KEY_ID_SIZE + NODE_ID_SIZE];

    memcpy(key, id, KEY_ID_SIZE);
    memcpy(key + KEY_ID_SIZE, node, NODE_ID_SIZE);
    return keyset_find(&vault->holders, key) ? vault_holder_at(vault, keyset_from(&vault->holders, key, sizeof(key)), holder)
                                             : NAVETTE_E_NOT_FOUND;
}

int vault_put_holder(struct vault *vault, const struct vault_holder *holder)
{
    uint8_t row[HOLDER_ROW];
    uint8_t *at = row + KEY_ID_SIZE + NODE_ID_SIZE;

    memcpy(row, holder->id, KEY_ID_SIZE);
    memcpy(row + KEY_ID_SIZE, holder->node, NODE_ID_SIZE);
    at[0] = holder->for_a_time != 0;
    write_u64(at + 1, (uint64_t)holder->given_ms);
    write_u64(at + 9, (uint64_t)holder->until_ms);
    at[17] = holder->is_over != 0;
    write_u64(at + 18, (uint64_t)holder->gone_ms);
    return vault_put(vault, &vault->holders, row);
}

int vault_wrap_at(const struct keyset *set, size_t index, struct vault_wrap *wrap)
{
    const uint8_t *row;

    if (index >= set->count)
        return NAVETTE_E_NOT_FOUND;
    row = keyset_at(set, index);
    memcpy(wrap->id, row, KEY_ID_SIZE);
    memcpy(wrap->recipient, row + KEY_ID_SIZE, KEY_SIZE);
    memcpy(wrap->node, row + KEY_ID_SIZE + KEY_SIZE, NODE_ID_SIZE);
    memcpy(wrap->box, row + KEY_ID_SIZE + KEY_SIZE + NODE_ID_SIZE, WRAP_BOX_SIZE);
    return 0;
}

size_t vault_wraps_behind(const struct keyset *set, const uint8_t id[KEY_ID_SIZE])
{
    size_t at = keyset_from(set, id, KEY_ID_SIZE);

    while (at < set->count && memcmp(keyset_at(set, at), id, KEY_ID_SIZE) == 0)
        at++;
    return at;
}

static void vault_wrap_key(const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE], uint8_t *out)
{
    memcpy(out, id, KEY_ID_SIZE);
    memcpy(out + KEY_ID_SIZE, recipient, KEY_SIZE);
}

int vault_has_wrap(const struct keyset *set, const uint8_t id[KEY_ID_SIZE], const uint8_t recipient[KEY_SIZE])
{
    uint8_t key[KEY_ID_SIZE + KEY_SIZE];

    vault_wrap_key(id, recipient, key);
    return keyset_find(set, key) != NULL;
}

int vault_put_wrap(struct vault *vault, struct keyset *set, const struct vault_wrap *wrap)
{
    uint8_t row[WRAP_ROW];

    vault_wrap_key(wrap->id, wrap->recipient, row);
    memcpy(row + KEY_ID_SIZE + KEY_SIZE, wrap->node, NODE_ID_SIZE);
    memcpy(row + KEY_ID_SIZE + KEY_SIZE + NODE_ID_SIZE, wrap->box, WRAP_BOX_SIZE);
    return vault_put(vault, set, row);
}

void vault_drop_wraps(struct vault *vault, struct keyset *set, const uint8_t id[KEY_ID_SIZE], const uint8_t *recipient, const uint8_t *node,
                      const uint8_t *but)
{
    size_t from = keyset_from(set, id, KEY_ID_SIZE);

    for (size_t i = vault_wraps_behind(set, id); i-- > from;) {
        const uint8_t *row = keyset_at(set, i);

        if ((recipient && memcmp(row + KEY_ID_SIZE, recipient, KEY_SIZE) != 0) ||
            (node && memcmp(row + KEY_ID_SIZE + KEY_SIZE, node, NODE_ID_SIZE) != 0) ||
            (but && memcmp(row + KEY_ID_SIZE, but, KEY_SIZE) == 0))
            continue;
        keyset_remove(set, i);
        vault->dirty = 1;
    }
}

int vault_erase(struct vault *vault, const struct vault_key *key)
{
    vault_drop_wraps(vault, &vault->waits, key->id, NULL, NULL, NULL);
    vault_drop_wraps(vault, &vault->recovery, key->id, NULL, NULL, NULL);
    return vault_put_key(vault, key);
}
