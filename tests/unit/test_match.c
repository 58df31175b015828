/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h: what is short here and over there.
 *   - proposed: on one round, by one carrier on one day, at one hand-over; not by another carrier, on another day, on no ground at all
 *   - where both name tags, one has to be common; where figures differ, how many one explains of the other; untagged bags of one kind
 *   - confirmed: both are settled; rejected: not proposed again, until that is retracted; who is not the network's own desk decides nothing
 *   - a tag that is short closes its alert when it is seen anywhere since, and says where; not by its own dispatch, nor while more is short
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/match.h"
#include "reconcile/sighting.h"
#include "tests/lib/handkit.h"

#define GIVER HANDOVER_GIVER
#define TAKER HANDOVER_TAKER

static struct hand on(const char *slip, uint32_t stop, const char *pools)
{
    return (struct hand){.slip = slip, .round = "R1", .stop = stop, .pools = pools};
}

static struct match_view matched(const struct foldkit *kit)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct verdict_options options = {.now_ms = kit->now_ms};
    struct match_view view;

    assert_int_equal(match_list(txn, txn, &options, &view), 0);
    memstore_abort(txn);
    memstore_free(store);
    return view;
}

static size_t proposals(const struct foldkit *kit)
{
    struct match_view view = matched(kit);
    size_t count = view.count;

    match_free(&view);
    return count;
}

/* Bag b1 for stop 1 and b2 for stop 2 have changed places. */
static void exchange(struct foldkit *kit)
{
    handkit_give(kit, 0, "A", "B", "b1", on("S1", 1, NULL));
    handkit_give(kit, 0, "A", "C", "b2", on("S2", 2, NULL));
    handkit_take(kit, 2, "B", "b2", on("S1", 1, NULL));
    handkit_close(kit, 2, "B", on("S1", 1, NULL));
    handkit_take(kit, 3, "C", "b1", on("S2", 2, NULL));
    handkit_close(kit, 3, "C", on("S2", 2, NULL));
}

static void test_tags_that_changed_places(void **state)
{
    struct match_view view;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    exchange(&kit);
    view = matched(&kit);
    assert_int_equal(view.count, 2);
    for (size_t i = 0; i < 2; i++) {
        uint8_t id[DISCREPANCY_ID_SIZE];

        assert_int_equal(view.list[i].ground, MATCH_ROUND);
        assert_int_equal(view.list[i].common_count, 1);
        assert_string_equal(thing_id(&view.list[i].common[0]), strcmp(view.list[i].here.slip, "S1") == 0 ? "b1" : "b2");
        match_id(view.list[i].shortage.what.finding.id, view.list[i].overage.what.finding.id, id);
        assert_memory_equal(view.list[i].id, id, DISCREPANCY_ID_SIZE);
    }
    assert_true(memcmp(view.list[0].id, view.list[1].id, DISCREPANCY_ID_SIZE) < 0);
    match_free(&view);
    foldkit_free(&kit);
}

static void test_tags_that_have_nothing_in_common(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", on("S1", 1, NULL));
    handkit_give(&kit, 0, "A", "C", "b2", on("S2", 2, NULL));
    handkit_close(&kit, 2, "B", on("S1", 1, NULL));
    handkit_take(&kit, 3, "C", "b2 b9", on("S2", 2, NULL));
    handkit_close(&kit, 3, "C", on("S2", 2, NULL));
    assert_int_equal(proposals(&kit), 0);
    foldkit_free(&kit);
}

/* What stop 1 counts less of, and what the other hand-over counts more of. */
static void two(struct foldkit *kit, struct hand here, struct hand there, int64_t later_ms)
{
    handkit_count(kit, 0, "A", GIVER, -1, 4, 10, here);
    handkit_count(kit, 2, "B", TAKER, -1, 2, 9, here);
    kit->now_ms += later_ms;
    handkit_count(kit, 0, "A", GIVER, -1, 3, 5, there);
    handkit_count(kit, 3, "C", TAKER, -1, 4, 5, there);
}

