/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loans.h: what a library system has to be told.
 *   - a story a row: what happened, and the lines that are needed, at packing and at the hand-over
 *   - told and retracted: nothing twice, the opposite line, the same line again when the export itself is retracted
 *   - refused: stays, with its reason, until told or said taken
 *   - whose line it is: a branch's own, a relay's host's, else the home's
 *   - files of a day, of a day and later; their names
 *   - any order of arrival: the same lines
 *   - what may be given up is given up: the same lines, from what is kept
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/journal_stub.h"
#include "navette/loans.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

#define MINUTE 60000
#define STEPS 24u

/* A world in which event number n happens n minutes after the start, each node telling what happens at its place. */
struct world {
    struct foldkit kit;
    struct arena *arena;
    struct ref refs[STEPS];
    size_t count;
};

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    foldkit_init(&world->kit);
    world->kit.with_parents = 1;
    world->arena = arena_new(1u << 20);
}

static void world_free(struct world *world)
{
    foldkit_free(&world->kit);
    arena_free(world->arena);
}

static Navette__Thing *thing(struct world *world, Navette__ThingKind kind, const char *id)
{
    Navette__Thing *made = arena_alloc(world->arena, sizeof(*made));

    navette__thing__init(made);
    made->kind = kind;
    made->namespace_ = (char *)(uintptr_t)(kind == NAVETTE__THING_KIND__THING_ITEM ? "ns" : "");
    made->id = (char *)(uintptr_t)id;
    return made;
}

static Navette__Ref *ref_to(struct world *world, size_t number)
{
    Navette__Ref *made = arena_alloc(world->arena, sizeof(*made));

    navette__ref__init(made);
    made->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, world->refs[number - 1].incarnation};
    made->seq = world->refs[number - 1].seq;
    made->leaf = world->refs[number - 1].leaf;
    return made;
}

static void add(struct world *world, const char *place, Navette__Event *event)
{
    size_t n = world->count;

    event->place = (char *)(uintptr_t)place;
    event->hlc = (uint64_t)(FOLDKIT_START_MS + (int64_t)(n + 1) * MINUTE) << 16;
    if (n > 0) { /* who acts knows of what went before */
        event->n_parents = n;
        event->parents = arena_alloc(world->arena, n * sizeof(*event->parents));
        for (size_t i = 0; i < n; i++)
            event->parents[i] = ref_to(world, i + 1);
    }
    world->refs[world->count++] =
        foldkit_raw(&world->kit, place[0] == '\0' ? 15u : (unsigned int)(place[0] - 'A'), sample_pack(world->arena, event));
}

static Navette__Event *sample(struct world *world, int body)
{
    return sample_event(world->arena, body, 1);
}

static void set_one(struct world *world, Navette__Thing ***list, size_t *count, Navette__Thing *one)
{
    *list = arena_alloc(world->arena, sizeof(**list));
    (*list)[0] = one;
    *count = 1;
}

static void set_dispatched(struct world *world, Navette__Dispatched *dispatched, Navette__Thing *what, const char *place)
{
    set_one(world, &dispatched->things, &dispatched->n_things, what);
    dispatched->to = (char *)(uintptr_t)(place[0] == 'A' ? "B" : "A");
    dispatched->slip = (char *)(uintptr_t) "";
    dispatched->round = NULL;
    dispatched->pools = NULL;
    dispatched->n_pools = 0;
    dispatched->departed = (char *)(uintptr_t) "";
}

static void set_received(struct world *world, Navette__Received *received, Navette__Thing *what)
{
    set_one(world, &received->things, &received->n_things, what);
    received->dispatch = NULL;
    received->from = (char *)(uintptr_t) "";
    received->round = NULL;
    received->pools = NULL;
    received->n_pools = 0;
}

/*
 * One step, a letter each: P packed into b1 for o1 at A, p packed for nobody, U unpacked at A, D the bag delivered at B for o1, d the document itself, H the order handed over,
 * R the document returned at B, r the bag, Q the document returned at A, X dropped at A, V the document received at B, v at A, C the bag collected at B to A, T dispatched A to B, t and s the document A to B and B to A, T and S the bag,
 * 1..9: what happened then is retracted by the network's desk, e exported: the loan of step 1, f its return, b its return by step 4, x refused: the loan, y taken: the loan
 */
