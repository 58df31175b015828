/* SPDX-License-Identifier: Apache-2.0 */
#include "person.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "draft.h"
#include "machine.h"
#include "navette/fold.h"
#include "navette/log.h"
#include "trade.h"
#include "world.h"

#define PERSON_ELSEWHERE 100000u /* per million corrections */
#define PERSON_RARE 300000u
#define PERSON_AGAIN 100000u /* per million times that a withdrawn document is met: it is registered again */

const struct workload_thing *person_any_thing(struct desk *desk, int kind)
{
    const struct workload *workload = &desk->world->workload;

    for (int tries = 0; tries < 12 && workload->thing_count > 0; tries++) {
        const struct workload_thing *thing = &workload->things[random_below(desk->chance, workload->thing_count)];
        if (kind == 0 || thing->kind == kind) {
            return thing;
        }
    }
    return NULL;
}

static int read_thing(struct desk *desk, const struct workload_thing *thing, struct thing_record *record)
{
    struct thing_key key;

    if (thing_key_make(thing->kind, thing->kind == ITEM ? "sim" : "", thing->id, &key) != 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    return fold_read(desk->txn, &key, record);
}

/* As far as this node knows, is it at this place and in nothing? */
int person_is_here(struct desk *desk, const struct workload_thing *thing)
{
    struct thing_record record;
    int here;

    if (read_thing(desk, thing, &record) != 0) {
        return 0;
    }
    here = record.custody == CUSTODY_PLACE && strcmp(record.place, desk->place) == 0;
    thing_record_free(&record);
    return here;
}

const char *person_elsewhere(struct desk *desk)
{
    const struct workload *workload = &desk->world->workload;
    const char *to = desk->place;

    while (strcmp(to, desk->place) == 0) {
        to = workload->places[random_below(desk->chance, workload->place_count)].code;
    }
    return to;
}

static void draw_title(struct desk *desk)
{
    size_t len = (size_t)random_skewed(desk->chance, 1, random_chance(desk->chance, 50000) ? 1000 : 40);

    for (size_t i = 0; i < len; i++) {
        desk->draft->title[i] = (char)('a' + random_below(desk->chance, 26));
    }
    desk->draft->title[len] = '\0';
}

static int register_thing(struct desk *desk)
{
    struct workload *workload = &desk->world->workload;
    struct workload_thing *thing = &workload->things[workload->thing_count];
    uint64_t which = random_below(desk->chance, 10);

    if (workload->thing_count == WORKLOAD_THINGS) {
        return NAVETTE_E_NOT_FOUND;
    }
    thing->kind = which < 6 ? ITEM : which < 9 ? BAG : CRATE;
    snprintf(thing->id, sizeof(thing->id), "%s%05zu", thing->kind == ITEM ? "3000" : "SAC", workload->thing_count);
    thing->home = workload_place(workload, desk->place);
    /* Known to everybody from here on, also when this scan is not answered: then others meet a barcode that nobody has registered. */
    workload->thing_count++;
    draft_add(desk->draft, thing);
    if (thing->kind == ITEM) {
        draw_title(desk);
        draft_body_item(desk->draft, BODY(ITEM_REGISTERED), desk->place);
    } else {
        draft_body_bag(desk->draft, desk->place);
    }
    return 0;
}

static int correct(struct desk *desk)
{
    const struct truth_log *log = &desk->world->truth.logs[desk->host->log];
    uint64_t count = desk->host->own.count;
    Navette__Event *event = &desk->draft->event;
    struct ref target = {.seq = 0};
    struct journal_entry entry;
    struct event told;

    if (random_chance(desk->chance, 200000)) {
        navette__clock_corrected__init(&desk->draft->body.clock_corrected);
        desk->draft->body.clock_corrected.boot = desk->host->boot;
        desk->draft->body.clock_corrected.wall_minus_boot_ms = desk->host->boot_ms;
        event->body_case = BODY(CLOCK_CORRECTED);
        event->clock_corrected = &desk->draft->body.clock_corrected;
        return 0;
    }
    if (count == 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    memcpy(target.incarnation, log->incarnation, INCARNATION_SIZE);
    target.seq = (uint64_t)random_range(desk->chance, count > 20 ? (int64_t)count - 20 : 1, (int64_t)count);
    target.leaf = log->entries[desk->host->own.entries[target.seq - 1]].leaf;
    if (journal_find(desk->txn, &target, &entry) != 0 || event_decode(entry.event, &told) != 0) {
        return NAVETTE_E_NOT_FOUND;
    }
    size_t place = workload_place(&desk->world->workload, told.body->place);
    event_free(&told);
    if (place == WORKLOAD_PLACES) {
        return NAVETTE_E_NOT_FOUND;
    }
    /* Some correct at one place what happened at another. */
    event->place = random_chance(&desk->world->desk_chance, PERSON_ELSEWHERE) ? (char *)(uintptr_t)desk->place
                                                                              : desk->world->workload.places[place].code;
    draft_set_ref(desk->draft, &target);
    navette__retracted__init(&desk->draft->body.retracted);
    desk->draft->body.retracted.target = &desk->draft->ref;
    desk->draft->body.retracted.reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
    event->body_case = BODY(RETRACTED);
    event->retracted = &desk->draft->body.retracted;
    return 0;
}

static int with_container(struct desk *desk, const struct workload_thing *thing)
{
    const struct workload_thing *container = person_any_thing(desk, thing->kind == ITEM ? BAG : CRATE);

    if (container == NULL || thing->kind == CRATE || (!person_is_here(desk, container) && !random_chance(desk->chance, 100000))) {
        return NAVETTE_E_NOT_FOUND;
    }
    draft_add(desk->draft, thing);
    for (int more = 0; more < 3; more++) {
        const struct workload_thing *other = person_any_thing(desk, thing->kind);
        if (other != NULL && other != thing && person_is_here(desk, other)) {
            draft_add(desk->draft, other);
            break;
        }
    }
    draft_body_container(desk->draft, thing->kind == ITEM ? BODY(ITEM_PACKED) : BODY(CRATE_LOADED), container);
    return 0;
}

static int take_out(struct desk *desk, const struct workload_thing *thing, const struct thing_record *record)
{
    struct workload_thing container = {.kind = thing_kind(&record->container)};

    snprintf(container.id, sizeof(container.id), "%s", thing_id(&record->container));
    for (size_t i = 0; i < desk->world->workload.thing_count; i++) {
        if (strcmp(desk->world->workload.things[i].id, container.id) == 0 && desk->world->workload.things[i].kind == container.kind) {
            draft_add(desk->draft, thing);
            draft_body_container(desk->draft, thing->kind == ITEM ? BODY(ITEM_UNPACKED) : BODY(CRATE_UNLOADED),
                                 &desk->world->workload.things[i]);
            return 0;
        }
    }
    return NAVETTE_E_NOT_FOUND;
}

static int at_hand(struct desk *desk, const struct workload_thing *thing)
{
    static const Navette__Event__BodyCase others[] = {BODY(DISPATCHED), BODY(DISPATCHED),    BODY(DELIVERED), BODY(SEEN_AT),
                                                      BODY(COUNT_LINE), BODY(DECLARED_LOST), BODY(COLLECTED), BODY(DELIVERY_FAILED)};
    uint64_t which = random_below(desk->chance, 16);

    if (which < 5) {
        return with_container(desk, thing);
    }
    if (which < 8 && thing->kind != ITEM) {
        draft_body_container(desk->draft, which == 5 ? BODY(BAG_OPENED) : BODY(BAG_SEALED), thing);
        return 0;
    }
    draft_add(desk->draft, thing);
    if (which == 8 && thing->kind == ITEM) {
        draw_title(desk);
        draft_body_item(desk->draft,
                        random_chance(desk->chance, 250000)   ? BODY(ITEM_WITHDRAWN)
                        : random_chance(desk->chance, 250000) ? BODY(ITEM_REGISTERED)
                                                              : BODY(ITEM_CHANGED),
                        desk->place);
        return 0;
    }
    draft_body_things(desk->draft, others[random_below(desk->chance, 8)], person_elsewhere(desk));
    return 0;
}

/* A code that outlives the record it was read from. */
static const char *known_place(const struct desk *desk, const char *code)
{
    size_t place = workload_place(&desk->world->workload, code);

    return place == WORKLOAD_PLACES ? "" : desk->world->workload.places[place].code;
}

static int arriving(struct desk *desk, const struct workload_thing *thing, const struct thing_record *record)
{
    uint64_t which = random_below(desk->chance, 12);

    draft_add(desk->draft, thing);
    if (record->cause.seq != 0 && random_chance(desk->chance, 300000)) {
        draft_set_ref(desk->draft, &record->cause);
    }
    draft_body_things(desk->draft,
                      which == 0   ? BODY(REFUSED)
                      : which == 1 ? BODY(SEEN_ON_RECEPTION)
                      : which == 2 ? BODY(SEEN_AT)
                                   : BODY(RECEIVED),
                      random_chance(desk->chance, 600000) ? known_place(desk, record->place) : "");
    return 0;
}

/* Things turn up, whatever the register says. */
static int blindly(struct desk *desk, const struct workload_thing *thing)
{
    static const Navette__Event__BodyCase all[] = {BODY(RECEIVED), BODY(RETURNED), BODY(DROPPED),   BODY(FOUND),
                                                   BODY(SEEN_AT),  BODY(RECEIVED), BODY(DELIVERED), BODY(DISPATCHED)};

    draft_add(desk->draft, thing);
    draft_body_things(desk->draft, all[random_below(desk->chance, 8)], person_elsewhere(desk));
    return 0;
}

/* Where somebody is away, what is seldom done is done more often: what nobody here has registered is packed, what was given up is written off. */
static int is_rare(struct desk *desk)
{
    return desk->world->faults.tardy && random_chance(&desk->world->late_chance, PERSON_RARE);
}

static int plausible(struct desk *desk)
{
    const struct workload_thing *thing = person_any_thing(desk, 0);
    struct thing_record record;
    int rc = NAVETTE_E_NOT_FOUND;

    if (thing == NULL) {
        return rc;
    }
    if (random_chance(desk->chance, 40000)) {
        return blindly(desk, thing);
    }
    if (read_thing(desk, thing, &record) != 0) {
        return is_rare(desk) ? with_container(desk, thing) : rc;
    }
    if (record.condition == CONDITION_LOST && thing->kind == ITEM && is_rare(desk)) {
        draft_add(desk->draft, thing);
        draft_body_item(desk->draft, BODY(ITEM_WITHDRAWN), desk->place);
        rc = 0;
    } else if (record.condition == CONDITION_WITHDRAWN && thing->kind == ITEM && random_chance(&desk->world->desk_chance, PERSON_AGAIN)) {
        draft_add(desk->draft, thing);
        draw_title(desk);
        draft_body_item(desk->draft, BODY(ITEM_REGISTERED), desk->place);
        rc = 0;
    } else if (record.custody == CUSTODY_PLACE && strcmp(record.place, desk->place) == 0) {
        rc = at_hand(desk, thing);
    } else if (record.custody == CUSTODY_TRANSIT && strcmp(record.to, desk->place) == 0) {
        rc = arriving(desk, thing, &record);
    } else if (record.custody == CUSTODY_TRANSIT && strcmp(record.place, desk->place) == 0 && random_chance(desk->chance, 50000)) {
        draft_add(desk->draft, thing);
        draft_body_things(desk->draft, BODY(TRANSIT_CANCELLED), known_place(desk, record.to));
        rc = 0;
    } else if (record.custody == CUSTODY_PERSON && random_chance(desk->chance, 500000)) {
        draft_add(desk->draft, thing);
        draft_body_things(desk->draft, random_chance(desk->chance, 700000) ? BODY(RETURNED) : BODY(DROPPED), "");
        rc = 0;
    } else if (record.custody == CUSTODY_CONTAINER && thing->kind != CRATE && random_chance(desk->chance, 300000)) {
        rc = take_out(desk, thing, &record);
    }
    thing_record_free(&record);
    return rc;
}

static const char *draw_place(struct desk *desk)
{
    const struct workload *workload = &desk->world->workload;
    size_t place;

    /* A place that this node does not serve: journaled, and refused by the hub. */
    if (random_chance(desk->chance, 8000)) {
        return workload->places[random_below(desk->chance, workload->place_count)].code;
    }
    do {
        place = (size_t)random_below(desk->chance, workload->place_count);
    } while ((desk->host->granted >> place & 1u) == 0);
    return workload->places[place].code;
}

int person_record(struct world *world, size_t node, struct store_txn *txn, const uint8_t *salt, struct journal_entry *entry)
{
    struct draft draft;
    struct desk desk = {.world = world, .host = &world->nodes[node], .txn = txn, .chance = &world->work_chance, .draft = &draft};
    int rc = NAVETTE_E_NOT_FOUND;

    desk.place = draw_place(&desk);
    for (int tries = 0; rc == NAVETTE_E_NOT_FOUND && tries < 10; tries++) {
        uint64_t which = random_below(desk.chance, 100);

        draft_init(&draft, desk.place);
        if (which < 3) {
            rc = correct(&desk);
        } else if (which >= 70) {
            rc = trade_draw(&desk);
        } else if (which < 10 || world->workload.thing_count < 6 * world->node_count) {
            rc = register_thing(&desk);
        } else {
            rc = plausible(&desk);
        }
    }
    if (rc != 0) {
        return rc;
    }
    if (desk.draft->event.n_parents == 0) {
        draft_parents(&draft, txn);
    }
    draft.event.hlc = hlc_tick(node_clock(desk.host->node), machine_wall(world, node));
    if (world->workload.badges) {
        draft.event.operator_ = decide_badge(world);
    }
    draft.event.boot = desk.host->boot;
    draft.event.boottime_ms = (uint64_t)(world->now_ms - desk.host->boot_ms);
    return log_record(txn, node_incarnation(desk.host->node), &draft.event, salt, 0, entry);
}
