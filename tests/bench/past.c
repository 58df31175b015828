/* SPDX-License-Identifier: Apache-2.0 */
#include "past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "load.h"
#include "navette/hlc.h"
#include "navette/journal.h"
#include "navette/lmdb_store.h"
#include "navette/view.h"
#include "sender.h"
#include "server/follower.h"

#define PLACES 300u
#define MATERIALS 4u
#define START_MS INT64_C(1735689600000) /* 1 January 2025 */
#define DAY_MS INT64_C(86400000)
#define HELD_MAX 4096u    /* events that a place keeps to itself at most */
#define UNHEARD_IN 2000u  /* one event in so many begins a time in which its place is not heard */
#define LATE_CLOCK_IN 50u /* one place in so many has a clock minutes late */
#define PACK_EVENTS 3u    /* one document in so many leaves in a bag */
#define HOUR_MS INT64_C(3600000)
#define HOURS 128u   /* things are on the road, or wait in a bag, for less */
#define GROUP 16384u /* entries a transaction */
#define MAP_BYTES (UINT64_C(64) << 30)

static const char *const MATERIAL[MATERIALS] = {"Adult Fiction", "Adult Non Fiction", "DVD", "Junior Picture Book"};

enum mood { AT_PLACE, ON_ROAD, IN_BAG };

struct thing {
    uint16_t place;
    uint16_t to;
    uint32_t bag; /* its number */
    uint8_t mood;
    uint8_t waits; /* a bag that something is in: it leaves soon */
};

/* What is due in one hour. */
struct hour {
    uint32_t *things;
    size_t count;
    size_t capacity;
};

/* An event that its place has not told yet. */
struct held {
    uint8_t *bytes;
    size_t len;
    uint64_t seq;
};

struct place {
    uint64_t seq;
    int64_t told_ms; /* unheard until then */
    struct held *held;
    size_t held_count;
};

struct making {
    const struct past_size *size;
    struct thing *things;
    struct place places[PLACES];
    struct hour hours[HOURS];
    uint64_t seed;
    int64_t now_ms;
    struct lmdb_store *journal;
    struct store_txn *txn;
    uint64_t written;
    uint64_t late;
    struct buffer bytes;
};