static void tell(struct world *world, char letter)
{
    static const struct {
        char letter;
        const char *place;
        int body;
        const char *what; /* i or b */
    } moves[] = {
        {'D', "B", 70, "b"}, {'d', "B", 70, "i"}, {'R', "B", 72, "i"}, {'r', "B", 72, "b"}, {'Q', "A", 72, "i"},
        {'X', "A", 74, "i"}, {'V', "B", 62, "i"}, {'v', "A", 62, "i"}, {'C', "B", 73, "b"}, {'T', "A", 60, "b"},
        {'t', "A", 60, "i"}, {'s', "B", 60, "i"}, {'S', "B", 60, "b"}, {'W', "B", 62, "b"}, {'w', "A", 62, "b"},
    };
    Navette__Thing *item = thing(world, NAVETTE__THING_KIND__THING_ITEM, "i1"), *bag = thing(world, NAVETTE__THING_KIND__THING_BAG, "b1");
    Navette__Thing *order = thing(world, NAVETTE__THING_KIND__THING_ORDER, "o1");
    Navette__Event *event;

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        Navette__Thing *what = moves[i].what[0] == 'i' ? item : bag;

        if (moves[i].letter != letter)
            continue;
        event = sample(world, moves[i].body);
        switch (moves[i].body) {
        case 60:
            set_dispatched(world, event->dispatched, what, moves[i].place);
            break;
        case 62:
            set_received(world, event->received, what);
            break;
        case 70:
            set_one(world, &event->delivered->things, &event->delivered->n_things, what);
            event->delivered->order = letter == 'D' ? order : NULL;
            break;
        case 72:
            set_one(world, &event->returned->things, &event->returned->n_things, what);
            break;
        case 73:
            set_one(world, &event->collected->things, &event->collected->n_things, what);
            event->collected->to = (char *)(uintptr_t) "A";
            break;
        default:
            set_one(world, &event->dropped->things, &event->dropped->n_things, what);
            break;
        }
        add(world, moves[i].place, event);
        return;
    }
    if (letter == 'P' || letter == 'p') {
        event = sample(world, 50);
        event->item_packed->container = bag;
        set_one(world, &event->item_packed->items, &event->item_packed->n_items, item);
        event->item_packed->order = letter == 'P' ? order : NULL;
    } else if (letter == 'U') {
        event = sample(world, 51);
        event->item_unpacked->container = bag;
        set_one(world, &event->item_unpacked->items, &event->item_unpacked->n_items, item);
    } else if (letter == 'H') {
        event = sample(world, 34);
        event->order_handed_over->order = order;
    } else if (letter >= '1' && letter <= '9') {
        event = sample(world, 100);
        event->retracted->target = ref_to(world, (size_t)(letter - '0'));
        event->retracted->reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
        event->retracted->replacement = NULL;
        add(world, "", event);
        return;
    } else {
        Navette__IlsLine *line = arena_alloc(world->arena, sizeof(*line));
        Navette__IlsLine **list = arena_alloc(world->arena, sizeof(*list));

        navette__ils_line__init(line);
        line->event = ref_to(world, 1);
        line->item = item;
        if (letter == 'b')
            line->back = ref_to(world, 4);
        line->act = letter == 'b' || letter == 'f' || letter == 'z' ? NAVETTE__ILS_ACT__ILS_RETURN : NAVETTE__ILS_ACT__ILS_ISSUE;
        list[0] = line;
        event = sample(world, strchr("efb", letter) != NULL ? 130 : 131);
        if (event->body_case == NAVETTE__EVENT__BODY_ILS_EXPORTED) {
            event->ils_exported->lines = list;
            event->ils_exported->n_lines = 1;
        } else {
            event->ils_answered->lines = list;
            event->ils_answered->n_lines = 1;
            event->ils_answered->refused = letter == 'x' || letter == 'z';
            event->ils_answered->reason = NAVETTE__REASON__REASON_CARD_UNKNOWN;
        }
    }
    add(world, "A", event);
}

/* Lines as text: "issue@1 return@3! " : the act, the minute, '!' a correction, '?' refused, '=' told already. */
static void lines_of(struct memstore *store, const struct loan_options *options, char out[256])
{
    struct store_txn *txn = memstore_begin_read(store);
    struct loan_view view;
    size_t used = 0;

    assert_int_equal(view_loans(txn, txn, options, &view), 0);
    out[0] = '\0';
    for (size_t i = 0; i < view.count; i++) {
        const struct loan_line *line = &view.lines[i];

        used += (size_t)snprintf(out + used, 256 - used, "%s%s@%lld%s%s%s", i > 0 ? " " : "",
                                 line->act == NAVETTE__ILS_ACT__ILS_ISSUE ? "issue" : "return",
                                 (long long)(line->time_ms - FOLDKIT_START_MS) / MINUTE, line->correction ? "!" : "",
                                 line->refused ? "?" : "", line->told ? "=" : "");
    }
    view_loans_free(&view);
    memstore_abort(txn);
}

