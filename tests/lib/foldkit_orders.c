/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "foldkit.h"
#include "navette/hlc.h"
#include "seed.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const places[] = {"A", "B", "C"};
static const char *const goods[] = {"i1", "i2", "i3", "i4", "b1", "b2", "b3", "c1", "c2"};

static const char *pick(uint64_t *random, const char *const *words, size_t count)
{
    return words[seed_below(random, count)];
}

static const char *other_place(uint64_t *random, const char *place)
{
    const char *to = pick(random, places, COUNT(places));

    return to[0] == place[0] ? (place[0] == 'A' ? "B" : "A") : to;
}

static void movement(struct foldkit *kit, uint64_t *random, unsigned int node, const char *place)
{
    static const Navette__Event__BodyCase moves[] = {
        EV(RECEIVED),   EV(RECEIVED),   EV(SEEN_AT),           EV(DELIVERED),      EV(RETURNED),     EV(REFUSED),
        EV(FOUND),      EV(DROPPED),    EV(COLLECTED),         EV(DECLARED_LOST),  EV(COUNT_CLOSED), EV(SEEN_ON_RECEPTION),
        EV(DISPATCHED), EV(DISPATCHED), EV(TRANSIT_CANCELLED), EV(DELIVERY_FAILED)};
    static const char *const groups[] = {"i1 i2", "b1 i1", "c1 b2 i3"};
    const char *things = seed_below(random, 5) ? pick(random, goods, COUNT(goods)) : pick(random, groups, COUNT(groups));

    foldkit_event(kit, node, place, moves[seed_below(random, COUNT(moves))], things, other_place(random, place));
}

static void packing(struct foldkit *kit, uint64_t *random, unsigned int node, const char *place)
{
    static const char *const items[] = {"b1 i1 i2", "b1 i3", "b2 i1", "b2 i4 i3", "b3 i2", "c1 i1"};
    static const char *const bags[] = {"c1 b1 b2", "c1 b3", "c2 b1", "c2 b2 b3"};
    static const Navette__Event__BodyCase others[] = {EV(BAG_SEALED), EV(BAG_OPENED), EV(SEALED_DEPOSIT)};
    int out = seed_below(random, 3) == 0;

    switch (seed_below(random, 3)) {
    case 0:
        foldkit_event(kit, node, place, out ? EV(ITEM_UNPACKED) : EV(ITEM_PACKED), pick(random, items, COUNT(items)), NULL);
        break;
    case 1:
        foldkit_event(kit, node, place, out ? EV(CRATE_UNLOADED) : EV(CRATE_LOADED), pick(random, bags, COUNT(bags)), NULL);
        break;
    default:
        foldkit_event(kit, node, place, others[seed_below(random, COUNT(others))], pick(random, goods + 4, COUNT(goods) - 4), "s");
        break;
    }
}

static void catalogue(struct foldkit *kit, uint64_t *random, unsigned int node, const char *place)
{
    static const char *const places_declared[] = {"pA", "pB"};
    static const char *const nodes[] = {"n1", "n2"};

    switch (seed_below(random, 7)) {
    case 0:
    case 1:
        kit->title = pick(random, places, COUNT(places));
        foldkit_event(kit, node, place, EV(ITEM_REGISTERED), pick(random, goods, 4), seed_below(random, 2) ? "book" : "disc:C");
        break;
    case 2:
        foldkit_event(kit, node, place, EV(BAG_COMMISSIONED), pick(random, goods + 4, 5), "blue");
        break;
    case 3:
        foldkit_event(kit, node, place, EV(ITEM_CHANGED), pick(random, goods, 4), "film");
        break;
    case 4:
        foldkit_event(kit, node, place, seed_below(random, 2) ? EV(ITEM_WITHDRAWN) : EV(ITEM_REGISTERED), pick(random, goods, 4), "book");
        break;
    case 5:
        foldkit_event(kit, 15, "", EV(PLACE_DECLARED), pick(random, places_declared, 2), seed_below(random, 2) ? "relay" : "");
        break;
    default:
        foldkit_event(kit, 15, "", seed_below(random, 2) ? EV(NODE_ENROLLED) : EV(INCARNATION_STARTED), pick(random, nodes, 2), NULL);
        break;
    }
}

