/* SPDX-License-Identifier: Apache-2.0 */
#include "handkit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/hlc.h"
#include "seed.h"

static void *alloc(struct foldkit *kit, size_t size)
{
    void *piece = arena_alloc(kit->arena, size);

    assert(piece != NULL);
    return memset(piece, 0, size);
}

static char *text(struct foldkit *kit, const char *from)
{
    const char *source = from == NULL ? "" : from;
    char *made = alloc(kit, strlen(source) + 1);

    memcpy(made, source, strlen(source));
    return made;
}

static Navette__Thing *thing(struct foldkit *kit, const struct thing_key *key)
{
    Navette__Thing *made = alloc(kit, sizeof(*made));

    navette__thing__init(made);
    made->kind = (Navette__ThingKind)thing_kind(key);
    made->namespace_ = text(kit, thing_namespace(key));
    made->id = text(kit, thing_id(key));
    return made;
}

static Navette__Thing **list(struct foldkit *kit, const char *words, size_t *count)
{
    Navette__Thing **made = alloc(kit, LIMIT_EVENT_THINGS * sizeof(*made));

    *count = 0;
    while (*words != '\0') {
        char word[32];
        size_t len = strcspn(words, " ");
        struct thing_key key;

        snprintf(word, sizeof(word), "%.*s", (int)len, words);
        key = foldkit_key(word);
        made[(*count)++] = thing(kit, &key);
        words += len + strspn(words + len, " ");
    }
    return made;
}

static Navette__Thing *round_of(struct foldkit *kit, const char *id)
{
    Navette__Thing *made;

    if (id == NULL)
        return NULL;
    made = alloc(kit, sizeof(*made));
    navette__thing__init(made);
    made->kind = NAVETTE__THING_KIND__THING_ROUND;
    made->id = text(kit, id);
    return made;
}

static Navette__Ref *ref_of(struct foldkit *kit, const struct ref *from)
{
    Navette__Ref *made;

    if (from == NULL)
        return NULL;
    made = alloc(kit, sizeof(*made));
    navette__ref__init(made);
    made->incarnation.len = INCARNATION_SIZE;
    made->incarnation.data = alloc(kit, INCARNATION_SIZE);
    memcpy(made->incarnation.data, from->incarnation, INCARNATION_SIZE);
    made->seq = from->seq;
    made->leaf = from->leaf;
    return made;
}

/* "paper:3 cloth:1" */
static Navette__PoolCount **pools_of(struct foldkit *kit, const char *words, size_t *count)
{
    Navette__PoolCount **made = alloc(kit, LIMIT_EVENT_LIST * sizeof(*made));

    *count = 0;
    for (const char *at = words; at != NULL && *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
        const char *colon = strchr(at, ':');
        Navette__PoolCount *pool = alloc(kit, sizeof(*pool));

        assert(colon != NULL);
        navette__pool_count__init(pool);
        pool->kind = alloc(kit, (size_t)(colon - at) + 1);
        memcpy(pool->kind, at, (size_t)(colon - at));
        pool->count = (uint32_t)strtoul(colon + 1, NULL, 10);
        made[(*count)++] = pool;
    }
    return made;
}

static struct ref put(struct foldkit *kit, unsigned int node, const char *place, uint64_t operation, Navette__Event *event)
{
    struct buffer bytes = {.data = NULL};
    struct ref self;
    uint8_t *kept;

    event->place = text(kit, place);
    event->operation = operation;
    event->hlc = kit->hlc != 0 ? kit->hlc : hlc_make(kit->now_ms, 0);
    event->boot = kit->boot;
    event->boottime_ms = (uint64_t)(kit->now_ms - FOLDKIT_START_MS) + 1000;
    assert(event_encode(event, &bytes) == 0);
    kept = alloc(kit, bytes.len);
    memcpy(kept, bytes.data, bytes.len);
    self = foldkit_raw(kit, node, span_of(kept, bytes.len));
    buffer_free(&bytes);
    kit->now_ms += 60000;
    kit->hlc = 0;
    return self;
}

#define BODY(CASE, name, Type)                                                                                                             \
    Navette__Event event = NAVETTE__EVENT__INIT;                                                                                           \
    Navette__##Type body;                                                                                                                  \
    navette__##name##__init(&body);                                                                                                        \
    event.body_case = EV(CASE);                                                                                                            \
    event.name = &body

