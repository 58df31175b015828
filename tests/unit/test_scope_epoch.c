/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one scope to the next (core/sync/hub_scope.c, node_scope.c, node_evict.c), two steps in memory.
 *   - widened and narrowed at random, links cut, either side started again, evictions cut short: at rest the node holds what a fresh node of its scope holds, and its own log, each event
 *     once; its state is that of the same set in any order; the hub knows it
 *   - a relay never holds a packing event nor the title of what was sent in a bag, whatever it followed before
 *   - what it recorded for a place before it heard that it serves it no more is taken; what it records for it afterwards is refused
 *   - news and what the scope came to give go down by turns
 *   - a part of what it came to give that is lost on its way is given again, on the same connection
 *   - a node of an earlier version takes everything in anew, as before
 *   - over the places that one node may serve
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "tests/lib/pair.h"
#include "tests/lib/seed.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define OWN NAVETTE__SCOPE__SCOPE_OWN
#define NETWORK NAVETTE__SCOPE__SCOPE_NETWORK
#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG

#define A 0u
#define R 1u

struct held {
    struct ref list[8192];
    size_t count;
};

static int is_log_of(const struct pair *pair, size_t node, const uint8_t *incarnation)
{
    return memcmp(pair->nodes[node].incarnation, incarnation, INCARNATION_SIZE) == 0;
}

static int compare_refs(const void *a, const void *b)
{
    return ref_compare(a, b);
}

/* What a node holds of logs other than those of `skip` and its own. */
static void read_held(struct pair *pair, size_t node, size_t skip, struct held *held)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_scan scan;
    struct journal_entry entry;

    held->count = 0;
    assert_int_equal(journal_scan_open(txn, 1, &scan), 0);
    while (journal_scan_next(&scan, &entry) == 0) {
        if (!is_log_of(pair, node, entry.self.incarnation) && !is_log_of(pair, skip, entry.self.incarnation)) {
            assert_true(held->count < 8192);
            held->list[held->count++] = entry.self;
        }
    }
    journal_scan_close(&scan);
    memstore_abort(txn);
    qsort(held->list, held->count, sizeof held->list[0], compare_refs);
    for (size_t i = 1; i < held->count; i++) {
        assert_true(ref_compare(&held->list[i - 1], &held->list[i]) != 0);
    }
}

/* The state of what `node` holds, folded in another order. */
static void fold_shuffled(struct pair *pair, size_t node, uint64_t *seed, uint8_t digest[HASH_SIZE])
{
    struct memstore *store = memstore_new();
    struct store_txn *from = memstore_begin_read(pair->nodes[node].store);
    struct store_txn *to = memstore_begin_write(store);
    uint64_t order[8192];
    uint64_t tail;
    struct fold fold;

    assert_int_equal(journal_tail(from, &tail), 0);
    assert_true(tail < 8192);
    for (uint64_t i = 0; i < tail; i++) {
        order[i] = i + 1;
    }
    for (uint64_t i = tail; i > 1; i--) {
        uint64_t other = seed_below(seed, i);
        uint64_t kept = order[i - 1];

        order[i - 1] = order[other];
        order[other] = kept;
    }
    for (uint64_t i = 0; i < tail; i++) {
        struct journal_entry entry;

        assert_int_equal(journal_read_raw(from, order[i], &entry), 0);
        assert_int_equal(journal_append(to, &entry), 0);
    }
    assert_int_equal(fold_begin(&fold, to, to), 0);
    while (fold_next(&fold) == 0) {
    }
    assert_int_equal(fold_end(&fold), 0);
    assert_int_equal(memstore_commit(to), 0);
    memstore_abort(from);
    pair_digest(store, digest);
    memstore_free(store);
}

