/* SPDX-License-Identifier: Apache-2.0 */
#include "trade.h"

#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "person.h"
#include "world.h"

#define TRADE_WRONG 250000u /* per million: a person miscounts, misses one, finds one too many */

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static struct workload_thing *thing_at(struct desk *desk, size_t which)
{
    return &desk->world->workload.things[which];
}

static Navette__PoolCount **pools(struct desk *desk, uint32_t count)
{
    struct draft *draft = desk->draft;

    navette__pool_count__init(&draft->pool);
    draft->pool.kind = text("cabas");
    draft->pool.count = count;
    draft->pool_list[0] = &draft->pool;
    return draft->pool_list;
}

static uint32_t about(struct desk *desk, uint32_t count)
{
    if (!random_chance(desk->chance, TRADE_WRONG)) {
        return count;
    }
    return random_chance(desk->chance, 500000) || count == 0 ? count + 1 : count - 1;
}

static Navette__Thing *round_of(struct desk *desk, const struct workload_slip *slip)
{
    Navette__Thing *round = &desk->draft->round;

    if (slip->round[0] == '\0') {
        return NULL;
    }
    navette__thing__init(round);
    round->kind = NAVETTE__THING_KIND__THING_ROUND;
    round->id = text(slip->round);
    return round;
}

/* By slip, by stop of a round, or by both. */
#define NAME_HANDOVER(desk, out, paper)                                                                                                    \
    do {                                                                                                                                   \
        (out)->slip = text((paper)->slip);                                                                                                 \
        (out)->round = round_of(desk, paper);                                                                                              \
        (out)->stop = (out)->round != NULL ? 1 : 0;                                                                                        \
        (out)->direction = (out)->round != NULL ? NAVETTE__HANDOVER_DIRECTION__DIRECTION_OUT : 0;                                          \
    } while (0)

