/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_EVENT_H
#define NAVETTE_EVENT_H

#include "navette/error.h"
#include "navette/ref.h"
#include "navette/span.h"
#include "navette/thing.h"
#include "navette.pb-c.h"

/*
 * Event codec. An event's bytes are kept as written; decoding makes a Navette__Event for reading, in one arena whose size is bounded
 * by the bytes' length, and checks every count, length, enum and string against limits.h.
 */
struct event {
    Navette__Event *body; /* borrowed from the arena */
    struct ref self;      /* set by the caller; zero until then */
    void *arena;          /* owned: event_free() */
};

/*
 * NAVETTE_E_TOO_LARGE, NAVETTE_E_INVALID (broken format, a missing or oversized field, invalid UTF-8, a thing of the wrong kind, a
 * container inside itself), NAVETTE_E_UNKNOWN (well-formed, but a body this version has no name for: park it), NAVETTE_E_MEMORY.
 * On failure *event is empty, but after NAVETTE_E_UNKNOWN its common fields can be read (event->body set, body_case 0) and it is to be freed.
 */
int event_decode(struct span bytes, struct event *event);
/* The same in the caller's arena (arena.h), which is emptied first: for who reads many, one after the other. event_free() leaves the arena alone. */
struct arena;
int event_decode_in(struct arena *arena, struct span bytes, struct event *event);
/* The same, beside what is in the arena, which stays. */
int event_decode_more(struct arena *arena, struct span bytes, struct event *event);
void event_free(struct event *event); /* empty or zeroed: no-op */

/* Checks one in memory, as event_decode() does. */
int event_check(const Navette__Event *body);
/* Which field is wrong and why, in English, for logs and for the author of a client; "" when nothing is. Static text. */
const char *event_check_text(const Navette__Event *body);
/* Appends the packed bytes. NAVETTE_E_TOO_LARGE over LIMIT_EVENT_BYTES (of an Adopted: LIMIT_ENTRY_BYTES), NAVETTE_E_MEMORY. */
int event_encode(const Navette__Event *body, struct buffer *out);

/* How an event concerns a thing. */
enum event_part {
    PART_SUBJECT,   /* what is moved, seen, registered... */
    PART_CONTAINER, /* the bag or crate that something was put into or taken out of */
    PART_MISSING,   /* named by a count as expected and not seen */
    PART_ORDER      /* the order that it is done for */
};

struct event_thing {
    struct thing_key key;
    enum event_part part;
};

/*
 * The things whose history holds this event, without duplicates (the first mention counts), at most LIMIT_EVENT_THINGS + 2 (a container and
 * an order besides the contents). Corrections name none: they are reached through what they correct. Returns the number.
 */
#define EVENT_THINGS_MAX (LIMIT_EVENT_THINGS + 2u)
size_t event_things(const Navette__Event *body, struct event_thing things[EVENT_THINGS_MAX]);
/* Is one of them of these kinds (bits 1 << Navette__ThingKind)? Asks less than event_things(). */
int event_names(const Navette__Event *body, unsigned int kinds);

/* The reference a message carries; an empty incarnation is that of `self`. seq 0 when absent. */
struct ref event_ref(const Navette__Ref *ref, const struct ref *self);
/* The message that carries this one, whole; borrows from `ref`. */
void event_ref_fill(const struct ref *ref, Navette__Ref *message);

/*
 * Which places an event concerns, as a 64-bit filter: no bit in common with scope_mask_of(place) = does not name it. All ones for
 * the network's own decisions (places, rules, bags commissioned and retired, hub events).
 */
uint64_t event_scope_mask(const Navette__Event *body);
uint64_t scope_mask_of(const char *place);
/* Exactly: does a node of scope "own" that serves `place` get this event? Packing and catalogue of items: only at home or where it happened. */
int event_concerns_place(const Navette__Event *body, const char *place);

/* Stable lower-case name of a body, "item-packed", as JSON and explain show it; "unknown" for body_case 0. Static. */
const char *event_name(const Navette__Event *body);

/* Folded by this version? Families of later versions are parked with their place in history kept. */
int event_is_folded(const Navette__Event *body);

#endif