static void prepare_trouble(struct foldkit *kit, uint64_t *random)
{
    if (seed_below(random, 4) == 0)
        kit->hlc = hlc_make(kit->now_ms + (int64_t)seed_below(random, 7200000) - 3600000, (uint16_t)seed_below(random, 3));
    kit->boot = 1 + seed_below(random, 2);
    kit->with_parents = seed_below(random, 3) != 0;
    if (kit->count > 0 && seed_below(random, 4) == 0)
        kit->dispatch = kit->entries[seed_below(random, kit->count)].self;
    while (kit->count > 0 && kit->parent_count < 3 && seed_below(random, 4) == 0)
        kit->parents[kit->parent_count++] = kit->entries[seed_below(random, kit->count)].self;
}

static int correction(struct foldkit *kit, uint64_t *random, unsigned int node, const char *place)
{
    struct ref target;

    if (kit->count == 0)
        return 0;
    target = kit->entries[seed_below(random, kit->count)].self;
    switch (seed_below(random, 12)) {
    case 0:
    case 1:
        foldkit_retract(kit, node, place, target);
        return 1;
    case 2:
        foldkit_retract(kit, 15, "", kit->entries[kit->count - 1].self);
        return 1;
    case 3:
        if (seed_below(random, 3) == 0) {
            foldkit_refuse(kit, target);
            return 1;
        }
        return 0;
    case 4:
        foldkit_correct(kit, node, 1 + seed_below(random, 2), FOLDKIT_START_MS + (int64_t)seed_below(random, 864000000) - 432000000);
        return 1;
    default:
        return 0;
    }
}

void foldkit_random(struct foldkit *kit, uint64_t *random, int trouble)
{
    const char *place = pick(random, places, COUNT(places));
    unsigned int node = (unsigned int)(place[0] - 'A');

    if (trouble) {
        prepare_trouble(kit, random);
        if (correction(kit, random, node, place))
            return;
    }
    switch (seed_below(random, 8)) {
    case 0:
    case 1:
        catalogue(kit, random, node, place);
        break;
    case 2:
    case 3:
        packing(kit, random, node, place);
        break;
    default:
        movement(kit, random, node, place);
        break;
    }
}

static void as_made(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
}

void foldkit_shuffle(size_t *order, size_t count, uint64_t *random)
{
    as_made(order, count);
    for (size_t i = count; i > 1; i--) {
        size_t k = seed_below(random, i);
        size_t kept = order[i - 1];

        order[i - 1] = order[k];
        order[k] = kept;
    }
}

void foldkit_one_state(const struct foldkit *kit, uint64_t *random, int runs)
{
    struct memstore *first = foldkit_play(kit, NULL, 0, 1);
    uint8_t expected[HASH_SIZE];
    size_t order[FOLDKIT_MAX];

    assert(foldkit_check(first) == 0);
    foldkit_digest(first, expected);
    memstore_free(first);
    as_made(order, kit->count);
    for (int run = 0; run < runs; run++) {
        struct memstore *store;
        uint8_t digest[HASH_SIZE];
        size_t count = kit->count;

        if (run == 1) {
            for (size_t i = 0; i < count; i++)
                order[i] = count - 1 - i;
        } else if (run > 1) {
            foldkit_shuffle(order, count, random);
        }
        /* The first ones come a second time. */
        for (size_t i = 0; i < kit->count / 3 && count < FOLDKIT_MAX; i++)
            order[count++] = order[i];
        store = foldkit_play(kit, order, count, run % 4 == 3);
        assert(foldkit_check(store) == 0);
        foldkit_digest(store, digest);
        assert(memcmp(digest, expected, HASH_SIZE) == 0);
        memstore_free(store);
        as_made(order, kit->count);
    }
}

uint64_t foldkit_since(const struct foldkit *kit, struct memstore *store, size_t from)
{
    struct store_txn *txn = memstore_begin_write(store);
    size_t order[FOLDKIT_MAX];
    struct fold fold;
    int rc;

    as_made(order, kit->count);
    rc = foldkit_feed(kit, txn, order + from, kit->count - from, 0, &fold);
    assert(rc == 0);
    rc = fold_check(txn);
    assert(rc == 0);
    rc = memstore_commit(txn);
    assert(rc == 0);
    return fold.refolds;
}
