/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/refold.h"

#include <stdlib.h>
#include <string.h>

#include "fold/chronicle.h"
#include "fold/contain.h"
#include "fold/correction.h"
#include "fold/custody.h"
#include "fold/digest.h"
#include "fold/fold_work.h"
#include "fold/keymap.h"
#include "fold/lending.h"
#include "fold/order.h"
#include "fold/posting.h"
#include "navette/journal_stub.h"
#include "reconcile/clock.h"
#include "reconcile/phone.h"
#include "reconcile/reconcile.h"

size_t refold_things(const Navette__Event *body, struct event_thing things[EVENT_THINGS_MAX])
{
    size_t count = event_things(body, things);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        int kind = thing_kind(&things[i].key);

        if (kind != NAVETTE__THING_KIND__THING_OPERATOR &&
            (kind < NAVETTE__THING_KIND__THING_ITEM || kind > NAVETTE__THING_KIND__THING_ORDER))
            continue;
        if (kept != i)
            things[kept] = things[i];
        kept++;
    }
    return kept;
}

/* Writes the label a thing has now (empty: none), then where its words stand. is_new: it has none yet. */
static int settle_label(struct fold *fold, const struct thing_key *key, const struct label *label, int is_new)
{
    struct span row = thing_key_span(key);
    struct buffer bytes = {.data = NULL};
    int is_empty = label_is_empty(label);
    struct label before;
    struct span old;
    int had;
    int rc = label_encode(label, &bytes);

    if (rc != 0)
        goto done;
    rc = is_new ? NAVETTE_E_NOT_FOUND : store_get(fold->state, TABLE_LABEL, row, &old);
    had = rc == 0;
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = 0;
    if (rc != 0)
        goto done;
    if (had && fold->keeps_words && (rc = label_decode(old, &before)) != 0)
        goto done;
    if (!had || is_empty || !span_equal(old, buffer_span(&bytes))) {
        if (had)
            rc = digest_note(&fold->work->terms, fold->digest, 1, DIGEST_LABEL, row, old);
        if (rc == 0 && !is_empty)
            rc = digest_note(&fold->work->terms, fold->digest, 0, DIGEST_LABEL, row, buffer_span(&bytes));
        if (rc == 0 && !is_empty)
            rc = store_put(fold->state, TABLE_LABEL, row, buffer_span(&bytes));
        else if (rc == 0 && had)
            rc = store_del(fold->state, TABLE_LABEL, row);
    }
    if (rc == 0 && fold->keeps_words)
        rc = posting_settle(fold->state, key, had ? &before : NULL, label);

done:
    buffer_free(&bytes);
    return rc;
}

/* The whole history; that it was read is known from then on. */
static int load(struct fold *fold, const struct horizon *horizon, const struct thing_key *key, uint64_t newest, struct chronicle *chronicle)
{
    int rc = chronicle_load_from(horizon, key, newest, chronicle);

    if (rc != 0)
        return rc;
    rc = afresh_note(&fold->work->afresh, key, chronicle->count, horizon->limit, fold->work->lapse.now_ms);
    if (rc != 0)
        chronicle_free(chronicle);
    return rc;
}

/* Plays a history in its order. record: empty but for its contents. label (may be NULL): what it says in the end. */
static int play(const struct chronicle *chronicle, const struct order *order, struct thing_record *record, struct label *label,
                struct discrepancy_findings *findings)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < order->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[order->sequence[i]];
        struct reconcile_step step = {
            .event = &entry->event, .part = entry->part, .explained = order->explained[order->sequence[i]], .record = record};
        struct reconcile_before before;

        reconcile_before(record, &before);
        custody_apply(&entry->event, entry->part, entry->time_ms, record);
        if (label != NULL)
            (void)custody_label(entry->event.body, label);
        rc = reconcile_step(findings, &before, &step);
    }
    reconcile_finish(findings);
    return rc;
}

/* had: something was found before. */
static int keep_found(struct fold *fold, const struct horizon *horizon, struct thing_record *record, int had,
                      const struct discrepancy_findings *findings)
{
    record->order_flags &= (uint8_t)~ORDER_FOUND;
    if (findings->count > 0)
        record->order_flags |= ORDER_FOUND;
    if (!had && findings->count == 0)
        return 0;
    return reconcile_keep(fold->state, &record->key, findings, lapse_position(&fold->work->lapse, horizon));
}

