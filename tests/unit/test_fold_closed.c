/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_is_closed(): what may be given up, case by case; FOLD.md names each rule.
 *   - movements of what is at rest, and not the last of them; what begins or changes a record never
 *   - a zone, a round, untagged bags, an order, a proof, a note: what names one is kept, what does not goes
 *   - what was ever packed for an order is kept whole, whatever became of it since; packed for nobody it is like any other
 *   - what is under way, in a container, lost, retracted or refused is kept
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/lib/foldkit.h"
#include "tests/lib/sample.h"

/* Something of an event that foldkit_event() does not write. */
typedef void (*alteration)(struct arena *arena, Navette__Event *body);

static Navette__Thing *thing(struct arena *arena, Navette__ThingKind kind, const char *id)
{
    Navette__Thing *made = arena_alloc(arena, sizeof(*made));

    navette__thing__init(made);
    made->kind = kind;
    made->id = (char *)(uintptr_t)id;
    return made;
}

static Navette__PoolCount **pools(struct arena *arena)
{
    Navette__PoolCount **list = arena_alloc(arena, sizeof(*list));
    Navette__PoolCount *made = arena_alloc(arena, sizeof(*made));

    navette__pool_count__init(made);
    made->kind = (char *)(uintptr_t) "shop";
    made->count = 3;
    *list = made;
    return list;
}

static Navette__Sealed *sealed(struct arena *arena)
{
    Navette__Sealed *made = arena_alloc(arena, sizeof(*made));

    navette__sealed__init(made);
    made->key_id = sample_bytes(arena, 1, 16);
    made->nonce = sample_bytes(arena, 2, 24);
    made->ciphertext = sample_bytes(arena, 3, 32);
    return made;
}

static void in_zone(struct arena *arena, Navette__Event *body)
{
    (void)arena;
    body->seen_at->zone = (char *)(uintptr_t) "Z1";
}

static void sent_on_round(struct arena *arena, Navette__Event *body)
{
    body->dispatched->round = thing(arena, NAVETTE__THING_KIND__THING_ROUND, "r1");
}

static void sent_with_pools(struct arena *arena, Navette__Event *body)
{
    body->dispatched->pools = pools(arena);
    body->dispatched->n_pools = 1;
}

static void came_on_round(struct arena *arena, Navette__Event *body)
{
    body->received->round = thing(arena, NAVETTE__THING_KIND__THING_ROUND, "r1");
}

static void came_with_pools(struct arena *arena, Navette__Event *body)
{
    body->received->pools = pools(arena);
    body->received->n_pools = 1;
}

static void delivered_for_order(struct arena *arena, Navette__Event *body)
{
    body->delivered->order = thing(arena, NAVETTE__THING_KIND__THING_ORDER, "o1");
}

static void delivered_with_proof(struct arena *arena, Navette__Event *body)
{
    body->delivered->proof = sealed(arena);
}

static void failed_with_note(struct arena *arena, Navette__Event *body)
{
    body->delivery_failed->note = sealed(arena);
}

static void packed_for_order(struct arena *arena, Navette__Event *body)
{
    body->item_packed->order = thing(arena, NAVETTE__THING_KIND__THING_ORDER, "o1");
}

/* Writes an event of the kit again with that in it, under the name that it has. */
static void alter(struct foldkit *kit, size_t entry, alteration how)
{
    Navette__Event *body = navette__event__unpack(NULL, kit->entries[entry].event.len, kit->entries[entry].event.data);
    Navette__Event changed;
    union {
        Navette__SeenAt seen_at;
        Navette__Dispatched dispatched;
        Navette__Received received;
        Navette__Delivered delivered;
        Navette__DeliveryFailed delivery_failed;
        Navette__ItemPacked item_packed;
    } copy;

    assert_non_null(body);
    changed = *body;
    /* What the library made stays as it was, for it to free. */
    memcpy(&copy, body->seen_at, body->seen_at->base.descriptor->sizeof_message);
    changed.seen_at = &copy.seen_at;
    how(kit->arena, &changed);
    kit->entries[entry].event = sample_pack(kit->arena, &changed);
    navette__event__free_unpacked(body, NULL);
}

/* A digit an event, in the order in which they were made and came: may it be given up? */
static void expect(const struct foldkit *kit, const char *expected)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    char found[64] = "";

    for (size_t i = 0; i < kit->count; i++) {
        struct journal_entry entry;

        assert_int_equal(journal_find(txn, &kit->entries[i].self, &entry), 0);
        found[i] = (char)('0' + fold_is_closed(txn, &entry));
    }
    assert_string_equal(found, expected);
    memstore_abort(txn);
    memstore_free(store);
}

static struct foldkit *begin(void)
{
    static struct foldkit kit;

    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", "");
    return &kit;
}

