/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "navette/event.h"
#include "navette/keys.h"

/*
 * Signed batches made before anything is timed, as real nodes would send them, in one order for all nodes: who sends them in this order sends no event
 * before the one it names as its parent. Whatever fails here ends the program.
 */
#define LOAD_NODES 128u
#define LOAD_PLACES LIMIT_NODE_PLACES /* of a node */

/* One batch on the road. */
struct load_batch {
    uint32_t node;
    uint32_t count;
    uint64_t last_seq; /* of its node's log */
    size_t at;         /* in load.frames */
    size_t len;
    size_t unpacked; /* of its body: what credit counts */
};

/* The log of one node, and the batch that is open. */
struct load_log {
    struct keys keys;
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t head[HASH_SIZE];
    uint64_t seq;
    uint8_t salt[SALT_SIZE];
    uint8_t previous[HASH_SIZE];
    uint64_t first_seq;
    struct buffer events; /* u32 length and bytes each */
    uint8_t leaves[LIMIT_BATCH_EVENTS * HASH_SIZE];
    uint32_t count; /* in the open batch */
};

struct load {
    struct load_log *logs; /* borrowed: node k is logs[k] */
    size_t nodes;
    size_t batch_events; /* in each batch */
    struct load_batch *batches;
    size_t count;
    size_t capacity;
    struct buffer frames;
    uint64_t events;
    struct buffer raw; /* the events of the first batches, for the floor: u32 length and bytes each, of whole batches */
    size_t raw_batches;
    struct wire_packer *packer;
};

#define LOAD_RAW_BATCHES 64u

/* Node k's places: "P0000"... of five letters. */
void load_place(size_t number, char out[LIMIT_PLACE_CODE + 1]);

void load_log_init(struct load_log *log, uint32_t number);
void load_log_free(struct load_log *log);

/* nodes and batch_events as in struct load. */
void load_init(struct load *load, struct load_log *logs, size_t nodes, size_t batch_events);
void load_free(struct load *load);
/* Puts one event into its node's log, and tells its reference. */
void load_add(struct load *load, uint32_t node, const Navette__Event *body, struct ref *self);
/* Seals the batches that are open. */
void load_finish(struct load *load);

/* Seals the open batch of one log: the caller gives the message a home. The header points into the log. */
struct load_sealed {
    Navette__Batch batch;
    ProtobufCBinaryData events[LIMIT_BATCH_EVENTS];
    uint8_t head[HASH_SIZE];
    uint8_t root[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    uint64_t prefixes[LIMIT_BATCH_EVENTS];
};
void load_log_add(struct load_log *log, const Navette__Event *body, struct ref *self);
void load_log_seal(struct load_log *log, struct load_sealed *sealed);

/* Ends the program. */
void load_fail(const char *what, int rc) __attribute__((noreturn));
#define load_must(call)                                                                                                                    \
    do {                                                                                                                                   \
        int must_rc = (call);                                                                                                              \
        if (must_rc != 0)                                                                                                                  \
            load_fail(#call, must_rc);                                                                                                     \
    } while (0)

#endif
