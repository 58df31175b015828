/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h, adopted.h, journal.h, fold.h: a node that was put back from a backup and recorded before it met the hub again.
 *   - both branches are kept: the hub's under the old incarnation, the node's adopted with their bytes and references; same state everywhere
 *   - what refers to an adopted event (parents, a retraction, a later dispatch) finds it, before and after, by the original's reference
 *   - the branches part at any number, also inside a batch, also before the first entry: found with few questions
 *   - a branch of thousands enters batch by batch, while people go on recording; a crash anywhere in between loses and doubles nothing
 *   - nothing is stated while some of the branch is still to come
 *   - forked again while still adopting, and from a backup made in the middle of it: everything counts once
 *   - a relay's adopted events reach those whom they concern, and nobody else; a foreign place inside is refused, by the original's reference
 *   - an adopted event with another salt, other bytes, another node's log, or one inside another is refused and changes nothing
 *   - what was put aside and comes under its own name stands in its log again, where it stood, in any order; not where another has its number
 *   - at the limit of an event's size, and one past it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/adopted.h"
#include "navette/chain.h"
#include "navette/frame.h"
#include "tests/lib/pair_backup.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define ITEM NAVETTE__THING_KIND__THING_ITEM

static size_t known_items(struct memstore *state)
{
    struct store_txn *txn = memstore_begin_read(state);
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t kind = (uint8_t)ITEM;
    size_t count = 0;
    int rc = store_scan_open(txn, TABLE_THING, &scan);

    assert_int_equal(rc, 0);
    rc = txn->ops->scan_from(scan, span_of(&kind, 1), &key, &value);
    for (; rc == 0 && key.data[0] == kind; count++)
        rc = txn->ops->scan_next(scan, &key, &value);
    txn->ops->scan_close(scan);
    memstore_abort(txn);
    return count;
}

/* The entries of a node's log after `from`, as it holds them now: what has to be found everywhere afterwards. */
struct kept {
    size_t count;
    struct ref refs[64];
    uint8_t bytes[64][512];
    size_t len[64];
};

static void keep(struct pair *pair, size_t node, uint64_t from, struct kept *kept)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct ref ref = {.seq = from + 1};
    struct journal_entry entry;

    memcpy(ref.incarnation, pair->nodes[node].incarnation, INCARNATION_SIZE);
    for (kept->count = 0; journal_find(txn, &ref, &entry) == 0; ref.seq++, kept->count++) {
        assert_true(kept->count < 64 && entry.event.len <= 512);
        kept->refs[kept->count] = entry.self;
        kept->len[kept->count] = entry.event.len;
        memcpy(kept->bytes[kept->count], entry.event.data, entry.event.len);
    }
    memstore_abort(txn);
}

static void assert_found(struct memstore *journal, const struct kept *kept)
{
    struct store_txn *txn = memstore_begin_read(journal);
    struct journal_entry entry;

    for (size_t i = 0; i < kept->count; i++) {
        assert_int_equal(journal_find(txn, &kept->refs[i], &entry), 0);
        assert_int_equal(ref_compare(&entry.self, &kept->refs[i]), 0);
        assert_int_equal(entry.event.len, kept->len[i]);
        assert_memory_equal(entry.event.data, kept->bytes[i], kept->len[i]);
    }
    memstore_abort(txn);
}