static uint64_t draw(struct making *making, uint64_t below)
{
    uint64_t z = (making->seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void put(struct making *making, size_t number, uint64_t seq, struct span bytes)
{
    struct journal_entry entry = {.received_ms = making->now_ms, .scope_mask = UINT64_MAX, .event = bytes};

    entry.self.incarnation[0] = 1;
    write_u16(entry.self.incarnation + 1, (uint16_t)number);
    entry.self.seq = seq;
    entry.self.leaf = seq * UINT64_C(0x9e3779b97f4a7c15) + number;
    load_must(journal_append(making->txn, &entry));
    if (++making->written % GROUP == 0) {
        load_must(lmdb_commit(making->txn));
        load_must(lmdb_write_begin(making->journal, &making->txn));
    }
}

static void tell(struct making *making, size_t number)
{
    struct place *place = &making->places[number];

    for (size_t i = 0; i < place->held_count; i++) {
        put(making, number, place->held[i].seq, span_of(place->held[i].bytes, place->held[i].len));
        free(place->held[i].bytes);
        making->late++;
    }
    place->held_count = 0;
    place->told_ms = 0;
}

/* One event of a place: told at once, or kept while it is not heard. */
static void happen(struct making *making, size_t number, Navette__Event *event)
{
    struct place *place = &making->places[number];
    int64_t clock_ms = number % LATE_CLOCK_IN == 1 ? making->now_ms - 300000 : making->now_ms;
    char code[LIMIT_PLACE_CODE + 1];

    load_place((uint16_t)number, code);
    event->place = code;
    event->hlc = hlc_make(clock_ms, (uint16_t)making->written);
    event->boot = 1;
    event->boottime_ms = (uint64_t)(making->now_ms - START_MS);
    buffer_clear(&making->bytes);
    load_must(event_encode(event, &making->bytes));
    place->seq++;
    if (place->told_ms == 0 && draw(making, UNHEARD_IN) == 0)
        place->told_ms = making->now_ms + (int64_t)draw(making, 3 * DAY_MS);
    if (place->told_ms != 0 && place->told_ms > making->now_ms && place->held_count < HELD_MAX) {
        struct held *held;

        if (place->held == NULL)
            place->held = malloc(HELD_MAX * sizeof(*place->held));
        if (place->held == NULL || (place->held[place->held_count].bytes = malloc(making->bytes.len)) == NULL)
            load_fail("held", NAVETTE_E_MEMORY);
        held = &place->held[place->held_count++];
        held->len = making->bytes.len;
        held->seq = place->seq;
        memcpy(held->bytes, making->bytes.data, held->len);
        return;
    }
    tell(making, number);
    put(making, number, place->seq, buffer_span(&making->bytes));
}

static void name(const struct making *making, size_t number, Navette__Thing *thing, char id[40])
{
    navette__thing__init(thing);
    thing->id = id;
    if (number < making->size->documents) {
        thing->kind = NAVETTE__THING_KIND__THING_ITEM;
        thing->namespace_ = (char *)(uintptr_t) "bib";
        snprintf(id, 40, "33333%09zu", number);
    } else {
        thing->kind = NAVETTE__THING_KIND__THING_BAG;
        snprintf(id, 40, "SAC-%06zu", number - making->size->documents);
    }
}

/* Where it is registered, and where it goes back to. */
static uint16_t home_of(size_t number)
{
    return (uint16_t)(number / MATERIALS % PLACES);
}

static void enlist(struct making *making)
{
    for (size_t i = 0; i < making->size->documents + making->size->bags; i++) {
        Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
        Navette__BagCommissioned commissioned = NAVETTE__BAG_COMMISSIONED__INIT;
        Navette__Event event = NAVETTE__EVENT__INIT;
        Navette__Thing thing;
        char home[LIMIT_PLACE_CODE + 1];
        char id[40];

        making->things[i].place = home_of(i);
        load_place(making->things[i].place, home);
        name(making, i, &thing, id);
        if (i < making->size->documents) {
            registered.item = &thing;
            registered.title = (char *)(uintptr_t) "Les mots de passe";
            registered.material = (char *)(uintptr_t)MATERIAL[i % MATERIALS];
            registered.home = home;
            event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
            event.item_registered = &registered;
        } else {
            commissioned.bag = &thing;
            commissioned.kind = (char *)(uintptr_t) "tote";
            commissioned.owner = home;
            event.body_case = NAVETTE__EVENT__BODY_BAG_COMMISSIONED;
            event.bag_commissioned = &commissioned;
        }
        making->now_ms = START_MS + (int64_t)(i / 50);
        happen(making, making->things[i].place, &event);
    }
}

static void send(struct making *making, size_t number)
{
    struct thing *thing = &making->things[number];
    Navette__Dispatched body = NAVETTE__DISPATCHED__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing named;
    Navette__Thing *list[1] = {&named};
    char to[LIMIT_PLACE_CODE + 1];
    char id[40];

    thing->to = home_of(number);
    if (thing->to == thing->place)
        thing->to = (uint16_t)((thing->place + 1 + draw(making, PLACES - 1)) % PLACES);
    load_place(thing->to, to);
    name(making, number, &named, id);
    body.things = list;
    body.n_things = 1;
    body.to = to;
    event.body_case = NAVETTE__EVENT__BODY_DISPATCHED;
    event.dispatched = &body;
    happen(making, thing->place, &event);
    thing->mood = ON_ROAD;
}

static void arrive(struct making *making, size_t number)
{
    struct thing *thing = &making->things[number];
    Navette__Received body = NAVETTE__RECEIVED__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing named;
    Navette__Thing *list[1] = {&named};
    char id[40];

    name(making, number, &named, id);
    body.things = list;
    body.n_things = 1;
    event.body_case = NAVETTE__EVENT__BODY_RECEIVED;
    event.received = &body;
    happen(making, thing->to, &event);
    thing->place = thing->to;
    thing->mood = AT_PLACE;
}

static void pack(struct making *making, size_t number, size_t bag, int out)
{
    struct thing *thing = &making->things[number];
    Navette__ItemPacked packed = NAVETTE__ITEM_PACKED__INIT;
    Navette__ItemUnpacked unpacked = NAVETTE__ITEM_UNPACKED__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__Thing named;
    Navette__Thing container;
    Navette__Thing *list[1] = {&named};
    char id[40];
    char bag_id[40];

    name(making, number, &named, id);
    name(making, bag, &container, bag_id);
    packed.container = unpacked.container = &container;
    packed.items = unpacked.items = list;
    packed.n_items = unpacked.n_items = 1;
    event.body_case = out ? NAVETTE__EVENT__BODY_ITEM_UNPACKED : NAVETTE__EVENT__BODY_ITEM_PACKED;
    if (out)
        event.item_unpacked = &unpacked;
    else
        event.item_packed = &packed;
    happen(making, making->things[bag].place, &event);
    thing->mood = out ? AT_PLACE : IN_BAG;
    thing->place = making->things[bag].place;
    thing->bag = (uint32_t)bag;
}

/* A bag of the place, looked for a few times. */
static int find_bag(struct making *making, uint16_t place, size_t *bag)
{
    for (int i = 0; i < 4; i++) {
        /* Among those at home there: numbers are dealt to places in rounds. */
        size_t all = making->size->documents + making->size->bags;
        size_t rounds = all / (PLACES * MATERIALS) - making->size->documents / (PLACES * MATERIALS);

        *bag = (making->size->documents / (PLACES * MATERIALS) + draw(making, rounds + 1)) * PLACES * MATERIALS +
               (size_t)place * MATERIALS + draw(making, MATERIALS);
        if (*bag >= making->size->documents && *bag < all && making->things[*bag].mood == AT_PLACE && making->things[*bag].place == place)
            return 1;
    }
    return 0;
}

static void wait_for(struct making *making, size_t number, int64_t wait_ms)
{
    struct hour *hour = &making->hours[(uint64_t)((making->now_ms + wait_ms) / HOUR_MS) % HOURS];

    if (hour->count == hour->capacity) {
        hour->capacity = hour->capacity == 0 ? 256 : hour->capacity * 2;
        hour->things = realloc(hour->things, hour->capacity * sizeof(*hour->things));
        if (hour->things == NULL)
            load_fail("hours", NAVETTE_E_MEMORY);
    }
    hour->things[hour->count++] = (uint32_t)number;
}

static void leave(struct making *making, size_t number)
{
    send(making, number);
    making->things[number].waits = 0;
    wait_for(making, number, 12 * HOUR_MS + (int64_t)draw(making, 60) * HOUR_MS);
}

/* Something that was to go on: on the road it arrives, in a bag that has arrived it is taken out, a bag that waits leaves. */
static void go_on(struct making *making, size_t number)
{
    struct thing *thing = &making->things[number];
    const struct thing *bag = &making->things[thing->bag];

    if (thing->mood == ON_ROAD)
        arrive(making, number);
    else if (thing->mood == AT_PLACE && thing->waits)
        leave(making, number);
    else if (thing->mood == IN_BAG && bag->mood == AT_PLACE && bag->place != thing->place)
        pack(making, number, thing->bag, 1);
    else if (thing->mood == IN_BAG)
        wait_for(making, number, 6 * HOUR_MS);
}

static void begin(struct making *making)
{
    size_t number = draw(making, making->size->documents);
    struct thing *thing = &making->things[number];
    size_t bag;

    if (thing->mood != AT_PLACE)
        return;
    if (draw(making, PACK_EVENTS) != 0 || !find_bag(making, thing->place, &bag)) {
        leave(making, number);
        return;
    }
    pack(making, number, bag, 0);
    wait_for(making, number, 48 * HOUR_MS);
    if (!making->things[bag].waits)
        wait_for(making, bag, 5 * HOUR_MS);
    making->things[bag].waits = 1;
}

static void move(struct making *making)
{
    struct hour *hour = &making->hours[(uint64_t)(making->now_ms / HOUR_MS) % HOURS];

    if (hour->count > 0)
        go_on(making, hour->things[--hour->count]);
    else
        begin(making);
}

static void make(const char *folder, struct making *making)
{
    struct lmdb_options options = {.folder = folder, .tables = LMDB_JOURNAL, .map_bytes = MAP_BYTES};
    uint64_t moves;

    making->things = calloc(making->size->documents + making->size->bags, sizeof(*making->things));
    if (making->things == NULL)
        load_fail("things", NAVETTE_E_MEMORY);
    load_must(lmdb_store_open(&options, &making->journal));
    load_must(lmdb_write_begin(making->journal, &making->txn));
    enlist(making);
    moves = making->size->events - making->written;
    while (making->written < making->size->events) {
        double part = (double)(moves + making->written - making->size->events) / (double)moves;
        int64_t now_ms = START_MS + DAY_MS + (int64_t)(part * (double)making->size->days * (double)DAY_MS);

        making->now_ms = now_ms > making->now_ms ? now_ms : making->now_ms + 1;
        move(making);
    }
    for (size_t i = 0; i < PLACES; i++) {
        tell(making, i);
        free(making->places[i].held);
    }
    load_must(lmdb_commit(making->txn));
    for (size_t i = 0; i < HOURS; i++)
        free(making->hours[i].things);
    free(making->things);
    buffer_free(&making->bytes);
}

static double cpu_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double fold_all(struct lmdb_store *state, struct lmdb_store *journal)
{
    double cpu = cpu_now();
    uint64_t moved = 1;
    uint64_t cursor;

    while (moved > 0)
        load_must(follower_step(state, journal, UINT64_MAX, &moved, &cursor));
    return cpu_now() - cpu;
}

/* ---- the questions */

struct asking {
    struct lmdb_store *state;
    struct lmdb_store *journal;
    const struct making *making;
    size_t rows;
};

static void ask(struct asking *asking, int view, int64_t at_ms, uint64_t known)
{
    struct stock_filter filter = {.state = -1};
    struct transit_view transit;
    struct stock_view stock;
    struct bag_view bags;
    struct store_txn *state;
    struct store_txn *journal;

    load_must(lmdb_read_begin(asking->state, &state));
    load_must(lmdb_read_begin(asking->journal, &journal));
    switch (view) {
    case 0:
        load_must(view_stock_known(state, journal, &filter, at_ms, known, NULL, &stock));
        asking->rows = stock.count;
        stock_view_free(&stock);
        break;
    case 1:
        load_must(view_transit_known(state, journal, 0, at_ms, known, NULL, &transit));
        asking->rows = transit.count;
        transit_view_free(&transit);
        break;
    default:
        load_must(view_bags_known(state, journal, at_ms, known, 0, &bags));
        asking->rows = bags.count;
        bag_view_free(&bags);
        break;
    }
    lmdb_abort(journal);
    lmdb_abort(state);
}

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;

    return one < other ? -1 : one > other;
}

/* One view at moments around one distance: when it happened, what was known, or both. */
static json_t *measure(struct asking *asking, int view, const char *question, double days)
{
    static const char *const views[] = {"stock", "transit", "bags"};
    size_t asks = asking->making->size->asks;
    double *took = calloc(asks, sizeof(*took));
    struct making random = {.seed = 7};
    double p50;
    double p99;

    if (took == NULL)
        load_fail("took", NAVETTE_E_MEMORY);
    for (size_t i = 0; i < asks; i++) {
        int64_t at_ms =
            asking->making->now_ms - (int64_t)(days * (double)DAY_MS) - (int64_t)draw(&random, (uint64_t)(days * (double)DAY_MS / 4) + 1);
        uint64_t known = VIEW_KNOWN_ALL;
        double begun;

        if (strcmp(question, "at") != 0) {
            struct store_txn *txn;

            load_must(lmdb_read_begin(asking->journal, &txn));
            load_must(journal_at(txn, at_ms + (strcmp(question, "both") == 0 ? DAY_MS / 2 : 0), &known));
            lmdb_abort(txn);
        }
        begun = sender_now();
        ask(asking, view, strcmp(question, "known") == 0 ? VIEW_NOW : at_ms, known);
        took[i] = (sender_now() - begun) * 1e6;
    }
    qsort(took, asks, sizeof(*took), compare);
    p50 = took[asks / 2];
    p99 = took[asks * 99 / 100];
    free(took);
    printf("past: %-7s %-5s %6.2f days: %8.0f us, 99 %% %8.0f us, %zu rows\n", views[view], question, days, p50, p99, asking->rows);
    fflush(stdout);
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:I}", "view", views[view], "question", question, "days", days, "p50_us", p50, "p99_us",
                     p99, "rows", (json_int_t)asking->rows);
}

