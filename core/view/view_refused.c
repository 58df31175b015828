/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/view.h"

/* Fills one when this row of TABLE_RETRACT is a refusal. NAVETTE_E_NOT_FOUND when it is not. */
static int read_refusal(struct store_txn *journal, struct span key, uint64_t known, struct aside *aside)
{
    struct journal_entry entry;
    struct event event;
    int rc;

    if (key.len != REF_SIZE + 8)
        return NAVETTE_E_STORE;
    if (read_u64(key.data + REF_SIZE) > known)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_read(journal, read_u64(key.data + REF_SIZE), &entry);
    if (rc == 0)
        rc = event_decode(entry.event, &event);
    if (rc != 0)
        return rc;
    memset(aside, 0, sizeof(*aside));
    if (event.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED && event.body->place[0] == '\0')
        aside->reason = (int)event.body->event_refused->reason;
    else
        rc = NAVETTE_E_NOT_FOUND;
    event_free(&event);
    if (rc != 0)
        return rc;
    ref_decode(key.data, &aside->self);
    rc = journal_find(journal, &aside->self, &entry);
    aside->position = rc == 0 ? entry.position : 0;
    return rc;
}

int view_refused(struct store_txn *state, struct store_txn *journal, uint64_t from, uint64_t known, struct aside *list, size_t max)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc = store_scan_open(state, TABLE_RETRACT, &scan);

    if (rc != 0)
        return rc;
    if (max > INT32_MAX)
        max = INT32_MAX;
    for (rc = state->ops->scan_from(scan, span_of("", 1), &key, &value); rc == 0 && count < max;
         rc = state->ops->scan_next(scan, &key, &value)) {
        rc = read_refusal(journal, key, known, &list[count]);
        if (rc == 0 && list[count].position >= from)
            count++;
        if (rc != 0 && (error_is_fatal(rc)))
            break;
    }
    state->ops->scan_close(scan);
    return error_is_fatal(rc) ? rc : (int)count;
}