static void test_fork_keeps_both_branches(void **state)
{
    static struct kept branch;
    struct memstore *backup;
    struct node_progress progress;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 4);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 200, 5);
    assert_int_equal(pair_commission(pair, a, "SAC"), 0);
    assert_int_equal(pair_pack(pair, a, "SAC", "000200"), 0);
    assert_int_equal(pair_dispatch(pair, a, NAVETTE__THING_KIND__THING_BAG, "SAC", "BIB-B"), 0);
    keep(pair, a, 3, &branch);
    assert_int_equal(branch.count, 8);
    pair_connect_all(pair);
    progress = pair_progress(pair, a);
    assert_int_equal(progress.began, NAVETTE__VERDICT__VERDICT_FORK);
    assert_int_equal(progress.branch, 8);
    assert_int_equal(progress.adopting, 0);
    assert_int_equal(progress.head, 8);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 8);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 7);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 0);
    assert_int_equal(known_items(pair->state), 12);
    assert_int_equal(known_items(pair->nodes[a].store), 12);
    assert_found(pair->journal, &branch);
    assert_found(pair->nodes[a].store, &branch);
    assert_found(pair->nodes[b].store, &branch);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_fork_references_are_found(void **state)
{
    static struct kept branch;
    struct memstore *backup;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Retracted retracted = NAVETTE__RETRACTED__INIT;
    Navette__Ref target = NAVETTE__REF__INIT;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 2);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 200, 2);
    keep(pair, a, 3, &branch);
    pair_connect_all(pair);
    /* Taken back by its printed reference, from under the new incarnation. */
    target.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, branch.refs[1].incarnation};
    target.seq = branch.refs[1].seq;
    target.leaf = branch.refs[1].leaf;
    retracted.target = &target;
    retracted.reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
    body.body_case = NAVETTE__EVENT__BODY_RETRACTED;
    body.retracted = &retracted;
    assert_int_equal(pair_record(pair, a, &body), 0);
    assert_int_equal(pair_dispatch(pair, a, ITEM, "000200", "BIB-B"), 0);
    pair_connect_all(pair);
    assert_int_equal(known_items(pair->state), 3 + 2 + 1);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* `shared` common entries, of which `sealed` were sealed before the backup; then `there` at the hub and `here` in the branch. */
static void part_at(int shared, int sealed, int there, int here)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_new();
    unsigned hellos = 0;

    a = pair_enrol(pair, "BIB-A", BRANCH);
    b = pair_enrol(pair, "BIB-B", BRANCH);
    pair_record_titles(pair, a, 0, sealed);
    pair_connect_all(pair);
    pair_disconnect(pair, a);
    pair_record_titles(pair, a, sealed, shared - sealed);
    backup = memstore_clone(pair->nodes[a].store);
    pair_record_titles(pair, a, 10000, there);
    pair_connect_all(pair);
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 20000, here);
    pair_connect(pair, a);
    for (int round = 0; round < 60 && pair_progress(pair, a).link == NODE_GREETING; round++) {
        hellos++;
        pair_hub_round(pair, 64);
        pair_node_round(pair, a);
    }
    assert_in_range(hellos, 1, 20);
    pair_connect_all(pair);
    assert_int_equal(known_items(pair->state), shared + there + here);
    pair_assert_equal_states(pair);
    (void)b;
    pair_free(pair);
}

static void test_branches_part_anywhere(void **state)
{
    (void)state;
    for (int shared = 0; shared <= 5; shared++)
        for (int sealed = 0; sealed <= shared; sealed += shared > 2 ? 2 : 1)
            for (int there = 1; there <= 4; there += 3)
                for (int here = 1; here <= 7; here += 3)
                    part_at(shared, sealed, there, here);
    part_at(700, 600, 1500, 40);
}

static void test_long_branch_enters_batch_by_batch(void **state)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 10000, 2);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 20000, 3000);
    pair_connect(pair, a);
    while (!pair_progress(pair, a).adopting)
        assert_true(pair_hub_round(pair, 64) + pair_node_round(pair, a) > 0);
    /* Somebody records, the power goes, again and again. */
    for (int i = 0; pair_progress(pair, a).adopting; i++) {
        assert_true(i < 100);
        pair_record_titles(pair, a, 30000 + i, 1);
        pair_tick(pair, 10);
        pair_restart_node(pair, a);
        pair_connect(pair, a);
    }
    pair_connect_all(pair);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 3000);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static int states_something(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    Navette__Frontier frontier;
    int rc = node_frontier(pair->nodes[node].node, txn, &frontier);

    memstore_abort(txn);
    return rc == 0;
}

