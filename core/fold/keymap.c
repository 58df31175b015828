/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/keymap.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

struct keymap_key {
    size_t at;
    uint32_t len;
    uint32_t hash;
};

/* The hash stands beside the number: where a key is not there, nothing else is looked at. */
struct keymap_slot {
    uint32_t number; /* + 1, 0 = free */
    uint32_t hash;
};

void keymap_init(struct keymap *map)
{
    memset(map, 0, sizeof(*map));
}

void keymap_free(struct keymap *map)
{
    buffer_free(&map->keys);
    free(map->list);
    free(map->slots);
    keymap_init(map);
}

void keymap_clear(struct keymap *map)
{
    buffer_clear(&map->keys);
    if (map->count > 0)
        memset(map->slots, 0, map->slot_count * sizeof(*map->slots));
    map->count = 0;
}

/* Eight bytes at a time: every event asks several times. */
uint32_t keymap_hash(struct span key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ key.len;
    uint64_t word = 0;
    size_t at = 0;

    for (; at + sizeof(word) <= key.len; at += sizeof(word)) {
        memcpy(&word, key.data + at, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    word = 0;
    if (at < key.len)
        memcpy(&word, key.data + at, key.len - at);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash ^ (hash >> 32));
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t seek(const struct keymap *map, struct span key, uint32_t hash)
{
    size_t slot = hash & (map->slot_count - 1);

    while (map->slots[slot].number != 0) {
        if (map->slots[slot].hash == hash && span_equal(keymap_key(map, map->slots[slot].number - 1), key))
            break;
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return slot;
}

static int grow_slots(struct keymap *map)
{
    size_t slot_count = map->slot_count == 0 ? 16 : map->slot_count * 2;
    struct keymap_slot *slots;

    if (map->count * 2 < map->slot_count)
        return 0;
    slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < map->count; i++) {
        size_t slot = map->list[i].hash & (slot_count - 1);

        while (slots[slot].number != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (struct keymap_slot){(uint32_t)i + 1, map->list[i].hash};
    }
    free(map->slots);
    map->slots = slots;
    map->slot_count = slot_count;
    return 0;
}

static int grow_list(struct keymap *map)
{
    size_t capacity = map->capacity == 0 ? 16 : map->capacity * 2;
    struct keymap_key *list;

    if (map->count < map->capacity)
        return 0;
    if (map->count >= UINT32_MAX / 2)
        return NAVETTE_E_MEMORY;
    list = realloc(map->list, capacity * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    map->list = list;
    map->capacity = capacity;
    return 0;
}

int keymap_number(struct keymap *map, struct span key, uint32_t *number)
{
    uint32_t hash = keymap_hash(key);
    size_t at = map->keys.len;
    size_t slot;
    int rc = grow_slots(map);

    if (rc != 0)
        return rc;
    slot = seek(map, key, hash);
    if (map->slots[slot].number != 0) {
        *number = map->slots[slot].number - 1;
        return 0;
    }
    rc = grow_list(map);
    if (rc == 0)
        rc = buffer_append(&map->keys, key.data, key.len);
    if (rc != 0)
        return rc;
    map->list[map->count] = (struct keymap_key){at, (uint32_t)key.len, hash};
    *number = (uint32_t)map->count++;
    map->slots[slot] = (struct keymap_slot){*number + 1, hash};
    return 0;
}

void keymap_expect(const struct keymap *map, const struct span *keys, size_t count)
{
    uint32_t slots[KEYMAP_AHEAD];

    if (map->count == 0)
        return;
    for (size_t i = 0; i < count && i < KEYMAP_AHEAD; i++) {
        slots[i] = (uint32_t)(keymap_hash(keys[i]) & (map->slot_count - 1));
        __builtin_prefetch(&map->slots[slots[i]]);
    }
    for (size_t i = 0; i < count && i < KEYMAP_AHEAD; i++) {
        slots[i] = map->slots[slots[i]].number;
        if (slots[i] != 0)
            __builtin_prefetch(&map->list[slots[i] - 1]);
    }
    for (size_t i = 0; i < count && i < KEYMAP_AHEAD; i++) {
        if (slots[i] != 0)
            __builtin_prefetch(map->keys.data + map->list[slots[i] - 1].at);
    }
}

int keymap_find(const struct keymap *map, struct span key, uint32_t *number)
{
    size_t slot;

    if (map->count == 0)
        return 0;
    slot = seek(map, key, keymap_hash(key));
    if (map->slots[slot].number == 0)
        return 0;
    *number = map->slots[slot].number - 1;
    return 1;
}

struct span keymap_key(const struct keymap *map, uint32_t number)
{
    return span_of(map->keys.data + map->list[number].at, map->list[number].len);
}
