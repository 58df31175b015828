/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/balance.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

#define AHEAD 32u /* so many are fetched before they are looked at */

struct balance_cell {
    const uint8_t *bytes;
    int64_t count;
    uint32_t len;
    uint32_t next; /* of a place that was given up: the one given up before it, + 1 */
};

struct balance_slot {
    uint32_t number; /* + 1, 0 = free */
    uint32_t hash;
};

void balance_init(struct balance *balance, enum tally_grain grain)
{
    memset(balance, 0, sizeof(*balance));
    balance->grain = grain;
}

void balance_free(struct balance *balance)
{
    free(balance->cells);
    free(balance->slots);
    arena_free(balance->own);
    balance_init(balance, balance->grain);
}

/* The slot that holds the cell, or the free one where it belongs. */
static size_t seek(const struct balance *balance, struct span cell, uint32_t hash)
{
    size_t slot = hash & (balance->slot_count - 1);

    for (; balance->slots[slot].number != 0; slot = (slot + 1) & (balance->slot_count - 1)) {
        const struct balance_cell *held = &balance->cells[balance->slots[slot].number - 1];

        if (balance->slots[slot].hash == hash && held->len == cell.len && memcmp(held->bytes, cell.data, cell.len) == 0)
            break;
    }
    return slot;
}

/* Room for so many more. */
static int reserve(struct balance *balance, size_t more)
{
    size_t slot_count = balance->slot_count == 0 ? 64 : balance->slot_count;
    size_t capacity = balance->capacity == 0 ? 64 : balance->capacity;
    struct balance_slot *slots;
    struct balance_cell *cells;

    while ((balance->taken + more) * 2 > slot_count)
        slot_count *= 2;
    while (balance->count + more > capacity)
        capacity *= 2;
    if (capacity >= UINT32_MAX)
        return NAVETTE_E_MEMORY;
    if (capacity > balance->capacity) {
        cells = realloc(balance->cells, capacity * sizeof(*cells));
        if (cells == NULL)
            return NAVETTE_E_MEMORY;
        balance->cells = cells;
        balance->capacity = capacity;
    }
    if (slot_count == balance->slot_count)
        return 0;
    slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < balance->slot_count; i++) {
        size_t slot = balance->slots[i].hash & (slot_count - 1);

        if (balance->slots[i].number == 0)
            continue;
        while (slots[slot].number != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = balance->slots[i];
    }
    free(balance->slots);
    balance->slots = slots;
    balance->slot_count = slot_count;
    return 0;
}

/* own: its bytes are copied, else borrowed. */
static int take_place(struct balance *balance, size_t slot, struct span cell, uint32_t hash, int64_t count, int own)
{
    uint32_t number = balance->given - 1;

    if (own) {
        uint8_t *copy = arena_alloc(balance->own, cell.len + 1);

        if (copy == NULL)
            return NAVETTE_E_MEMORY;
        memcpy(copy, cell.data, cell.len);
        cell.data = copy;
    }
    if (balance->given == 0)
        number = (uint32_t)balance->count++;
    else
        balance->given = balance->cells[number].next;
    balance->cells[number] = (struct balance_cell){cell.data, count, (uint32_t)cell.len, 0};
    balance->slots[slot] = (struct balance_slot){number + 1, hash};
    balance->taken++;
    return 0;
}

/* Those behind it that it stood in the way of move up, or they would not be found. */
static void give_place(struct balance *balance, size_t slot)
{
    size_t mask = balance->slot_count - 1;
    uint32_t number = balance->slots[slot].number - 1;

    balance->cells[number].next = balance->given;
    balance->given = number + 1;
    balance->taken--;
    for (size_t i = (slot + 1) & mask; balance->slots[i].number != 0; i = (i + 1) & mask) {
        if (((i - balance->slots[i].hash) & mask) < ((i - slot) & mask))
            continue;
        balance->slots[slot] = balance->slots[i];
        slot = i;
    }
    balance->slots[slot].number = 0;
}

static int add_one(struct balance *balance, struct span cell, uint32_t hash, int64_t count, int own)
{
    size_t slot = seek(balance, cell, hash);
    struct balance_cell *held;

    if (balance->slots[slot].number == 0)
        return count != 0 || balance->keeps ? take_place(balance, slot, cell, hash, count, own) : 0;
    held = &balance->cells[balance->slots[slot].number - 1];
    held->count += count;
    if (held->count == 0 && !balance->keeps)
        give_place(balance, slot);
    return 0;
}

/* Fetches what seek() looks at, as far as it can be told. */
static void expect(const struct balance *balance, const uint32_t *hashes, size_t count)
{
    uint32_t numbers[AHEAD];

    for (size_t i = 0; i < count; i++) {
        numbers[i] = balance->slots[hashes[i] & (balance->slot_count - 1)].number;
        if (numbers[i] != 0)
            __builtin_prefetch(&balance->cells[numbers[i] - 1]);
    }
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] != 0)
            __builtin_prefetch(balance->cells[numbers[i] - 1].bytes);
    }
}

static int add_some(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count, int own)
{
    uint32_t hashes[AHEAD];
    int rc = reserve(balance, count);

    if (rc != 0)
        return rc;
    for (size_t i = 0; i < count; i++) {
        hashes[i] = keymap_hash(cells[i]);
        __builtin_prefetch(&balance->slots[hashes[i] & (balance->slot_count - 1)]);
    }
    expect(balance, hashes, count);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add_one(balance, cells[i], hashes[i], counts[i], own);
    return rc;
}

int balance_add(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count)
{
    int rc = 0;

    for (size_t from = 0; rc == 0 && from < count; from += AHEAD)
        rc = add_some(balance, cells + from, counts + from, count - from < AHEAD ? count - from : AHEAD, 0);
    return rc;
}

/* A cell is no longer than a byte tells (counted.h): what is, is damaged. */
static int add_less(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count)
{
    uint8_t bytes[AHEAD][UINT8_MAX];
    struct span less[AHEAD];

    for (size_t i = 0; i < count; i++) {
        if (cells[i].len > sizeof(bytes[i]))
            return NAVETTE_E_STORE;
        less[i] = span_of(bytes[i], tally_coarsen(balance->grain, cells[i], bytes[i]));
    }
    return add_some(balance, less, counts, count, 1);
}

int balance_add_whole(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count)
{
    int rc = 0;

    if (balance->grain == TALLY_WHOLE)
        return balance_add(balance, cells, counts, count);
    if (balance->own == NULL)
        balance->own = arena_new(SIZE_MAX);
    if (balance->own == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t from = 0; rc == 0 && from < count; from += AHEAD)
        rc = add_less(balance, cells + from, counts + from, count - from < AHEAD ? count - from : AHEAD);
    return rc;
}

int balance_settle(const struct balance *balance, struct tally *tally)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < balance->count; i++) {
        const struct balance_cell *cell = &balance->cells[i];
        uint32_t number;

        if (cell->count == 0 && !balance->keeps)
            continue;
        rc = tally_number(tally, span_of(cell->bytes, cell->len), &number);
        if (rc == 0)
            tally->counts[number] += cell->count;
    }
    return rc;
}