/* What was said of it on the phone: what that makes of the findings, and what stands. */
static int find_phone(struct fold *fold, const struct chronicle *chronicle, const struct order *order, struct thing_record *record,
                      struct discrepancy_findings *findings)
{
    struct phone_reports reports;
    int rc = phone_of_chronicle(chronicle, order, &reports);

    if (rc != 0 || !reports.any)
        return rc;
    record->order_flags |= ORDER_PHONED;
    rc = phone_find(&record->key, &reports, findings);
    if (rc == 0)
        rc = phone_keep(fold->state, &record->key, &reports);
    phone_reports_free(&reports);
    return rc;
}

/* The history of a record that is up to date is read for what nothing explains. */
static int find_again(struct fold *fold, const struct horizon *horizon, struct thing_record *record)
{
    struct discrepancy_findings findings = {NULL, 0};
    struct thing_record played;
    struct chronicle chronicle;
    struct order order;
    int rc = load(fold, horizon, &record->key, record->newest, &chronicle);

    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc == 0) {
        thing_record_init(&played, &record->key);
        rc = play(&chronicle, &order, &played, NULL, &findings);
        if (rc == 0)
            rc = find_phone(fold, &chronicle, &order, record, &findings);
        order_free(&order);
    }
    chronicle_free(&chronicle);
    if (rc == 0)
        rc = keep_found(fold, horizon, record, record->order_flags & ORDER_FOUND, &findings);
    discrepancy_free(&findings);
    return rc;
}

/* What an event put last shows by itself; the whole history is read only when that does not tell. */
static int find_last(struct fold *fold, const struct horizon *horizon, struct thing_record *record, const struct reconcile_before *before,
                     const struct reconcile_step *step)
{
    struct discrepancy_finding finding;
    int is_odd = reconcile_is_odd(before, step);
    int is_phoned = (record->order_flags & ORDER_PHONED) || step->event->body->body_case == NAVETTE__EVENT__BODY_PHONE_SAID;

    if (is_phoned || (is_odd && step->explained < 0) || ((record->order_flags & ORDER_FOUND) && reconcile_is_end(before, step))) {
        /* Its past has this event already. */
        int is_put_off = afresh_put_off(&fold->work->afresh, &record->key, horizon->limit + 1, horizon->limit);
        int rc = is_put_off ? 0 : find_again(fold, horizon, record);

        /* Where it is now is known; what its history shows is found once that is here again. */
        fold->owes |= rc == NAVETTE_E_PRUNED;
        return rc == NAVETTE_E_PRUNED ? 0 : rc;
    }
    if (!is_odd || !reconcile_find(before, step, &finding))
        return 0;
    record->order_flags |= ORDER_FOUND;
    return reconcile_add(fold->state, &record->key, &finding, horizon->limit);
}

/* Reads the whole history again for what it was at all moments. */
static int note_past_again(struct fold *fold, const struct horizon *horizon, struct thing_record *record)
{
    struct chronicle chronicle;
    struct order order;
    int rc;

    if (afresh_put_off(&fold->work->afresh, &record->key, horizon->limit, horizon->limit))
        return timeline_stands(&fold->work->timeline, horizon, record);
    rc = load(fold, horizon, &record->key, record->newest, &chronicle);
    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc == 0) {
        rc = timeline_again(&fold->work->timeline, horizon, record, &chronicle, &order);
        order_free(&order);
    }
    chronicle_free(&chronicle);
    return rc;
}

/* The event put last happened after all others, or among them. */
static int note_past(struct fold *fold, const struct horizon *horizon, struct thing_record *record, int64_t time_ms)
{
    int is_latest = record->events == 1 || time_ms >= record->latest_ms;

    if (is_latest)
        record->latest_ms = time_ms;
    return is_latest ? timeline_last(&fold->work->timeline, horizon, record, time_ms) : note_past_again(fold, horizon, record);
}