static void test_nothing_is_stated_while_adopting(void **state)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 10000, 2);
    assert_true(pair_settle(pair));
    assert_true(states_something(pair, a));
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 20000, 600);
    pair_connect(pair, a);
    while (!pair_progress(pair, a).adopting)
        assert_true(pair_hub_round(pair, 64) + pair_node_round(pair, a) > 0);
    assert_false(states_something(pair, a));
    pair_connect_all(pair);
    assert_true(states_something(pair, a));
    pair_free(pair);
}

static void test_forked_again_while_adopting(void **state)
{
    struct memstore *backup;
    struct memstore *middle = NULL;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 10000, 2);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 20000, 600);
    pair_connect(pair, a);
    while (!pair_progress(pair, a).adopting)
        assert_true(pair_hub_round(pair, 64) + pair_node_round(pair, a) > 0);
    pair_tick(pair, 10);
    assert_true(pair_progress(pair, a).adopting);
    middle = memstore_clone(pair->nodes[a].store);
    pair_connect_all(pair);
    pair_record_titles(pair, a, 40000, 3);
    pair_connect_all(pair);
    /* The child's log forks in its turn, with some of the first branch still to come. */
    pair_restore_node(pair, a, middle);
    pair_record_titles(pair, a, 50000, 4);
    pair_connect_all(pair);
    assert_int_equal(known_items(pair->state), 3 + 2 + 600 + 3 + 4);
    pair_assert_equal_states(pair);
    /* A rebuild from the journal says the same. */
    memstore_free(pair->state);
    pair->state = memstore_new();
    pair_hub_round(pair, 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_adopted_go_to_whom_they_concern(void **state)
{
    struct memstore *backup;
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t relay = pair_enrol(pair, "CCAS", RELAY);
    size_t other = pair_enrol(pair, "ZONE", RELAY);
    size_t before;

    (void)state;
    pair_record_titles(pair, a, 0, 2);
    pair_connect_all(pair);
    backup = memstore_clone(pair->nodes[a].store);
    pair_record_titles(pair, a, 10, 1);
    pair_connect_all(pair);
    before = pair_entries_of(pair->nodes[other].store, NAVETTE__EVENT__BODY_ADOPTED);
    pair_restore_node(pair, a, backup);
    pair_record_titles(pair, a, 20, 3);
    assert_int_equal(pair_dispatch(pair, a, ITEM, "000020", "CCAS"), 0);
    pair_connect_all(pair);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 4);
    /* The dispatch, and the title of what it sends alone. */
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_ADOPTED), 2);
    assert_int_equal(pair_entries_of(pair->nodes[other].store, NAVETTE__EVENT__BODY_ADOPTED), before);
    pair_free(pair);
}

/* ---- adopted events made by hand */

struct made {
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t salt[SALT_SIZE];
    struct buffer inside;
    Navette__Ref original;
    Navette__Adopted adopted;
    Navette__Event body;
};

static void encode_seen(const char *place, struct buffer *out)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};

    thing.kind = ITEM;
    thing.id = (char *)(uintptr_t) "000000";
    seen.n_things = 1;
    seen.things = things;
    body.hlc = UINT64_C(77) << 16;
    body.place = (char *)(uintptr_t)place;
    body.body_case = NAVETTE__EVENT__BODY_SEEN_AT;
    body.seen_at = &seen;
    assert_int_equal(event_encode(&body, out), 0);
}

static void name_inside(struct made *made)
{
    uint8_t leaf[HASH_SIZE];

    chain_leaf_salted(made->salt, made->incarnation, made->original.seq, buffer_span(&made->inside), leaf);
    made->original.leaf = chain_leaf_prefix(leaf);
    made->adopted.event = (ProtobufCBinaryData){made->inside.len, made->inside.data};
}

