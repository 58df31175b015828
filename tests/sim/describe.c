/* SPDX-License-Identifier: Apache-2.0 */
#include "describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "navette/frame.h"
#include "navette/link.h"

static uint64_t seq_of(const Navette__LogHead *head)
{
    return head == NULL ? 0 : head->seq;
}

void describe_frame(struct span bytes, char *out, size_t size)
{
    struct frame frame;

    if (frame_decode(bytes, &frame) != 0) {
        snprintf(out, size, "not a frame, %zu bytes", bytes.len);
        return;
    }
    switch (frame.type) {
    case FRAME_HELLO: {
        const Navette__Hello *hello = (const Navette__Hello *)frame.message;
        snprintf(out, size,
                 "HELLO process %02x connect %" PRIu64 " log %" PRIu64 " durable %" PRIu64 " cursor %" PRIu64 " epoch %" PRIu32 "%s",
                 hello->process.data[0], hello->connect, seq_of(hello->log), seq_of(hello->durable), hello->cursor, hello->scope_epoch,
                 hello->probe == NULL ? "" : " with probe");
        break;
    }
    case FRAME_WELCOME: {
        const Navette__Welcome *welcome = (const Navette__Welcome *)frame.message;
        snprintf(out, size, "WELCOME %s held %" PRIu64 " hub at %" PRIu64 " credit %" PRIu32 " epoch %" PRIu32,
                 link_verdict_name(welcome->verdict), seq_of(welcome->held), welcome->hub_cursor, welcome->credit_bytes,
                 welcome->scope_epoch);
        break;
    }
    case FRAME_PUSH: {
        const Navette__Batch *batch = ((const Navette__Push *)frame.message)->batch;
        snprintf(out, size, "PUSH %" PRIu64 "..%" PRIu64, batch->first_seq, batch->first_seq + batch->n_events - 1);
        break;
    }
    case FRAME_ACK: {
        const Navette__Ack *ack = (const Navette__Ack *)frame.message;
        snprintf(out, size, "ACK %" PRIu64 " level %d", seq_of(ack->held), (int)ack->level);
        break;
    }
    case FRAME_NACK: {
        const Navette__Nack *nack = (const Navette__Nack *)frame.message;
        snprintf(out, size, "NACK reason %d held %" PRIu64, (int)nack->reason, seq_of(nack->held));
        break;
    }
    case FRAME_PULL: {
        const Navette__Pull *pull = (const Navette__Pull *)frame.message;
        snprintf(out, size, "PULL from %" PRIu64 " epoch %" PRIu32, pull->cursor, pull->scope_epoch);
        break;
    }
    case FRAME_DELTA: {
        const Navette__Delta *delta = (const Navette__Delta *)frame.message;
        snprintf(out, size, "DELTA %" PRIu64 "..%" PRIu64 " of %" PRIu64 ", %zu entries, epoch %" PRIu32, delta->from, delta->to,
                 delta->hub_cursor, delta->n_entries, delta->scope_epoch);
        break;
    }
    case FRAME_PONG:
        snprintf(out, size, "PONG hub at %" PRIu64, ((const Navette__Pong *)frame.message)->hub_cursor);
        break;
    case FRAME_BYE:
        snprintf(out, size, "BYE reason %d", (int)((const Navette__Bye *)frame.message)->reason);
        break;
    default:
        snprintf(out, size, "%s", frame_type_name(frame.type));
        break;
    }
    frame_free(&frame);
}
