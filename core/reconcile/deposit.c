/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/deposit.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/chronicle.h"
#include "fold/keymap.h"
#include "fold/order.h"
#include "reconcile/handover_key.h"
#include "reconcile/handover_set.h"
#include "reconcile/reconcile.h"

#define CRATE NAVETTE__THING_KIND__THING_CRATE

/* What is counted: documents, bags. */
enum { ITEMS, BAGS, WHATS };

struct found {
    struct keymap things;
    struct keymap steps; /* incarnation and operation of each event that found some */
    int is_over;         /* a step is */
    uint64_t last_hlc;   /* the event that found the last one */
    struct ref last;
};

/* One deposit of a container, while its history is played. */
struct deposit {
    const struct horizon *horizon;
    const struct thing_key *container;
    const struct event *declared; /* borrowed from the chronicle; NULL: none */
    struct found found[WHATS];
    struct keymap closed; /* steps that are over */
    int is_open;          /* somebody has looked inside */
    int seal_differs;
    struct discrepancy_finding finding; /* places and events, as they come */
};

static void begin(struct deposit *deposit, const struct event *declared)
{
    for (int what = 0; what < WHATS; what++) {
        keymap_free(&deposit->found[what].things);
        keymap_free(&deposit->found[what].steps);
        memset(&deposit->found[what], 0, sizeof(deposit->found[what]));
        keymap_init(&deposit->found[what].things);
        keymap_init(&deposit->found[what].steps);
    }
    deposit->declared = declared;
    deposit->is_open = 0;
    deposit->seal_differs = 0;
    memset(&deposit->finding, 0, sizeof(deposit->finding));
    if (declared == NULL)
        return;
    deposit->finding.kind = DISCREPANCY_DEPOSIT;
    reconcile_add_event(&deposit->finding, &declared->self);
    reconcile_add_place(&deposit->finding, declared->body->place);
}

static void step_of(const struct event *event, uint8_t step[INCARNATION_SIZE + 8])
{
    memcpy(step, event->self.incarnation, INCARNATION_SIZE);
    write_u64(step + INCARNATION_SIZE, event->body->operation != 0 ? event->body->operation : event->self.seq);
}

/* Takes what one event found. */
static int find_things(struct deposit *deposit, int what, const struct event *event, Navette__Thing *const *things, size_t count)
{
    struct found *found = &deposit->found[what];
    uint8_t step[INCARNATION_SIZE + 8];
    size_t before = found->things.count;
    uint32_t number;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct thing_key key;

        rc = thing_key_of(things[i], &key);
        if (rc == 0)
            rc = keymap_number(&found->things, thing_key_span(&key), &number);
    }
    if (rc != 0 || found->things.count == before)
        return rc;
    step_of(event, step);
    rc = keymap_number(&found->steps, span_of(step, sizeof(step)), &number);
    found->is_over |= event->body->operation == 0 || keymap_find(&deposit->closed, span_of(step, sizeof(step)), &number);
    if (order_compare(event->body->hlc, &event->self, found->last_hlc, &found->last) > 0) {
        found->last_hlc = event->body->hlc;
        found->last = event->self;
    }
    deposit->is_open = 1;
    reconcile_add_place(&deposit->finding, event->body->place);
    return rc;
}

static int is_filling(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_ITEM_PACKED || body->body_case == NAVETTE__EVENT__BODY_BAG_SEALED ||
           body->body_case == NAVETTE__EVENT__BODY_SEALED_DEPOSIT || body->body_case == NAVETTE__EVENT__BODY_CRATE_LOADED;
}