int refold_append(struct fold *fold, const struct horizon *horizon, struct thing_record *record, const struct arrival *arrival,
                  const struct concern *concern)
{
    struct reconcile_step step = {.event = arrival->event, .part = concern->part, .record = record};
    struct reconcile_before before;
    struct label label;
    int64_t time_ms;
    int rc = correction_time(horizon, arrival->event, &time_ms, NULL);

    if (rc == 0)
        rc = timeline_before(&fold->work->timeline, record);
    if (rc != 0)
        return rc;
    if (reconcile_asks_explained(concern->body))
        step.explained = append_is_explained(record, arrival, concern);
    append_note(record, arrival, concern);
    reconcile_before(record, &before);
    custody_apply(arrival->event, concern->part, time_ms, record);
    rc = note_past(fold, horizon, record, time_ms);
    if (rc == 0 && custody_label(concern->body, &label))
        rc = settle_label(fold, &record->key, &label, record->events == 1);
    if (rc == 0)
        rc = find_last(fold, horizon, record, &before, &step);
    return rc;
}

static void take_tail(const struct chronicle *chronicle, const struct order *order, struct thing_record *record)
{
    record->events = (uint32_t)order->count;
    record->order_flags = order->flags;
    record->missing = order->missing;
    record->wanted = order->wanted;
    record->open_len = order->open_len;
    memcpy(record->open, order->open, order->open_len);
    for (size_t i = 0; i < order->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[order->sequence[i]];

        record->last = entry->entry.self;
        if (i == 0 || entry->time_ms > record->latest_ms)
            record->latest_ms = entry->time_ms;
        if (i == 0 || order_compare(entry->event.body->hlc, &entry->entry.self, record->max_hlc, &record->max_ref) > 0) {
            record->max_hlc = entry->event.body->hlc;
            record->max_ref = entry->entry.self;
        }
    }
}

int refold_record(struct fold *fold, const struct horizon *horizon, struct thing_record *record)
{
    struct content *contents = record->contents;
    size_t content_count = record->content_count;
    struct discrepancy_findings findings = {NULL, 0};
    struct thing_key key = record->key;
    int had = record->order_flags & ORDER_FOUND;
    struct chronicle chronicle;
    struct order order;
    struct label label;
    uint64_t newest = record->newest;
    int rc = load(fold, horizon, &key, newest, &chronicle);

    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc != 0)
        goto free_chronicle;
    fold->refolds++;
    rc = timeline_before(&fold->work->timeline, record);
    if (rc != 0)
        goto free_order;
    memset(&label, 0, sizeof(label));
    thing_record_init(record, &key);
    record->newest = newest;
    record->contents = contents;
    record->content_count = content_count;
    rc = play(&chronicle, &order, record, &label, &findings);
    take_tail(&chronicle, &order, record);
    if (rc == 0)
        rc = find_phone(fold, &chronicle, &order, record, &findings);
    if (rc == 0)
        rc = settle_label(fold, &key, &label, 0);
    if (rc == 0)
        rc = keep_found(fold, horizon, record, had, &findings);
    if (rc == 0)
        rc = timeline_again(&fold->work->timeline, horizon, record, &chronicle, &order);
    discrepancy_free(&findings);

free_order:
    order_free(&order);

free_chronicle:
    chronicle_free(&chronicle);
    return rc;
}

static int refold_now(struct fold *fold, const struct horizon *horizon, const struct thing_key *key)
{
    struct contain_change change;
    size_t slot;
    int rc;

    contain_begin(&change, fold);
    rc = contain_open(&change, key, &slot);
    if (rc == 0)
        rc = refold_record(fold, horizon, &change.slots[slot].new);
    if (rc == 0)
        rc = lapse_take(&fold->work->lapse, horizon, &change.slots[slot].old, &change.slots[slot].new);
    if (rc == 0)
        rc = contain_settle(&change);
    contain_free(&change);
    return rc;
}

static int refold_one(struct fold *fold, const struct horizon *horizon, const struct thing_key *key)
{
    return afresh_put_off(&fold->work->afresh, key, horizon->limit, horizon->limit) ? 0 : refold_now(fold, horizon, key);
}