static const struct {
    const char *story, *packing, *handover;
} rows[] = {
    {"P", "issue@1", ""},
    {"p", "", ""},
    {"PD", "issue@1", "issue@2"},
    {"PH", "issue@1", "issue@2"},
    {"PTV", "issue@1", ""}, /* scanned at the relay before it is handed over: no return */
    {"PTVd", "issue@1", "issue@4"},
    {"PDR", "issue@1 return@3", "issue@2 return@3"},
    {"PDRR", "issue@1 return@3 return@4", "issue@2 return@3 return@4"}, /* told to the system once too often rather than once too few */
    {"PDRv", "issue@1 return@3", "issue@2 return@3"},
    {"PDv", "issue@1 return@3", "issue@2 return@3"},
    {"PDrU", "issue@1 return@3", "issue@2 return@3"}, /* given back in its bag, taken out later */
    {"PDrCU", "issue@1 return@3", "issue@2 return@3"},
    {"PDCU", "issue@1 return@3", "issue@2 return@3"},
    {"PR", "issue@1 return@2", "issue@1 return@2"},
    {"PU", "", ""},
    {"PUP", "issue@3", ""},
    {"PUD", "", ""},
    {"PUH", "", ""},
    {"Q", "return@1", "return@1"},
    {"X", "return@1", "return@1"},
    {"v", "", ""},
    {"r", "", ""},
    {"P1", "", ""},
    {"Pe", "", "return@1!"}, /* a setting that was changed tells what follows from it */
    {"Pe1", "return@1!", "return@1!"},
    {"Pe1f", "", ""},
    {"PeU", "return@3!", "return@3!"},
    {"PeDR", "return@4", "return@4"},
    {"PeDRf", "", ""},
    {"PeDRb4", "issue@1!", "issue@3!"}, /* the document had not come back after all */
    {"Pe2", "issue@1", ""},
    {"Pex", "issue@1?", ""},
    {"Pexe", "", "return@1!"},
    {"PexDR", "issue@1?", "issue@4?"},
    {"Py", "", "return@1!"},
    {"PeDRfz", "return@4?", "return@4?"},
    {"Qf", "", ""},
    {"Qf1", "issue@1!", "issue@1!"},
    {"Q1", "", ""},
    {"QtVsvPDRsv", "return@1 issue@6 return@8", "return@1 issue@7 return@8"},
    {"QtVsvPTWdRSsvw", "return@1 issue@6 return@10", "return@1 issue@9 return@10"},
    {"QTWSwtVsvPTWDrSwUtVsv", "return@1 issue@10 return@14", "return@1 issue@13 return@14"},
};

static size_t prune(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_write(store);
    size_t pruned = 0;
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++) {
        struct journal_entry entry;

        if (journal_read_raw(txn, at, &entry) == 0 && fold_is_closed(txn, &entry) == 1)
            pruned += journal_prune(txn, at, 1000) == 0;
    }
    assert_int_equal(memstore_commit(txn), 0);
    return pruned;
}

static void test_view_loans_pruned(void **state)
{
    size_t pruned = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loan_options options = {.moment = LOAN_AT_HANDOVER};
        char before[256], after[256];
        struct memstore *store;
        struct world world;

        world_init(&world);
        store = memstore_new();
        /* as they come: what may go goes behind each */
        for (const char *p = rows[i].story; *p != '\0'; p++) {
            struct store_txn *txn;
            size_t last;

            tell(&world, *p);
            last = world.kit.count - 1;
            txn = memstore_begin_write(store);
            assert_int_equal(foldkit_feed(&world.kit, txn, &last, 1, 0, NULL), 0);
            assert_int_equal(memstore_commit(txn), 0);
            pruned += prune(store);
        }
        lines_of(store, &options, after);
        memstore_free(store);
        store = foldkit_play(&world.kit, NULL, 0, 0);
        lines_of(store, &options, before);
        if (strcmp(before, after) != 0)
            fail_msg("%s: '%s', pruned '%s'", rows[i].story, before, after);
        memstore_free(store);
        world_free(&world);
    }
    assert_true(pruned >= 3);
}

static void test_view_loans_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loan_options options = {.moment = LOAN_AT_PACKING};
        struct memstore *store;
        struct world world;
        char text[256];

        world_init(&world);
        for (const char *p = rows[i].story; *p != '\0'; p++)
            tell(&world, *p);
        store = foldkit_play(&world.kit, NULL, 0, 0);
        assert_int_equal(foldkit_check(store), 0);
        lines_of(store, &options, text);
        if (strcmp(text, rows[i].packing) != 0)
            fail_msg("%s at packing: '%s', not '%s'", rows[i].story, text, rows[i].packing);
        options.moment = LOAN_AT_HANDOVER;
        lines_of(store, &options, text);
        if (strcmp(text, rows[i].handover) != 0)
            fail_msg("%s at hand-over: '%s', not '%s'", rows[i].story, text, rows[i].handover);
        memstore_free(store);
        world_free(&world);
    }
}

