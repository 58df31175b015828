/* SPDX-License-Identifier: Apache-2.0 */
#include "view/told.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/lending.h"
#include "fold/order.h"

struct saying {
    uint64_t hlc;
    struct ref self;
    uint8_t act, refused, reason;
};

static int compare_sayings(const void *a, const void *b)
{
    const struct saying *one = a, *other = b;
    int order = order_compare(one->hlc, &one->self, other->hlc, &other->self);

    return order != 0 ? order : (int)one->act - (int)other->act; /* of one file: the loan before its return */
}

/* The event behind a row, unless it is absent: 1, 0 or a code. */
static int read_saying(const struct horizon *horizon, const uint8_t *tail, struct span value, struct saying *saying)
{
    struct journal_entry entry;
    struct event event;
    int rc = journal_read(horizon->journal, read_u64(tail), &entry);
    int absent;

    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0 || value.len != 2)
        return rc != 0 ? horizon_held(rc) : NAVETTE_E_STORE;
    absent = absence_of(horizon, &event, NULL);
    *saying =
        (struct saying){.hlc = event.body->hlc, .self = entry.self, .act = tail[8], .refused = value.data[0], .reason = value.data[1]};
    event_free(&event);
    return absent < 0 ? absent : !absent;
}

static void apply(const struct saying *saying, struct told *told)
{
    if (!saying->refused) {
        told->act = saying->act;
        told->refused_act = 0;
        return;
    }
    told->refused_act = saying->act;
    told->reason = saying->reason;
    /* a return that is refused leaves the loan where it was */
    if (told->act == saying->act)
        told->act = saying->act == NAVETTE__ILS_ACT__ILS_RETURN ? NAVETTE__ILS_ACT__ILS_ISSUE : 0;
}

static int gather(const struct horizon *horizon, const struct ref *event, const struct thing_key *item, struct buffer *sayings)
{
    uint8_t prefix[LENDING_KEY_MAX];
    size_t len = lending_told_prefix(event, item, prefix);
    struct prefix_scan scan;
    struct span key, value;
    int rc = horizon_scan(horizon->state, TABLE_LENDING, span_of(prefix, len), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct saying saying;

        rc = key.len == len + LENDING_TOLD_TAIL ? read_saying(horizon, key.data + len, value, &saying) : NAVETTE_E_STORE;
        if (rc == 1)
            rc = buffer_append(sayings, &saying, sizeof saying);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int told_read(const struct horizon *horizon, const struct ref *event, const struct thing_key *item, struct told *told)
{
    struct buffer bytes = {.data = NULL};
    struct saying *sayings;
    size_t count;
    int rc = gather(horizon, event, item, &bytes);

    memset(told, 0, sizeof *told);
    count = bytes.len / sizeof *sayings;
    sayings = (struct saying *)(void *)bytes.data;
    if (rc == 0 && count > 0) {
        qsort(sayings, count, sizeof *sayings, compare_sayings);
        for (size_t i = 0; i < count; i++)
            apply(&sayings[i], told);
    }
    buffer_free(&bytes);
    return rc;
}