/* Titles begin with what they are: P of what goes into a bag, D of what is sent by itself. */
static void check_relay(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct node_following following;
    struct journal_scan scan;
    struct journal_entry entry;

    if (node_follows(pair->nodes[node].node, &following) != 0 || following.set->kind == NETWORK || following.evicting) {
        memstore_abort(txn);
        return;
    }
    assert_int_equal(journal_scan_open(txn, 1, &scan), 0);
    while (journal_scan_next(&scan, &entry) == 0) {
        struct event event;

        assert_int_equal(event_decode(entry.event, &event), 0);
        assert_true(event.body->body_case != NAVETTE__EVENT__BODY_ITEM_PACKED || scope_set_has(following.set, event.body->place));
        if (event.body->body_case == NAVETTE__EVENT__BODY_ITEM_REGISTERED && !scope_set_has(following.set, event.body->place)) {
            assert_int_equal(event.body->item_registered->title[0], 'D');
        }
        event_free(&event);
    }
    journal_scan_close(&scan);
    memstore_abort(txn);
}

static void record_at(struct pair *pair, size_t node, const char *place, int kind, const char *barcode)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};

    thing.kind = (Navette__ThingKind)kind;
    thing.id = (char *)(uintptr_t)barcode;
    seen.things = things;
    seen.n_things = 1;
    body.place = (char *)(uintptr_t)place;
    body.body_case = NAVETTE__EVENT__BODY_SEEN_AT;
    body.seen_at = &seen;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static const char *const PLACES[] = {"R", "X", "Y", "Z"};

/* A branch sends documents and bags to the relays' places, what is in the bags and what the others are called being its own affair. */
static void work(struct pair *pair, uint64_t *seed, unsigned *made)
{
    struct node_following following;
    char barcode[16];
    char title[24];
    char bag[16];
    unsigned n = ++*made;

    snprintf(barcode, sizeof barcode, "%u", n);
    snprintf(bag, sizeof bag, "S%u", n);
    snprintf(title, sizeof title, "%c titre %u", n % 2 ? 'P' : 'D', n);
    assert_int_equal(pair_register(pair, A, barcode, title), 0);
    if (n % 2) {
        assert_int_equal(pair_commission(pair, A, bag), 0);
        assert_int_equal(pair_pack(pair, A, bag, barcode), 0);
        assert_int_equal(pair_dispatch(pair, A, BAG, bag, PLACES[seed_below(seed, 4)]), 0);
    } else {
        assert_int_equal(pair_dispatch(pair, A, ITEM, barcode, PLACES[seed_below(seed, 4)]), 0);
        /* Told anew, and sent on: the next place gets the later title. */
        if (n % 8 == 0) {
            snprintf(title, sizeof title, "D autre %u", n);
            assert_int_equal(pair_register(pair, A, barcode, title), 0);
            assert_int_equal(pair_dispatch(pair, A, ITEM, barcode, PLACES[seed_below(seed, 4)]), 0);
        }
    }
    /* A title is changed long after, and the document goes nowhere: what was sent with it is what was known then. */
    if (n > 8 && n % 5 == 0) {
        snprintf(barcode, sizeof barcode, "%u", 2 * (unsigned)(1 + seed_below(seed, n / 2 - 1)));
        snprintf(title, sizeof title, "D plus tard %u", n);
        assert_int_equal(pair_register(pair, A, barcode, title), 0);
    }
    if (n % 3 == 0 && node_follows(pair->nodes[R].node, &following) == 0 && following.set->place_count > 0) {
        record_at(pair, R, following.set->places[seed_below(seed, following.set->place_count)], n % 2 ? BAG : ITEM, n % 2 ? bag : barcode);
    }
}

static void grant_any(struct pair *pair, uint64_t *seed)
{
    char places[32] = "R";

    for (size_t i = 1; i < 4; i++) {
        if (seed_below(seed, 2)) {
            snprintf(places + strlen(places), sizeof places - strlen(places), " %s", PLACES[i]);
        }
    }
    pair_grant(pair, R, seed_below(seed, 8) == 0 ? places + 2 + (places[1] == '\0' ? -2 : 0) : places,
               seed_below(seed, 4) == 0 ? NETWORK : OWN);
}

