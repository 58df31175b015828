/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/event_form.h"
#include "log/event_wire.h"
#include "navette/arena.h"
#include "navette/event.h"

/* Unpacked, the smallest thing that counts takes 18 times its bytes on the wire: what needs more than this is not an event. */
#define EVENT_ARENA_BASE 8192u
#define EVENT_ARENA_FACTOR 32u

static size_t budget(struct span bytes)
{
    return EVENT_ARENA_BASE + EVENT_ARENA_FACTOR * bytes.len;
}

/* Only what stands around an adopted event may add to it. */
static size_t event_limit(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_ADOPTED ? LIMIT_ENTRY_BYTES : LIMIT_EVENT_BYTES;
}

static int unpack(struct arena *arena, struct span bytes, struct event *event)
{
    int rc;

    event->body = navette__event__unpack(arena_allocator(arena), bytes.len, bytes.data);
    if (event->body == NULL)
        return arena_out_of_memory(arena) ? NAVETTE_E_MEMORY : arena_exhausted(arena) ? NAVETTE_E_TOO_LARGE : NAVETTE_E_INVALID;
    rc = bytes.len > event_limit(event->body) ? NAVETTE_E_TOO_LARGE : event_check(event->body);
    if (rc != 0 && rc != NAVETTE_E_UNKNOWN)
        event->body = NULL;
    return rc;
}

int event_decode_more(struct arena *arena, struct span bytes, struct event *event)
{
    int rc;

    memset(event, 0, sizeof(*event));
    if (bytes.len > LIMIT_ENTRY_BYTES)
        return NAVETTE_E_TOO_LARGE;
    rc = event_wire_check(&navette__event__descriptor, bytes);
    if (rc != 0)
        return rc;
    arena_go_on(arena, budget(bytes));
    return unpack(arena, bytes, event);
}

int event_decode_in(struct arena *arena, struct span bytes, struct event *event)
{
    arena_reset(arena, 0);
    return event_decode_more(arena, bytes, event);
}

int event_decode(struct span bytes, struct event *event)
{
    struct arena *arena;
    int rc;

    memset(event, 0, sizeof(*event));
    if (bytes.len > LIMIT_ENTRY_BYTES)
        return NAVETTE_E_TOO_LARGE;
    rc = event_wire_check(&navette__event__descriptor, bytes);
    if (rc != 0)
        return rc;
    arena = arena_new(budget(bytes));
    if (arena == NULL)
        return NAVETTE_E_MEMORY;
    event->arena = arena;
    rc = unpack(arena, bytes, event);
    if (rc != 0 && rc != NAVETTE_E_UNKNOWN)
        event_free(event);
    return rc;
}

void event_free(struct event *event)
{
    arena_free(event->arena);
    memset(event, 0, sizeof(*event));
}

int event_encode(const Navette__Event *body, struct buffer *out)
{
    size_t size = navette__event__get_packed_size(body);
    int rc;

    if (size > event_limit(body))
        return NAVETTE_E_TOO_LARGE;
    rc = buffer_reserve(out, size);
    if (rc != 0)
        return rc;
    out->len += navette__event__pack(body, out->data + out->len);
    return 0;
}

struct ref event_ref(const Navette__Ref *ref, const struct ref *self)
{
    struct ref found = {.seq = 0};

    if (ref == NULL)
        return found;
    if (ref->incarnation.len == INCARNATION_SIZE)
        memcpy(found.incarnation, ref->incarnation.data, INCARNATION_SIZE);
    else
        memcpy(found.incarnation, self->incarnation, INCARNATION_SIZE);
    found.seq = ref->seq;
    found.leaf = ref->leaf;
    return found;
}

void event_ref_fill(const struct ref *ref, Navette__Ref *message)
{
    navette__ref__init(message);
    message->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)ref->incarnation};
    message->seq = ref->seq;
    message->leaf = ref->leaf;
}

const char *event_name(const Navette__Event *body)
{
    const struct event_form *form = event_form_of((int)body->body_case);

    return form == NULL ? "unknown" : form->name;
}

int event_is_folded(const Navette__Event *body)
{
    const struct event_form *form = event_form_of((int)body->body_case);

    return form != NULL && form->folded;
}
