/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings of the ledger of untagged bags, of clocks and of counts, kept by difference: whatever the order of arrival, the same (SEED; test_handover_keep.c does it for hand-overs
 * and deposits, test_phone.c for the phone).
 *   - the ledger: sums, findings and the events they name; each is an event of the set that counts, and of that kind
 *   - the kinds are told apart, a kind named twice in one event counts twice
 *   - clocks: logs interleaved in any way, statements before and behind what they speak of, corrections and their retractions among them
 *   - counts: variance opened, explained, ended by a sighting, with retractions of anything; a session's figures too
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/count.h"
#include "navette/frontier.h"
#include "navette/pool.h"
#include "tests/lib/handkit.h"
#include "tests/lib/seed.h"

#define RUNS 6

/* What a store shows, in one hash; kinds are counted. */
struct shown {
    uint8_t digest[HASH_SIZE];
    size_t kinds[DISCREPANCY_KIND_COUNT];
};

static int count_row(const struct discrepancy_row *row, void *context)
{
    struct shown *shown = context;

    if (row->state != DISCREPANCY_WITHDRAWN)
        shown->kinds[row->finding.kind]++;
    return 0;
}

static void show(struct store_txn *txn, struct shown *shown)
{
    memset(shown, 0, sizeof(*shown));
    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_digest(txn, shown->digest), 0);
    assert_int_equal(discrepancy_each(txn, NULL, count_row, shown), 0);
}

/* ---- the ledger */

static void random_pools(uint64_t *random, char out[64])
{
    static const char *const kinds[] = {"paper", "cloth"};
    size_t first = seed_below(random, 2);

    if (seed_below(random, 6) == 0)
        snprintf(out, 64, "%s:%u %s:%u", kinds[first], 1 + (unsigned int)seed_below(random, 4), kinds[seed_below(random, 2)],
                 1 + (unsigned int)seed_below(random, 4));
    else
        snprintf(out, 64, "%s:%u", kinds[first], 1 + (unsigned int)seed_below(random, 5));
}

static void random_ledger(struct foldkit *kit, uint64_t *random)
{
    static const char *const places[] = {"A", "B", "C"};
    static const char *const slips[] = {NULL, "S1", "S2"};
    static const Navette__Event__BodyCase bodies[] = {EV(DISPATCHED), EV(RECEIVED), EV(DELIVERED), EV(RETURNED), EV(COLLECTED)};
    size_t at = seed_below(random, 3);
    uint64_t choice = seed_below(random, 12);
    char pools[64];

    random_pools(random, pools);
    kit->hlc = seed_below(random, 4) == 0 ? (uint64_t)(kit->now_ms - (int64_t)seed_below(random, 30) * 60000) << 16 : 0;
    if (choice == 0)
        handkit_commission(kit, (unsigned int)at, places[at], seed_below(random, 2) == 0 ? "paper" : "cloth",
                           seed_below(random, 4) == 0 ? -(int64_t)seed_below(random, 3) - 1 : (int64_t)seed_below(random, 6) + 1,
                           (int)seed_below(random, 2));
    else if (choice <= 2 && kit->count > 0)
        foldkit_retract(kit, 3, "", kit->entries[seed_below(random, kit->count)].self);
    else
        handkit_pool(kit, (unsigned int)at, places[at], bodies[seed_below(random, 5)], pools, places[(at + 1 + seed_below(random, 2)) % 3],
                     slips[seed_below(random, 3)]);
    kit->hlc = 0;
}

