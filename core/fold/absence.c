/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/absence.h"

#include <string.h>

#include "fold/meta.h"

struct ref absence_target(const struct event *event)
{
    switch (event->body->body_case) {
    case NAVETTE__EVENT__BODY_RETRACTED:
        return event_ref(event->body->retracted->target, &event->self);
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
        return event_ref(event->body->event_refused->target, &event->self);
    case NAVETTE__EVENT__BODY_EVENT_ADMITTED:
        return event_ref(event->body->event_admitted->refusal, &event->self);
    default:
        return event_ref(NULL, &event->self);
    }
}

int absence_is_admissible(const struct event *correction, const struct event *target)
{
    const char *place = correction->body->place;

    int is_refusal = target->body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED;
    int admits = correction->body->body_case == NAVETTE__EVENT__BODY_EVENT_ADMITTED;

    if (target->body->body_case == NAVETTE__EVENT__BODY_EVENT_ADMITTED || is_refusal != admits)
        return 0;
    if (correction->body->body_case == NAVETTE__EVENT__BODY_RETRACTED)
        return place[0] == '\0' || strcmp(place, target->body->place) == 0;
    return place[0] == '\0';
}

int absence_note(struct horizon *horizon, const struct event *event, uint64_t position)
{
    struct ref target = absence_target(event);
    uint8_t key[REF_SIZE + 8];
    uint8_t kind = event->body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED    ? ABSENCE_REFUSES
                   : event->body->body_case == NAVETTE__EVENT__BODY_EVENT_ADMITTED ? ABSENCE_ADMITS
                                                                                   : ABSENCE_RETRACTS;
    int rc;

    ref_encode(&target, key);
    write_u64(key + REF_SIZE, position);
    rc = store_put(horizon->state, TABLE_RETRACT, span_of(key, sizeof(key)), span_of(&kind, 1));
    if (rc != 0)
        return rc;
    horizon->retractions++;
    return 0;
}

/* The correction of one row: the row is damaged when it speaks of something else. */
static int read_correction(const struct horizon *horizon, struct span key, const struct ref *target, struct event *correction)
{
    struct journal_entry entry;
    struct ref spoken;
    int rc;

    memset(correction, 0, sizeof(*correction));
    if (key.len != REF_SIZE + 8)
        return NAVETTE_E_STORE;
    rc = journal_read(horizon->journal, read_u64(key.data + REF_SIZE), &entry);
    if (rc == 0)
        rc = horizon_decode(&entry, correction);
    if (rc != 0)
        return horizon_held(rc);
    spoken = absence_target(correction);
    if (ref_compare(&spoken, target) == 0)
        return 0;
    event_free(correction);
    return NAVETTE_E_STORE;
}

/* Of what came after the horizon's limit nothing is known yet. */
static int is_to_come(const struct horizon *horizon, struct span key)
{
    return key.len == REF_SIZE + 8 && read_u64(key.data + REF_SIZE) > horizon->limit;
}

static int is_absent(const struct horizon *horizon, const struct event *event, unsigned int depth, struct ref *by)
{
    uint8_t prefix[REF_SIZE];
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int absent = 0;
    int rc;

    if (depth == LIMIT_RETRACTION_DEPTH)
        return 0;
    ref_encode(&event->self, prefix);
    rc = horizon_scan(horizon->state, TABLE_RETRACT, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct event correction;
        int gone = 0;

        if (is_to_come(horizon, key))
            continue;
        rc = read_correction(horizon, key, &event->self, &correction);
        if (rc != 0)
            break;
        if (absence_is_admissible(&correction, event)) {
            gone = is_absent(horizon, &correction, depth + 1, NULL);
            if (gone == 0 && by != NULL && (!absent || ref_compare(&correction.self, by) < 0))
                *by = correction.self;
            absent |= gone == 0;
        }
        event_free(&correction);
        rc = gone < 0 ? gone : 0;
        if (rc != 0 || (absent && by == NULL))
            break;
    }
    horizon_scan_close(&scan);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    return absent;
}

/* Does this row's correction refuse, and no admission takes that back? Filled into *refusal. 1, 0 or a code. */
static int refuses(const struct horizon *horizon, struct span key, const struct ref *target, struct ref *refusal)
{
    struct event correction;
    int gone = 1;
    int rc = read_correction(horizon, key, target, &correction);

    if (rc != 0)
        return rc;
    if (correction.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED && correction.body->place[0] == '\0')
        gone = is_absent(horizon, &correction, 1, NULL);
    *refusal = correction.self;
    event_free(&correction);
    return gone < 0 ? gone : !gone;
}

int absence_refusals(const struct horizon *horizon, const struct ref *target, struct ref *list, size_t max)
{
    uint8_t prefix[REF_SIZE];
    struct prefix_scan scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc;

    if (horizon->retractions == 0)
        return 0;
    ref_encode(target, prefix);
    rc = horizon_scan(horizon->state, TABLE_RETRACT, span_of(prefix, sizeof(prefix)), &scan);
    while (rc >= 0 && count < max && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        if (is_to_come(horizon, key) || value.len != 1 || value.data[0] != ABSENCE_REFUSES)
            continue;
        rc = refuses(horizon, key, target, &list[count]);
        if (rc > 0)
            count++;
    }
    horizon_scan_close(&scan);
    return rc < 0 && rc != NAVETTE_E_NOT_FOUND ? rc : (int)count;
}

int absence_of(const struct horizon *horizon, const struct event *event, struct ref *by)
{
    return horizon->retractions == 0 ? 0 : is_absent(horizon, event, 0, by);
}
