/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "tests/lib/foldkit.h"

struct ref foldkit_admit(struct foldkit *kit, struct ref refusal)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__EventAdmitted admitted = NAVETTE__EVENT_ADMITTED__INIT;
    Navette__Ref ref = NAVETTE__REF__INIT;
    struct buffer bytes = {.data = NULL};
    struct ref self;
    uint8_t *kept;

    kit->now_ms += 1000;
    ref.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, refusal.incarnation};
    ref.seq = refusal.seq;
    ref.leaf = refusal.leaf;
    admitted.refusal = &ref;
    event.hlc = (uint64_t)kit->now_ms << 16;
    event.body_case = EV(EVENT_ADMITTED);
    event.event_admitted = &admitted;
    assert(event_encode(&event, &bytes) == 0);
    kept = arena_alloc(kit->arena, bytes.len);
    assert(kept != NULL);
    memcpy(kept, bytes.data, bytes.len);
    self = foldkit_raw(kit, 15, span_of(kept, bytes.len));
    buffer_free(&bytes);
    return self;
}