/* The words that every body of a hand-over has. */
#define HAND(body, hand)                                                                                                                   \
    do {                                                                                                                                   \
        (body).slip = text(kit, (hand).slip);                                                                                              \
        (body).round = round_of(kit, (hand).round);                                                                                        \
        (body).stop = (hand).stop;                                                                                                         \
        (body).direction = (hand).back ? NAVETTE__HANDOVER_DIRECTION__DIRECTION_BACK : NAVETTE__HANDOVER_DIRECTION__DIRECTION_UNSPECIFIED; \
    } while (0)

struct ref handkit_give(struct foldkit *kit, unsigned int node, const char *place, const char *to, const char *things, struct hand hand)
{
    BODY(DISPATCHED, dispatched, Dispatched);

    body.things = list(kit, things, &body.n_things);
    body.pools = pools_of(kit, hand.pools, &body.n_pools);
    body.to = text(kit, to);
    body.carrier = text(kit, hand.carrier);
    body.items = hand.inside;
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_collect(struct foldkit *kit, unsigned int node, const char *place, const char *to, const char *things, struct hand hand)
{
    BODY(COLLECTED, collected, Collected);

    body.things = list(kit, things, &body.n_things);
    body.pools = pools_of(kit, hand.pools, &body.n_pools);
    body.to = text(kit, to);
    body.carrier = text(kit, hand.carrier);
    body.slip = text(kit, hand.slip);
    body.round = round_of(kit, hand.round);
    body.stop = hand.stop;
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_cancel(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand)
{
    BODY(TRANSIT_CANCELLED, transit_cancelled, TransitCancelled);

    body.things = list(kit, things, &body.n_things);
    body.slip = text(kit, hand.slip);
    body.dispatch = ref_of(kit, hand.dispatch);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_take(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand)
{
    BODY(RECEIVED, received, Received);

    body.things = list(kit, things, &body.n_things);
    body.pools = pools_of(kit, hand.pools, &body.n_pools);
    body.dispatch = ref_of(kit, hand.dispatch);
    body.from = text(kit, hand.peer);
    body.mode = hand.unopened ? NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED : NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_see(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand)
{
    BODY(SEEN_ON_RECEPTION, seen_on_reception, SeenOnReception);

    body.things = list(kit, things, &body.n_things);
    body.dispatch = ref_of(kit, hand.dispatch);
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_refuse(struct foldkit *kit, unsigned int node, const char *place, const char *things, struct hand hand)
{
    BODY(REFUSED, refused, Refused);

    body.things = list(kit, things, &body.n_things);
    body.dispatch = ref_of(kit, hand.dispatch);
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_close(struct foldkit *kit, unsigned int node, const char *place, struct hand hand)
{
    BODY(OPERATION_CLOSED, operation_closed, OperationClosed);

    body.kind = NAVETTE__OPERATION_KIND__OPERATION_RECEIVE;
    body.mode = hand.unopened ? NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED : NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
    body.dispatch = ref_of(kit, hand.dispatch);
    body.peer = text(kit, hand.peer);
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_count(struct foldkit *kit, unsigned int node, const char *place, int party, int crates, int bags, int items,
                         struct hand hand)
{
    BODY(HANDOVER_COUNTED, handover_counted, HandoverCounted);

    body.party = (Navette__HandoverParty)(party + 1);
    body.crates = crates < 0 ? 0 : (uint32_t)crates;
    body.bags = bags < 0 ? 0 : (uint32_t)bags;
    body.items = items < 0 ? 0 : (uint32_t)items;
    body.pools = pools_of(kit, hand.pools, &body.n_pools);
    body.counted = (crates < 0 ? 0 : HANDOVER_CRATES) | (bags < 0 ? 0 : HANDOVER_BAGS) | (items < 0 ? 0 : HANDOVER_ITEMS) |
                   (hand.pools == NULL ? 0 : HANDOVER_POOLS);
    body.dispatch = ref_of(kit, hand.dispatch);
    body.peer = text(kit, hand.peer);
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_said(struct foldkit *kit, unsigned int node, const char *place, int claim, const char *things, int64_t ago_ms)
{
    BODY(PHONE_SAID, phone_said, PhoneSaid);

    body.reporter = text(kit, "B");
    body.speaker = text(kit, "VOLUNTEER");
    body.claim = (Navette__PhoneClaim)claim;
    body.said_ms = ago_ms == 0 ? 0 : kit->now_ms - ago_ms;
    body.things = list(kit, things, &body.n_things);
    return put(kit, node, place, 0, &event);
}

struct ref handkit_told(struct foldkit *kit, unsigned int node, const char *place, int party, int bags, int items, struct hand hand)
{
    BODY(PHONE_COUNTED, phone_counted, PhoneCounted);

    body.reporter = text(kit, "B");
    body.party = (Navette__HandoverParty)(party + 1);
    body.bags = bags < 0 ? 0 : (uint32_t)bags;
    body.items = items < 0 ? 0 : (uint32_t)items;
    body.pools = pools_of(kit, hand.pools, &body.n_pools);
    body.counted = (bags < 0 ? 0 : HANDOVER_BAGS) | (items < 0 ? 0 : HANDOVER_ITEMS) | (hand.pools == NULL ? 0 : HANDOVER_POOLS);
    body.dispatch = ref_of(kit, hand.dispatch);
    HAND(body, hand);
    return put(kit, node, place, 0, &event);
}

struct ref handkit_commission(struct foldkit *kit, unsigned int node, const char *place, const char *kind, int64_t count, int is_loss)
{
    BODY(POOL_COMMISSIONED, pool_commissioned, PoolCommissioned);

    body.kind = text(kit, kind);
    body.count = count;
    body.reason = is_loss ? NAVETTE__REASON__REASON_LONG_MISSING : NAVETTE__REASON__REASON_UNSPECIFIED;
    return put(kit, node, place, 0, &event);
}

#define POOLS(upper, lower, name, ...)                                                                                                     \
    do {                                                                                                                                   \
        BODY(upper, lower, name);                                                                                                          \
        body.pools = pools_of(kit, pools, &body.n_pools);                                                                                  \
        __VA_ARGS__;                                                                                                                       \
        return put(kit, node, place, 0, &event);                                                                                           \
    } while (0)

struct ref handkit_pool(struct foldkit *kit, unsigned int node, const char *place, Navette__Event__BodyCase body_case, const char *pools,
                        const char *other, const char *slip)
{
    switch (body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        POOLS(DISPATCHED, dispatched, Dispatched, body.to = text(kit, other); body.slip = text(kit, slip));
    case NAVETTE__EVENT__BODY_COLLECTED:
        POOLS(COLLECTED, collected, Collected, body.to = text(kit, other));
    case NAVETTE__EVENT__BODY_RECEIVED:
        POOLS(RECEIVED, received, Received, body.from = text(kit, other); body.slip = text(kit, slip));
    case NAVETTE__EVENT__BODY_DELIVERED:
        POOLS(DELIVERED, delivered, Delivered, (void)other);
    default:
        POOLS(RETURNED, returned, Returned, (void)other);
    }
}

struct ref handkit_noted(struct foldkit *kit, unsigned int node, uint64_t seq, int64_t hub_time_ms)
{
    Navette__Frontier frontier = NAVETTE__FRONTIER__INIT;
    BODY(FRONTIER_NOTED, frontier_noted, FrontierNoted);
    char id[2 * NODE_ID_SIZE + 1];
    uint8_t bytes[NODE_ID_SIZE];
    struct thing_key key;

    assert(seq > 0 && seq <= kit->seq[node]);
    memset(bytes, (int)node + 1, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), id);
    assert(thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key) == 0);
    frontier.incarnation.data = alloc(kit, INCARNATION_SIZE);
    frontier.incarnation.len = INCARNATION_SIZE;
    memset(frontier.incarnation.data, (int)node + 1, INCARNATION_SIZE);
    frontier.signature.data = alloc(kit, 64);
    frontier.signature.len = 64;
    frontier.seq = seq;
    frontier.hub_time_ms = hub_time_ms;
    body.node = thing(kit, &key);
    body.frontier = &frontier;
    return put(kit, HANDKIT_HUB, "", 0, &event);
}

struct ref handkit_pair(struct foldkit *kit, unsigned int node, const char *place, const struct ref *count, const struct ref *with,
                        struct hand hand)
{
    BODY(HANDOVER_PAIRED, handover_paired, HandoverPaired);

    body.count = ref_of(kit, count);
    body.with = ref_of(kit, with);
    HAND(body, hand);
    return put(kit, node, place, hand.operation, &event);
}

struct ref handkit_deposit(struct foldkit *kit, unsigned int node, const char *place, const char *container, uint32_t bags, uint32_t items,
                           const char *seal)
{
    struct thing_key key = foldkit_key(container);
    BODY(SEALED_DEPOSIT, sealed_deposit, SealedDeposit);

    body.container = thing(kit, &key);
    body.crates = 1;
    body.bags = bags;
    body.items = items;
    body.seal = text(kit, seal);
    return put(kit, node, place, 0, &event);
}

struct ref handkit_emptied(struct foldkit *kit, unsigned int node, const char *place, const char *container, uint64_t operation)
{
    struct thing_key key = foldkit_key(container);
    BODY(OPERATION_CLOSED, operation_closed, OperationClosed);

    body.kind = NAVETTE__OPERATION_KIND__OPERATION_UNPACK;
    body.container = thing(kit, &key);
    return put(kit, node, place, operation, &event);
}

struct ref handkit_opened(struct foldkit *kit, unsigned int node, const char *place, const char *container, const char *seal)
{
    struct thing_key key = foldkit_key(container);
    BODY(BAG_OPENED, bag_opened, BagOpened);

    body.bag = thing(kit, &key);
    body.seal = text(kit, seal);
    return put(kit, node, place, 0, &event);
}

struct ref handkit_unpack(struct foldkit *kit, unsigned int node, const char *place, const char *container_and_items, uint64_t operation)
{
    BODY(ITEM_UNPACKED, item_unpacked, ItemUnpacked);
    size_t count;
    Navette__Thing **things = list(kit, container_and_items, &count);

    body.container = things[0];
    body.items = things + 1;
    body.n_items = count - 1;
    return put(kit, node, place, operation, &event);
}

struct ref handkit_unload(struct foldkit *kit, unsigned int node, const char *place, const char *crate_and_bags, uint64_t operation)
{
    BODY(CRATE_UNLOADED, crate_unloaded, CrateUnloaded);
    size_t count;
    Navette__Thing **things = list(kit, crate_and_bags, &count);

    body.crate = things[0];
    body.bags = things + 1;
    body.n_bags = count - 1;
    return put(kit, node, place, operation, &event);
}

/* ---- at random */

static const char *pick_thing(uint64_t *random)
{
    static const char *const things[] = {"b1", "b2", "b3", "i1", "i2", "c1"};

    return things[seed_below(random, 6)];
}

static struct hand pick_hand(struct foldkit *kit, uint64_t *random, struct ref *dispatch)
{
    static const char *const slips[] = {"S1", "S2", "S3"};
    struct hand hand = {.carrier = seed_below(random, 2) ? "V" : NULL, .inside = (uint32_t)seed_below(random, 3)};

    if (seed_below(random, 10) < 7)
        hand.slip = slips[seed_below(random, 3)];
    if (seed_below(random, 10) < 3) {
        hand.round = "R1";
        hand.stop = (uint32_t)seed_below(random, 3);
        hand.back = seed_below(random, 4) == 0;
    }
    if (hand.slip == NULL && seed_below(random, 2) && kit->count > 0) {
        *dispatch = kit->entries[seed_below(random, kit->count)].self;
        hand.dispatch = dispatch;
    }
    hand.pools = seed_below(random, 6) == 0 ? "paper:2" : NULL;
    return hand;
}

static int pick_figure(uint64_t *random)
{
    return (int)seed_below(random, 4) - 1;
}

static void random_count(struct foldkit *kit, uint64_t *random, struct hand hand)
{
    static const char *const places[] = {"A", "V", "B"};
    int party = (int)seed_below(random, 3);

    if (seed_below(random, 3) == 0) {
        hand.slip = NULL;
        hand.stop = 0;
        hand.dispatch = NULL;
    }
    handkit_count(kit, (unsigned int)party, places[party], party, pick_figure(random), pick_figure(random), pick_figure(random), hand);
}

static void random_pair(struct foldkit *kit, uint64_t *random, struct hand hand)
{
    struct ref count = kit->entries[seed_below(random, kit->count)].self;
    struct ref with = kit->entries[seed_below(random, kit->count)].self;

    handkit_pair(kit, 0, "A", &count, seed_below(random, 2) ? &with : NULL, hand);
}

static void random_deposit(struct foldkit *kit, uint64_t *random)
{
    switch (seed_below(random, 6)) {
    case 0:
        handkit_deposit(kit, 0, "A", "c1", 1, 2, "0412");
        return;
    case 1:
        handkit_opened(kit, 2, "B", "c1", seed_below(random, 2) ? "0412" : "0413");
        return;
    case 2:
        handkit_unload(kit, 2, "B", "c1 b1", seed_below(random, 3));
        return;
    case 3:
        handkit_unpack(kit, 2, "B", seed_below(random, 2) ? "b1 i1" : "c1 i2", seed_below(random, 3));
        return;
    case 4:
        handkit_emptied(kit, 2, "B", seed_below(random, 2) ? "b1" : "c1", seed_below(random, 3));
        return;
    default:
        handkit_unpack(kit, 2, "B", "b1 i2 i1", 0);
        return;
    }
}

void handkit_random(struct foldkit *kit, uint64_t *random)
{
    struct ref dispatch;
    struct hand hand = pick_hand(kit, random, &dispatch);
    uint64_t what = seed_below(random, 38);

    kit->hlc = seed_below(random, 4) == 0 ? hlc_make(kit->now_ms - (int64_t)seed_below(random, 30) * 60000, 0) : 0;
    if (what < 5)
        handkit_give(kit, 0, "A", "B", pick_thing(random), hand);
    else if (what < 6)
        handkit_collect(kit, 0, "A", "B", pick_thing(random), hand);
    else if (what < 7)
        handkit_cancel(kit, 0, "A", pick_thing(random), hand);
    else if (what < 9)
        handkit_take(kit, 2, "B", pick_thing(random), hand);
    else if (what < 10)
        handkit_see(kit, 2, "B", pick_thing(random), hand);
    else if (what < 11)
        handkit_refuse(kit, 2, "B", pick_thing(random), hand);
    else if (what < 13)
        handkit_close(kit, 2, "B", hand);
    else if (what < 17)
        random_count(kit, random, hand);
    else if (what < 18 && kit->count > 0)
        random_pair(kit, random, hand);
    else if (what < 20 && kit->count > 0)
        foldkit_retract(kit, 3, "", kit->entries[seed_below(random, kit->count)].self);
    else if (what < 34)
        random_deposit(kit, random);
    else if (what < 36)
        handkit_said(kit, 0, "A", 1 + (int)seed_below(random, 3), pick_thing(random), (int64_t)seed_below(random, 20) * 60000);
    else
        handkit_told(kit, 0, "A", (int)seed_below(random, 3), pick_figure(random), pick_figure(random), hand);
    kit->hlc = 0;
}

/* ---- what the store says */

static struct handover read_key(struct memstore *store, const struct thing_key *key)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct handover handover;
    int rc = handover_read(txn, txn, key, &handover);

    memstore_abort(txn);
    assert(rc == 0);
    return handover;
}

struct handover handkit_handover(struct memstore *store, const char *name)
{
    struct thing_key key;
    const char *slash = strchr(name, '/');
    char round[32];
    int rc;

    if (slash == NULL) {
        rc = handover_key_of_slip(name, &key);
    } else {
        snprintf(round, sizeof(round), "%.*s", (int)(slash - name), name);
        rc = handover_key_of_stop(round, (uint32_t)strtoul(slash + 1, NULL, 10),
                                  strstr(slash, "back") != NULL ? NAVETTE__HANDOVER_DIRECTION__DIRECTION_BACK : 0, &key);
    }
    assert(rc == 0);
    return read_key(store, &key);
}

struct handover handkit_of_ref(struct memstore *store, const struct ref *ref)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct handover handover;
    int rc = handover_read_ref(txn, txn, ref, &handover);

    memstore_abort(txn);
    assert(rc == 0);
    return handover;
}

static size_t add_figure(char *out, size_t size, int counted, uint64_t value, const char *after)
{
    int n = counted ? snprintf(out, size, "%llu%s", (unsigned long long)value, after) : snprintf(out, size, "-%s", after);

    assert(n > 0 && (size_t)n < size);
    return (size_t)n;
}

const char *handkit_figures(const struct handover *handover)
{
    static char text_of[256];
    size_t used = 0;

    for (int party = 0; party < HANDOVER_PARTIES; party++) {
        const struct handover_figures *figures = &handover->parties[party].figures;

        used += (size_t)snprintf(text_of + used, sizeof(text_of) - used, "%s", party > 0 ? " | " : "");
        if (!handover->parties[party].done) {
            used += (size_t)snprintf(text_of + used, sizeof(text_of) - used, ".");
            continue;
        }
        used += add_figure(text_of + used, sizeof(text_of) - used, figures->counted & HANDOVER_CRATES, figures->crates, "/");
        used += add_figure(text_of + used, sizeof(text_of) - used, figures->counted & HANDOVER_BAGS, figures->bags, "/");
        used += add_figure(text_of + used, sizeof(text_of) - used, figures->counted & HANDOVER_ITEMS, figures->items, "");
        for (size_t i = 0; i < figures->pool_count; i++)
            used += (size_t)snprintf(text_of + used, sizeof(text_of) - used, "+%llu%s", (unsigned long long)figures->pools[i].count,
                                     figures->pools[i].kind);
    }
    return text_of;
}
