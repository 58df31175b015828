/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/discrepancy.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/horizon.h"
#include "reconcile/clock.h"
#include "reconcile/deposit.h"
#include "reconcile/discrepancy_past.h"
#include "reconcile/discrepancy_row.h"
#include "reconcile/handover_keep.h"
#include "reconcile/ledger.h"
#include "reconcile/phone.h"
#include "reconcile/reconcile.h"

const char *discrepancy_name(int kind)
{
    static const char *const names[DISCREPANCY_KIND_COUNT] = {
        [DISCREPANCY_RECEIVED] = "received-never-dispatched",
        [DISCREPANCY_TRANSITS] = "two-open-transits",
        [DISCREPANCY_PLACES] = "two-places-at-once",
        [DISCREPANCY_TRANSIT] = "dispatched-never-received",
        [DISCREPANCY_DELIVERED] = "delivered-never-received",
        [DISCREPANCY_COUNT] = "count-variance",
        [DISCREPANCY_SHORT] = "short-on-reception",
        [DISCREPANCY_OVER] = "over-on-reception",
        [DISCREPANCY_DEPOSIT] = "deposit-differs",
        [DISCREPANCY_OVERDUE] = "bag-overdue",
        [DISCREPANCY_LEDGER] = "bag-ledger-out-of-balance",
        [DISCREPANCY_CLOCK] = "clock-suspect",
        [DISCREPANCY_PHONE] = "phone-report-contradicted",
    };

    return kind > 0 && kind < DISCREPANCY_KIND_COUNT && names[kind] != NULL ? names[kind] : "unknown";
}

int discrepancy_has_term(int kind)
{
    return kind == DISCREPANCY_TRANSIT || kind == DISCREPANCY_OVERDUE;
}

void discrepancy_free(struct discrepancy_findings *findings)
{
    free(findings->list);
    findings->list = NULL;
    findings->count = 0;
}

int discrepancy_of(const struct history *history, struct discrepancy_findings *findings)
{
    struct thing_record start;
    const struct thing_record *record = &start;
    struct phone_reports reports = {NULL, 0, 0};
    int rc = 0;

    memset(findings, 0, sizeof(*findings));
    thing_record_init(&start, &history->key);
    for (size_t i = 0; rc == 0 && i < history->count; i++) {
        const struct history_step *at = &history->steps[i];
        struct reconcile_step step = {.event = &at->event, .part = at->part, .explained = at->explained, .record = &at->after};
        struct reconcile_before before;

        if (at->absent)
            continue;
        reconcile_before(record, &before);
        rc = reconcile_step(findings, &before, &step);
        record = &at->after;
    }
    reconcile_finish(findings);
    if (rc == 0)
        rc = phone_of_history(history, &reports);
    if (rc == 0)
        rc = phone_find(&history->key, &reports, findings);
    phone_reports_free(&reports);
    if (rc != 0)
        discrepancy_free(findings);
    return rc;
}

int discrepancy_each(struct store_txn *state, const struct thing_key *subject, discrepancy_visit *visit, void *context)
{
    return discrepancy_each_known(state, subject, UINT64_MAX, visit, context);
}

