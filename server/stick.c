/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stick.h"

#include <stdlib.h>
#include <string.h>

#include "navette/system.h"

struct stick_table *stick_table_new(void)
{
    return calloc(1, sizeof(struct stick_table));
}

void stick_table_free(struct stick_table *table)
{
    for (size_t i = 0; table && i < STICKS; i++)
        stick_end(&table->sticks[i]);
    free(table);
}

struct stick *stick_new(struct stick_table *table)
{
    struct stick *oldest = &table->sticks[0];

    for (size_t i = 1; i < STICKS && oldest->id; i++)
        if (!table->sticks[i].id || table->sticks[i].used < oldest->used)
            oldest = &table->sticks[i];
    stick_end(oldest);
    oldest->step = hub_stick_new();
    if (!oldest->step)
        return NULL;
    while (!oldest->id)
        system_random(&oldest->id, sizeof(oldest->id));
    oldest->used = ++table->uses;
    return oldest;
}

struct stick *stick_find(struct stick_table *table, const char *id)
{
    uint64_t number = id ? strtoull(id, NULL, 16) : 0;

    for (size_t i = 0; number && i < STICKS; i++)
        if (table->sticks[i].id == number) {
            table->sticks[i].used = ++table->uses;
            return &table->sticks[i];
        }
    return NULL;
}

void stick_end(struct stick *stick)
{
    hub_stick_free(stick->step);
    buffer_free(&stick->plain);
    buffer_free(&stick->wants);
    bundle_box_wipe(&stick->box);
    bundle_box_wipe(&stick->answer);
    memset(stick, 0, sizeof(*stick));
}