/* Every finding of the ledger names events that speak of its kind, the newest of its side first. */
static int names_events(const struct discrepancy_row *row, void *context)
{
    const struct foldkit *kit = context;

    if (row->finding.kind != DISCREPANCY_LEDGER || row->state != DISCREPANCY_OPEN)
        return 0;
    assert_true(row->finding.event_count > 0);
    for (size_t i = 0; i < row->finding.event_count; i++) {
        int found = 0;

        for (size_t k = 0; k < kit->count; k++) {
            struct event event;

            if (ref_compare(&kit->entries[k].self, &row->finding.events[i]) != 0)
                continue;
            foldkit_decode(kit, k, &event);
            switch (event.body->body_case) {
            case EV(DISPATCHED):
                found = strcmp(event.body->dispatched->pools[0]->kind, thing_id(&row->subject)) == 0 || event.body->dispatched->n_pools > 1;
                break;
            case EV(COLLECTED):
                found = strcmp(event.body->collected->pools[0]->kind, thing_id(&row->subject)) == 0 || event.body->collected->n_pools > 1;
                break;
            case EV(RECEIVED):
                found = strcmp(event.body->received->pools[0]->kind, thing_id(&row->subject)) == 0 || event.body->received->n_pools > 1;
                break;
            default:
                found = event.body->body_case == EV(DELIVERED) || event.body->body_case == EV(POOL_COMMISSIONED);
                break;
            }
            event_free(&event);
        }
        assert_true(found);
    }
    return 0;
}

static void test_the_ledger(void **state)
{
    uint64_t seed = seed_start();
    size_t found = 0;

    (void)state;
    for (int round = 0; round < 120; round++) {
        struct pool_view expected_pools;
        struct shown expected;
        size_t order[FOLDKIT_MAX];
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 30; i++)
            random_ledger(&kit, &seed);
        for (size_t i = 0; i < kit.count; i++)
            order[i] = i;
        for (int run = 0; run < RUNS; run++) {
            struct memstore *store = foldkit_play(&kit, order, kit.count, run == 1);
            struct store_txn *txn = memstore_begin_read(store);
            struct pool_view pools;
            struct shown shown;

            show(txn, &shown);
            assert_int_equal(discrepancy_each(txn, NULL, names_events, &kit), 0);
            assert_int_equal(pool_read(txn, &pools), 0);
            if (run == 0) {
                expected = shown;
                expected_pools = pools;
            } else {
                assert_memory_equal(shown.digest, expected.digest, HASH_SIZE);
                assert_int_equal(pools.count, expected_pools.count);
                for (size_t i = 0; i < pools.count; i++)
                    assert_memory_equal(&pools.rows[i], &expected_pools.rows[i], sizeof(pools.rows[i]));
                pool_free(&pools);
            }
            memstore_abort(txn);
            memstore_free(store);
            foldkit_shuffle(order, kit.count, &seed);
        }
        found += expected.kinds[DISCREPANCY_LEDGER];
        pool_free(&expected_pools);
        foldkit_free(&kit);
    }
    assert_true(found > 100);
}

static int first_events(const struct discrepancy_row *row, void *context)
{
    struct discrepancy_finding *finding = context;

    if (row->finding.kind == DISCREPANCY_LEDGER && row->state == DISCREPANCY_OPEN)
        *finding = row->finding;
    return 0;
}

static struct discrepancy_finding ledger_finding(const struct foldkit *kit)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct discrepancy_finding finding = {.event_count = 0};

    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_each(txn, NULL, first_events, &finding), 0);
    memstore_abort(txn);
    memstore_free(store);
    return finding;
}

/* Which events: what took out of a place, the last first; what came on a leg, then what was sent. */
static void test_the_ledger_names_its_events(void **state)
{
    struct discrepancy_finding finding;
    struct foldkit kit;
    struct ref given[6];
    struct ref taken;

    (void)state;
    foldkit_init(&kit);
    handkit_commission(&kit, 0, "A", "paper", 5, 0);
    for (int i = 0; i < 6; i++)
        given[i] = handkit_pool(&kit, 0, "A", EV(DELIVERED), "paper:1", "", NULL);
    finding = ledger_finding(&kit);
    assert_int_equal(finding.event_count, DISCREPANCY_EVENTS);
    for (size_t i = 0; i < DISCREPANCY_EVENTS; i++)
        assert_int_equal(ref_compare(&finding.events[i], &given[5 - i]), 0);
    /* The last one is taken back: nothing is wrong. Once more: that one is named instead. */
    foldkit_retract(&kit, 0, "A", given[5]);
    assert_int_equal(ledger_finding(&kit).event_count, 0);
    given[5] = handkit_pool(&kit, 0, "A", EV(COLLECTED), "paper:1 paper:1", "B", NULL);
    handkit_pool(&kit, 0, "A", EV(RETURNED), "paper:1", "", NULL);
    handkit_pool(&kit, 0, "A", EV(DELIVERED), "paper:2", "", NULL);
    finding = ledger_finding(&kit);
    assert_int_equal(ref_compare(&finding.events[1], &given[5]), 0);
    foldkit_free(&kit);
    foldkit_init(&kit);
    handkit_commission(&kit, 0, "A", "paper", 50, 0);
    given[0] = handkit_pool(&kit, 0, "A", EV(DISPATCHED), "paper:4", "B", "S1");
    taken = handkit_pool(&kit, 1, "B", EV(RECEIVED), "paper:3", "A", "S1");
    finding = ledger_finding(&kit);
    assert_int_equal(finding.event_count, 2);
    assert_int_equal(ref_compare(&finding.events[0], &taken), 0);
    assert_int_equal(ref_compare(&finding.events[1], &given[0]), 0);
    foldkit_retract(&kit, 1, "B", taken);
    assert_int_equal(ledger_finding(&kit).event_count, 0);
    foldkit_free(&kit);
}

