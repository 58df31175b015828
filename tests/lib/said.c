/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "said.h"

static char *text(const char *words)
{
    return (char *)(uintptr_t)words;
}

struct pair *said_places(size_t count)
{
    static const char *const places[] = {"A", "B", "C"};
    struct pair *pair = pair_new();

    for (size_t i = 0; i < count; i++)
        assert_int_equal(pair_enrol(pair, places[i], NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK), i);
    return pair;
}

void said_talk(struct pair *pair, const char *who)
{
    pair_tick(pair, 10 * SAID_MINUTE);
    for (; *who != '\0'; who++)
        pair_connect(pair, (size_t)(*who - '0'));
    assert_true(pair_settle(pair));
}

void said_all(struct pair *pair, const char *who)
{
    said_talk(pair, who);
    said_talk(pair, who);
}

/* Bodies whose first field is the list of things. */
#define WITH_THINGS(body, lower)                                                                                                           \
    do {                                                                                                                                   \
        navette__##lower##__init(&made.lower);                                                                                             \
        made.lower.n_things = thing == NULL ? 0 : 1;                                                                                       \
        made.lower.things = list;                                                                                                          \
        (body)->lower = &made.lower;                                                                                                       \
    } while (0)
#define WITH_POOLS(lower)                                                                                                                  \
    do {                                                                                                                                   \
        made.lower.n_pools = pool == NULL ? 0 : 1;                                                                                         \
        made.lower.pools = pools;                                                                                                          \
    } while (0)

static void record(struct pair *pair, size_t node, Navette__Event__BodyCase body_case, Navette__Thing *thing, Navette__PoolCount *pool,
                   const char *to, const char *slip)
{
    union {
        Navette__Dispatched dispatched;
        Navette__Collected collected;
        Navette__Received received;
        Navette__Delivered delivered;
        Navette__Returned returned;
        Navette__SeenAt seen_at;
        Navette__DeclaredLost declared_lost;
    } made;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Thing *list[1] = {thing};
    Navette__PoolCount *pools[1] = {pool};

    body.body_case = body_case;
    switch (body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        WITH_THINGS(&body, dispatched);
        WITH_POOLS(dispatched);
        made.dispatched.to = text(to);
        made.dispatched.slip = text(slip);
        break;
    case NAVETTE__EVENT__BODY_COLLECTED:
        WITH_THINGS(&body, collected);
        WITH_POOLS(collected);
        made.collected.to = text(to);
        break;
    case NAVETTE__EVENT__BODY_RECEIVED:
        WITH_THINGS(&body, received);
        WITH_POOLS(received);
        made.received.slip = text(slip);
        made.received.from = text(pool == NULL ? "" : to);
        break;
    case NAVETTE__EVENT__BODY_DELIVERED:
        WITH_THINGS(&body, delivered);
        WITH_POOLS(delivered);
        break;
    case NAVETTE__EVENT__BODY_RETURNED:
        WITH_THINGS(&body, returned);
        WITH_POOLS(returned);
        break;
    case NAVETTE__EVENT__BODY_SEEN_AT:
        WITH_THINGS(&body, seen_at);
        break;
    case NAVETTE__EVENT__BODY_DECLARED_LOST:
        WITH_THINGS(&body, declared_lost);
        break;
    default:
        fail();
    }
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_move(struct pair *pair, size_t node, Navette__Event__BodyCase body, int kind, const char *code, const char *to)
{
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = (Navette__ThingKind)kind;
    thing.namespace_ = text(kind == NAVETTE__THING_KIND__THING_ITEM ? "t" : "");
    thing.id = text(code);
    record(pair, node, body, &thing, NULL, to, "");
}

void said_pool(struct pair *pair, size_t node, Navette__Event__BodyCase body, const char *kind, uint32_t count, const char *to,
               const char *slip)
{
    Navette__PoolCount pool = NAVETTE__POOL_COUNT__INIT;

    pool.kind = text(kind);
    pool.count = count;
    record(pair, node, body, NULL, &pool, to, slip);
}

void said_commission(struct pair *pair, size_t node, const char *kind, int64_t count, Navette__Reason reason)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__PoolCommissioned made = NAVETTE__POOL_COMMISSIONED__INIT;

    made.kind = text(kind);
    made.count = count;
    made.reason = reason;
    body.body_case = NAVETTE__EVENT__BODY_POOL_COMMISSIONED;
    body.pool_commissioned = &made;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

struct ref said_last(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_entry entry;
    struct log_head head;
    struct ref wanted = {.seq = 0};

    assert_int_equal(journal_head(txn, pair->nodes[node].incarnation, &head), 0);
    memcpy(wanted.incarnation, head.incarnation, INCARNATION_SIZE);
    wanted.seq = head.seq;
    assert_int_equal(journal_find(txn, &wanted, &entry), 0);
    memstore_abort(txn);
    return entry.self;
}

void said_retract(struct pair *pair, size_t node, const struct ref *target)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Retracted retracted = NAVETTE__RETRACTED__INIT;
    Navette__Ref ref = NAVETTE__REF__INIT;
    struct ref copy = *target;

    ref.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, copy.incarnation};
    ref.seq = copy.seq;
    ref.leaf = copy.leaf;
    retracted.target = &ref;
    retracted.reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
    body.body_case = NAVETTE__EVENT__BODY_RETRACTED;
    body.retracted = &retracted;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_correct(struct pair *pair, size_t node, int64_t off_ms)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ClockCorrected corrected = NAVETTE__CLOCK_CORRECTED__INIT;

    corrected.boot = pair->nodes[node].boot;
    corrected.wall_minus_boot_ms = pair->nodes[node].booted_ms + off_ms;
    body.body_case = NAVETTE__EVENT__BODY_CLOCK_CORRECTED;
    body.clock_corrected = &corrected;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_rule(struct pair *pair, const char *id, Navette__RuleKind kind, const char *material, const char *place, const char *to,
               uint64_t duration_s)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__RuleDecided rule = NAVETTE__RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = text(id);
    rule.rule = &thing;
    rule.kind = kind;
    rule.material = text(material);
    rule.place = text(place);
    rule.to = text(to);
    rule.duration_s = duration_s;
    rule.valid_from_ms = 1;
    body.body_case = NAVETTE__EVENT__BODY_RULE_DECIDED;
    body.rule_decided = &rule;
    pair_decide(pair, &body);
}