/* One thing, with the last event that was put off as the one that changes it. */
static int refold_late(struct fold *fold, const struct horizon *horizon, const struct thing_key *key, const struct afresh_thing *owed)
{
    struct journal_entry entry;
    struct event event;
    int rc = horizon_held(journal_read(horizon->journal, owed->last, &entry));

    if (rc == 0)
        rc = horizon_held(horizon_decode(&entry, &event));
    if (rc != 0)
        return rc;
    fold->work->lapse.event = &event;
    fold->work->lapse.at = owed->last;
    fold->work->timeline.from = owed->first;
    rc = refold_now(fold, horizon, key);
    fold->work->timeline.from = 0;
    fold->work->lapse.at = 0;
    if (rc == 0)
        rc = lending_again(horizon, key);
    event_free(&event);
    return rc;
}

int refold_owed(struct fold *fold, const struct horizon *horizon)
{
    struct afresh afresh = fold->work->afresh;
    int rc = 0;

    /* What is read now counts for no stretch. */
    afresh_init(&fold->work->afresh, afresh.long_history);
    fold->work->timeline.amends = afresh.amends;
    for (uint32_t i = 0; rc == 0 && i < afresh.keys.count; i++) {
        struct thing_key key;

        if (afresh.things[i].first == 0)
            continue;
        rc = thing_key_read(keymap_key(&afresh.keys, i), &key);
        if (rc == 0)
            rc = refold_late(fold, horizon, &key, &afresh.things[i]);
    }
    /* A rule or a place may have been among them. */
    lapse_forget(&fold->work->lapse);
    afresh_free(&fold->work->afresh);
    afresh_free(&afresh);
    return rc;
}

int refold_event(struct fold *fold, const struct horizon *horizon, const struct event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = refold_things(event->body, things);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = refold_one(fold, horizon, &things[i].key);
    return rc;
}

static int find_one(struct fold *fold, const struct horizon *horizon, const struct thing_key *key)
{
    struct contain_change change;
    size_t slot;
    int rc;

    contain_begin(&change, fold);
    rc = contain_open(&change, key, &slot);
    if (rc == 0)
        rc = find_again(fold, horizon, &change.slots[slot].new);
    if (rc == 0)
        rc = contain_settle(&change);
    contain_free(&change);
    return rc;
}

int refold_find(struct fold *fold, const struct horizon *horizon, const struct event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = refold_things(event->body, things);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = find_one(fold, horizon, &things[i].key);
    return rc;
}

struct gathering {
    const struct horizon *horizon;
    uint64_t boot;
    struct keymap *keys;
};

/* Adds the things of one entry, if its event belongs to the boot. */
static int gather_entry(uint64_t position, void *context)
{
    const struct gathering *gathering = context;
    struct event_thing things[EVENT_THINGS_MAX];
    struct journal_entry entry;
    struct event event;
    size_t count;
    struct stub_clock clock;
    int rc = journal_read(gathering->horizon->journal, position, &entry);

    if (rc == NAVETTE_E_PRUNED && journal_stub_clock(&entry, &clock) == 0 && clock.boot != gathering->boot)
        return 0;
    if (rc != 0)
        return horizon_held(rc);
    rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN ? 0 : rc;
    count = event.body->boot == gathering->boot ? refold_things(event.body, things) : 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        uint32_t number;

        rc = keymap_number(gathering->keys, thing_key_span(&things[i].key), &number);
    }
    event_free(&event);
    return rc;
}

int refold_boot(struct fold *fold, const struct horizon *horizon, const struct event *correction)
{
    struct clock_boot boot = correction_boot(correction);
    struct keymap keys;
    int changed;
    int rc = correction_choose(horizon, &boot, &changed);

    if (rc != 0 || !changed)
        return rc;
    keymap_init(&keys);
    rc = correction_each(horizon, &boot, gather_entry, &(struct gathering){horizon, boot.boot, &keys});
    for (uint32_t i = 0; rc == 0 && i < keys.count; i++) {
        struct thing_key key;

        rc = thing_key_read(keymap_key(&keys, i), &key);
        if (rc == 0)
            rc = refold_one(fold, horizon, &key);
    }
    keymap_free(&keys);
    return rc == 0 ? clock_again(horizon, boot.incarnation, boot.boot) : rc;
}
