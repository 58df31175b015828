/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/decoded.h"

#include <stdlib.h>
#include <string.h>

#include "navette/arena.h"

struct decoded_event {
    const uint8_t *bytes; /* in the arena, as is what the body points to */
    size_t len;
    Navette__Event *body;
    int rc;
};

struct decoded {
    struct arena *kept;
    struct arena *passing; /* one event that is not kept; NULL: there was none */
    size_t room;
    size_t count; /* kept */
    size_t most;
    int full; /* 1: those that are kept are the first */
    struct decoded_event events[];
};

struct decoded *decoded_new(size_t most, size_t room)
{
    size_t kept = room == 0 ? 0 : most;
    struct decoded *decoded = malloc(sizeof(*decoded) + kept * sizeof(decoded->events[0]));

    if (decoded == NULL)
        return NULL;
    decoded->kept = room == 0 ? NULL : arena_new(0);
    decoded->passing = NULL;
    decoded->room = room;
    decoded->count = 0;
    decoded->most = kept;
    decoded->full = 0;
    if (room != 0 && decoded->kept == NULL) {
        free(decoded);
        return NULL;
    }
    return decoded;
}

void decoded_free(struct decoded *decoded)
{
    if (decoded == NULL)
        return;
    arena_free(decoded->kept);
    arena_free(decoded->passing);
    free(decoded);
}

static int pass(struct decoded *decoded, struct span bytes, struct event *event)
{
    decoded->full = 1;
    if (decoded->passing == NULL)
        decoded->passing = arena_new(0);
    if (decoded->passing == NULL) {
        memset(event, 0, sizeof(*event));
        return NAVETTE_E_MEMORY;
    }
    return event_decode_in(decoded->passing, bytes, event);
}

int decoded_add(struct decoded *decoded, struct span bytes, struct event *event)
{
    uint8_t *copy;
    int rc;

    if (decoded->full || decoded->count == decoded->most || decoded_size(decoded) > decoded->room)
        return pass(decoded, bytes, event);
    arena_go_on(decoded->kept, bytes.len);
    copy = arena_alloc(decoded->kept, bytes.len);
    if (copy == NULL)
        return pass(decoded, bytes, event);
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    rc = event_decode_more(decoded->kept, bytes, event);
    if (rc == NAVETTE_E_MEMORY)
        return pass(decoded, bytes, event);
    decoded->events[decoded->count++] = (struct decoded_event){copy, bytes.len, event->body, rc};
    return rc;
}

void decoded_end(struct decoded *decoded)
{
    arena_free(decoded->passing);
    decoded->passing = NULL;
    decoded->full = 1;
}

int decoded_get(const struct decoded *decoded, size_t i, struct span bytes, struct event *event, int *rc)
{
    const struct decoded_event *kept;

    if (i >= decoded->count)
        return 0;
    kept = &decoded->events[i];
    if (!span_equal(span_of(kept->bytes, kept->len), bytes))
        return 0;
    memset(event, 0, sizeof(*event));
    event->body = kept->body;
    *rc = kept->rc;
    return 1;
}

size_t decoded_count(const struct decoded *decoded)
{
    return decoded->count;
}

size_t decoded_size(const struct decoded *decoded)
{
    return sizeof(*decoded) + decoded->most * sizeof(decoded->events[0]) + (decoded->kept ? arena_size(decoded->kept) : 0);
}
