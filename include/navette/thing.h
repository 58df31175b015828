/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_THING_H
#define NAVETTE_THING_H

#include "navette/limits.h"
#include "navette/span.h"
#include "navette.pb-c.h"

/*
 * The key of a thing in every table: kind (1 byte) || namespace || 0x00 || id || 0x00. Namespace and id hold no NUL (event_check() sees to
 * it), so keys of one kind and namespace sort by id, and no key is a prefix of another.
 */
#define THING_KEY_MAX (1u + LIMIT_NAMESPACE + 1u + LIMIT_THING_ID + 1u)

struct thing_key {
    uint16_t len; /* 0 = none */
    uint8_t bytes[THING_KEY_MAX];
};

/* NAVETTE_E_INVALID when kind, namespace or id breaks its format or limit. */
int thing_key_make(int kind, const char *name_space, const char *id, struct thing_key *key);
int thing_key_of(const Navette__Thing *thing, struct thing_key *key);
int thing_key_read(struct span bytes, struct thing_key *key);
struct span thing_key_span(const struct thing_key *key);
int thing_key_equal(const struct thing_key *a, const struct thing_key *b);

/* Parts, borrowed from the key. */
int thing_kind(const struct thing_key *key); /* a Navette__ThingKind; 0 for an empty key */
const char *thing_namespace(const struct thing_key *key);
const char *thing_id(const struct thing_key *key);

#endif