void said_declare(struct pair *pair, const char *place, Navette__PlaceKind kind)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared declared = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_PLACE;
    thing.id = text(place);
    declared.place = &thing;
    declared.kind = kind;
    body.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    body.place_declared = &declared;
    pair_decide(pair, &body);
}

static struct verdict_row only(struct memstore *state, struct memstore *journal, int64_t now_ms, const uint8_t *self, int kind)
{
    struct verdict_options options = {.now_ms = now_ms, .self = self};
    struct store_txn *read = memstore_begin_read(state);
    struct store_txn *other = state == journal ? read : memstore_begin_read(journal);
    struct verdict_view view;
    struct verdict_row row;
    size_t found = 0;

    memset(&row, 0, sizeof(row));
    assert_int_equal(discrepancy_check(read, other), 0);
    assert_int_equal(verdict_list(read, other, &options, &view), 0);
    for (size_t i = 0; i < view.count; i++) {
        if (kind != 0 && view.rows[i].what.finding.kind != kind)
            continue;
        row = view.rows[i];
        found++;
    }
    assert_true(found <= 1);
    verdict_free(&view);
    if (other != read)
        memstore_abort(other);
    memstore_abort(read);
    return row;
}

struct verdict_row said_hub(struct pair *pair, int kind)
{
    return only(pair->state, pair->journal, pair->now_ms, NULL, kind);
}

struct verdict_row said_node(struct pair *pair, size_t node, int kind)
{
    struct pair_node *one = &pair->nodes[node];

    return only(one->store, one->store, pair->now_ms, one->id, kind);
}

const char *said_concerned(const struct verdict_row *row)
{
    static char joined[DISCREPANCY_PLACES_MAX * (LIMIT_PLACE_CODE + 2u)];

    joined[0] = '\0';
    for (size_t i = 0; i < row->what.finding.place_count; i++) {
        strcat(joined, i > 0 ? " " : "");
        strcat(joined, row->what.finding.places[i]);
    }
    return joined;
}

static Navette__Thing bag_of(const char *code)
{
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_BAG;
    thing.id = text(code);
    return thing;
}

void said_phone(struct pair *pair, size_t node, const char *reporter, int claim, const char *bag)
{
    Navette__PhoneSaid said = NAVETTE__PHONE_SAID__INIT;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Thing thing = bag_of(bag);
    Navette__Thing *list[1] = {&thing};

    said.reporter = text(reporter);
    said.speaker = text("VOLUNTEER");
    said.claim = (Navette__PhoneClaim)claim;
    said.things = list;
    said.n_things = 1;
    body.body_case = NAVETTE__EVENT__BODY_PHONE_SAID;
    body.phone_said = &said;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_told(struct pair *pair, size_t node, const char *reporter, const char *slip, uint32_t bags)
{
    Navette__PhoneCounted told = NAVETTE__PHONE_COUNTED__INIT;
    Navette__Event body = NAVETTE__EVENT__INIT;

    told.reporter = text(reporter);
    told.slip = text(slip);
    told.party = NAVETTE__HANDOVER_PARTY__PARTY_TAKER;
    told.bags = bags;
    told.counted = 2;
    body.body_case = NAVETTE__EVENT__BODY_PHONE_COUNTED;
    body.phone_counted = &told;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_counted(struct pair *pair, size_t node, int party, const char *slip, uint32_t bags)
{
    Navette__HandoverCounted counted = NAVETTE__HANDOVER_COUNTED__INIT;
    Navette__Event body = NAVETTE__EVENT__INIT;

    counted.slip = text(slip);
    counted.party = (Navette__HandoverParty)party;
    counted.bags = bags;
    counted.counted = 2;
    body.body_case = NAVETTE__EVENT__BODY_HANDOVER_COUNTED;
    body.handover_counted = &counted;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

void said_given(struct pair *pair, size_t node, const char *bag, const char *to, const char *slip)
{
    Navette__Thing thing = bag_of(bag);

    record(pair, node, NAVETTE__EVENT__BODY_DISPATCHED, &thing, NULL, to, slip);
}