static void disturb(struct pair *pair, uint64_t *seed)
{
    switch (seed_below(seed, 8)) {
    case 0:
        pair_connect(pair, R);
        break;
    case 1:
        pair_restart_node(pair, R);
        pair_connect(pair, R);
        break;
    case 2:
        pair_restart_hub(pair);
        pair_connect(pair, A);
        pair_connect(pair, R);
        break;
    case 3:
        pair->evictions_wait = !pair->evictions_wait;
        break;
    case 4:
        pair->fail_at = 1 + seed_below(seed, 40);
        break;
    default:
        break;
    }
    if (!pair->evictions_wait && node_evicts(pair->nodes[R].node)) {
        pair_evict(pair, R);
    }
}

/* A few frames of either side, and no more. */
static void run_a_little(struct pair *pair, uint64_t *seed)
{
    pair_hub_round(pair, 1 + seed_below(seed, 3));
    if (seed_below(seed, 2)) {
        pair_node_round(pair, R);
    }
    if (seed_below(seed, 3)) {
        pair_node_round(pair, A);
    }
    pair_tick(pair, (int64_t)seed_below(seed, 2000));
}

static void rest(struct pair *pair)
{
    pair->evictions_wait = 0;
    pair->fail_at = 0;
    pair_connect(pair, R);
    pair_connect(pair, A);
    if (node_evicts(pair->nodes[R].node)) {
        pair_evict(pair, R);
    }
    assert_true(pair_settle(pair));
}

static size_t enrol_fresh(struct pair *pair, const struct scope_set *set)
{
    size_t fresh = pair_enrol(pair, "F", RELAY);
    char places[64] = "";

    for (size_t i = 0; i < set->place_count; i++) {
        snprintf(places + strlen(places), sizeof places - strlen(places), "%s%s", i > 0 ? " " : "", set->places[i]);
    }
    pair_grant(pair, fresh, places, set->kind);
    pair_connect(pair, fresh);
    assert_true(pair_settle(pair));
    return fresh;
}

static void one_history(uint64_t seed)
{
    struct pair *pair = pair_new();
    static struct held held;
    static struct held wanted;
    struct node_following following;
    const struct hub_node *known;
    uint8_t digest[HASH_SIZE];
    uint8_t other[HASH_SIZE];
    unsigned made = 0;
    size_t fresh;

    pair_enrol(pair, "A", BRANCH);
    pair_enrol(pair, "R", RELAY);
    pair->nodes[R].pull_bytes = 200 + (uint32_t)seed_below(&seed, 2000);
    pair_restart_node(pair, R);
    pair_connect(pair, A);
    pair_connect(pair, R);
    for (unsigned turn = 0; turn < 60; turn++) {
        for (uint64_t i = seed_below(&seed, 4); i > 0; i--) {
            work(pair, &seed, &made);
        }
        if (seed_below(&seed, 4) == 0) {
            grant_any(pair, &seed);
        }
        if (seed_below(&seed, 3) == 0) {
            disturb(pair, &seed);
        }
        if (seed_below(&seed, 6) == 0) {
            rest(pair);
        } else {
            run_a_little(pair, &seed);
        }
        check_relay(pair, R);
    }
    rest(pair);
    check_relay(pair, R);
    assert_int_equal(node_follows(pair->nodes[R].node, &following), 0);
    known = hub_node_by_key(pair->hub, pair->nodes[R].curve_key);
    assert_int_equal(known->scope_epoch, following.epoch);
    if (known->changed_ms != 0) {
        assert_true(known->taken_ms != 0 && known->complete_ms != 0);
    }
    assert_int_equal(known->leaving_count, 0);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 0);
    fresh = enrol_fresh(pair, following.set);
    assert_true(pair_settle(pair));
    read_held(pair, R, fresh, &held);
    read_held(pair, fresh, R, &wanted);
    assert_int_equal(held.count, wanted.count);
    for (size_t i = 0; i < held.count; i++) {
        assert_int_equal(ref_compare(&held.list[i], &wanted.list[i]), 0);
    }
    pair_digest(pair->nodes[R].store, digest);
    fold_shuffled(pair, R, &seed, other);
    assert_memory_equal(digest, other, HASH_SIZE);
    pair_free(pair);
}

