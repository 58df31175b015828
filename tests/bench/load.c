/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/wire_pack.h"
#include "navette/batch.h"
#include "navette/chain.h"
#include "navette/frame.h"
#include "navette/system.h"

void load_fail(const char *what, int rc)
{
    fprintf(stderr, "bench: %s: %s\n", what, error_text(rc));
    exit(1);
}

void load_place(size_t number, char out[LIMIT_PLACE_CODE + 1])
{
    snprintf(out, LIMIT_PLACE_CODE + 1, "P%04zu", number % 10000);
}

void load_log_init(struct load_log *log, uint32_t number)
{
    (void)number;
    memset(log, 0, sizeof *log);
    load_must(keys_make(&log->keys));
    system_random(log->incarnation, INCARNATION_SIZE);
}

void load_log_free(struct load_log *log)
{
    buffer_free(&log->events);
}

void load_init(struct load *load, struct load_log *logs, size_t nodes, size_t batch_events)
{
    memset(load, 0, sizeof *load);
    load->logs = logs;
    load->nodes = nodes;
    load->batch_events = batch_events;
    load->packer = wire_packer_new();
    for (size_t i = 0; i < nodes; i++) {
        system_random(logs[i].incarnation, INCARNATION_SIZE);
        memset(logs[i].head, 0, HASH_SIZE);
        logs[i].seq = 0;
        logs[i].count = 0;
        buffer_clear(&logs[i].events);
    }
}

void load_free(struct load *load)
{
    free(load->batches);
    buffer_free(&load->frames);
    buffer_free(&load->raw);
    wire_packer_free(load->packer);
    memset(load, 0, sizeof *load);
}

void load_log_add(struct load_log *log, const Navette__Event *body, struct ref *self)
{
    uint8_t *leaf = log->leaves + log->count * HASH_SIZE;
    size_t at = log->events.len;
    uint8_t len[4] = {0};
    struct span bytes;

    if (log->count == 0) {
        system_random(log->salt, SALT_SIZE);
        memcpy(log->previous, log->head, HASH_SIZE);
        log->first_seq = log->seq + 1;
    }
    load_must(buffer_append(&log->events, len, sizeof len));
    load_must(event_encode(body, &log->events));
    bytes = span_of(log->events.data + at + 4, log->events.len - at - 4);
    write_u32(log->events.data + at, (uint32_t)bytes.len);
    log->seq++;
    log->count++;
    chain_leaf(log->salt, log->incarnation, log->seq, bytes, leaf);
    chain_next(log->head, leaf, log->head);
    memcpy(self->incarnation, log->incarnation, INCARNATION_SIZE);
    self->seq = log->seq;
    self->leaf = chain_leaf_prefix(leaf);
}

static ProtobufCBinaryData lend(uint8_t *data, size_t len)
{
    ProtobufCBinaryData bytes = {.data = data, .len = len};

    return bytes;
}

void load_log_seal(struct load_log *log, struct load_sealed *sealed)
{
    struct batch_header header = {.first_seq = log->first_seq, .count = log->count};
    uint8_t *at = log->events.data;

    navette__batch__init(&sealed->batch);
    for (uint32_t i = 0; i < log->count; i++) {
        size_t len = read_u32(at);

        sealed->events[i] = lend(at + 4, len);
        sealed->prefixes[i] = chain_leaf_prefix(log->leaves + i * HASH_SIZE);
        at += 4 + len;
    }
    memcpy(header.incarnation, log->incarnation, INCARNATION_SIZE);
    memcpy(header.salt, log->salt, SALT_SIZE);
    memcpy(header.previous, log->previous, HASH_SIZE);
    memcpy(header.head, log->head, HASH_SIZE);
    chain_root(log->leaves, log->count, header.root);
    keys_sign_batch(&log->keys, &header);
    memcpy(sealed->head, header.head, HASH_SIZE);
    memcpy(sealed->root, header.root, HASH_SIZE);
    memcpy(sealed->signature, header.signature, SIGNATURE_SIZE);
    sealed->batch.n_events = log->count;
    sealed->batch.events = sealed->events;
    sealed->batch.incarnation = lend(log->incarnation, INCARNATION_SIZE);
    sealed->batch.first_seq = log->first_seq;
    sealed->batch.salt = lend(log->salt, SALT_SIZE);
    sealed->batch.previous = lend(log->previous, HASH_SIZE);
    sealed->batch.head = lend(sealed->head, HASH_SIZE);
    sealed->batch.root = lend(sealed->root, HASH_SIZE);
    sealed->batch.signature = lend(sealed->signature, SIGNATURE_SIZE);
    log->count = 0;
}

static void seal(struct load *load, uint32_t node)
{
    static struct load_sealed sealed;
    struct load_log *log = &load->logs[node];
    Navette__Push push = NAVETTE__PUSH__INIT;
    struct buffer frame = {.data = NULL};
    struct load_batch *batch;
    struct span packed;

    if (load->count == load->capacity) {
        load->capacity = load->capacity == 0 ? 4096 : load->capacity * 2;
        load->batches = realloc(load->batches, load->capacity * sizeof *load->batches);
        if (load->batches == NULL)
            load_fail("batches", NAVETTE_E_MEMORY);
    }
    batch = &load->batches[load->count++];
    batch->node = node;
    batch->count = log->count;
    batch->last_seq = log->seq;
    batch->at = load->frames.len;
    if (load->raw_batches < LOAD_RAW_BATCHES && log->count == load->batch_events) {
        load_must(buffer_append(&load->raw, log->events.data, log->events.len));
        load->raw_batches++;
    }
    load_log_seal(log, &sealed);
    push.batch = &sealed.batch;
    load_must(frame_encode(FRAME_PUSH, &push.base, &frame));
    load_must(wire_packer_pack(load->packer, buffer_span(&frame), &packed));
    load_must(buffer_append(&load->frames, packed.data, packed.len));
    batch->len = packed.len;
    batch->unpacked = frame.len - FRAME_HEADER_SIZE;
    buffer_free(&frame);
    buffer_clear(&log->events);
}

void load_add(struct load *load, uint32_t node, const Navette__Event *body, struct ref *self)
{
    struct load_log *log = &load->logs[node];

    load_log_add(log, body, self);
    load->events++;
    if (log->count == load->batch_events || log->events.len > LIMIT_BATCH_BYTES - LIMIT_EVENT_BYTES)
        seal(load, node);
}

void load_finish(struct load *load)
{
    for (size_t i = 0; i < load->nodes; i++)
        if (load->logs[i].count > 0)
            seal(load, (uint32_t)i);
}
