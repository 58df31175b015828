/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "navette/arena.h"
#include "navette/batch.h"
#include "navette/frame.h"

/* Things to test with, the same in every run: golden files are made of them. Everything returned lives in the arena; no memory is an assert. */

/* A valid event with every field of its body set, and the common ones; `number` varies ids and time. NULL for a case that is no body, and for Adopted, which holds another event. */
Navette__Event *sample_event(struct arena *arena, int body_case, uint64_t number);
#define SAMPLE_TIME_MS INT64_C(1587117600000) /* 17 April 2020, 12:00 in Paris */
#define SAMPLE_CASES 200                      /* body cases are below this */
#define SAMPLE_GOLDEN 129                     /* those of the golden PUSH, which stays as it was written */
struct span sample_pack(struct arena *arena, const Navette__Event *event);

/* A log to make batches of; its keys come from its number. */
struct sample_log {
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t node[NODE_ID_SIZE];
    uint8_t sign_public[KEY_SIZE];
    uint8_t sign_secret[64];
    uint64_t seq;
    uint8_t head[HASH_SIZE];
};
void sample_log_init(struct sample_log *log, uint8_t number);
/* Signs the next entries of the log as one batch; the log moves on. */
Navette__Batch *sample_batch(struct arena *arena, struct sample_log *log, const struct span *events, size_t count);
void sample_sign(const struct sample_log *log, struct batch_header *header);

/* A message of each type of frame, every field set. */
ProtobufCMessage *sample_message(struct arena *arena, enum frame_type type);
ProtobufCMessage *sample_wraps(struct arena *arena); /* of these two, by themselves */
ProtobufCMessage *sample_wrapped(struct arena *arena);
ProtobufCMessage *sample_hub_keys(struct arena *arena);
ProtobufCMessage *sample_listed(struct arena *arena, enum frame_type type); /* each of those above, FETCH and FETCHED */
Navette__Compare *sample_compare(struct arena *arena);                      /* inside a DIGEST */
/* bytes first, first + 1, ... */
ProtobufCBinaryData sample_bytes(struct arena *arena, uint8_t first, size_t len);

#endif