void past_run(const char *folder, const struct past_size *size, json_t *result)
{
    static const double distances[] = {0.02, 1, 7, 30, 90};
    static const char *const questions[] = {"at", "known", "both"};
    struct making *making = calloc(1, sizeof(*making));
    struct lmdb_options options = {.tables = LMDB_STATE, .map_bytes = MAP_BYTES};
    struct asking asking = {.making = making};
    json_t *list = json_array();
    char path[400];
    double cpu;

    if (making == NULL)
        load_fail("making", NAVETTE_E_MEMORY);
    making->size = size;
    making->seed = 1;
    (void)mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/journal", folder);
    make(path, making);
    snprintf(path, sizeof path, "%s/state", folder);
    options.folder = path;
    load_must(lmdb_store_open(&options, &asking.state));
    asking.journal = making->journal;
    cpu = fold_all(asking.state, making->journal);
    printf("past: %zu documents, %llu events in %d days, %llu of them late; folded with %.2f CPU s a million\n", size->documents,
           (unsigned long long)making->written, size->days, (unsigned long long)making->late, cpu * 1e6 / (double)making->written);
    for (int view = 0; view < 3; view++) {
        for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
            for (size_t d = 0; d < sizeof(distances) / sizeof(distances[0]); d++) {
                if (distances[d] * 1.25 < size->days)
                    json_array_append_new(list, measure(&asking, view, questions[q], distances[d]));
            }
        }
    }
    json_object_set_new(result, "past",
                        json_pack("{s:I, s:I, s:I, s:i, s:f, s:o}", "documents", (json_int_t)size->documents, "events",
                                  (json_int_t)making->written, "late", (json_int_t)making->late, "days", size->days, "fold_cpu_s_a_million",
                                  cpu * 1e6 / (double)making->written, "views", list));
    lmdb_store_close(asking.state);
    lmdb_store_close(making->journal);
    free(making);
}
