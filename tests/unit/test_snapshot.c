/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot (core/sync/snapshot.c, hub_snapshot.c, node_snapshot.c, node_stage.c), two steps in memory.
 *   - new nodes of either scope, random histories, links cut, either side started again, things recorded on both sides meanwhile: at rest each holds what one that followed by deltas holds, each event once, its state
 *     is that of the set, and its own log is whole
 *   - of a relay's what concerns its place comes first, and is in its own store before the rest is there; its cursor has not moved
 *   - a damaged chunk, a damaged or unsigned manifest, one of another journal or version: refused, a bounded number of times, then deltas
 *   - one that folds to something else than it says: nothing of it is taken, then deltas
 *   - a chunk put twice or before its turn changes nothing; a manifest of another is told apart
 *   - a branch that was put aside, and that the snapshot brings inside what adopted it, stands once, where it was folded
 *   - manifests: every field wrong by itself, sizes and number of chunks at the limit and one past
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/pair_snapshot.h"
#include "tests/lib/seed.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG

#define A 0u
#define NEW 1u
#define DELTAS 2u

static void work(struct pair *pair, size_t node, uint64_t *seed, unsigned *made)
{
    char barcode[16];
    char title[200];
    char bag[16];
    const char *near = node == A ? "N" : "A";
    unsigned n = ++*made;

    snprintf(barcode, sizeof barcode, "%u", n);
    snprintf(bag, sizeof bag, "S%u", n);
    memset(title, 'a' + (int)seed_below(seed, 26), sizeof title);
    title[sizeof title - 1] = '\0';
    assert_int_equal(pair_register(pair, node, barcode, title), 0);
    if (n % 3 == 0) {
        assert_int_equal(pair_commission(pair, node, bag), 0);
        assert_int_equal(pair_pack(pair, node, bag, barcode), 0);
        assert_int_equal(pair_dispatch(pair, node, BAG, bag, near), 0);
    } else if (n % 3 == 1) {
        assert_int_equal(pair_dispatch(pair, node, ITEM, barcode, seed_below(seed, 2) ? near : "Z"), 0);
    }
    /* Sent again, from somewhere else than where it is. */
    if (n > 4 && n % 7 == 0) {
        snprintf(barcode, sizeof barcode, "%u", (unsigned)(1 + seed_below(seed, n - 1)));
        assert_int_equal(pair_dispatch(pair, node, ITEM, barcode, "Z"), 0);
    }
}

/* A hub with so much to tell, and A in step with it. */
static struct pair *a_network(uint64_t *seed, unsigned count, unsigned *made)
{
    struct pair *pair = pair_new();

    pair->snapshot_rows = 50;
    pair_begin_epoch(pair);
    pair_enrol(pair, "A", BRANCH);
    pair_connect(pair, A);
    for (unsigned i = 0; i < count; i++) {
        work(pair, A, seed, made);
        pair->now_ms += 1000;
    }
    assert_true(pair_settle(pair));
    return pair;
}

static size_t begin_new(struct pair *pair, const char *place, Navette__Role role, Navette__Scope scope, int takes)
{
    size_t index = pair_enrol(pair, place, role, scope);

    pair->nodes[index].hub_key = takes ? pair->hub_public : NULL;
    pair_restart_node(pair, index);
    return index;
}

static void disturb(struct pair *pair, uint64_t *seed, unsigned *made)
{
    switch (seed_below(seed, 8)) {
    case 0:
        pair_connect(pair, NEW);
        break;
    case 1:
        pair_restart_node(pair, NEW);
        pair_connect(pair, NEW);
        break;
    case 2:
        pair_restart_hub(pair);
        pair_connect(pair, A);
        pair_connect(pair, NEW);
        break;
    case 3:
        work(pair, NEW, seed, made);
        break;
    case 4:
        work(pair, A, seed, made);
        break;
    default:
        break;
    }
}

static int compare_refs(const void *a, const void *b)
{
    return ref_compare(a, b);
}

/* Each event once, and the state is that of the set. */
static void check_store(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_write(store);
    struct ref *list;
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    list = calloc(tail + 1, sizeof *list);
    assert_non_null(list);
    for (uint64_t i = 1; i <= tail; i++) {
        struct journal_entry entry;

        assert_int_equal(journal_read_raw(txn, i, &entry), 0);
        list[i - 1] = entry.self;
    }
    qsort(list, tail, sizeof *list, compare_refs);
    for (uint64_t i = 1; i < tail; i++)
        assert_true(ref_compare(&list[i - 1], &list[i]) != 0);
    free(list);
    assert_int_equal(fold_check(txn), 0);
    memstore_abort(txn);
}