/* ---- clocks */

#define NODES 3u
#define HOUR_MS INT64_C(3600000)

/* The next entry of each log, in the order made. */
struct logs {
    const struct foldkit *kit;
    uint64_t placed[16];
    int used[FOLDKIT_MAX];
};

static unsigned int log_of(const struct journal_entry *entry)
{
    return (unsigned int)entry->self.incarnation[0] - 1u;
}

static int may_come(const struct logs *logs, size_t at)
{
    const struct ref *self = &logs->kit->entries[at].self;

    return !logs->used[at] && self->seq == logs->placed[log_of(&logs->kit->entries[at])] + 1;
}

/* Another way in which a store may have got it all: a hub that was put back has its own log again before the others. */
static void interleave(const struct foldkit *kit, uint64_t *random, size_t *order)
{
    struct logs logs = {.kit = kit};

    for (size_t count = 0; count < kit->count; count++) {
        size_t ready[16];
        size_t can = 0;
        size_t chosen;

        for (size_t i = 0; i < kit->count; i++) {
            if (can < 16 && may_come(&logs, i))
                ready[can++] = i;
        }
        assert_true(can > 0);
        chosen = ready[seed_below(random, can)];
        logs.used[chosen] = 1;
        logs.placed[log_of(&kit->entries[chosen])]++;
        order[count] = chosen;
    }
}

static void random_clocks(struct foldkit *kit, uint64_t *random, int64_t off_ms[NODES])
{
    static const char *const places[] = {"A", "B", "C"};
    unsigned int node = (unsigned int)seed_below(random, NODES);
    uint64_t choice = seed_below(random, 12);

    if (choice == 0)
        off_ms[node] = (int64_t)seed_below(random, 7) * HOUR_MS - 3 * HOUR_MS;
    if (choice < 4 && kit->seq[node] > 0) {
        handkit_noted(kit, node, 1 + seed_below(random, kit->seq[node]), kit->now_ms - (int64_t)seed_below(random, 40) * 60000);
    } else if (choice == 4) {
        int64_t right_ms = FOLDKIT_START_MS - 1000 + (int64_t)seed_below(random, 3) * HOUR_MS;

        foldkit_correct(kit, node, kit->boot, right_ms);
    } else if (choice == 5 && kit->count > 0) {
        foldkit_retract(kit, HANDKIT_HUB, "", kit->entries[seed_below(random, kit->count)].self);
    } else {
        kit->hlc = (uint64_t)(kit->now_ms + off_ms[node]) << 16;
        handkit_take(kit, node, places[node], "b1", (struct hand){.slip = NULL});
        kit->hlc = 0;
    }
}