static void test_figures_on_each_ground(void **state)
{
    static const struct {
        const char *here, *there, *carrier, *other;
        int64_t later_ms;
        size_t proposed;
        int ground;
    } cases[] = {
        {"R1", "R1", NULL, NULL, 0, 1, MATCH_ROUND},
        {"R1", "R1", NULL, NULL, INT64_C(86400000) * 9, 1, MATCH_ROUND},
        {"R1", "R2", NULL, NULL, 0, 0, 0},
        {"R1", "R2", "V", "V", 0, 1, MATCH_CARRIER},
        {"R1", "R2", "V", "W", 0, 0, 0},
        {"R1", "R2", "V", "V", 86400000, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hand here = {.slip = "S1", .round = cases[i].here, .stop = 1, .carrier = cases[i].carrier};
        struct hand there = {.slip = "S2", .round = cases[i].there, .stop = 2, .carrier = cases[i].other};
        struct match_view view;
        struct foldkit kit;

        foldkit_init(&kit);
        handkit_give(&kit, 0, "A", "B", "b1", here);
        kit.now_ms += cases[i].later_ms;
        handkit_give(&kit, 0, "A", "C", "b2", there);
        kit.now_ms -= cases[i].later_ms;
        two(&kit, here, there, cases[i].later_ms);
        view = matched(&kit);
        assert_int_equal(view.count, cases[i].proposed);
        if (view.count > 0) {
            assert_int_equal(view.list[0].ground, cases[i].ground);
            assert_int_equal(view.list[0].bags, 1);
            assert_int_equal(view.list[0].items, 0);
            assert_int_equal(view.list[0].crates, 0);
        }
        match_free(&view);
        foldkit_free(&kit);
    }
}

static void test_untagged_bags_of_one_kind(void **state)
{
    struct match_view view;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_count(&kit, 0, "A", GIVER, -1, -1, -1, on("S1", 1, "paper:3 cloth:1"));
    handkit_count(&kit, 2, "B", TAKER, -1, -1, -1, on("S1", 1, "paper:1 cloth:1"));
    handkit_count(&kit, 0, "A", GIVER, -1, -1, -1, on("S2", 2, "paper:3"));
    handkit_count(&kit, 3, "C", TAKER, -1, -1, -1, on("S2", 2, "paper:4 cloth:1"));
    view = matched(&kit);
    assert_int_equal(view.count, 1);
    assert_int_equal(view.list[0].bags, 1);
    match_free(&view);
    /* One kind is short and another is over: of the same hand-over, yet not the same thing. */
    handkit_count(&kit, 3, "C", TAKER, -1, -1, -1, on("S2", 2, "paper:3 cloth:1"));
    assert_int_equal(proposals(&kit), 0);
    foldkit_free(&kit);
}

static void decide(struct foldkit *kit, const char *place, const struct match_proposal *proposal, int confirmed)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__SwapConfirmed swap = NAVETTE__SWAP_CONFIRMED__INIT;
    Navette__SwapRejected rejected = NAVETTE__SWAP_REJECTED__INIT;
    struct buffer bytes = {0};
    uint8_t *kept;

    swap.shortage = rejected.shortage =
        (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, (uint8_t *)(uintptr_t)proposal->shortage.what.finding.id};
    swap.overage = rejected.overage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, (uint8_t *)(uintptr_t)proposal->overage.what.finding.id};
    body.place = (char *)(uintptr_t)place;
    body.hlc = 1;
    if (confirmed) {
        body.body_case = EV(SWAP_CONFIRMED);
        body.swap_confirmed = &swap;
    } else {
        body.body_case = EV(SWAP_REJECTED);
        body.swap_rejected = &rejected;
    }
    assert_int_equal(event_encode(&body, &bytes), 0);
    kept = arena_alloc(kit->arena, bytes.len);
    memcpy(kept, bytes.data, bytes.len);
    foldkit_raw(kit, 15, span_of(kept, bytes.len));
    buffer_free(&bytes);
}