static void check_own_log(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct log_head head;
    uint64_t checked;

    assert_int_equal(journal_head(txn, pair->nodes[node].incarnation, &head), 0);
    assert_int_equal(journal_verify(txn, pair->nodes[node].incarnation, pair->nodes[node].sign_public, &checked), 0);
    assert_int_equal(checked, head.seq);
    memstore_abort(txn);
}

static void one_history(uint64_t *seed, Navette__Role role, Navette__Scope scope, unsigned *taken)
{
    unsigned made = 0;
    struct pair *pair = a_network(seed, 120 + (unsigned)seed_below(seed, 400), &made);
    uint8_t by_snapshot[HASH_SIZE];
    uint8_t by_deltas[HASH_SIZE];

    begin_new(pair, "N", role, scope, 1);
    pair_connect(pair, NEW);
    for (int i = 0; i < 60; i++) {
        pair_hub_round(pair, 1 + seed_below(seed, 3));
        if (seed_below(seed, 2))
            pair_node_round(pair, NEW);
        pair_node_round(pair, A);
        pair_tick(pair, (int64_t)seed_below(seed, 3000));
        disturb(pair, seed, &made);
    }
    pair_connect(pair, NEW);
    pair_connect(pair, A);
    assert_true(pair_settle(pair));
    begin_new(pair, "N", role, scope, 0);
    pair_connect(pair, DELTAS);
    assert_true(pair_settle(pair));
    check_store(pair->nodes[NEW].store);
    check_own_log(pair, NEW);
    pair_digest(pair->nodes[NEW].store, by_snapshot);
    pair_digest(pair->nodes[DELTAS].store, by_deltas);
    assert_memory_equal(by_snapshot, by_deltas, HASH_SIZE);
    if (scope == NAVETTE__SCOPE__SCOPE_NETWORK)
        pair_assert_same(pair, NEW);
    *taken += pair->snapshots_taken;
    pair_free(pair);
}

/* What stands apart stands where it came first. */
static void check_apart(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t apart = 0;
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t i = 1; i <= tail; i++) {
        struct journal_entry entry;
        uint64_t first;

        assert_int_equal(journal_read(txn, i, &entry), 0);
        if (journal_apart(txn, &entry.self, &first) == 0) {
            assert_true(first <= i);
            apart++;
        }
    }
    assert_true(apart > 0);
    memstore_abort(txn);
}

static void test_snapshot_of_a_fork(void **state)
{
    uint64_t seed = 5;
    unsigned made = 0;
    struct pair *pair = a_network(&seed, 20, &made);
    struct memstore *backup;

    (void)state;
    begin_new(pair, "N", BRANCH, 1);
    pair_connect(pair, NEW);
    work(pair, NEW, &seed, &made);
    assert_true(pair_settle(pair));
    backup = memstore_clone(pair->nodes[NEW].store);
    work(pair, NEW, &seed, &made);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, NEW, backup);
    work(pair, NEW, &seed, &made);
    pair_connect(pair, NEW);
    assert_true(pair_settle(pair));
    assert_true(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED) > 0);
    pair_disconnect(pair, NEW);
    for (unsigned i = 0; i < 200; i++)
        work(pair, A, &seed, &made);
    assert_false(pair->snapshots_taken > 0);
    (void)pair_settle(pair);
    pair_connect(pair, NEW);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->snapshots_taken, 1);
    check_apart(pair->nodes[NEW].store);
    check_store(pair->nodes[NEW].store);
    pair_assert_same(pair, NEW);
    pair_free(pair);
}

static void test_snapshot_random(void **state)
{
    uint64_t seed = seed_start();
    unsigned taken = 0;

    (void)state;
    for (int i = 0; i < 6; i++) {
        one_history(&seed, BRANCH, &taken);
        one_history(&seed, RELAY, &taken);
    }
    assert_true(taken >= 8);
}

static void test_snapshot_near_first(void **state)
{
    uint64_t seed = 11;
    unsigned made = 0;
    struct pair *pair = a_network(&seed, 900, &made);
    struct node_progress progress;

    (void)state;
    begin_new(pair, "N", RELAY, 1);
    pair_connect(pair, NEW);
    do {
        pair_hub_round(pair, 1);
        pair_node_round(pair, NEW);
        progress = pair_progress(pair, NEW);
    } while (progress.snapshot_next == 0 && pair->snapshots_taken == 0);
    assert_int_equal(pair->snapshots_taken, 0);
    assert_true(progress.snapshot_next < progress.snapshot_count);
    assert_true(pair_entries_of(pair->nodes[NEW].store, NAVETTE__EVENT__BODY_DISPATCHED) > 0);
    assert_int_equal(progress.cursor, 0);
    assert_false(progress.in_step);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->snapshots_taken, 1);
    pair_free(pair);
}

