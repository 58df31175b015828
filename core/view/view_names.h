/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_VIEW_NAMES_H
#define VIEW_VIEW_NAMES_H

#include "fold/keymap.h"

/* The few names that many rows are sorted by, so that rows are compared by numbers: all are added first, then they have ranks. */
struct view_names {
    struct keymap names;
    uint32_t *ranks; /* of the name with a number, in the order of strcmp() */
};

void view_names_init(struct view_names *names); /* holds nothing: no allocation */
void view_names_free(struct view_names *names);

/* The number of a name, which has no rank yet. name: NUL-terminated. NAVETTE_E_MEMORY. */
int view_names_add(struct view_names *names, const char *name, uint32_t *number);
/* Fills `ranks`. NAVETTE_E_MEMORY. */
int view_names_rank(struct view_names *names);

#endif