/* What was in a bag: unpacked after it came out of the crate, until something else is put into it. */
static int play_bag(struct deposit *deposit, const Navette__Thing *bag, const struct ref *unloaded)
{
    struct chronicle chronicle;
    struct thing_key key;
    struct order order;
    int is_out = 0;
    int rc = thing_key_of(bag, &key);

    if (rc == 0)
        rc = chronicle_load(deposit->horizon, &key, &chronicle);
    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc != 0)
        goto free_chronicle;
    for (size_t i = 0; rc == 0 && i < order.count; i++) {
        const struct event *event = &chronicle.entries[order.sequence[i]].event;

        if (ref_compare(&event->self, unloaded) == 0)
            is_out = 1;
        else if (is_out && is_filling(event->body))
            break;
        else if (is_out && event->body->body_case == NAVETTE__EVENT__BODY_ITEM_UNPACKED)
            rc = find_things(deposit, ITEMS, event, event->body->item_unpacked->items, event->body->item_unpacked->n_items);
    }
    order_free(&order);

free_chronicle:
    chronicle_free(&chronicle);
    return rc;
}

static int play_unloaded(struct deposit *deposit, const struct event *event)
{
    const Navette__CrateUnloaded *unloaded = event->body->crate_unloaded;
    int rc = find_things(deposit, BAGS, event, unloaded->bags, unloaded->n_bags);

    for (size_t i = 0; rc == 0 && i < unloaded->n_bags; i++)
        rc = play_bag(deposit, unloaded->bags[i], &event->self);
    return rc;
}

static void play_opened(struct deposit *deposit, const struct event *event)
{
    const char *declared = deposit->declared->body->sealed_deposit->seal;
    const char *read = event->body->bag_opened->seal;

    deposit->is_open = 1;
    if (declared[0] == '\0' || read[0] == '\0' || strcmp(declared, read) == 0)
        return;
    deposit->seal_differs = 1;
    reconcile_add_event(&deposit->finding, &event->self);
    reconcile_add_place(&deposit->finding, event->body->place);
}

/* What is declared and what is found, of what anybody has begun to look for: 0 equal, else the difference. */
static int64_t differs(const struct deposit *deposit, int what)
{
    const Navette__SealedDeposit *declared = deposit->declared->body->sealed_deposit;
    const struct found *found = &deposit->found[what];

    if (found->things.count == 0 || (what == BAGS && thing_kind(deposit->container) != CRATE))
        return 0;
    return (int64_t)found->things.count - (int64_t)(what == ITEMS ? declared->items : declared->bags);
}

/* The deposit is told to its end: what is left of it. */
static int settle(struct deposit *deposit, struct discrepancy_findings *findings)
{
    struct discrepancy_finding *finding = &deposit->finding;
    struct discrepancy_finding *list;
    struct thing_key subject;
    uint8_t leg[REF_SIZE];
    int is_found = deposit->seal_differs;
    int is_ended = 0;

    if (deposit->declared == NULL)
        return 0;
    for (int what = 0; what < WHATS; what++) {
        const struct found *found = &deposit->found[what];

        is_found |= differs(deposit, what) != 0 && found->is_over;
        is_ended |= differs(deposit, what) == 0 && found->steps.count > 1;
        if (found->last.seq != 0)
            reconcile_add_event(finding, &found->last);
    }
    if (!is_found && !is_ended)
        return 0;
    if (!is_found)
        finding->ended = deposit->found[deposit->found[ITEMS].steps.count > 1 ? ITEMS : BAGS].last;
    list = realloc(findings->list, (findings->count + 1) * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    findings->list = list;
    handover_key_of_deposit(deposit->container, &subject);
    ref_encode(&deposit->declared->self, leg);
    reconcile_identify(&subject, leg, sizeof(leg), finding);
    list[findings->count++] = *finding;
    return 0;
}

static int play(struct deposit *deposit, const struct event *event, struct discrepancy_findings *findings)
{
    const Navette__Event *body = event->body;
    int is_new = body->body_case == NAVETTE__EVENT__BODY_SEALED_DEPOSIT;
    int rc;

    if (is_new || (deposit->is_open && is_filling(body))) {
        rc = settle(deposit, findings);
        begin(deposit, is_new ? event : NULL);
        return rc;
    }
    if (deposit->declared == NULL)
        return 0;
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_BAG_OPENED:
        play_opened(deposit, event);
        return 0;
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
        return find_things(deposit, ITEMS, event, body->item_unpacked->items, body->item_unpacked->n_items);
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
        return thing_kind(deposit->container) == CRATE ? play_unloaded(deposit, event) : 0;
    default:
        return 0;
    }
}