static void test_view_loans_any_order_of_arrival(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loan_options options = {.moment = LOAN_AT_PACKING};
        struct world world;
        char text[256];

        world_init(&world);
        for (const char *p = rows[i].story; *p != '\0'; p++)
            tell(&world, *p);
        for (int run = 0; run < 12; run++) {
            size_t order[STEPS];
            struct memstore *store;

            foldkit_shuffle(order, world.kit.count, &random);
            store = foldkit_play(&world.kit, order, world.kit.count, run % 2);
            lines_of(store, &options, text);
            if (strcmp(text, rows[i].packing) != 0)
                fail_msg("%s shuffled: '%s', not '%s'", rows[i].story, text, rows[i].packing);
            memstore_free(store);
        }
        world_free(&world);
    }
}

/* The sample's file: day 2020-04-17. */
static void test_view_loans_of_files(void **state)
{
    struct loan_options options = {.moment = LOAN_AT_PACKING, .place = "A"};
    struct memstore *store;
    struct store_txn *txn;
    struct world world;
    char text[256], file[LIMIT_CODE + 1];

    (void)state;
    world_init(&world);
    for (const char *p = "PeDRf"; *p != '\0'; p++)
        tell(&world, *p);
    snprintf(file, sizeof(file), "%s", sample(&world, 130)->ils_exported->file);
    store = foldkit_play(&world.kit, NULL, 0, 0);
    lines_of(store, &options, text);
    assert_string_equal(text, "");
    options.day = "2020-04-17";
    lines_of(store, &options, text);
    assert_string_equal(text, "issue@1= return@4=");
    options.day = "2020-04-18";
    lines_of(store, &options, text);
    assert_string_equal(text, "");
    options.day = NULL;
    options.since = "2020-04-01";
    lines_of(store, &options, text);
    assert_string_equal(text, "issue@1= return@4=");
    options.since = "2020-04-18";
    lines_of(store, &options, text);
    assert_string_equal(text, "");
    txn = memstore_begin_read(store);
    assert_int_equal(view_loans_has_file(txn, "A", file), 1);
    assert_int_equal(view_loans_has_file(txn, "A", "other"), 0);
    assert_int_equal(view_loans_has_file(txn, "B", file), 0);
    memstore_abort(txn);
    memstore_free(store);
    world_free(&world);
}

static void test_view_loans_whose_they_are(void **state)
{
    static const struct {
        Navette__PlaceKind kind;
        const char *host, *owner;
    } cases[] = {
        {NAVETTE__PLACE_KIND__PLACE_BRANCH, "", "B"},     {NAVETTE__PLACE_KIND__PLACE_BRANCH, "H", "B"},
        {NAVETTE__PLACE_KIND__PLACE_RELAY, "H", "H"},     {NAVETTE__PLACE_KIND__PLACE_RELAY, "", "A"},
        {NAVETTE__PLACE_KIND__PLACE_RETURN_BOX, "", "A"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loan_options options = {.moment = LOAN_AT_PACKING, .place = cases[i].owner};
        struct memstore *store;
        struct world world;
        Navette__Event *event;
        char text[256];

        world_init(&world);
        event = sample(&world, 25);
        event->place_declared->place = thing(&world, NAVETTE__THING_KIND__THING_PLACE, "B");
        event->place_declared->kind = cases[i].kind;
        event->place_declared->host = (char *)(uintptr_t)cases[i].host;
        add(&world, "A", event);
        event = sample(&world, 20);
        event->item_registered->item = thing(&world, NAVETTE__THING_KIND__THING_ITEM, "i1");
        event->item_registered->home = (char *)(uintptr_t) "A";
        add(&world, "A", event);
        tell(&world, 'R');
        store = foldkit_play(&world.kit, NULL, 0, 0);
        lines_of(store, &options, text);
        assert_string_equal(text, "return@3");
        options.place = strcmp(cases[i].owner, "B") == 0 ? "A" : "B";
        lines_of(store, &options, text);
        assert_string_equal(text, "");
        memstore_free(store);
        world_free(&world);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_loans_stories),
        cmocka_unit_test(test_view_loans_pruned),
        cmocka_unit_test(test_view_loans_any_order_of_arrival),
        cmocka_unit_test(test_view_loans_of_files),
        cmocka_unit_test(test_view_loans_whose_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