/* Freed by buffer_free(&made->inside). */
static void make(struct made *made, const uint8_t *incarnation, uint64_t seq, const char *carrier_place, const char *place)
{
    memset(made, 0, sizeof *made);
    memset(made->salt, 0x5a, SALT_SIZE);
    memcpy(made->incarnation, incarnation, INCARNATION_SIZE);
    encode_seen(place, &made->inside);
    navette__ref__init(&made->original);
    navette__adopted__init(&made->adopted);
    navette__event__init(&made->body);
    made->original.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, made->incarnation};
    made->original.seq = seq;
    made->adopted.original = &made->original;
    made->adopted.salt = (ProtobufCBinaryData){SALT_SIZE, made->salt};
    made->body.hlc = UINT64_C(88) << 16;
    made->body.place = (char *)(uintptr_t)carrier_place;
    made->body.body_case = NAVETTE__EVENT__BODY_ADOPTED;
    made->body.adopted = &made->adopted;
    name_inside(made);
}

static void put_in_log(struct pair *pair, size_t node, const struct made *made)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    uint8_t salt[SALT_SIZE] = {7};
    struct ref original = {.seq = made->original.seq, .leaf = made->original.leaf};
    struct journal_entry entry;

    memcpy(original.incarnation, made->incarnation, INCARNATION_SIZE);
    assert_int_equal(log_record(txn, pair->nodes[node].incarnation, &made->body, salt, 0, &entry), 0);
    assert_int_equal(journal_adopt(txn, &original, entry.position), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

/* How many refusals the hub writes for one adopted event put into a's log, and whether the first of them names the original. */
static int refusals(const uint8_t *incarnation_or_b, const char *carrier_place, const char *place, int *names_original)
{
    struct memstore *backup;
    struct made made;
    struct journal_entry entry;
    struct event event;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);
    int count;

    memstore_free(backup);
    make(&made, incarnation_or_b == NULL ? pair->nodes[b].incarnation : incarnation_or_b, 900, carrier_place, place);
    put_in_log(pair, a, &made);
    pair_connect_all(pair);
    count = (int)pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED);
    struct store_txn *txn = memstore_begin_read(pair->journal);
    *names_original = 0;
    for (uint64_t at = 1; count > 0 && journal_read(txn, at, &entry) == 0; at++) {
        assert_int_equal(event_decode(entry.event, &event), 0);
        if (event.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED)
            *names_original = event.body->event_refused->target->leaf == made.original.leaf;
        event_free(&event);
    }
    memstore_abort(txn);
    pair_assert_equal_states(pair);
    buffer_free(&made.inside);
    pair_free(pair);
    return count;
}

static void test_adopted_is_judged_by_what_is_inside(void **state)
{
    uint8_t own[INCARNATION_SIZE];
    int names_original;

    (void)state;
    memset(own, 0x20, sizeof own);
    assert_int_equal(refusals(own, "BIB-A", "BIB-A", &names_original), 0);
    /* A place that the node does not serve, inside or around. */
    assert_int_equal(refusals(own, "BIB-A", "BIB-B", &names_original), 1);
    assert_true(names_original);
    assert_int_equal(refusals(own, "BIB-B", "BIB-A", &names_original), 1);
    /* Another node's log. */
    assert_int_equal(refusals(NULL, "BIB-A", "BIB-A", &names_original), 1);
    assert_true(names_original);
    /* A log that nobody knows. */
    memset(own, 0x99, sizeof own);
    assert_int_equal(refusals(own, "BIB-A", "BIB-A", &names_original), 0);
}

