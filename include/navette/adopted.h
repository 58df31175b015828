/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_ADOPTED_H
#define NAVETTE_ADOPTED_H

#include "navette/journal.h"
#include "navette.pb-c.h"

/*
 * An adopted event: the entry of one log that stands, with its own bytes, inside an entry of another (proto: Adopted). A log that was put back from a backup and
 * written on has two ends; the hub holds one, and what is on the other comes to it so. Whoever reads takes it for the original: same reference, same bytes.
 */
struct adopted {
    struct ref original;
    const uint8_t *salt; /* SALT_SIZE, borrowed from the bytes */
    struct span event;   /* borrowed */
};

/* Finds it in an event's bytes without decoding them. NAVETTE_E_NOT_FOUND: another body. NAVETTE_E_INVALID: not one that could be read. */
int adopted_read(struct span bytes, struct adopted *adopted);

/* Does the body hold the event that it names: right lengths, right leaf, and no adopted event inside? 1 or 0. */
int adopted_is_sound(const Navette__Adopted *body);

/*
 * Makes an entry that holds an adopted event the original: self and event. Any other, and one that is not sound (which decoding then refuses), stays as it is.
 * 0 or NAVETTE_E_MEMORY.
 */
int adopted_open(struct journal_entry *entry);

#endif
