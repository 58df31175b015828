/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_WHOLE_H
#define NAVETTE_WHOLE_H

#include "navette/span.h"

/*
 * A file written whole or not at all: under a temporary name beside it, mode 0600, synced, renamed into place, its folder synced. A power cut leaves the old file or the
 * new one; at worst a temporary "PATH.HEX" besides.
 */

/* replace 0: NAVETTE_E_EXISTS when there is one. NAVETTE_E_FULL, NAVETTE_E_SYSTEM (logged), NAVETTE_E_INVALID: the path is too long. */
int whole_write(const char *path, struct span bytes, int replace);
/* Takes away what writes of it that were cut off left beside it. */
void whole_clear(const char *path);

/*
 * Reads one whole: NAVETTE_E_NOT_FOUND; NAVETTE_E_TOO_LARGE over `most`; NAVETTE_E_REFUSED: may not be read, or, with is_private, others could read it (logged with what to do);
 * NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. Appends to `out`.
 */
int whole_read(const char *path, size_t most, int is_private, struct buffer *out);

/* Puts a whole file of the same folder in another's place, and syncs the folder. NAVETTE_E_SYSTEM. */
int whole_move(const char *from, const char *to);
/* When it was last written, Unix milliseconds; 0: it is not there. */
int64_t whole_written_ms(const char *path);

/*
 * A folder that holds secrets: nobody but its owner may change it, nobody but its group may enter it (for the socket in it). NAVETTE_E_REFUSED: logged with what to type. One that is not there: 0.
 */
int whole_check_folder(const char *path);

#endif