static void test_what_is_here_already_is_not_refused_again(void **state)
{
    struct memstore *backup;
    struct made made;
    struct log_head head;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);
    size_t twice;

    (void)state;
    memstore_free(backup);
    make(&made, pair->nodes[a].incarnation, 900, "BIB-A", "BIB-A");
    put_in_log(pair, a, &made);
    put_in_log(pair, a, &made);
    pair_connect_all(pair);
    twice = pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED);
    assert_int_equal(twice, 2);
    pair_assert_equal_states(pair);
    /* Once more, around it a place that is not served: the carrier is refused, the event stays. */
    made.body.place = (char *)(uintptr_t) "BIB-B";
    put_in_log(pair, a, &made);
    pair_connect_all(pair);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 1);
    struct store_txn *txn = memstore_begin_read(pair->state);
    assert_int_equal(memstore_rows(pair->state, TABLE_RETRACT), 1);
    memstore_abort(txn);
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(journal_head(txn, pair->nodes[a].incarnation, &head), 0);
    memstore_abort(txn);
    pair_assert_equal_states(pair);
    buffer_free(&made.inside);
    pair_free(pair);
}

static void test_check_refuses_what_is_not_the_original(void **state)
{
    const uint8_t own[INCARNATION_SIZE] = {1};
    struct buffer nested = {0};
    struct made made;

    (void)state;
    make(&made, own, 7, "BIB-A", "BIB-A");
    assert_int_equal(event_check(&made.body), 0);
    made.salt[3] ^= 1;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.salt[3] ^= 1;
    made.inside.data[5] ^= 1;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.inside.data[5] ^= 1;
    made.original.seq++;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.original.seq--;
    made.original.leaf++;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.original.leaf--;
    made.incarnation[15] ^= 1;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.incarnation[15] ^= 1;
    made.original.incarnation.len = 0;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.original.incarnation.len = INCARNATION_SIZE;
    made.adopted.salt.len = SALT_SIZE - 1;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.adopted.salt.len = SALT_SIZE;
    made.adopted.event.len = 0;
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    made.adopted.event.len = made.inside.len;
    assert_int_equal(event_check(&made.body), 0);
    /* One inside another. */
    assert_int_equal(event_encode(&made.body, &nested), 0);
    buffer_free(&made.inside);
    made.inside = nested;
    name_inside(&made);
    assert_int_equal(event_check(&made.body), NAVETTE_E_INVALID);
    buffer_free(&made.inside);
}

/* A field of number 1000 that no version knows fills what is inside up. */
static void pad(struct buffer *bytes, size_t size)
{
    size_t rest = size - bytes->len - 4;

    assert_int_equal(buffer_append_u8(bytes, 0xc2), 0);
    assert_int_equal(buffer_append_u8(bytes, 0x3e), 0);
    assert_int_equal(buffer_append_u8(bytes, (uint8_t)(0x80 | (rest & 0x7f))), 0);
    assert_int_equal(buffer_append_u8(bytes, (uint8_t)(rest >> 7)), 0);
    while (bytes->len < size)
        assert_int_equal(buffer_append_u8(bytes, 0), 0);
}

static int size_of(size_t inside, const char *place)
{
    const uint8_t own[INCARNATION_SIZE] = {1};
    struct buffer bytes = {0};
    struct event event;
    struct made made;
    int rc;

    make(&made, own, UINT64_MAX, place, "BIB-A");
    pad(&made.inside, inside);
    made.original.seq = UINT64_MAX;
    name_inside(&made);
    rc = event_check(&made.body);
    if (rc == 0) {
        assert_int_equal(event_encode(&made.body, &bytes), 0);
        assert_true(bytes.len <= LIMIT_ENTRY_BYTES);
        assert_int_equal(event_decode(buffer_span(&bytes), &event), 0);
        event_free(&event);
    }
    buffer_free(&bytes);
    buffer_free(&made.inside);
    return rc;
}

static void test_largest_event_can_be_adopted(void **state)
{
    (void)state;
    assert_int_equal(size_of(LIMIT_EVENT_BYTES, "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"), 0);
    assert_int_equal(size_of(LIMIT_EVENT_BYTES + 1, "BIB-A"), NAVETTE_E_INVALID);
}

