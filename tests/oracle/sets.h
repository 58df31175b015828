/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ORACLE_SETS_H
#define ORACLE_SETS_H

#include <stddef.h>

#include "navette/journal.h"

/* Sets of entries, read from a file of rows (oracle.py gives the format). */

struct sets {
    struct buffer bytes; /* the whole file; entries borrow from it */
    size_t at;
};

struct entry_set {
    uint64_t seed;
    int64_t moment_ms;             /* to look back at */
    struct journal_entry *entries; /* owned: sets_free_set() */
    size_t count;
};

/* NAVETTE_E_SYSTEM: it can't be read. NAVETTE_E_MEMORY. */
int sets_open(struct sets *sets, const char *path);
void sets_close(struct sets *sets);
/* NAVETTE_E_NOT_FOUND after the last; NAVETTE_E_INVALID: not such a file. */
int sets_next(struct sets *sets, struct entry_set *set);
void sets_free_set(struct entry_set *set);

#endif
