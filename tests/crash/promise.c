/* SPDX-License-Identifier: Apache-2.0 */
#include "promise.h"

#include <jansson.h>
#include <string.h>

#include "navette/frame.h"

static void raise_to(uint64_t *figure, uint64_t told)
{
    *figure = told > *figure ? told : *figure;
}

static void tell_log(struct promise *promise, const uint8_t *incarnation, uint64_t seq, const uint8_t *hash)
{
    struct promise_log *log = NULL;

    for (size_t i = 0; i < promise->log_count; i++) {
        if (memcmp(promise->logs[i].incarnation, incarnation, INCARNATION_SIZE) == 0) {
            log = &promise->logs[i];
        }
    }
    if (log == NULL && promise->log_count < PROMISE_LOGS) {
        log = &promise->logs[promise->log_count++];
        memcpy(log->incarnation, incarnation, INCARNATION_SIZE);
    }
    if (log == NULL || seq <= log->seq) {
        return;
    }
    log->seq = seq;
    memset(log->hash, 0, HASH_SIZE);
    if (hash != NULL) {
        memcpy(log->hash, hash, HASH_SIZE);
    }
}

static void tell_head(struct promise *promise, const Navette__LogHead *head)
{
    if (head != NULL && head->incarnation.len == INCARNATION_SIZE && head->seq > 0) {
        tell_log(promise, head->incarnation.data, head->seq, head->hash.len == HASH_SIZE ? head->hash.data : NULL);
    }
}

static void tell_frame(struct promise *promise, const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_ACK: {
        const Navette__Ack *ack = (const Navette__Ack *)frame->message;
        if (ack->level >= NAVETTE__ACK_LEVEL__ACK_DURABLE) {
            tell_head(promise, ack->held);
        }
        break;
    }
    case FRAME_WELCOME:
        tell_head(promise, ((const Navette__Welcome *)frame->message)->held);
        raise_to(&promise->tail, ((const Navette__Welcome *)frame->message)->hub_cursor);
        break;
    case FRAME_DELTA:
        raise_to(&promise->tail, ((const Navette__Delta *)frame->message)->hub_cursor);
        break;
    case FRAME_PONG:
        raise_to(&promise->tail, ((const Navette__Pong *)frame->message)->hub_cursor);
        break;
    case FRAME_PUSH: {
        const Navette__Batch *batch = ((const Navette__Push *)frame->message)->batch;
        tell_log(promise, batch->incarnation.data, batch->first_seq + batch->n_events - 1, batch->head.data);
        break;
    }
    case FRAME_HELLO:
        tell_head(promise, ((const Navette__Hello *)frame->message)->log);
        raise_to(&promise->cursor, ((const Navette__Hello *)frame->message)->cursor);
        if (((const Navette__Hello *)frame->message)->durable != NULL) {
            raise_to(&promise->durable, ((const Navette__Hello *)frame->message)->durable->seq);
        }
        break;
    case FRAME_PULL:
        raise_to(&promise->cursor, ((const Navette__Pull *)frame->message)->cursor);
        break;
    default:
        return;
    }
    promise->told++;
}

static void tell_answer(struct promise *promise, const json_t *answer, const uint8_t *own)
{
    const char *result = json_string_value(json_object_get(answer, "result"));
    const json_t *link = json_object_get(answer, "link");
    json_int_t seq = 0;

    if (result != NULL && strcmp(result, "recorded") == 0) {
        seq = json_integer_value(json_object_get(answer, "seq"));
    } else if (link != NULL) {
        seq = json_integer_value(json_object_get(link, "head"));
        raise_to(&promise->durable, (uint64_t)json_integer_value(json_object_get(link, "durable")));
    }
    if (seq > 0) {
        tell_log(promise, own, (uint64_t)seq, NULL);
        promise->told++;
    }
}

void promise_row(struct promise *promise, const struct trace_row *row, const uint8_t *own)
{
    struct frame frame = {0};

    if (row->header.kind == TRACE_FRAME && frame_decode(span_of(row->bytes, (size_t)row->header.len), &frame) == 0) {
        tell_frame(promise, &frame);
        frame_free(&frame);
    } else if (row->header.kind == TRACE_ANSWER && own != NULL && row->header.len > 1) {
        json_t *answer = json_loadb((const char *)row->bytes, (size_t)row->header.len, 0, NULL);

        if (answer != NULL) {
            tell_answer(promise, answer, own);
            json_decref(answer);
        }
    }
}
