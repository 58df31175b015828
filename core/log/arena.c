/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define ARENA_ALIGN 16u
#define ARENA_FIRST 2048u  /* most events unpack into this: one allocation an event */
#define ARENA_BLOCK 65536u /* the largest step by which an arena grows, unless one piece needs more */

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(ARENA_ALIGN) uint8_t bytes[];
};

struct arena {
    ProtobufCAllocator allocator;
    struct arena_block *block; /* the one that grows; the ones before it are full */
    struct arena_block *first; /* part of this allocation */
    size_t left;
    size_t size; /* of all blocks */
    int exhausted;
    int out_of_memory;
};

static size_t round_up(size_t size)
{
    return (size + (ARENA_ALIGN - 1)) & ~(size_t)(ARENA_ALIGN - 1);
}

static void *allocator_alloc(void *data, size_t size)
{
    return arena_alloc(data, size);
}

static void allocator_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

struct arena *arena_new(size_t budget)
{
    size_t head = round_up(sizeof(struct arena));
    struct arena *arena = malloc(head + sizeof(struct arena_block) + ARENA_FIRST);

    if (arena == NULL)
        return NULL;
    arena->first = (struct arena_block *)(void *)((uint8_t *)arena + head);
    arena->first->next = NULL;
    arena->first->size = ARENA_FIRST;
    arena->first->used = 0;
    arena->block = arena->first;
    arena->size = ARENA_FIRST;
    arena->allocator.alloc = allocator_alloc;
    arena->allocator.free = allocator_free;
    arena->allocator.allocator_data = arena;
    arena->left = budget;
    arena->exhausted = 0;
    arena->out_of_memory = 0;
    return arena;
}

static void free_blocks(struct arena *arena)
{
    for (struct arena_block *block = arena->block, *next; block != arena->first; block = next) {
        next = block->next;
        free(block);
    }
    arena->block = arena->first;
    arena->size = ARENA_FIRST;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    free_blocks(arena);
    free(arena);
}

void arena_reset(struct arena *arena, size_t budget)
{
    free_blocks(arena);
    arena->first->used = 0;
    arena_go_on(arena, budget);
}

void arena_go_on(struct arena *arena, size_t budget)
{
    arena->left = budget;
    arena->exhausted = 0;
    arena->out_of_memory = 0;
}

size_t arena_size(const struct arena *arena)
{
    return arena->size;
}

ProtobufCAllocator *arena_allocator(struct arena *arena)
{
    return &arena->allocator;
}

int arena_exhausted(const struct arena *arena)
{
    return arena->exhausted;
}

int arena_out_of_memory(const struct arena *arena)
{
    return arena->out_of_memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->block;
    size_t need;
    void *piece;

    if (size > arena->left) {
        arena->exhausted = 1;
        return NULL;
    }
    need = size == 0 ? ARENA_ALIGN : round_up(size);
    if (need > block->size - block->used) {
        size_t grown = block->size * 2 > ARENA_BLOCK ? ARENA_BLOCK : block->size * 2;

        if (grown < need)
            grown = need;
        block = malloc(sizeof(*block) + grown);
        if (block == NULL) {
            arena->out_of_memory = 1;
            return NULL;
        }
        block->next = arena->block;
        block->size = grown;
        block->used = 0;
        arena->block = block;
        arena->size += grown;
    }
    piece = block->bytes + block->used;
    block->used += need;
    arena->left -= need < arena->left ? need : arena->left;
    return piece;
}