static void refused(unsigned lie)
{
    uint64_t seed = 7;
    unsigned made = 0;
    struct pair *pair = a_network(&seed, 900, &made);

    pair->snapshot_lie = lie;
    begin_new(pair, "N", BRANCH, 1);
    pair_connect(pair, NEW);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->snapshots_taken, 0);
    /* Asked for again, and not for ever. */
    assert_in_range(pair->snapshot_asked, lie == LIE_DIGEST ? 2 : 3, 12);
    if (lie == LIE_DIGEST)
        assert_null(pair->nodes[NEW].stage);
    pair_assert_same(pair, NEW);
    check_store(pair->nodes[NEW].store);
    pair_free(pair);
}

static void test_snapshot_refused(void **state)
{
    (void)state;
    for (unsigned lie = LIE_CHUNK; lie <= LIE_SCHEMA; lie++)
        refused(lie);
}

static void test_node_stage_take_again(void **state)
{
    uint64_t seed = 3;
    unsigned made = 0;
    struct pair *pair = a_network(&seed, 900, &made);
    struct pair_snapshot *snapshot = pair_snapshot_make(pair, A);
    struct memstore *stage = memstore_new();
    struct store_txn *txn = memstore_begin_write(stage);
    struct effect effect = {.kind = EFFECT_STAGE, .frame = snapshot->manifest};
    struct snapshot_manifest manifest;
    struct snapshot_part part;
    uint64_t tail[2];
    uint32_t next = 9;

    (void)state;
    assert_int_equal(snapshot_manifest_read(buffer_span(&snapshot->manifest), &manifest), 0);
    assert_true(manifest.count > 2);
    assert_int_equal(node_stage_take(txn, &effect, &next), 0);
    assert_int_equal(next, 0);
    assert_int_equal(snapshot_part_open(&manifest, 1, buffer_span(&snapshot->chunks[1]), &part), 0);
    effect = (struct effect){.kind = EFFECT_STAGE, .session = 2, .frame = part.bytes};
    assert_int_equal(node_stage_take(txn, &effect, &next), 0); /* the first is not here */
    assert_int_equal(next, 0);
    snapshot_part_free(&part);
    assert_int_equal(snapshot_part_open(&manifest, 0, buffer_span(&snapshot->chunks[0]), &part), 0);
    effect = (struct effect){.kind = EFFECT_STAGE, .session = 1, .frame = part.bytes};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(node_stage_take(txn, &effect, &next), 0);
        assert_int_equal(next, 1);
        assert_int_equal(journal_tail(txn, &tail[i]), 0);
    }
    assert_int_equal(tail[0], part.delta->n_entries);
    assert_int_equal(tail[1], tail[0]);
    snapshot_part_free(&part);
    effect = (struct effect){.kind = EFFECT_STAGE, .frame = snapshot->manifest};
    assert_int_equal(node_stage_take(txn, &effect, &next), 0); /* it goes on where it was */
    assert_int_equal(next, 1);
    effect.frame.len--;
    assert_int_equal(node_stage_take(txn, &effect, &next), NAVETTE_E_EXISTS);
    memstore_abort(txn);
    memstore_free(stage);
    snapshot_manifest_free(&manifest);
    pair_snapshot_free(snapshot);
    pair_free(pair);
}

static void test_snapshot_part_open(void **state)
{
    uint64_t seed = 5;
    unsigned made = 0;
    struct pair *pair = a_network(&seed, 60, &made);
    struct pair_snapshot *snapshot = pair_snapshot_make(pair, A);
    struct snapshot_manifest manifest;
    struct snapshot_part part;
    struct buffer *chunk = &snapshot->chunks[0];

    (void)state;
    assert_int_equal(snapshot_manifest_read(buffer_span(&snapshot->manifest), &manifest), 0);
    for (size_t i = 0; i < chunk->len; i += 1 + chunk->len / 200) {
        chunk->data[i] ^= 4;
        assert_int_equal(snapshot_part_open(&manifest, 0, buffer_span(chunk), &part), NAVETTE_E_CHECKSUM);
        snapshot_part_free(&part);
        chunk->data[i] ^= 4;
        assert_int_equal(snapshot_part_open(&manifest, 0, span_of(chunk->data, i), &part), NAVETTE_E_CHECKSUM);
        snapshot_part_free(&part);
    }
    assert_int_equal(snapshot_part_open(&manifest, manifest.count, buffer_span(chunk), &part), NAVETTE_E_CHECKSUM);
    snapshot_part_free(&part);
    /* As the manifest says, and no frame of zstd: signed nonsense. */
    memset(chunk->data, 0, chunk->len);
    snapshot_name(buffer_span(chunk), manifest.message->hashes.data);
    assert_int_equal(snapshot_part_open(&manifest, 0, buffer_span(chunk), &part), NAVETTE_E_INVALID);
    snapshot_part_free(&part);
    snapshot_manifest_free(&manifest);
    pair_snapshot_free(snapshot);
    pair_free(pair);
}