int discrepancy_each_known(struct store_txn *state, const struct thing_key *subject, uint64_t known, discrepancy_visit *visit,
                           void *context)
{
    const uint8_t first[1] = {NAVETTE__THING_KIND__THING_ITEM};
    struct span from = subject != NULL ? thing_key_span(subject) : span_of(first, sizeof(first));
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, TABLE_DISCREPANCY, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, from, &key, &value);
    while (rc == 0) {
        struct discrepancy_row row;

        if (subject != NULL && (key.len < from.len || memcmp(key.data, from.data, from.len) != 0))
            break;
        rc = discrepancy_past_read(state, key, value, known, &row);
        if (rc == 0)
            rc = visit(&row, context);
        else if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int discrepancy_settled(struct store_txn *state, struct store_txn *journal, const uint8_t id[DISCREPANCY_ID_SIZE], struct event *event)
{
    return discrepancy_settled_known(state, journal, id, UINT64_MAX, event);
}

int discrepancy_settled_known(struct store_txn *state, struct store_txn *journal, const uint8_t id[DISCREPANCY_ID_SIZE], uint64_t known,
                              struct event *event)
{
    uint8_t prefix[DISCREPANCY_SETTLED_PREFIX] = {0};
    struct horizon horizon;
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_open_at(&horizon, state, journal, known);

    memset(event, 0, sizeof(*event));
    memcpy(prefix + 1, id, DISCREPANCY_ID_SIZE);
    if (rc == 0)
        rc = horizon_scan(state, TABLE_DISCREPANCY, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct journal_entry entry;

        rc = key.len == DISCREPANCY_SETTLED_SIZE ? 0 : NAVETTE_E_STORE;
        if (rc == 0 && read_u64(key.data + DISCREPANCY_SETTLED_PREFIX) > horizon.limit)
            continue;
        if (rc == 0)
            rc = horizon_held(journal_read(journal, read_u64(key.data + DISCREPANCY_SETTLED_PREFIX), &entry));
        if (rc == 0)
            rc = horizon_held(horizon_decode(&entry, event));
        if (rc != 0)
            break;
        rc = absence_of(&horizon, event, NULL);
        if (rc == 0)
            break;
        event_free(event);
        if (rc < 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc;
}

static int hash_row(const struct discrepancy_row *row, void *context)
{
    struct discrepancy_row bare = *row;
    uint8_t key[DISCREPANCY_KEY_MAX];
    uint8_t value[DISCREPANCY_VALUE_MAX];
    struct span bytes;

    if (row->state == DISCREPANCY_WITHDRAWN || discrepancy_has_term(row->finding.kind))
        return 0;
    bare.opened = 0;
    bare.changed = 0;
    bytes = discrepancy_row_key(&row->subject, row->finding.id, key);
    crypto_generichash_update(context, bytes.data, bytes.len);
    bytes = discrepancy_row_encode(&bare, value);
    crypto_generichash_update(context, bytes.data, bytes.len);
    return 0;
}

int discrepancy_digest(struct store_txn *state, uint8_t digest[HASH_SIZE])
{
    crypto_generichash_state hash;
    int rc;

    crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
    rc = discrepancy_each(state, NULL, hash_row, &hash);
    crypto_generichash_final(&hash, digest, HASH_SIZE);
    return rc;
}

/* Frees them. */
static int hash_found(const struct thing_key *key, struct discrepancy_findings *findings, crypto_generichash_state *hash)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < findings->count; i++) {
        struct discrepancy_row row;

        memset(&row, 0, sizeof(row));
        row.subject = *key;
        row.finding = findings->list[i];
        row.state = row.finding.ended.seq == 0 ? DISCREPANCY_OPEN : DISCREPANCY_ENDED;
        rc = hash_row(&row, hash);
    }
    discrepancy_free(findings);
    return rc;
}

static int hash_fresh(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, crypto_generichash_state *hash)
{
    struct discrepancy_findings findings;
    struct history history;
    int rc = fold_history(state, journal, key, INT64_MAX, &history);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = discrepancy_of(&history, &findings);
    history_free(&history);
    return rc == 0 ? hash_found(key, &findings, hash) : rc;
}

struct hashing {
    const struct horizon *horizon;
    crypto_generichash_state *hash;
    char kind[LIMIT_CODE + 1]; /* the last one */
};

/* Each kind of untagged bags once: they come in the order of their keys. */
static int hash_pool(const struct ledger_cell *cell, void *context)
{
    struct hashing *hashing = context;
    struct discrepancy_findings findings;
    struct thing_key subject;
    int rc;

    if (strcmp(cell->kind, hashing->kind) == 0)
        return 0;
    rc = thing_key_make(NAVETTE__THING_KIND__THING_POOL, "", cell->kind, &subject) == 0 ? 0 : NAVETTE_E_STORE;
    if (rc != 0)
        return rc;
    memcpy(hashing->kind, cell->kind, strlen(cell->kind) + 1);
    rc = ledger_find(hashing->horizon, cell->kind, &findings);
    return rc == 0 ? hash_found(&subject, &findings, hashing->hash) : rc;
}

/* A check under way. */
struct checking {
    const struct horizon *horizon;
    crypto_generichash_state *hash;
};

static int hash_handover(const struct thing_key *key, void *context)
{
    struct checking *checking = context;
    struct discrepancy_findings findings;
    struct thing_key container;
    int rc = handover_key_is_deposit(key, &container) ? deposit_find(checking->horizon, &container, &findings)
                                                      : handover_keep_find(checking->horizon, key, &findings);

    return rc == 0 ? hash_found(key, &findings, checking->hash) : rc;
}

static int hash_handovers(const struct horizon *horizon, crypto_generichash_state *hash)
{
    struct checking checking = {.horizon = horizon, .hash = hash};

    return handover_keep_each(horizon->state, hash_handover, &checking);
}

int discrepancy_check(struct store_txn *state, struct store_txn *journal)
{
    const uint8_t first[1] = {0};
    crypto_generichash_state hash;
    uint8_t kept[HASH_SIZE];
    uint8_t fresh[HASH_SIZE];
    struct horizon horizon;
    struct hashing hashing = {.kind = ""};
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = discrepancy_digest(state, kept);

    if (rc == 0)
        rc = store_scan_open(state, TABLE_THING, &scan);
    if (rc != 0)
        return rc;
    crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
    rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0 && key.data[0] <= NAVETTE__THING_KIND__THING_CRATE) {
        struct thing_key thing;

        rc = thing_key_read(key, &thing) == 0 ? hash_fresh(state, journal, &thing, &hash) : NAVETTE_E_STORE;
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND)
        rc = horizon_open(&horizon, state, journal);
    if (rc == 0)
        rc = clock_each(&horizon, hash_row, &hash);
    if (rc == 0)
        rc = hash_handovers(&horizon, &hash);
    hashing.horizon = &horizon;
    hashing.hash = &hash;
    if (rc == 0)
        rc = ledger_each(state, hash_pool, &hashing);
    crypto_generichash_final(&hash, fresh, HASH_SIZE);
    if (rc != 0)
        return rc;
    return memcmp(kept, fresh, HASH_SIZE) == 0 ? 0 : NAVETTE_E_CHAIN;
}
