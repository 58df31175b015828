/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/scope_set.h"

#include <string.h>

#include "navette/error.h"
#include "navette/event.h"

int scope_set_make(struct scope_set *set, Navette__Scope kind, char *const *places, size_t count)
{
    memset(set, 0, sizeof *set);
    if (count > LIMIT_NODE_PLACES) {
        return NAVETTE_E_TOO_LARGE;
    }
    set->kind = kind;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(places[i]);

        if (len == 0 || len > LIMIT_PLACE_CODE) {
            return NAVETTE_E_INVALID;
        }
        memcpy(set->places[set->place_count++], places[i], len);
    }
    return 0;
}

int scope_set_concerns(const char (*places)[LIMIT_PLACE_CODE + 1], size_t count, struct span event)
{
    struct event read;
    int follows = 0;
    int rc = event_decode(event, &read);

    if (rc == NAVETTE_E_MEMORY) {
        return rc;
    }
    if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
        for (size_t i = 0; i < count && !follows; i++) {
            follows = rc == 0 ? event_concerns_place(read.body, places[i]) : strcmp(read.body->place, places[i]) == 0;
        }
        /* A node without a place still hears what the network decides. */
        if (rc == 0 && count == 0) {
            follows = event_concerns_place(read.body, "");
        }
    }
    event_free(&read);
    return follows;
}

int scope_set_follows(const struct scope_set *set, struct span event)
{
    return set->kind == NAVETTE__SCOPE__SCOPE_NETWORK ? 1 : scope_set_concerns(set->places, set->place_count, event);
}

int scope_set_has(const struct scope_set *set, const char *place)
{
    for (size_t i = 0; i < set->place_count; i++) {
        if (strcmp(set->places[i], place) == 0) {
            return 1;
        }
    }
    return 0;
}

int scope_set_covers(const struct scope_set *wide, const struct scope_set *narrow)
{
    if (wide->kind == NAVETTE__SCOPE__SCOPE_NETWORK) {
        return 1;
    }
    if (narrow->kind == NAVETTE__SCOPE__SCOPE_NETWORK) {
        return 0;
    }
    for (size_t i = 0; i < narrow->place_count; i++) {
        if (!scope_set_has(wide, narrow->places[i])) {
            return 0;
        }
    }
    return 1;
}
