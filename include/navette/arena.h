/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_ARENA_H
#define NAVETTE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/*
 * A budgeted bump allocator for protobuf-c: everything unpacked from one frame or event lives in one arena and goes at once; a body that
 * would unpack to more than the budget fails like an allocation that failed.
 */
struct arena;

struct arena *arena_new(size_t budget); /* NULL: no memory */
void arena_free(struct arena *arena);   /* NULL is a no-op */
/* Empties it for the next body, with a budget of its own; keeps the memory it began with. */
void arena_reset(struct arena *arena, size_t budget);
/* A budget of its own for the next body, beside those that are in it, which stay. */
void arena_go_on(struct arena *arena, size_t budget);
size_t arena_size(const struct arena *arena); /* bytes of memory that it takes, used or not */
/* Borrowed from the arena. */
ProtobufCAllocator *arena_allocator(struct arena *arena);
int arena_exhausted(const struct arena *arena);      /* 1 when the budget, not the system, ran out */
int arena_out_of_memory(const struct arena *arena);  /* 1 when the system gave no memory */
void *arena_alloc(struct arena *arena, size_t size); /* NULL when over budget or out of memory; 16-byte aligned */

#endif
