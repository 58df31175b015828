/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/hub_keys.h"

#include <string.h>

#include "navette/error.h"
#include "navette/span.h"

#define ROW_VERSION 1u

void hub_keys_begin(struct hub_keys *keys, const uint8_t hub[NODE_ID_SIZE], const uint8_t curve_key[KEY_SIZE],
                    const uint8_t sign_key[KEY_SIZE])
{
    memset(keys, 0, sizeof(*keys));
    memcpy(keys->hub, hub, NODE_ID_SIZE);
    memcpy(keys->list[0].curve_key, curve_key, KEY_SIZE);
    memcpy(keys->list[0].sign_key, sign_key, KEY_SIZE);
    keys->count = 1;
}

const struct hub_key *hub_keys_last(const struct hub_keys *keys)
{
    return &keys->list[keys->count - 1];
}

/* keys->count: none has it. */
static size_t find(const struct hub_keys *keys, const uint8_t sign_key[KEY_SIZE])
{
    size_t i = 0;

    while (i < keys->count && memcmp(keys->list[i].sign_key, sign_key, KEY_SIZE) != 0)
        i++;
    return i;
}

static int is_the_same(const struct hub_key *key, const struct rekey *rekey)
{
    return memcmp(key->sign_key, rekey->sign_key, KEY_SIZE) == 0 && memcmp(key->curve_key, rekey->curve_key, KEY_SIZE) == 0;
}

static void add(struct hub_keys *keys, const struct rekey *rekey)
{
    struct hub_key *key;

    if (keys->count == HUB_KEYS_MAX) {
        memmove(&keys->list[0], &keys->list[1], (HUB_KEYS_MAX - 1) * sizeof(keys->list[0]));
        keys->count--;
        keys->used -= keys->used > 0;
    }
    key = &keys->list[keys->count++];
    memset(key, 0, sizeof(*key));
    memcpy(key->curve_key, rekey->curve_key, KEY_SIZE);
    memcpy(key->sign_key, rekey->sign_key, KEY_SIZE);
    keys->seen = 0;
    keys->rival = 0;
    keys->until_ms = 0;
}

int hub_keys_take(struct hub_keys *keys, const struct rekey *rekey)
{
    size_t before = find(keys, rekey->previous);

    if (memcmp(rekey->node, keys->hub, NODE_ID_SIZE) != 0)
        return NAVETTE_E_SIGNATURE;
    if (before == keys->count)
        return find(keys, rekey->sign_key) < keys->count ? NAVETTE_E_EXISTS : NAVETTE_E_NOT_FOUND;
    if (before + 1 < keys->count && is_the_same(&keys->list[before + 1], rekey))
        return NAVETTE_E_EXISTS;
    if (rekey_verify(rekey) != 0)
        return NAVETTE_E_SIGNATURE;
    if (before + 1 < keys->count || keys->list[before].given_up || find(keys, rekey->sign_key) < keys->count) {
        keys->rival = 1;
        return NAVETTE_E_CHAIN;
    }
    add(keys, rekey);
    return 0;
}

int hub_keys_heard(struct hub_keys *keys, const uint8_t curve_key[KEY_SIZE], int64_t until_ms, int64_t hub_time_ms)
{
    size_t last = keys->count - 1;
    size_t used = last;
    int changed;

    while (used > 0 && memcmp(keys->list[used].curve_key, curve_key, KEY_SIZE) != 0)
        used--;
    changed = keys->used != used;
    keys->used = used;
    /* Of keys that are not its last a hub can say nothing: it may be one put back from a backup, or whoever has stolen them. */
    if (used != last)
        return changed;
    changed |= !keys->seen;
    keys->seen = 1;
    if (until_ms > 0 && (keys->until_ms == 0 || until_ms < keys->until_ms)) {
        keys->until_ms = until_ms;
        changed = 1;
    }
    for (size_t i = 0; keys->until_ms > 0 && hub_time_ms >= keys->until_ms && i < last; i++) {
        changed |= !keys->list[i].given_up;
        keys->list[i].given_up = 1;
    }
    return changed;
}

const uint8_t *hub_keys_dial(const struct hub_keys *keys, size_t turn)
{
    if (turn == 0)
        return keys->list[keys->used].curve_key;
    for (size_t i = keys->count; i-- > 0;) {
        if (i != keys->used && !keys->list[i].given_up && --turn == 0)
            return keys->list[i].curve_key;
    }
    return NULL;
}

const uint8_t *hub_keys_believed(const struct hub_keys *keys, size_t turn)
{
    for (size_t i = keys->count; i-- > 0;) {
        if (!keys->list[i].given_up && turn-- == 0)
            return keys->list[i].sign_key;
    }
    return NULL;
}

int hub_keys_encode(const struct hub_keys *keys, struct buffer *out)
{
    int rc = buffer_append_u8(out, ROW_VERSION);

    rc = rc != 0 ? rc : buffer_append(out, keys->hub, NODE_ID_SIZE);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)keys->count);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)keys->used);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)keys->seen);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)keys->rival);
    rc = rc != 0 ? rc : buffer_append_u64(out, (uint64_t)keys->until_ms);
    for (size_t i = 0; i < keys->count && rc == 0; i++) {
        rc = buffer_append(out, keys->list[i].curve_key, KEY_SIZE);
        rc = rc != 0 ? rc : buffer_append(out, keys->list[i].sign_key, KEY_SIZE);
        rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)keys->list[i].given_up);
    }
    return rc;
}

static void copy(struct reader *reader, uint8_t *out, size_t len)
{
    struct span bytes = reader_bytes(reader, len);

    if (!reader->failed)
        memcpy(out, bytes.data, len);
}

int hub_keys_decode(struct span bytes, struct hub_keys *keys)
{
    struct reader reader = reader_of(bytes);

    memset(keys, 0, sizeof(*keys));
    if (reader_u8(&reader) != ROW_VERSION)
        return NAVETTE_E_STORE;
    copy(&reader, keys->hub, NODE_ID_SIZE);
    keys->count = reader_u8(&reader);
    keys->used = reader_u8(&reader);
    keys->seen = reader_u8(&reader) == 1;
    keys->rival = reader_u8(&reader) == 1;
    keys->until_ms = (int64_t)reader_u64(&reader);
    if (reader.failed || keys->count == 0 || keys->count > HUB_KEYS_MAX || keys->used >= keys->count)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < keys->count; i++) {
        copy(&reader, keys->list[i].curve_key, KEY_SIZE);
        copy(&reader, keys->list[i].sign_key, KEY_SIZE);
        keys->list[i].given_up = reader_u8(&reader) == 1;
    }
    return reader.failed || reader.left.len != 0 || keys->list[keys->count - 1].given_up ? NAVETTE_E_STORE : 0;
}