static int dispatch_on_slip(struct desk *desk)
{
    struct workload *workload = &desk->world->workload;
    struct workload_slip *slip = &workload->slips[workload->slip_count];
    Navette__Dispatched *out = &desk->draft->body.dispatched;

    if (workload->slip_count == WORKLOAD_SLIPS) {
        return NAVETTE_E_NOT_FOUND;
    }
    *slip = (struct workload_slip){.from = workload_place(workload, desk->place), .bags = (int)random_below(desk->chance, 2)};
    slip->to = workload_place(workload, person_elsewhere(desk));
    for (int tries = 0; tries < 4 && slip->thing_count < WORKLOAD_SLIP_THINGS; tries++) {
        const struct workload_thing *thing = person_any_thing(desk, slip->bags ? BAG : ITEM);
        if (thing != NULL && person_is_here(desk, thing)) {
            size_t which = (size_t)(thing - workload->things);
            int twice = 0;

            for (size_t i = 0; i < slip->thing_count; i++) {
                twice |= slip->things[i] == which;
            }
            if (!twice) {
                slip->things[slip->thing_count++] = which;
                draft_add(desk->draft, thing);
            }
        }
    }
    slip->pool = random_chance(desk->chance, 400000) ? (uint32_t)random_range(desk->chance, 1, 6) : 0;
    if (slip->thing_count == 0 && slip->pool == 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    snprintf(slip->slip, sizeof(slip->slip), "B-%zu", workload->slip_count);
    if (random_chance(desk->chance, 400000)) {
        snprintf(slip->round, sizeof(slip->round), "T-%zu", workload->slip_count);
    }
    workload->slip_count++;
    draft_body_things(desk->draft, BODY(DISPATCHED), workload->places[slip->to].code);
    NAME_HANDOVER(desk, out, slip);
    out->carrier = text("VAN");
    out->pools = pools(desk, slip->pool);
    out->n_pools = slip->pool > 0;
    if (random_chance(desk->chance, 250000)) {
        out->departed = text("2020-02-20"); /* a list that lags */
    }
    if (desk->world->faults.tardy) {
        out->departed = text("2020-03-11"); /* the evening before */
    }
    return 0;
}

/* A paper that lies before this person: of the last ones. from, to: NULL or the place it has to name. */
static struct workload_slip *paper(struct desk *desk, int here_to, int here_from)
{
    struct workload *workload = &desk->world->workload;
    size_t here = workload_place(workload, desk->place);

    for (int tries = 0; tries < 12 && workload->slip_count > 0; tries++) {
        size_t back = (size_t)random_below(desk->chance, workload->slip_count < 12 ? workload->slip_count : 12);
        struct workload_slip *slip = &workload->slips[workload->slip_count - 1 - back];
        if ((!here_to || slip->to == here) && (!here_from || slip->from == here)) {
            return slip;
        }
    }
    return NULL;
}

static int close_reception(struct desk *desk, struct workload_slip *slip)
{
    Navette__OperationClosed *out = &desk->draft->body.operation_closed;

    navette__operation_closed__init(out);
    out->kind = NAVETTE__OPERATION_KIND__OPERATION_RECEIVE;
    out->mode = NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
    out->recorded = (uint32_t)slip->thing_count;
    out->peer = text(desk->world->workload.places[slip->from].code);
    NAME_HANDOVER(desk, out, slip);
    desk->draft->event.body_case = BODY(OPERATION_CLOSED);
    desk->draft->event.operation_closed = out;
    slip->closed = 1;
    return 0;
}

static int receive_on_slip(struct desk *desk)
{
    struct workload_slip *slip = paper(desk, 1, 0);
    Navette__Received *out = &desk->draft->body.received;
    uint32_t came;

    if (slip == NULL || slip->closed) {
        return NAVETTE_E_NOT_FOUND;
    }
    if (slip->received) {
        return close_reception(desk, slip);
    }
    for (size_t i = 0; i < slip->thing_count; i++) {
        if (!random_chance(desk->chance, TRADE_WRONG)) {
            draft_add(desk->draft, thing_at(desk, slip->things[i]));
        }
    }
    if (random_chance(desk->chance, TRADE_WRONG / 2)) {
        const struct workload_thing *other = person_any_thing(desk, slip->bags ? BAG : ITEM);
        if (other != NULL) {
            draft_add(desk->draft, other);
        }
    }
    came = slip->pool > 0 ? about(desk, slip->pool) : 0;
    if (desk->draft->thing_count == 0 && came == 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    slip->received = 1;
    draft_body_things(desk->draft, BODY(RECEIVED), desk->world->workload.places[slip->from].code);
    NAME_HANDOVER(desk, out, slip);
    out->mode = NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
    out->pools = pools(desk, came);
    out->n_pools = came > 0;
    return 0;
}

/* What a person counts at a hand-over, with or without saying which. */
static int count_handover(struct desk *desk)
{
    Navette__HandoverCounted *out = &desk->draft->body.handover_counted;
    struct workload *workload = &desk->world->workload;
    struct workload_slip *slip = paper(desk, 0, 0);
    size_t here = workload_place(workload, desk->place);
    uint32_t things;

    if (slip == NULL) {
        return NAVETTE_E_NOT_FOUND;
    }
    navette__handover_counted__init(out);
    things = about(desk, (uint32_t)slip->thing_count);
    if (!random_chance(desk->chance, 150000)) {
        NAME_HANDOVER(desk, out, slip);
    }
    out->party = slip->from == here ? NAVETTE__HANDOVER_PARTY__PARTY_GIVER
                 : slip->to == here ? NAVETTE__HANDOVER_PARTY__PARTY_TAKER
                                    : NAVETTE__HANDOVER_PARTY__PARTY_CARRIER;
    out->peer = text(workload->places[slip->from == here ? slip->to : slip->from].code);
    out->counted = slip->bags ? 2 : 4;
    out->bags = slip->bags ? things : 0;
    out->items = slip->bags ? 0 : things;
    if (slip->pool > 0) {
        out->counted |= 8u;
        out->pools = pools(desk, about(desk, slip->pool));
        out->n_pools = 1;
    }
    desk->draft->event.body_case = BODY(HANDOVER_COUNTED);
    desk->draft->event.handover_counted = out;
    return 0;
}

/* Bags without a tag. */
static int move_pool(struct desk *desk)
{
    static const Navette__Event__BodyCase ways[] = {BODY(DISPATCHED), BODY(RECEIVED), BODY(DELIVERED), BODY(RETURNED), BODY(COLLECTED)};
    Navette__Event__BodyCase way = ways[random_below(desk->chance, 5)];
    Navette__PoolCommissioned *made = &desk->draft->body.pool_commissioned;
    Navette__PoolCount **some = pools(desk, (uint32_t)random_range(desk->chance, 1, 4));

    if (random_chance(desk->chance, 300000)) {
        navette__pool_commissioned__init(made);
        made->kind = text("cabas");
        made->count = random_chance(desk->chance, 800000) ? random_range(desk->chance, 5, 30) : -random_range(desk->chance, 1, 5);
        made->reason = NAVETTE__REASON__REASON_OTHER;
        desk->draft->event.body_case = BODY(POOL_COMMISSIONED);
        desk->draft->event.pool_commissioned = made;
        return 0;
    }
    draft_body_things(desk->draft, way, person_elsewhere(desk));
#define WITH_POOLS(name, Name)                                                                                                             \
    case BODY(Name):                                                                                                                       \
        desk->draft->body.name.pools = some;                                                                                               \
        desk->draft->body.name.n_pools = 1;                                                                                                \
        break;
    switch (way) {
        WITH_POOLS(dispatched, DISPATCHED)
        WITH_POOLS(received, RECEIVED)
        WITH_POOLS(delivered, DELIVERED)
        WITH_POOLS(returned, RETURNED)
        WITH_POOLS(collected, COLLECTED)
    default:
        break;
    }
    return 0;
}

/* "Two documents, seal 0412": not opened, and not looked into. */
static int deposit(struct desk *desk)
{
    const struct workload_thing *container = person_any_thing(desk, random_chance(desk->chance, 700000) ? BAG : CRATE);
    Navette__SealedDeposit *out = &desk->draft->body.sealed_deposit;

    if (container == NULL || !person_is_here(desk, container)) {
        return NAVETTE_E_NOT_FOUND;
    }
    navette__sealed_deposit__init(out);
    draft_name(&desk->draft->container, container);
    out->container = &desk->draft->container;
    out->items = (uint32_t)random_range(desk->chance, 1, 3);
    out->bags = container->kind == CRATE ? (uint32_t)random_range(desk->chance, 0, 2) : 0;
    out->seal = text(random_chance(desk->chance, 700000) ? "0412" : "0413");
    desk->draft->event.body_case = BODY(SEALED_DEPOSIT);
    desk->draft->event.sealed_deposit = out;
    return 0;
}

static int count_open(struct desk *desk)
{
    struct workload *workload = &desk->world->workload;
    struct workload_count *count = &workload->counts[workload->count_count];
    Navette__CountOpened *out = &desk->draft->body.count_opened;

    if (workload->count_count == WORKLOAD_COUNTS) {
        return NAVETTE_E_NOT_FOUND;
    }
    random_bytes(desk->chance, count->id, sizeof(count->id));
    count->place = workload_place(workload, desk->place);
    count->closed = 0;
    workload->count_count++;
    navette__count_opened__init(out);
    out->count = (ProtobufCBinaryData){sizeof(count->id), count->id};
    out->blind = (int)random_below(desk->chance, 2);
    out->hub_cursor = desk->host->cursor;
    out->own_seq = desk->host->own.count;
    desk->draft->event.body_case = BODY(COUNT_OPENED);
    desk->draft->event.count_opened = out;
    return 0;
}

/* Its lines are what it sees; what it expected and did not see is missing. */
static int count_on(struct desk *desk)
{
    struct workload *workload = &desk->world->workload;
    struct workload_count *count = NULL;
    Navette__CountClosed *out = &desk->draft->body.count_closed;

    for (size_t i = 0; i < workload->count_count && count == NULL; i++) {
        if (!workload->counts[i].closed && strcmp(workload->places[workload->counts[i].place].code, desk->place) == 0) {
            count = &workload->counts[i];
        }
    }
    if (count == NULL) {
        return count_open(desk);
    }
    for (int tries = 0; tries < 6; tries++) {
        const struct workload_thing *thing = person_any_thing(desk, 0);
        if (thing != NULL && desk->draft->thing_count < 2 && person_is_here(desk, thing)) {
            draft_add(desk->draft, thing);
        }
    }
    if (random_chance(desk->chance, 600000)) {
        if (desk->draft->thing_count == 0) {
            return NAVETTE_E_NOT_FOUND;
        }
        draft_body_things(desk->draft, BODY(COUNT_LINE), "");
        desk->draft->body.count_line.count = (ProtobufCBinaryData){sizeof(count->id), count->id};
        return 0;
    }
    count->closed = 1;
    navette__count_closed__init(out);
    out->count = (ProtobufCBinaryData){sizeof(count->id), count->id};
    out->missing = desk->draft->thing_list;
    out->n_missing = desk->draft->thing_count;
    out->complete = 1;
    out->hub_cursor = desk->host->cursor;
    out->own_seq = desk->host->own.count;
    desk->draft->event.body_case = BODY(COUNT_CLOSED);
    desk->draft->event.count_closed = out;
    return 0;
}

/* What a relay reads aloud of a hand-over, typed at a branch. */
static int say_counted(struct desk *desk)
{
    Navette__PhoneCounted *out = &desk->draft->body.phone_counted;
    struct workload_slip *slip = paper(desk, 0, 0);
    uint32_t things;
    int gives;

    if (slip == NULL) {
        return NAVETTE_E_NOT_FOUND;
    }
    navette__phone_counted__init(out);
    gives = (int)random_below(desk->chance, 2);
    things = about(desk, (uint32_t)slip->thing_count);
    NAME_HANDOVER(desk, out, slip);
    out->reporter = text(desk->world->workload.places[gives ? slip->from : slip->to].code);
    out->party = gives ? NAVETTE__HANDOVER_PARTY__PARTY_GIVER : NAVETTE__HANDOVER_PARTY__PARTY_TAKER;
    out->counted = slip->bags ? 2 : 4;
    out->bags = slip->bags ? things : 0;
    out->items = slip->bags ? 0 : things;
    desk->draft->event.body_case = BODY(PHONE_COUNTED);
    desk->draft->event.phone_counted = out;
    return 0;
}

/* ... or of things, rightly or not. */
static int say_things(struct desk *desk)
{
    Navette__PhoneSaid *out = &desk->draft->body.phone_said;
    const struct workload_thing *thing = person_any_thing(desk, 0);

    if (thing == NULL) {
        return NAVETTE_E_NOT_FOUND;
    }
    draft_add(desk->draft, thing);
    navette__phone_said__init(out);
    out->reporter = text(person_elsewhere(desk));
    out->claim = (Navette__PhoneClaim)random_range(desk->chance, NAVETTE__PHONE_CLAIM__CLAIM_HERE, NAVETTE__PHONE_CLAIM__CLAIM_GONE);
    out->things = desk->draft->thing_list;
    out->n_things = desk->draft->thing_count;
    desk->draft->event.body_case = BODY(PHONE_SAID);
    desk->draft->event.phone_said = out;
    return 0;
}

static int telephone(struct desk *desk)
{
    Navette__PhoneReport *out = &desk->draft->body.phone_report;
    uint64_t which = random_below(desk->chance, 5);

    if (which > 0) {
        return which < 3 ? say_counted(desk) : say_things(desk);
    }
    navette__phone_report__init(out);
    out->reporter = text(person_elsewhere(desk));
    out->bags = (uint32_t)random_below(desk->chance, 5);
    out->returned = (uint32_t)random_below(desk->chance, 12);
    out->said = 5;
    desk->draft->event.body_case = BODY(PHONE_REPORT);
    desk->draft->event.phone_report = out;
    return 0;
}

/* Somebody's order goes on, or wrong. */
static int order_on(struct desk *desk)
{
    static const Navette__Event__BodyCase steps[] = {BODY(ORDER_CHANGED),     BODY(ORDER_PREPARED),  BODY(ORDER_STAGED),
                                                     BODY(ORDER_HANDED_OVER), BODY(ORDER_CANCELLED), BODY(ORDER_NO_SHOW),
                                                     BODY(ORDER_UNMET)};
    struct workload *workload = &desk->world->workload;
    Navette__Event__BodyCase body = steps[random_below(desk->chance, 7)];
    struct draft *draft = desk->draft;
    size_t which;

    if (workload->request_count == 0 || (workload->request_count < WORKLOAD_REQUESTS && random_chance(desk->chance, 250000))) {
        which = workload->request_count++;
        snprintf(workload->requests[which], sizeof(workload->requests[which]), "C-%zu", which % 1000);
        body = BODY(ORDER_PLACED);
    } else {
        which = (size_t)random_below(desk->chance, workload->request_count);
    }
    navette__thing__init(&draft->round);
    draft->round.kind = NAVETTE__THING_KIND__THING_ORDER;
    draft->round.id = workload->requests[which];
    draft->event.body_case = body;
#define OF_ORDER(name, Name)                                                                                                               \
    case BODY(Name):                                                                                                                       \
        navette__##name##__init(&draft->body.name);                                                                                        \
        draft->body.name.order = &draft->round;                                                                                            \
        draft->event.name = &draft->body.name;                                                                                             \
        break;
    switch (body) {
        OF_ORDER(order_placed, ORDER_PLACED)
        OF_ORDER(order_changed, ORDER_CHANGED)
        OF_ORDER(order_prepared, ORDER_PREPARED)
        OF_ORDER(order_staged, ORDER_STAGED)
        OF_ORDER(order_handed_over, ORDER_HANDED_OVER)
        OF_ORDER(order_cancelled, ORDER_CANCELLED)
        OF_ORDER(order_no_show, ORDER_NO_SHOW)
        OF_ORDER(order_unmet, ORDER_UNMET)
    default:
        break;
    }
    if (body == BODY(ORDER_PLACED)) {
        draft->body.order_placed.pickup = text(desk->place);
        draft->body.order_placed.channel = NAVETTE__CHANNEL__CHANNEL_PHONE;
    } else if (body == BODY(ORDER_CHANGED)) {
        const struct workload_thing *item = person_any_thing(desk, ITEM);
        if (item != NULL) {
            draft_add(draft, item);
        }
        draft->body.order_changed.items = draft->thing_list;
        draft->body.order_changed.n_items = draft->thing_count;
    }
    return 0;
}

int trade_draw(struct desk *desk)
{
    uint64_t which = random_below(desk->chance, 110);

    return which < 25    ? dispatch_on_slip(desk)
           : which < 55  ? receive_on_slip(desk)
           : which < 70  ? count_handover(desk)
           : which < 82  ? move_pool(desk)
           : which < 88  ? deposit(desk)
           : which < 95  ? count_on(desk)
           : which < 100 ? telephone(desk)
                         : order_on(desk);
}