/* It is seen at rest at A, twice: what came before is behind it. */
static void end(struct foldkit *kit, const char *things, const char *expected)
{
    foldkit_event(kit, 0, "A", EV(SEEN_AT), things, "");
    foldkit_event(kit, 0, "A", EV(SEEN_AT), things, "");
    expect(kit, expected);
    foldkit_free(kit);
}

static void test_behind_what_is_at_rest(void **state)
{
    struct foldkit *kit = begin();

    (void)state;
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", "");
    foldkit_event(kit, 1, "B", EV(ITEM_CHANGED), "i1", "dvd");
    foldkit_event(kit, 1, "B", EV(DISPATCHED), "i1", "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), "i1", "");
    end(kit, "i1", "011101010");
}

static void test_zone(void **state)
{
    struct foldkit *kit = begin();

    (void)state;
    foldkit_event(kit, 0, "A", EV(SEEN_AT), "i1", "");
    alter(kit, 2, in_zone);
    end(kit, "i1", "01010");
}

/* There and back, the way there altered. */
static void sent(alteration how, size_t which, const char *expected)
{
    struct foldkit *kit = begin();

    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", "");
    alter(kit, which, how);
    foldkit_event(kit, 1, "B", EV(DISPATCHED), "i1", "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), "i1", "");
    end(kit, "i1", expected);
}

static void test_round_and_untagged_bags(void **state)
{
    (void)state;
    sent(sent_on_round, 2, "01011010");
    sent(came_on_round, 3, "01101010");
    sent(sent_with_pools, 2, "01011010");
    sent(came_with_pools, 3, "01101010");
}

/* Brought to somebody who was there, or was not, and back. */
static void brought(Navette__Event__BodyCase which, alteration how, const char *expected)
{
    struct foldkit *kit = begin();

    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", "");
    foldkit_event(kit, 1, "B", which, "i1", "");
    if (how != NULL)
        alter(kit, 4, how);
    foldkit_event(kit, 1, "B", EV(DISPATCHED), "i1", "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), "i1", "");
    end(kit, "i1", expected);
}

static void test_order_proof_note(void **state)
{
    (void)state;
    brought(EV(DELIVERED), NULL, "011111010");
    brought(EV(DELIVERED), delivered_for_order, "011101010");
    brought(EV(DELIVERED), delivered_with_proof, "011101010");
    brought(EV(DELIVERY_FAILED), NULL, "011111010");
    brought(EV(DELIVERY_FAILED), failed_with_note, "011101010");
}

static void packed(alteration how, const char *expected)
{
    struct foldkit *kit = begin();

    kit->with_parents = 1;
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "shop");
    foldkit_event(kit, 0, "A", EV(SEEN_AT), "b1", "");
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b1 i1", "");
    if (how != NULL)
        alter(kit, 4, how);
    foldkit_event(kit, 0, "A", EV(ITEM_UNPACKED), "b1 i1", "");
    foldkit_event(kit, 0, "A", EV(SEEN_AT), "i1", "");
    end(kit, "i1 b1", expected);
}

static void test_packed_for_an_order(void **state)
{
    (void)state;
    packed(NULL, "010110110");
    packed(packed_for_order, "000000000");
}

/* Seen twice, and then something that is not over. */
static void stands(Navette__Event__BodyCase which, const char *things, const char *extra, const char *expected)
{
    struct foldkit *kit = begin();

    foldkit_event(kit, 0, "A", EV(SEEN_AT), "i1", "");
    foldkit_event(kit, 0, "A", which, things, extra);
    expect(kit, expected);
    foldkit_free(kit);
}

static void test_what_is_not_at_rest(void **state)
{
    (void)state;
    stands(EV(SEEN_AT), "i1", "", "0110");
    stands(EV(DISPATCHED), "i1", "B", "0000");
    stands(EV(ITEM_PACKED), "b1 i1", "", "0000");
    stands(EV(DECLARED_LOST), "i1", "", "0000");
    stands(EV(ITEM_WITHDRAWN), "i1", "", "0110");
}

static void test_retracted_or_refused(void **state)
{
    struct foldkit *kit;
    struct ref wrong;

    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        kit = begin();
        wrong = foldkit_event(kit, 0, "A", EV(SEEN_AT), "i1", "");
        if (refused)
            foldkit_refuse(kit, wrong);
        else
            foldkit_retract(kit, 0, "A", wrong);
        end(kit, "i1", "010010");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behind_what_is_at_rest),  cmocka_unit_test(test_zone),
        cmocka_unit_test(test_round_and_untagged_bags), cmocka_unit_test(test_order_proof_note),
        cmocka_unit_test(test_packed_for_an_order),     cmocka_unit_test(test_what_is_not_at_rest),
        cmocka_unit_test(test_retracted_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
