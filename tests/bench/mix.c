/* SPDX-License-Identifier: Apache-2.0 */
#include "mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAG_EVENTS 16u  /* one event in so many is about a bag */
#define PACK_EVENTS 8u  /* one document on a shelf in so many goes into a bag */
#define BAG_TRIES 4u    /* bags looked at, for one that is here */
#define HLC_STEP 65536u /* a millisecond */

static const char *const MATERIALS[MIX_MATERIALS] = {"Adult Fiction", "Adult Non Fiction", "DVD", "Junior Picture Book", "Audiobook"};

/* splitmix64 */
static uint64_t draw(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void mix_init(struct mix *mix, size_t documents, size_t bags, const uint8_t catalogue[INCARNATION_SIZE], uint64_t seed)
{
    memset(mix, 0, sizeof *mix);
    mix->documents = documents;
    mix->bags = bags;
    mix->seed = seed;
    memcpy(mix->source, "bib", 4);
    mix->hlc = UINT64_C(1790000000000) << 16;
    memcpy(mix->catalogue, catalogue, INCARNATION_SIZE);
    mix->things = calloc(documents + bags, sizeof *mix->things);
    if (mix->things == NULL)
        load_fail("things", NAVETTE_E_MEMORY);
}

void mix_free(struct mix *mix)
{
    free(mix->things);
}

static void name(const struct mix *mix, size_t number, Navette__Thing *thing, char id[40])
{
    navette__thing__init(thing);
    if (number < mix->documents) {
        thing->kind = NAVETTE__THING_KIND__THING_ITEM;
        thing->namespace_ = (char *)(uintptr_t)mix->source;
        snprintf(id, 40, "33333%09zu", number);
    } else {
        thing->kind = NAVETTE__THING_KIND__THING_BAG;
        snprintf(id, 40, "SAC-%06zu", number - mix->documents);
    }
    thing->id = id;
}

/* What every event carries. */
static void begin(Navette__Event *event, uint64_t hlc, char *place)
{
    navette__event__init(event);
    event->hlc = hlc;
    event->place = place;
    event->operator_ = (char *)(uintptr_t) "op07";
    event->operation = hlc / (HLC_STEP * 32u);
    event->boot = UINT64_C(0x1122334455667788);
    event->boottime_ms = 86400000u + (hlc >> 16) % 86400000u;
    event->clock = NAVETTE__CLOCK_TRUST__CLOCK_SYNCED;
}

void mix_register(struct mix *mix, void (*sink)(void *context, const Navette__Event *body, struct ref *self), void *context)
{
    char place[LIMIT_PLACE_CODE + 1];
    char id[40];

    for (size_t i = 0; i < mix->documents + mix->bags; i++) {
        struct mix_thing *thing = &mix->things[i];
        Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
        Navette__BagCommissioned commissioned = NAVETTE__BAG_COMMISSIONED__INIT;
        Navette__Thing named;
        Navette__Event event;
        struct ref self;

        thing->place = (uint16_t)(i % MIX_NODES * LOAD_PLACES + i / MIX_NODES % LOAD_PLACES);
        thing->node = -1;
        load_place(thing->place, place);
        name(mix, i, &named, id);
        begin(&event, mix->hlc += HLC_STEP, place);
        if (i < mix->documents) {
            registered.item = &named;
            registered.title = (char *)(uintptr_t) "Les mots de passe";
            registered.call_number = (char *)(uintptr_t) "R MOD";
            registered.material = (char *)(uintptr_t)MATERIALS[i / (MIX_NODES * LOAD_PLACES) % MIX_MATERIALS];
            registered.home = place;
            event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
            event.item_registered = &registered;
        } else {
            commissioned.bag = &named;
            commissioned.kind = (char *)(uintptr_t) "tote";
            commissioned.owner = place;
            event.body_case = NAVETTE__EVENT__BODY_BAG_COMMISSIONED;
            event.bag_commissioned = &commissioned;
        }
        sink(context, &event, &self);
        thing->seq = self.seq;
        thing->leaf = self.leaf;
    }
}

/* One step of the play: the event under way. */
struct scene {
    const struct mix *mix;
    struct load *load;
    struct mix_thing *things; /* of this play */
    uint64_t seed;
    uint64_t hlc;
};

/* The last event about a thing, as a parent. */
static void descend(const struct scene *scene, uint32_t node, const struct mix_thing *thing, Navette__Ref *parent)
{
    navette__ref__init(parent);
    parent->seq = thing->seq;
    parent->leaf = thing->leaf;
    if (thing->node != (int32_t)node) {
        const uint8_t *incarnation = thing->node < 0 ? scene->mix->catalogue : scene->load->logs[thing->node].incarnation;

        parent->incarnation.data = (uint8_t *)(uintptr_t)incarnation;
        parent->incarnation.len = INCARNATION_SIZE;
    }
}

static void note(struct mix_thing *thing, uint32_t node, const struct ref *self)
{
    thing->node = (int32_t)node;
    thing->seq = self->seq;
    thing->leaf = self->leaf;
}

static void dispatch(struct scene *scene, uint32_t node, size_t number, uint16_t to, const char *departed)
{
    struct mix_thing *thing = &scene->things[number];
    Navette__Dispatched body = NAVETTE__DISPATCHED__INIT;
    Navette__Thing named;
    Navette__Thing *list[1] = {&named};
    Navette__Ref parent;
    Navette__Ref *parents[1] = {&parent};
    Navette__Event event;
    char place[LIMIT_PLACE_CODE + 1];
    char other[LIMIT_PLACE_CODE + 1];
    char id[40];
    struct ref self;

    load_place(thing->place, place);
    load_place(to, other);
    name(scene->mix, number, &named, id);
    begin(&event, scene->hlc += HLC_STEP / 4, place);
    body.things = list;
    body.n_things = 1;
    body.to = other;
    body.departed = (char *)(uintptr_t)departed;
    event.body_case = NAVETTE__EVENT__BODY_DISPATCHED;
    event.dispatched = &body;
    descend(scene, node, thing, &parent);
    event.parents = parents;
    event.n_parents = 1;
    load_add(scene->load, node, &event, &self);
    note(thing, node, &self);
    thing->to = to;
    thing->state = MIX_TRANSIT;
}

static void receive(struct scene *scene, uint32_t node, size_t number, uint16_t at)
{
    struct mix_thing *thing = &scene->things[number];
    Navette__Received body = NAVETTE__RECEIVED__INIT;
    Navette__Thing named;
    Navette__Thing *list[1] = {&named};
    Navette__Ref parent;
    Navette__Ref *parents[1] = {&parent};
    Navette__Event event;
    char place[LIMIT_PLACE_CODE + 1];
    char id[40];
    struct ref self;

    load_place(at, place);
    name(scene->mix, number, &named, id);
    begin(&event, scene->hlc += HLC_STEP / 4, place);
    body.things = list;
    body.n_things = 1;
    body.mode = NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED;
    event.body_case = NAVETTE__EVENT__BODY_RECEIVED;
    event.received = &body;
    descend(scene, node, thing, &parent);
    event.parents = parents;
    event.n_parents = 1;
    load_add(scene->load, node, &event, &self);
    note(thing, node, &self);
    thing->place = at;
    thing->bag = 0;
    thing->state = MIX_PLACE;
}

/* Puts a document into a bag, or takes it out again. */
static void pack(struct scene *scene, uint32_t node, size_t number, size_t bag_number, int out)
{
    struct mix_thing *thing = &scene->things[number];
    struct mix_thing *bag = &scene->things[bag_number];
    Navette__ItemPacked packed = NAVETTE__ITEM_PACKED__INIT;
    Navette__ItemUnpacked unpacked = NAVETTE__ITEM_UNPACKED__INIT;
    Navette__Thing named;
    Navette__Thing container;
    Navette__Thing *list[1] = {&named};
    Navette__Ref parent[2];
    Navette__Ref *parents[2] = {&parent[0], &parent[1]};
    Navette__Event event;
    char place[LIMIT_PLACE_CODE + 1];
    char id[40];
    char bag_id[40];
    struct ref self;

    load_place(bag->place, place);
    name(scene->mix, number, &named, id);
    name(scene->mix, bag_number, &container, bag_id);
    begin(&event, scene->hlc += HLC_STEP / 4, place);
    packed.container = unpacked.container = &container;
    packed.items = unpacked.items = list;
    packed.n_items = unpacked.n_items = 1;
    event.body_case = out ? NAVETTE__EVENT__BODY_ITEM_UNPACKED : NAVETTE__EVENT__BODY_ITEM_PACKED;
    if (out)
        event.item_unpacked = &unpacked;
    else
        event.item_packed = &packed;
    descend(scene, node, thing, &parent[0]);
    descend(scene, node, bag, &parent[1]);
    event.parents = parents;
    event.n_parents = thing->seq == bag->seq && thing->node == bag->node ? 1 : 2;
    load_add(scene->load, node, &event, &self);
    note(thing, node, &self);
    note(bag, node, &self);
    thing->state = out ? MIX_PLACE : MIX_BAG;
    thing->bag = out ? 0 : (uint32_t)(bag_number + 1);
    thing->place = bag->place;
}

/* A thing of this node's part: number = node modulo nodes. */
static size_t pick(struct scene *scene, uint32_t node, size_t first, size_t count)
{
    size_t nodes = scene->load->nodes;
    size_t share = (count - node + nodes - 1) / nodes;

    return first + (draw(&scene->seed) % share) * nodes + node;
}

static uint16_t some_place(struct scene *scene, uint32_t node)
{
    return (uint16_t)(node * LOAD_PLACES + draw(&scene->seed) % LOAD_PLACES);
}

static void move_on(struct scene *scene, uint32_t node, size_t number)
{
    struct mix_thing *thing = &scene->things[number];
    uint16_t to;

    switch ((enum mix_state)thing->state) {
    case MIX_NEW:
        receive(scene, node, number, some_place(scene, node));
        return;
    case MIX_TRANSIT:
        receive(scene, node, number, thing->to);
        return;
    case MIX_BAG:
        if (scene->things[thing->bag - 1].state == MIX_PLACE)
            pack(scene, node, number, thing->bag - 1, 1);
        else
            receive(scene, node, thing->bag - 1, scene->things[thing->bag - 1].to);
        return;
    case MIX_PLACE:
        break;
    }
    if (number < scene->mix->documents && draw(&scene->seed) % PACK_EVENTS == 0) {
        for (unsigned int i = 0; i < BAG_TRIES * LOAD_PLACES; i++) {
            size_t bag = pick(scene, node, scene->mix->documents, scene->mix->bags);

            if (scene->things[bag].state == MIX_PLACE && scene->things[bag].place == thing->place) {
                pack(scene, node, number, bag, 0);
                return;
            }
        }
    }
    do
        to = some_place(scene, node);
    while (to == thing->place);
    dispatch(scene, node, number, to, "");
}

static void open_scene(struct scene *scene, const struct mix *mix, struct load *load)
{
    size_t size = (mix->documents + mix->bags) * sizeof *mix->things;

    *scene = (struct scene){.mix = mix, .load = load, .seed = mix->seed, .hlc = mix->hlc};
    scene->things = malloc(size);
    if (scene->things == NULL)
        load_fail("things", NAVETTE_E_MEMORY);
    memcpy(scene->things, mix->things, size);
}

/* Those that were registered at a place of the node that handles them are there. */
static void settle(struct scene *scene)
{
    const struct mix *mix = scene->mix;

    for (size_t i = 0; i < mix->documents + mix->bags; i++) {
        size_t number = i < mix->documents ? i : i - mix->documents;

        if (scene->things[i].place / LOAD_PLACES == number % scene->load->nodes)
            scene->things[i].state = MIX_PLACE;
    }
}

void mix_uniform(const struct mix *mix, struct load *load, uint64_t events, int odd)
{
    struct scene scene;

    open_scene(&scene, mix, load);
    if (!odd)
        settle(&scene);
    while (load->events < events) {
        for (uint32_t node = 0; node < load->nodes; node++) {
            int is_bag = draw(&scene.seed) % BAG_EVENTS == 0;

            move_on(&scene, node, is_bag ? pick(&scene, node, mix->documents, mix->bags) : pick(&scene, node, 0, mix->documents));
        }
    }
    load_finish(load);
    free(scene.things);
}

/* ---- the replay's mix */

#define REPLAY_DAYS 24u
#define REPLAY_LIBRARIES 166u

/* One trip of one document; day 0xff: never. */
struct trip {
    uint16_t from;
    uint16_t to;
    uint8_t leaves;
    uint8_t arrives;
    uint8_t material;
};

struct trips {
    struct trip *list;
    size_t count;
    size_t capacity;
    char *names[4096];
    size_t name_count;
};

static void add_trip(struct trips *trips, const struct trip *trip)
{
    if (trips->count == trips->capacity) {
        trips->capacity = trips->capacity == 0 ? 65536 : trips->capacity * 2;
        trips->list = realloc(trips->list, trips->capacity * sizeof *trips->list);
        if (trips->list == NULL)
            load_fail("trips", NAVETTE_E_MEMORY);
    }
    trips->list[trips->count++] = *trip;
}

static uint16_t library(struct trips *trips, const char *text)
{
    for (size_t i = 0; i < trips->name_count; i++)
        if (strcmp(trips->names[i], text) == 0)
            return (uint16_t)i;
    if (trips->name_count == sizeof trips->names / sizeof trips->names[0])
        load_fail("libraries", NAVETTE_E_TOO_LARGE);
    trips->names[trips->name_count] = strdup(text);
    return (uint16_t)trips->name_count++;
}

/* Day of the window: 20 February 2020 is 0. */
static uint8_t window_day(const char *date)
{
    int month;
    int day;

    if (sscanf(date, "%*4d-%2d-%2d", &month, &day) != 2)
        return 0xff;
    return (uint8_t)((month == 2 ? day - 20 : 9 + day) % (int)REPLAY_DAYS);
}

static size_t columns(char *line, char *fields[], size_t max)
{
    size_t count = 0;

    while (count < max) {
        char *end;

        if (*line == '"') {
            fields[count++] = ++line;
            end = strchr(line, '"');
            if (end != NULL)
                *end++ = '\0';
        } else {
            fields[count++] = line;
            end = line + strcspn(line, ",\r\n");
        }
        if (end == NULL || *end != ',') {
            if (end != NULL)
                *end = '\0';
            break;
        }
        *end = '\0';
        line = end + 1;
    }
    return count;
}

static void read_trips(struct trips *trips, const char *movements)
{
    char command[4200];
    char line[1024];
    FILE *stream;

    snprintf(command, sizeof command, "gzip -dc '%s'", movements);
    stream = popen(command, "r");
    if (stream == NULL || fgets(line, sizeof line, stream) == NULL)
        load_fail(movements, NAVETTE_E_NOT_FOUND);
    while (fgets(line, sizeof line, stream) != NULL) {
        char *fields[10];
        struct trip trip;
        long items;

        if (columns(line, fields, 10) != 10)
            continue;
        trip.material = (uint8_t)(strlen(fields[1]) % MIX_MATERIALS);
        trip.from = library(trips, fields[2]);
        trip.to = library(trips, fields[4]);
        trip.leaves = window_day(fields[6]);
        trip.arrives = window_day(fields[8]);
        if (trip.from == trip.to)
            continue;
        for (items = strtol(fields[9], NULL, 10); items > 0; items--)
            add_trip(trips, &trip);
    }
    pclose(stream);
}

/* The same shape: a few large libraries among many small ones, trips of 3 to 8 days, a quarter of them not over when the window ends. */
static void invent_trips(struct trips *trips, uint64_t seed)
{
    for (size_t i = 0; i < 174778; i++) {
        struct trip trip = {.leaves = (uint8_t)(draw(&seed) % REPLAY_DAYS), .material = (uint8_t)(draw(&seed) % MIX_MATERIALS)};
        unsigned int arrives = trip.leaves + 3u + (unsigned int)(draw(&seed) % 6);

        trip.from = (uint16_t)((draw(&seed) % REPLAY_LIBRARIES) * (draw(&seed) % REPLAY_LIBRARIES) / REPLAY_LIBRARIES);
        trip.to = (uint16_t)((draw(&seed) % REPLAY_LIBRARIES) * (draw(&seed) % REPLAY_LIBRARIES) / REPLAY_LIBRARIES);
        trip.arrives = arrives < REPLAY_DAYS ? (uint8_t)arrives : 0xff;
        if (trip.from != trip.to)
            add_trip(trips, &trip);
    }
    trips->name_count = REPLAY_LIBRARIES;
}

/* A library's place: of the node that serves it, which has LIMIT_NODE_PLACES at most. */
static uint16_t place_of(const struct load *load, uint16_t number)
{
    size_t node = number % load->nodes;

    return (uint16_t)(node * LOAD_PLACES + number / load->nodes % LOAD_PLACES);
}

static void register_trip(struct scene *scene, const struct trip *trip, size_t number)
{
    struct mix_thing *thing = &scene->things[number];
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__Thing named;
    Navette__Event event;
    char place[LIMIT_PLACE_CODE + 1];
    char id[40];
    struct ref self;
    uint32_t node = (uint32_t)(trip->from % scene->load->nodes);

    memset(thing, 0, sizeof *thing);
    thing->place = place_of(scene->load, trip->from);
    load_place(thing->place, place);
    name(scene->mix, number, &named, id);
    begin(&event, scene->hlc += HLC_STEP / 4, place);
    registered.item = &named;
    registered.material = (char *)(uintptr_t)MATERIALS[trip->material];
    registered.home = place;
    event.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    event.item_registered = &registered;
    load_add(scene->load, node, &event, &self);
    note(thing, node, &self);
}

/* One time through the window: all registered, then day by day what leaves and what arrives. */
static void play_window(struct scene *scene, const struct trips *trips, uint64_t events)
{
    char day[12];

    for (size_t i = 0; i < trips->count; i++)
        register_trip(scene, &trips->list[i], i);
    for (unsigned int today = 0; today < REPLAY_DAYS; today++) {
        snprintf(day, sizeof day, "2020-%02u-%02u", today < 10 ? 2u : 3u, today < 10 ? 20u + today : today - 9u);
        for (size_t i = 0; i < trips->count && scene->load->events < events; i++) {
            const struct trip *trip = &trips->list[i];
            uint16_t to = place_of(scene->load, trip->to);

            if (to == scene->things[i].place && scene->things[i].state == MIX_NEW)
                continue; /* two libraries that share a place here */
            if (trip->leaves == today)
                dispatch(scene, (uint32_t)(trip->from % scene->load->nodes), i, to, day);
            else if (trip->arrives == today && trip->arrives > trip->leaves)
                receive(scene, (uint32_t)(trip->to % scene->load->nodes), i, to);
        }
    }
}

void mix_replay(const struct mix *mix, struct load *load, uint64_t events, const char *movements)
{
    struct trips trips = {.list = NULL};
    struct mix made = *mix;
    unsigned int times = 0;
    struct scene scene = {.load = load, .seed = mix->seed, .hlc = mix->hlc};

    if (movements != NULL)
        read_trips(&trips, movements);
    else
        invent_trips(&trips, mix->seed);
    scene.things = calloc(trips.count, sizeof *scene.things);
    scene.mix = &made;
    if (scene.things == NULL)
        load_fail("things", NAVETTE_E_MEMORY);
    made.documents = trips.count;
    while (load->events < events) {
        snprintf(made.source, sizeof made.source, "lw%u", times++ % 1000u);
        play_window(&scene, &trips, events);
    }
    load_finish(load);
    if (movements != NULL)
        for (size_t i = 0; i < trips.name_count; i++)
            free(trips.names[i]);
    free(trips.list);
    free(scene.things);
}