static void test_scopes_at_random(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        uint64_t one = seed_next(&seed);

        printf("history %u: %llu\n", i, (unsigned long long)one);
        one_history(one);
    }
}

static size_t refused(struct pair *pair)
{
    return pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED);
}

static void test_what_was_recorded_before_is_taken(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair_enrol(pair, "A", BRANCH);
    pair_enrol(pair, "R", RELAY);
    pair_connect(pair, A);
    pair_connect(pair, R);
    pair_grant(pair, R, "R X", OWN);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, R);
    for (unsigned i = 0; i < 20; i++) {
        record_at(pair, R, "X", BAG, "S1");
    }
    pair_grant(pair, R, "R", OWN);
    assert_int_equal(hub_node_by_key(pair->hub, pair->nodes[R].curve_key)->leaving_count, 1);
    pair_restart_hub(pair);
    assert_int_equal(hub_node_by_key(pair->hub, pair->nodes[R].curve_key)->leaving_count, 1);
    pair_connect(pair, R);
    assert_true(pair_settle(pair));
    assert_int_equal(refused(pair), 0);
    assert_int_equal(hub_node_by_key(pair->hub, pair->nodes[R].curve_key)->leaving_count, 0);
    record_at(pair, R, "X", BAG, "S1");
    assert_true(pair_settle(pair));
    pair_tick(pair, 10000);
    assert_true(pair_settle(pair));
    assert_int_equal(refused(pair), 1);
    pair_free(pair);
}

/* Of what waits for this node: is it a part of what its scope came to give? */
static int is_back(const struct pair_frame *waiting)
{
    struct frame frame;
    int back;

    assert_int_equal(frame_decode(buffer_span(&waiting->bytes), &frame), 0);
    back = frame.type == FRAME_DELTA && ((const Navette__Delta *)frame.message)->back;
    frame_free(&frame);
    return back;
}

static unsigned lose_back(struct pair_queue *queue)
{
    unsigned lost = 0;
    size_t kept = 0;

    for (size_t i = 0; i < queue->count; i++) {
        if (is_back(&queue->frames[i])) {
            buffer_free(&queue->frames[i].bytes);
            lost++;
        } else {
            queue->frames[kept++] = queue->frames[i];
        }
    }
    queue->count = kept;
    return lost;
}

static void test_what_is_lost_on_its_way_is_given_again(void **state)
{
    struct pair *pair = pair_new();
    uint64_t session;
    unsigned lost = 0;

    (void)state;
    pair_enrol(pair, "A", BRANCH);
    pair_enrol(pair, "R", RELAY);
    pair->nodes[R].pull_bytes = 400;
    pair_restart_node(pair, R);
    pair_connect(pair, A);
    pair_connect(pair, R);
    for (unsigned i = 0; i < 20; i++) {
        record_at(pair, A, "X", BAG, "S1");
    }
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[R].store, NAVETTE__EVENT__BODY_SEEN_AT), 0);
    session = pair->nodes[R].session;
    pair_grant(pair, R, "R X", OWN);
    for (unsigned round = 0; round < 40 && lost == 0; round++) {
        pair_tick(pair, 1000);
        (void)pair_hub_round(pair, 64);
        lost = lose_back(&pair->nodes[R].down);
        (void)pair_node_round(pair, R);
    }
    assert_int_equal(lost, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->nodes[R].session, session);
    assert_int_equal(pair_entries_of(pair->nodes[R].store, NAVETTE__EVENT__BODY_SEEN_AT), 20);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_at_random),
        cmocka_unit_test(test_what_was_recorded_before_is_taken),
        cmocka_unit_test(test_what_is_lost_on_its_way_is_given_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