static void test_read_stops_at_any_byte(void **state)
{
    const uint8_t own[INCARNATION_SIZE] = {1};
    struct buffer bytes = {0};
    struct adopted adopted;
    struct made made;

    (void)state;
    make(&made, own, 7, "BIB-A", "BIB-A");
    assert_int_equal(event_encode(&made.body, &bytes), 0);
    assert_int_equal(adopted_read(buffer_span(&bytes), &adopted), 0);
    assert_int_equal(adopted.original.leaf, made.original.leaf);
    assert_int_equal(adopted.event.len, made.inside.len);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_not_equal(adopted_read(span_of(bytes.data, len), &adopted), 0);
    assert_int_equal(adopted_read(buffer_span(&made.inside), &adopted), NAVETTE_E_NOT_FOUND);
    buffer_free(&bytes);
    buffer_free(&made.inside);
}

static uint64_t position_of(struct store_txn *txn, const struct ref *ref, uint64_t leaf)
{
    struct ref named = *ref;
    struct journal_entry entry;
    int rc;

    named.leaf = leaf;
    rc = journal_find(txn, &named, &entry);
    assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
    return rc == 0 ? entry.position : 0;
}

static void test_what_was_put_aside_comes_back_to_its_place(void **state)
{
    static const size_t order[] = {2, 0, 3};
    static struct kept branch;
    uint64_t positions[5];
    struct memstore *backup;
    struct store_txn *txn;
    struct journal_entry other;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    memstore_free(backup);
    pair_record_titles(pair, a, 100, 5);
    keep(pair, a, 3, &branch);
    assert_int_equal(branch.count, 5);
    txn = memstore_begin_write(pair->nodes[a].store);
    for (size_t i = 0; i < branch.count; i++)
        positions[i] = position_of(txn, &branch.refs[i], 0);
    assert_int_equal(journal_put_back(txn, &branch.refs[0]), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_set_aside(txn, pair->nodes[a].incarnation, 3), 0);
    memset(&other, 0, sizeof other);
    other.self = branch.refs[1];
    other.self.leaf ^= 1;
    other.event = span_of(branch.bytes[1], branch.len[1]);
    assert_int_equal(journal_append(txn, &other), 0);
    assert_int_equal(journal_put_back(txn, &other.self), NAVETTE_E_NOT_FOUND);
    for (size_t i = 0; i < 3; i++)
        for (int twice = 0; twice < 2; twice++)
            assert_int_equal(journal_put_back(txn, &branch.refs[order[i]]), 0);
    assert_int_equal(journal_put_back(txn, &branch.refs[1]), 0);
    for (size_t i = 0; i < branch.count; i++) {
        assert_int_equal(position_of(txn, &branch.refs[i], branch.refs[i].leaf), positions[i]);
        assert_int_equal(position_of(txn, &branch.refs[i], 0), i == 1 ? other.position : i == 4 ? 0 : positions[i]);
    }
    other.self = branch.refs[2];
    assert_int_equal(journal_append(txn, &other), NAVETTE_E_EXISTS);
    memstore_abort(txn);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fork_keeps_both_branches),
        cmocka_unit_test(test_fork_references_are_found),
        cmocka_unit_test(test_branches_part_anywhere),
        cmocka_unit_test(test_long_branch_enters_batch_by_batch),
        cmocka_unit_test(test_nothing_is_stated_while_adopting),
        cmocka_unit_test(test_forked_again_while_adopting),
        cmocka_unit_test(test_adopted_go_to_whom_they_concern),
        cmocka_unit_test(test_adopted_is_judged_by_what_is_inside),
        cmocka_unit_test(test_what_is_here_already_is_not_refused_again),
        cmocka_unit_test(test_check_refuses_what_is_not_the_original),
        cmocka_unit_test(test_largest_event_can_be_adopted),
        cmocka_unit_test(test_read_stops_at_any_byte),
        cmocka_unit_test(test_what_was_put_aside_comes_back_to_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
