/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "reconcile/deposit.h"
#include "reconcile/handover_key.h"
#include "reconcile/handover_set.h"
#include "reconcile/reconcile.h"

#define CRATE NAVETTE__THING_KIND__THING_CRATE
#define BAG NAVETTE__THING_KIND__THING_BAG

/* The container has been declared unopened at least once: the summary under its name counts that. */
static int keep(const struct horizon *horizon, const struct thing_key *container)
{
    struct handover_summary summary;
    struct discrepancy_findings findings;
    struct thing_key subject;
    int rc;

    handover_key_of_deposit(container, &subject);
    rc = handover_set_summary(horizon->state, &subject, &summary);
    if (rc != 0 || summary.events == 0)
        return rc;
    rc = deposit_find(horizon, container, &findings);
    if (rc != 0)
        return rc;
    rc = reconcile_keep(horizon->state, &subject, &findings, horizon->limit);
    discrepancy_free(&findings);
    return rc;
}

/* The container's own deposits, and those of the crates that a bag came out of. */
static int keep_around(const struct horizon *horizon, const struct thing_key *container)
{
    uint8_t prefix[HANDOVER_ROW_MAX] = {HANDOVER_ROW_UNLOADED};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = keep(horizon, container);

    if (rc != 0 || thing_kind(container) != BAG)
        return rc;
    memcpy(prefix + 1, container->bytes, container->len);
    rc = horizon_scan(horizon->state, TABLE_HANDOVER, span_of(prefix, 1u + container->len), &scan);
    while (rc == 0 && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct thing_key crate;

        rc = thing_key_read(span_of(key.data + 1 + container->len, key.len - 1 - container->len), &crate);
        rc = rc == 0 ? keep(horizon, &crate) : NAVETTE_E_STORE;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int note_row(const struct horizon *horizon, const struct thing_key *container)
{
    uint8_t row[HANDOVER_ROW_MAX] = {HANDOVER_ROW_EVENT};
    struct thing_key subject;

    handover_key_of_deposit(container, &subject);
    memcpy(row + 1, subject.bytes, subject.len);
    write_u64(row + 1 + subject.len, horizon->limit);
    return store_put(horizon->state, TABLE_HANDOVER, span_of(row, 1u + subject.len + 8u), span_of("", 0));
}

static int note_declared(const struct horizon *horizon, const struct thing_key *container)
{
    struct handover_summary summary;
    struct thing_key subject;
    int rc = note_row(horizon, container);

    handover_key_of_deposit(container, &subject);
    if (rc == 0)
        rc = handover_set_summary(horizon->state, &subject, &summary);
    if (rc != 0)
        return rc;
    summary.events++;
    return handover_set_summarise(horizon->state, &subject, &summary);
}

static int note_unloaded(const struct horizon *horizon, const Navette__CrateUnloaded *unloaded)
{
    struct thing_key crate;
    int rc = thing_key_of(unloaded->crate, &crate);

    for (size_t i = 0; rc == 0 && i < unloaded->n_bags; i++) {
        uint8_t row[HANDOVER_ROW_MAX] = {HANDOVER_ROW_UNLOADED};
        struct thing_key bag;

        rc = thing_key_of(unloaded->bags[i], &bag);
        if (rc != 0)
            break;
        memcpy(row + 1, bag.bytes, bag.len);
        memcpy(row + 1 + bag.len, crate.bytes, crate.len);
        rc = store_put(horizon->state, TABLE_HANDOVER, span_of(row, 1u + bag.len + crate.len), span_of("", 0));
    }
    return rc;
}

static int note(const struct horizon *horizon, const struct event *event)
{
    const Navette__Event *body = event->body;
    struct thing_key container;
    int rc;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_SEALED_DEPOSIT:
        rc = thing_key_of(body->sealed_deposit->container, &container);
        return rc == 0 ? note_declared(horizon, &container) : rc;
    case NAVETTE__EVENT__BODY_OPERATION_CLOSED:
        if (body->operation_closed->container == NULL || body->operation == 0)
            return 0;
        rc = thing_key_of(body->operation_closed->container, &container);
        return rc == 0 ? note_row(horizon, &container) : rc;
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
        return note_unloaded(horizon, body->crate_unloaded);
    default:
        return 0;
    }
}

static int keep_around_all(const struct horizon *horizon, const Navette__Event *body)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(body, things);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        int kind = thing_kind(&things[i].key);

        if (kind == BAG || kind == CRATE)
            rc = keep_around(horizon, &things[i].key);
    }
    return rc;
}

int deposit_keep_again(const struct horizon *horizon, const struct event *event)
{
    const Navette__Event *body = event->body;
    struct thing_key container;
    int rc = 0;

    if (body->body_case == NAVETTE__EVENT__BODY_OPERATION_CLOSED && body->operation_closed->container != NULL &&
        thing_key_of(body->operation_closed->container, &container) == 0)
        rc = keep_around(horizon, &container);
    return rc == 0 && event_names(body, 1u << BAG | 1u << CRATE) ? keep_around_all(horizon, body) : rc;
}

int deposit_keep_event(const struct horizon *horizon, const struct event *event)
{
    int rc = note(horizon, event);

    return rc == 0 ? deposit_keep_again(horizon, event) : rc;
}