static void test_clocks(void **state)
{
    uint64_t seed = seed_start();
    size_t found = 0;

    (void)state;
    for (int round = 0; round < 120; round++) {
        int64_t off_ms[NODES] = {0};
        struct shown expected;
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 40; i++)
            random_clocks(&kit, &seed, off_ms);
        for (int run = 0; run < RUNS; run++) {
            size_t order[FOLDKIT_MAX];
            struct memstore *store;
            struct store_txn *txn;
            struct shown shown;

            interleave(&kit, &seed, order);
            store = foldkit_play(&kit, order, kit.count, run == 1);
            txn = memstore_begin_read(store);
            show(txn, run == 0 ? &expected : &shown);
            if (run > 0)
                assert_memory_equal(shown.digest, expected.digest, HASH_SIZE);
            memstore_abort(txn);
            memstore_free(store);
        }
        found += expected.kinds[DISCREPANCY_CLOCK];
        foldkit_free(&kit);
    }
    assert_true(found > 30);
}

/* ---- counts */

static void random_count(struct foldkit *kit, uint64_t *random)
{
    static const char *const places[] = {"A", "B", "C"};
    static const char *const things[] = {"i1", "i2", "i1 i3", "i2 i3"};
    static const Navette__Event__BodyCase bodies[] = {EV(COUNT_CLOSED), EV(COUNT_CLOSED), EV(COUNT_LINE), EV(SEEN_AT),      EV(RECEIVED),
                                                      EV(DELIVERED),    EV(RETURNED),     EV(FOUND),      EV(DECLARED_LOST)};
    size_t at = seed_below(random, 10) < 7 ? 0 : seed_below(random, 3);
    const char *what = things[seed_below(random, 4)];
    uint64_t choice = seed_below(random, 14);

    kit->hlc = seed_below(random, 4) == 0 ? (uint64_t)(kit->now_ms - (int64_t)seed_below(random, 30) * 60000) << 16 : 0;
    if (choice == 0 && kit->count > 0)
        foldkit_retract(kit, 3, "", kit->entries[seed_below(random, kit->count)].self);
    else if (choice < 3)
        foldkit_event(kit, (unsigned int)at, places[at], EV(DISPATCHED), what, places[(at + 1) % 3]);
    else
        foldkit_event(kit, (unsigned int)at, places[at], bodies[seed_below(random, 9)], what, "");
    kit->hlc = 0;
}

/* The figures of the only session, or that there is none. */
static void figures(struct store_txn *txn, size_t out[5])
{
    const uint8_t id[COUNT_ID_SIZE] = {0};
    struct count_view view;
    int rc = count_read(txn, txn, id, 0, &view);

    memset(out, 0, 5 * sizeof(*out));
    if (rc == NAVETTE_E_NOT_FOUND)
        return;
    assert_int_equal(rc, 0);
    out[0] = view.expected;
    out[1] = view.seen;
    out[2] = view.missing;
    out[3] = view.unexpected;
    out[4] = view.explained + 100 * view.added + 10000 * view.outside;
    count_free(&view);
}

static void test_counts(void **state)
{
    uint64_t seed = seed_start();
    size_t found = 0;
    size_t seen = 0;

    (void)state;
    for (int round = 0; round < 120; round++) {
        size_t order[FOLDKIT_MAX];
        size_t expected_figures[5];
        struct shown expected;
        struct foldkit kit;

        foldkit_init(&kit);
        foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
        foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
        foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i3", "book");
        for (int i = 0; i < 22; i++)
            random_count(&kit, &seed);
        for (size_t i = 0; i < kit.count; i++)
            order[i] = i;
        for (int run = 0; run < RUNS; run++) {
            struct memstore *store = foldkit_play(&kit, order, kit.count, run == 1);
            struct store_txn *txn = memstore_begin_read(store);
            size_t now[5];
            struct shown shown;

            show(txn, run == 0 ? &expected : &shown);
            figures(txn, run == 0 ? expected_figures : now);
            if (run > 0) {
                assert_memory_equal(shown.digest, expected.digest, HASH_SIZE);
                assert_memory_equal(now, expected_figures, sizeof(now));
            }
            memstore_abort(txn);
            memstore_free(store);
            foldkit_shuffle(order, kit.count, &seed);
        }
        found += expected.kinds[DISCREPANCY_COUNT];
        seen += expected_figures[1];
        foldkit_free(&kit);
    }
    assert_true(found > 100);
    assert_true(seen > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_ledger),
        cmocka_unit_test(test_the_ledger_names_its_events),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
