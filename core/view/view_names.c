/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_names.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

struct named {
    struct span name;
    uint32_t number;
};

void view_names_init(struct view_names *names)
{
    keymap_init(&names->names);
    names->ranks = NULL;
}

void view_names_free(struct view_names *names)
{
    keymap_free(&names->names);
    free(names->ranks);
    names->ranks = NULL;
}

int view_names_add(struct view_names *names, const char *name, uint32_t *number)
{
    return keymap_number(&names->names, span_of_string(name), number);
}

static int compare(const void *a, const void *b)
{
    struct span one = ((const struct named *)a)->name;
    struct span other = ((const struct named *)b)->name;
    size_t len = one.len < other.len ? one.len : other.len;
    int order = len == 0 ? 0 : memcmp(one.data, other.data, len);

    return order != 0 ? order : (one.len > other.len) - (one.len < other.len);
}

int view_names_rank(struct view_names *names)
{
    size_t count = names->names.count;
    struct named *sorted = malloc((count + 1) * sizeof(*sorted));
    uint32_t *ranks = malloc((count + 1) * sizeof(*ranks));

    if (sorted == NULL || ranks == NULL) {
        free(sorted);
        free(ranks);
        return NAVETTE_E_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (struct named){keymap_key(&names->names, i), i};
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare);
    for (uint32_t i = 0; i < count; i++)
        ranks[sorted[i].number] = i;
    free(sorted);
    free(names->ranks);
    names->ranks = ranks;
    return 0;
}
