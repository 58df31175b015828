/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_COUNTED_H
#define FOLD_COUNTED_H

#include "navette/state.h"

/*
 * What one thing counts in by its own record alone, whatever holds it or is in it, so that the past of one thing can be taken out of a count and put back:
 *
 *   its cell (cell_encode()), as if it were empty, when nothing holds it
 *   u8 0x80, container's key, kind, registered, packed (sealed), str(material), str(home)   when something does
 *   u8 0x81, kind            a bag or crate that is owned: registered and not retired
 *   u8 0x82, its key         its custody is contradicted
 *
 * Where a container is, and whether it shows as packed, is asked when the count is read (past_counts.c).
 */
#define COUNTED_INSIDE 0x80u
#define COUNTED_OWNED 0x81u
#define COUNTED_CONFLICT 0x82u
#define COUNTED_SIZE_MAX 255u /* of one: a u8 holds its length */

/* Appends them, u8 length before each. NAVETTE_E_MEMORY. */
int counted_of(const struct thing_record *record, struct buffer *out);
/* Takes the first one off the list; 0: there is none. */
int counted_next(struct span *list, struct span *one);
/* Is it in the list? */
int counted_has(struct span list, struct span one);

/* Reads one that begins with COUNTED_INSIDE; count is left. NAVETTE_E_STORE. */
int counted_read_inside(struct span one, struct thing_key *container, struct content *line);

#endif
