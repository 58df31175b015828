/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/afresh.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

void afresh_init(struct afresh *afresh, size_t long_history)
{
    memset(afresh, 0, sizeof(*afresh));
    afresh->long_history = long_history;
    keymap_init(&afresh->keys);
}

void afresh_free(struct afresh *afresh)
{
    keymap_free(&afresh->keys);
    free(afresh->things);
    afresh_init(afresh, afresh->long_history);
}

int afresh_is_over(const struct afresh *afresh, uint64_t position, int64_t received_ms)
{
    if (afresh->keys.count == 0)
        return 0;
    return position - afresh->from >= AFRESH_ENTRIES || received_ms - afresh->from_ms >= AFRESH_MS || afresh->keys.count >= AFRESH_THINGS;
}

static int grow(struct afresh *afresh)
{
    size_t capacity = afresh->capacity == 0 ? 16 : afresh->capacity * 2;
    struct afresh_thing *things;

    if (afresh->keys.count < afresh->capacity)
        return 0;
    things = realloc(afresh->things, capacity * sizeof(*things));
    if (things == NULL)
        return NAVETTE_E_MEMORY;
    afresh->things = things;
    afresh->capacity = capacity;
    return 0;
}

int afresh_note(struct afresh *afresh, const struct thing_key *key, size_t length, uint64_t position, int64_t received_ms)
{
    size_t before = afresh->keys.count;
    uint32_t number;
    int rc = length < afresh->long_history ? 0 : grow(afresh);

    if (rc == 0 && length >= afresh->long_history)
        rc = keymap_number(&afresh->keys, thing_key_span(key), &number);
    if (rc != 0 || afresh->keys.count == before)
        return rc;
    afresh->things[number] = (struct afresh_thing){0, 0};
    if (before == 0) {
        afresh->from = position;
        afresh->from_ms = received_ms;
    }
    return 0;
}

static struct afresh_thing *find(const struct afresh *afresh, const struct thing_key *key)
{
    uint32_t number;

    return afresh->keys.count > 0 && keymap_find(&afresh->keys, thing_key_span(key), &number) ? &afresh->things[number] : NULL;
}

int afresh_put_off(struct afresh *afresh, const struct thing_key *key, uint64_t first, uint64_t position)
{
    struct afresh_thing *thing = find(afresh, key);

    if (thing == NULL)
        return 0;
    if (thing->first == 0)
        thing->first = first;
    thing->last = position;
    return 1;
}

int afresh_owes(const struct afresh *afresh, const struct thing_key *key)
{
    const struct afresh_thing *thing = find(afresh, key);

    return thing != NULL && thing->first != 0;
}
