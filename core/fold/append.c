/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/append.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/order.h"

static int is_known(const struct ref *ref, const struct ref *known, size_t known_count)
{
    for (size_t i = 0; i < known_count; i++) {
        if (ref_compare(ref, &known[i]) == 0)
            return 1;
    }
    return 0;
}

static int arrive_parent(const struct horizon *horizon, const struct ref *parent, struct arrival *arrival)
{
    struct event event;
    int rc;

    if (horizon->retractions == 0) {
        struct journal_entry entry;

        rc = horizon_find(horizon, parent, &entry);
        /* It is there. Nothing that was given up is retracted: waiting.h. */
        rc = rc == NAVETTE_E_PRUNED ? 0 : rc;
    } else {
        rc = horizon_event(horizon, parent, &event, NULL);
        if (rc == 0) {
            int absent = absence_of(horizon, &event, NULL);

            event_free(&event);
            arrival->odd |= absent > 0;
            return absent < 0 ? absent : 0;
        }
        rc = rc == NAVETTE_E_PRUNED ? 0 : rc;
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        arrival->missing |= explain_bit_of_ref(parent);
        return 0;
    }
    return rc;
}

int append_arrive(const struct horizon *horizon, const struct event *event, const struct ref *known, size_t known_count,
                  struct arrival *arrival)
{
    const Navette__Event *body = event->body;

    memset(arrival, 0, sizeof(*arrival));
    arrival->event = event;
    for (size_t i = 0; i < body->n_parents; i++) {
        struct ref parent = event_ref(body->parents[i], &event->self);
        int rc;

        if (ref_compare(&parent, &event->self) == 0)
            arrival->odd = 1;
        if (is_known(&parent, known, known_count))
            continue;
        rc = arrive_parent(horizon, &parent, arrival);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int names_parent(const struct event *event, const struct ref *wanted)
{
    for (size_t i = 0; i < event->body->n_parents; i++) {
        struct ref parent = event_ref(event->body->parents[i], &event->self);

        if (ref_compare(&parent, wanted) == 0)
            return 1;
    }
    return 0;
}

static int may_explain(const struct thing_record *record, const struct concern *concern)
{
    struct tokens offers;

    explain_offers(concern, &offers);
    for (size_t i = 0; i < offers.count; i++) {
        if (record->wanted & explain_bit(&offers.list[i]))
            return 1;
    }
    return 0;
}

int append_is_last(const struct thing_record *record, const struct arrival *arrival, const struct concern *concern)
{
    const struct event *event = arrival->event;
    int follows;

    if (arrival->odd)
        return 0;
    if (record->events == 0)
        return 1;
    if (record->order_flags & ORDER_CYCLE)
        return 0;
    if (record->missing != 0 && (record->missing & explain_bit_of_ref(&event->self)))
        return 0;
    follows = names_parent(event, &record->last);
    if (record->wanted != 0 && !(follows && (record->order_flags & ORDER_CHAIN)) && may_explain(record, concern))
        return 0;
    if (follows)
        return 1;
    return !(record->order_flags & ORDER_FORCED) && order_compare(event->body->hlc, &event->self, record->max_hlc, &record->max_ref) > 0;
}

#define FORGETS_NOTHING 4u /* a history this short has not filled the open explanations */

static int is_open(const struct thing_record *record, const struct token *token)
{
    for (size_t at = 0; at < record->open_len; at += 1u + record->open[at]) {
        if (at + 1u + record->open[at] > record->open_len)
            return 0;
        if (record->open[at] == token->len && memcmp(record->open + at + 1, token->bytes, token->len) == 0)
            return 1;
    }
    return 0;
}

int append_is_explained(const struct thing_record *record, const struct arrival *arrival, const struct concern *concern)
{
    struct tokens needs;

    if (explain_dispatch(arrival->event->body, &arrival->event->self).seq != 0)
        return -1;
    explain_needs(concern, &needs);
    for (size_t i = 0; i < needs.count; i++) {
        if (is_open(record, &needs.list[i]))
            return 1;
    }
    return record->events <= FORGETS_NOTHING ? 0 : -1;
}

/* Takes a token out of the open ones. 1 when it was there. */
static int use_up(struct thing_record *record, const struct token *token)
{
    size_t at = 0;

    while (at < record->open_len) {
        size_t size = 1u + record->open[at];

        if (at + size > record->open_len)
            return 0;
        if (record->open[at] == token->len && memcmp(record->open + at + 1, token->bytes, token->len) == 0) {
            memmove(record->open + at, record->open + at + size, record->open_len - at - size);
            record->open_len = (uint8_t)(record->open_len - size);
            return 1;
        }
        at += size;
    }
    return 0;
}

/* Opens one as the newest; the oldest make room, which costs a re-fold some day and is never wrong. */
static void open_up(struct thing_record *record, const struct token *token)
{
    use_up(record, token);
    while (record->open_len + 1u + token->len > RECORD_OPEN_MAX) {
        size_t size = 1u + record->open[0];

        if (size > record->open_len)
            size = record->open_len;
        memmove(record->open, record->open + size, record->open_len - size);
        record->open_len = (uint8_t)(record->open_len - size);
    }
    record->open[record->open_len] = token->len;
    memcpy(record->open + record->open_len + 1, token->bytes, token->len);
    record->open_len = (uint8_t)(record->open_len + 1u + token->len);
}

static void note_needs(struct thing_record *record, const struct event *event, const struct concern *concern)
{
    struct ref dispatch = explain_dispatch(event->body, &event->self);
    struct tokens needs;
    uint64_t bits = 0;
    int satisfied = 0;

    explain_needs(concern, &needs);
    if (needs.count == 0)
        return;
    for (size_t i = 0; i < needs.count; i++) {
        satisfied |= use_up(record, &needs.list[i]);
        bits |= explain_bit(&needs.list[i]);
    }
    /* What the record rests on is in its history, and present: the reference points to it. */
    if (dispatch.seq != 0) {
        if (ref_compare(&dispatch, &record->cause) == 0 || ref_compare(&dispatch, &record->last) == 0)
            return;
        record->missing |= explain_bit_of_ref(&dispatch);
    }
    if (!satisfied)
        record->wanted |= bits;
}

void append_note(struct thing_record *record, const struct arrival *arrival, const struct concern *concern)
{
    const struct event *event = arrival->event;

    note_needs(record, event, concern);
    if (explain_is_short(concern)) {
        struct tokens offers;

        explain_offers(concern, &offers);
        for (size_t i = 0; i < offers.count; i++)
            open_up(record, &offers.list[i]);
    }
    record->missing |= arrival->missing;
    if (record->events == 0)
        record->order_flags |= ORDER_CHAIN;
    else if (!names_parent(event, &record->last))
        record->order_flags &= (uint8_t)~ORDER_CHAIN;
    record->events++;
    record->last = event->self;
    if (record->events == 1 || order_compare(event->body->hlc, &event->self, record->max_hlc, &record->max_ref) > 0) {
        record->max_hlc = event->body->hlc;
        record->max_ref = event->self;
    }
}