static int read_packed(const Navette__SnapshotManifest *message)
{
    struct snapshot_manifest manifest;
    size_t size = navette__snapshot_manifest__get_packed_size(message);
    uint8_t *bytes = malloc(size);
    int rc;

    assert_non_null(bytes);
    navette__snapshot_manifest__pack(message, bytes);
    rc = snapshot_manifest_read(span_of(bytes, size), &manifest);
    free(bytes);
    snapshot_manifest_free(&manifest);
    return rc;
}

static void test_snapshot_manifest_read(void **state)
{
    static uint32_t sizes[LIMIT_SNAPSHOT_CHUNKS + 1];
    static uint8_t hashes[(LIMIT_SNAPSHOT_CHUNKS + 1) * HASH_SIZE];
    uint8_t bytes[HASH_SIZE] = {1};
    char *places[LIMIT_NODE_PLACES + 1];
    Navette__SnapshotManifest sound = NAVETTE__SNAPSHOT_MANIFEST__INIT;
    Navette__SnapshotManifest message;

    (void)state;
    for (size_t i = 0; i <= LIMIT_SNAPSHOT_CHUNKS; i++)
        sizes[i] = LIMIT_FRAME_BYTES;
    for (size_t i = 0; i <= LIMIT_NODE_PLACES; i++)
        places[i] = (char *)(uintptr_t) "N";
    sound.epoch = (ProtobufCBinaryData){EPOCH_SIZE, bytes};
    sound.digest = (ProtobufCBinaryData){HASH_SIZE, bytes};
    sound.node = (ProtobufCBinaryData){NODE_ID_SIZE, bytes};
    sound.scope = NAVETTE__SCOPE__SCOPE_OWN;
    sound.places = places;
    sound.n_places = LIMIT_NODE_PLACES;
    sound.cursor = 1;
    sound.sizes = sizes;
    sound.n_sizes = LIMIT_SNAPSHOT_CHUNKS;
    sound.near = LIMIT_SNAPSHOT_CHUNKS;
    sound.hashes = (ProtobufCBinaryData){LIMIT_SNAPSHOT_CHUNKS * HASH_SIZE, hashes};
    assert_int_equal(read_packed(&sound), 0);
    assert_true(navette__snapshot_manifest__get_packed_size(&sound) < LIMIT_FRAME_BYTES - 1024);
#define WRONG(field, value, code)                                                                                                          \
    message = sound;                                                                                                                       \
    message.field = value;                                                                                                                 \
    assert_int_equal(read_packed(&message), code)
    WRONG(epoch.len, EPOCH_SIZE - 1, NAVETTE_E_INVALID);
    WRONG(digest.len, HASH_SIZE - 1, NAVETTE_E_INVALID);
    WRONG(node.len, 0, NAVETTE_E_INVALID);
    WRONG(n_places, LIMIT_NODE_PLACES + 1, NAVETTE_E_INVALID);
    WRONG(scope, NAVETTE__SCOPE__SCOPE_NETWORK, NAVETTE_E_INVALID);
    WRONG(scope, (Navette__Scope)9, NAVETTE_E_INVALID);
    WRONG(cursor, 0, NAVETTE_E_INVALID);
    WRONG(n_sizes, 0, NAVETTE_E_INVALID);
    WRONG(n_sizes, LIMIT_SNAPSHOT_CHUNKS + 1, NAVETTE_E_TOO_LARGE);
    WRONG(near, LIMIT_SNAPSHOT_CHUNKS + 1, NAVETTE_E_INVALID);
    WRONG(hashes.len, LIMIT_SNAPSHOT_CHUNKS * HASH_SIZE - 1, NAVETTE_E_INVALID);
#undef WRONG
    sizes[5] = LIMIT_FRAME_BYTES + 1;
    assert_int_equal(read_packed(&sound), NAVETTE_E_INVALID);
    sizes[5] = 0;
    assert_int_equal(read_packed(&sound), NAVETTE_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot_of_a_fork),     cmocka_unit_test(test_snapshot_random),
        cmocka_unit_test(test_snapshot_near_first),    cmocka_unit_test(test_snapshot_refused),
        cmocka_unit_test(test_node_stage_take_again),  cmocka_unit_test(test_snapshot_part_open),
        cmocka_unit_test(test_snapshot_manifest_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