static int verdicts_of(const struct foldkit *kit, int verdict, int reason)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct verdict_options options = {.now_ms = kit->now_ms};
    struct verdict_view view;
    int count = 0;

    assert_int_equal(verdict_list(txn, txn, &options, &view), 0);
    for (size_t i = 0; i < view.count; i++)
        count += thing_kind(&view.rows[i].what.subject) == NAVETTE__THING_KIND__THING_HANDOVER && view.rows[i].verdict == verdict &&
                 view.rows[i].reason == reason;
    verdict_free(&view);
    memstore_abort(txn);
    memstore_free(store);
    return count;
}

static void test_a_person_confirms_or_rejects(void **state)
{
    struct match_view view;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    two(&kit, on("S1", 1, NULL), on("S2", 2, NULL), 0);
    view = matched(&kit);
    assert_int_equal(view.count, 1);
    decide(&kit, "A", &view.list[0], 0);
    assert_int_equal(proposals(&kit), 1);
    decide(&kit, "", &view.list[0], 0);
    assert_int_equal(proposals(&kit), 0);
    assert_int_equal(verdicts_of(&kit, VERDICT_CLOSED_SETTLED, NAVETTE__REASON__REASON_SWAPPED), 0);
    foldkit_retract(&kit, 15, "", kit.entries[kit.count - 1].self);
    assert_int_equal(proposals(&kit), 1);
    decide(&kit, "B", &view.list[0], 1);
    assert_int_equal(proposals(&kit), 1);
    decide(&kit, "", &view.list[0], 1);
    assert_int_equal(proposals(&kit), 0);
    assert_int_equal(verdicts_of(&kit, VERDICT_CLOSED_SETTLED, NAVETTE__REASON__REASON_SWAPPED), 2);
    foldkit_retract(&kit, 15, "", kit.entries[kit.count - 1].self);
    assert_int_equal(proposals(&kit), 1);
    match_free(&view);
    foldkit_free(&kit);
}

static int seen(const struct foldkit *kit, const char *slip, char place[LIMIT_PLACE_CODE + 1])
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key;
    struct ref by;
    int rc;

    place[0] = '\0';
    assert_int_equal(handover_key_of_slip(slip, &key), 0);
    rc = sighting_of(txn, txn, &key, &by);
    if (rc > 0)
        assert_int_equal(sighting_place(txn, &by, place), 0);
    memstore_abort(txn);
    memstore_free(store);
    return rc;
}

static void test_what_is_seen_anywhere_closes_its_alert(void **state)
{
    char place[LIMIT_PLACE_CODE + 1];
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    assert_int_equal(seen(&kit, "S9", place), 0);
    handkit_give(&kit, 0, "A", "B", "b1 b2 i1", on("S1", 1, NULL));
    handkit_take(&kit, 2, "B", "b1", on("S1", 1, NULL));
    handkit_close(&kit, 2, "B", on("S1", 1, NULL));
    assert_int_equal(seen(&kit, "S1", place), 0);
    foldkit_event(&kit, 3, "C", EV(SEEN_AT), "b2", NULL);
    assert_int_equal(seen(&kit, "S1", place), 0);
    foldkit_event(&kit, 3, "C", EV(RETURNED), "i1", NULL);
    assert_int_equal(seen(&kit, "S1", place), 1);
    assert_string_equal(place, "C");
    assert_int_equal(verdicts_of(&kit, VERDICT_CLOSED_SETTLED, 0), 1);
    /* Missed since; and given up. */
    foldkit_event(&kit, 3, "C", EV(COUNT_CLOSED), "b2", NULL);
    assert_int_equal(seen(&kit, "S1", place), 0);
    foldkit_event(&kit, 4, "D", EV(SEEN_AT), "b2", NULL);
    assert_int_equal(seen(&kit, "S1", place), 1);
    /* More is short than the tags that were seen. */
    handkit_count(&kit, 0, "A", GIVER, -1, 3, -1, on("S1", 1, NULL));
    assert_int_equal(seen(&kit, "S1", place), 0);
    foldkit_free(&kit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_that_changed_places),     cmocka_unit_test(test_tags_that_have_nothing_in_common),
        cmocka_unit_test(test_figures_on_each_ground),       cmocka_unit_test(test_untagged_bags_of_one_kind),
        cmocka_unit_test(test_a_person_confirms_or_rejects), cmocka_unit_test(test_what_is_seen_anywhere_closes_its_alert),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