/* Operations that are over, of those that named this container. */
static int read_closed(const struct horizon *horizon, const struct thing_key *container, struct keymap *closed)
{
    uint8_t prefix[HANDOVER_ROW_MAX] = {HANDOVER_ROW_EVENT};
    struct thing_key subject;
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc;

    handover_key_of_deposit(container, &subject);
    memcpy(prefix + 1, subject.bytes, subject.len);
    rc = horizon_scan(horizon->state, TABLE_HANDOVER, span_of(prefix, 1u + subject.len), &scan);
    while (rc == 0 && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint64_t position = key.len == 1u + subject.len + 8u ? read_u64(key.data + 1 + subject.len) : 0;
        struct journal_entry entry;
        struct event event;
        int absent;

        if (position > horizon->limit)
            continue;
        rc = horizon_held(journal_read(horizon->journal, position, &entry));
        if (rc == 0)
            rc = horizon_held(horizon_decode(&entry, &event));
        if (rc != 0)
            break;
        absent = absence_of(horizon, &event, NULL);
        if (absent == 0 && event.body->body_case == NAVETTE__EVENT__BODY_OPERATION_CLOSED) {
            uint8_t step[INCARNATION_SIZE + 8];
            uint32_t number;

            step_of(&event, step);
            rc = keymap_number(closed, span_of(step, sizeof(step)), &number);
        }
        event_free(&event);
        rc = absent < 0 ? absent : rc;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Those of the container, and of every bag that came out of it. */
static int read_steps(const struct horizon *horizon, const struct chronicle *chronicle, struct keymap *closed)
{
    int rc = read_closed(horizon, &chronicle->key, closed);

    for (size_t i = 0; rc == 0 && i < chronicle->count; i++) {
        const Navette__Event *body = chronicle->entries[i].event.body;

        if (body->body_case != NAVETTE__EVENT__BODY_CRATE_UNLOADED || thing_kind(&chronicle->key) != CRATE)
            continue;
        for (size_t k = 0; rc == 0 && k < body->crate_unloaded->n_bags; k++) {
            struct thing_key bag;

            rc = thing_key_of(body->crate_unloaded->bags[k], &bag);
            if (rc == 0)
                rc = read_closed(horizon, &bag, closed);
        }
    }
    return rc;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(((const struct discrepancy_finding *)a)->id, ((const struct discrepancy_finding *)b)->id, DISCREPANCY_ID_SIZE);
}

static int play_all(struct deposit *deposit, const struct chronicle *chronicle, struct discrepancy_findings *findings)
{
    struct order order;
    int rc = order_build(chronicle, &order);

    if (rc != 0)
        return rc;
    begin(deposit, NULL);
    for (size_t i = 0; rc == 0 && i < order.count; i++)
        rc = play(deposit, &chronicle->entries[order.sequence[i]].event, findings);
    if (rc == 0)
        rc = settle(deposit, findings);
    begin(deposit, NULL);
    order_free(&order);
    if (findings->count > 1)
        qsort(findings->list, findings->count, sizeof(*findings->list), compare_ids);
    return rc;
}

int deposit_find(const struct horizon *horizon, const struct thing_key *container, struct discrepancy_findings *findings)
{
    struct deposit deposit;
    struct chronicle chronicle;
    int rc = chronicle_load(horizon, container, &chronicle);

    memset(findings, 0, sizeof(*findings));
    if (rc != 0)
        return rc;
    memset(&deposit, 0, sizeof(deposit));
    deposit.horizon = horizon;
    deposit.container = container;
    keymap_init(&deposit.closed);
    rc = read_steps(horizon, &chronicle, &deposit.closed);
    if (rc == 0)
        rc = play_all(&deposit, &chronicle, findings);
    keymap_free(&deposit.closed);
    chronicle_free(&chronicle);
    if (rc != 0)
        discrepancy_free(findings);
    return rc;
}
