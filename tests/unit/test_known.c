/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was known (view.h, functions named _known): answers of a store that holds more, asked by what it held at a position.
 *   - stock, transit, bags, thing, history, places, silence, verdicts, conflicts: those of a store that only ever got the entries up to there, at random moments too, with
 *     retractions, refusals and clock corrections on either side
 *   - resolve: nothing of what was not heard of yet
 *   - view_figure: as many things as the stock view counts; the event that brought each there
 *   - journal_at, view_moment_read: positions and times, at each entry and between, unreadable ones, past the end
 *   - every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/tz.h"
#include "navette/verdict.h"
#include "navette/view.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define MINUTE 60000
#define AT(n) (FOLDKIT_START_MS + (n) * (int64_t)MINUTE)
#define TEXT_SIZE 16384u

/* One question: a store, when, and what was known. */
struct asked {
    struct store_txn *txn;
    int64_t at_ms;
    uint64_t known;
};

struct shown {
    char text[TEXT_SIZE];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct shown *shown, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(shown->text + shown->used, sizeof(shown->text) - shown->used, format, arguments);
    va_end(arguments);
    assert_true(len >= 0 && (size_t)len < sizeof(shown->text) - shown->used);
    shown->used += (size_t)len;
}

static void add_stock(struct shown *shown, const struct asked *asked, int kind)
{
    struct stock_filter filter = {.state = -1, .kind = kind, .by_home = 1};
    struct figure_view figure;
    struct stock_view view;

    assert_int_equal(view_stock_known(asked->txn, asked->txn, &filter, asked->at_ms, asked->known, NULL, &view), 0);
    for (size_t i = 0; i < view.count; i++) {
        const struct cell *cell = &view.rows[i].cell;
        struct stock_filter one = {.place = cell->place, .material = cell->material, .state = cell->state, .kind = kind};
        size_t listed = i % 8 == 0 ? 2 : 0; /* what makes it is asked of some: it reads histories */
        int64_t wanted = 0;

        add(shown, "%d %s %s %s %s %lld\n", kind, cell->place, state_name(cell->state), cell->material, cell->home,
            (long long)view.rows[i].count);
        for (size_t k = 0; k < view.count; k++) {
            const struct cell *other = &view.rows[k].cell;

            if (strcmp(other->place, one.place) == 0 && strcmp(other->material, one.material) == 0 && other->state == one.state)
                wanted += view.rows[k].count;
        }
        assert_int_equal(view_figure(asked->txn, asked->txn, &one, asked->at_ms, asked->known, listed, &figure), 0);
        assert_int_equal(figure.total, wanted);
        assert_int_equal(figure.count, wanted < (int64_t)listed ? (size_t)wanted : listed);
        for (size_t k = 0; k < figure.count; k++)
            assert_true(figure.rows[k].cause.self.seq != 0 && figure.rows[k].cause.time_ms <= asked->at_ms);
        figure_view_free(&figure);
    }
    stock_view_free(&view);
}

static void add_transit(struct shown *shown, const struct asked *asked, int kind)
{
    struct transit_view view;

    assert_int_equal(view_transit_known(asked->txn, asked->txn, kind, asked->at_ms, asked->known, NULL, &view), 0);
    for (size_t i = 0; i < view.count; i++)
        add(shown, "%d %d %s %s>%s %lld\n", kind, (int)view.rows[i].day, view.rows[i].material, view.rows[i].from, view.rows[i].to,
            (long long)view.rows[i].count);
    transit_view_free(&view);
}

static void add_bags(struct shown *shown, const struct asked *asked)
{
    struct bag_view view;

    assert_int_equal(view_bags_known(asked->txn, asked->txn, asked->at_ms, asked->known, 0, &view), 0);
    for (size_t i = 0; i < view.count; i++)
        add(shown, "%s %s %lld/%lld/%lld %lld\n", view.rows[i].place, view.rows[i].material, (long long)view.rows[i].clean,
            (long long)view.rows[i].packed, (long long)view.rows[i].at_relay, (long long)view.rows[i].owned);
    add(shown, "bags %lld\n", (long long)view.network.owned);
    bag_view_free(&view);
}

static void add_thing(struct shown *shown, const struct asked *asked, const struct thing_key *key)
{
    struct whereabouts where;
    struct history history;
    char cause[REF_TEXT_SIZE];
    int rc = view_thing_known(asked->txn, asked->txn, key, asked->at_ms, asked->known, &where);

    add(shown, "%s %d", thing_id(key), rc);
    if (rc == 0) {
        struct buffer bytes;

        buffer_init(&bytes);
        assert_int_equal(thing_record_canonical(&where.record, &bytes), 0);
        ref_format(&where.record.cause, cause);
        add(shown, " %s %s %s %s ", state_name(where.shown_state), thing_id(&where.root.key), where.label.title, cause);
        for (size_t i = 0; i < bytes.len; i++)
            add(shown, "%02x", bytes.data[i]);
        buffer_free(&bytes);
        whereabouts_free(&where);
    }
    rc = fold_history_known(asked->txn, asked->txn, key, asked->at_ms, asked->known, &history);
    add(shown, " history %d", rc);
    for (size_t i = 0; rc == 0 && i < history.count; i++) {
        const struct history_step *step = &history.steps[i];

        ref_format(&step->entry.self, cause);
        add(shown, " %.14s%s%s%s@%lld", cause, step->absent ? "-" : "", step->conflict ? "!" : "", step->explained ? "" : "?",
            (long long)step->time_ms);
    }
    if (rc == 0)
        history_free(&history);
    add(shown, "\n");
}

/* How sure each discrepancy is, a month later. */
static void add_verdicts(struct shown *shown, const struct asked *asked)
{
    struct verdict_moment moment = {asked->known, VIEW_NOW};
    struct verdict_options options = {.now_ms = FOLDKIT_START_MS + INT64_C(2592000000), .moment = &moment};
    struct verdict_view view;

    assert_int_equal(verdict_list(asked->txn, asked->txn, &options, &view), 0);
    for (size_t i = 0; i < view.count; i++) {
        const struct verdict_row *row = &view.rows[i];
        char closed[REF_TEXT_SIZE] = "";

        if (row->closed_by.seq != 0)
            ref_format(&row->closed_by, closed);
        add(shown, "%s %s %s %llu %llu %zu %zu %zu %.14s\n", thing_id(&row->what.subject), discrepancy_name(row->what.finding.kind),
            verdict_name(row->verdict), (unsigned long long)row->what.opened, (unsigned long long)row->what.changed,
            row->what.finding.event_count, row->what.finding.place_count, row->wait_count, closed);
    }
    verdict_free(&view);
}

static void add_conflicts(struct shown *shown, const struct asked *asked)
{
    struct thing_key keys[16];
    size_t total;

    assert_int_equal(view_conflicts(asked->txn, asked->txn, asked->at_ms, asked->known, keys, 16, &total), 0);
    for (size_t i = 0; i < total; i++)
        add(shown, "conflict %s\n", thing_id(&keys[i]));
}

static const char *const words[] = {"i1", "i2", "i3", "i4", "i5", "b1", "b2", "b3", "c1", "c2", "pA", "pB"};

static void show_all(struct shown *shown, const struct asked *asked)
{
    struct frontier_silences silences;
    struct place_row places[8];
    int count = view_places_known(asked->txn, asked->txn, asked->known, places, 8);

    shown->used = 0;
    for (int kind = 1; kind <= 3; kind++) {
        add_stock(shown, asked, kind);
        add_transit(shown, asked, kind);
    }
    add_bags(shown, asked);
    add_verdicts(shown, asked);
    add_conflicts(shown, asked);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct thing_key key = foldkit_key(words[i]);
        static const char *const namespaces[] = {"ns"};
        struct thing_key keys[VIEW_RESOLVE_MAX];

        add(shown, "%d ", view_resolve_known(asked->txn, asked->txn, asked->known, words[i], namespaces, 1, keys));
        if (thing_kind(&key) <= NAVETTE__THING_KIND__THING_CRATE)
            add_thing(shown, asked, &key);
    }
    for (int i = 0; i < count; i++)
        add(shown, "%s %d\n", places[i].code, places[i].kind);
    assert_int_equal(frontier_silent(asked->txn, asked->txn, FOLDKIT_START_MS, asked->known, NULL, &silences), 0);
    add(shown, "silent %zu\n", silences.count);
    frontier_silences_free(&silences);
}

static void expect_same(struct memstore *whole, struct memstore *part, int64_t at_ms, uint64_t known)
{
    static struct shown one;
    static struct shown other;
    struct asked then = {memstore_begin_read(whole), at_ms, known};
    struct asked only = {memstore_begin_read(part), at_ms, VIEW_KNOWN_ALL};
    size_t line = 0;
    size_t at = 0;

    show_all(&one, &then);
    show_all(&other, &only);
    while (one.text[at] != '\0' && one.text[at] == other.text[at])
        line = one.text[at++] == '\n' ? at : line;
    if (one.text[at] != other.text[at])
        fail_msg("known %llu at %lld: %.*s, and not %.*s", (unsigned long long)known, (long long)at_ms, (int)strcspn(one.text + line, "\n"),
                 one.text + line, (int)strcspn(other.text + line, "\n"), other.text + line);
    memstore_abort(then.txn);
    memstore_abort(only.txn);
}

static void test_known_is_what_a_store_of_that_much_says(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int life = 0; life < 16; life++) {
        enum { EVENTS = 60 };
        struct foldkit kit;
        struct memstore *whole;
        size_t order[EVENTS];

        foldkit_init(&kit);
        kit.with_parents = life % 2;
        foldkit_event(&kit, 15, "", EV(PLACE_DECLARED), "pB", "relay");
        while (kit.count < EVENTS)
            foldkit_random(&kit, &random, life % 4 != 0);
        foldkit_shuffle(order, EVENTS, &random);
        whole = foldkit_play(&kit, order, EVENTS, 0);
        for (size_t n = 0; n <= EVENTS; n += 1 + seed_next(&random) % 7) {
            struct memstore *part = foldkit_play(&kit, order, n, 0);

            expect_same(whole, part, VIEW_NOW, n);
            expect_same(whole, part, AT((int64_t)(seed_next(&random) % EVENTS)), n);
            memstore_free(part);
        }
        expect_same(whole, whole, VIEW_NOW, EVENTS);
        expect_same(whole, whole, AT(9), EVENTS + 1);
        memstore_free(whole);
        foldkit_free(&kit);
    }
}

/* A document packed and sent; what is heard of it comes out of step. */
static void story(struct foldkit *kit)
{
    foldkit_init(kit);
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pA", NULL);
    kit->title = "Old";
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "b1", "B");
    kit->title = "New";
    foldkit_event(kit, 0, "A", EV(ITEM_CHANGED), "i1", "disc");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "b1", NULL);
    foldkit_retract(kit, 1, "B", kit->entries[kit->count - 1].self);
}

static void test_known_figure_names_what_put_it_there(void **state)
{
    struct stock_filter road = {.state = STATE_IN_TRANSIT};
    struct stock_filter stock = {.place = "B", .state = -1};
    struct thing_key bag = foldkit_key("b1");
    struct figure_view view;
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_figure(txn, txn, &road, VIEW_NOW, VIEW_KNOWN_ALL, 10, &view), 0);
    assert_int_equal(view.total, 1);
    assert_int_equal(view.count, 1);
    assert_string_equal(thing_id(&view.rows[0].key), "i1");
    assert_true(thing_key_equal(&view.rows[0].root, &bag));
    assert_true(ref_compare(&view.rows[0].cause.self, &kit.entries[5].self) == 0);
    assert_true(ref_compare(&view.rows[0].root_cause.self, &kit.entries[4].self) == 0);
    assert_string_equal(view.rows[0].root_cause.place, "A");
    assert_string_equal(view.rows[0].cell.to, "B");
    figure_view_free(&view);
    /* Known before the retraction: it had arrived. */
    assert_int_equal(view_figure(txn, txn, &stock, VIEW_NOW, 7, 10, &view), 0);
    assert_int_equal(view.total, 1);
    assert_true(ref_compare(&view.rows[0].root_cause.self, &kit.entries[6].self) == 0);
    figure_view_free(&view);
    /* At that time, as is known now, it had not. */
    assert_int_equal(view_figure(txn, txn, &stock, AT(7), VIEW_KNOWN_ALL, 10, &view), 0);
    assert_int_equal(view.total, 0);
    figure_view_free(&view);
    /* None listed, all counted. */
    assert_int_equal(view_figure(txn, txn, &road, VIEW_NOW, VIEW_KNOWN_ALL, 0, &view), 0);
    assert_int_equal(view.total, 1);
    assert_int_equal(view.count, 0);
    figure_view_free(&view);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_known_resolves_what_was_heard_of(void **state)
{
    static const char *const namespaces[] = {"ns"};
    struct thing_key keys[VIEW_RESOLVE_MAX];
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    for (uint64_t known = 0; known <= 8; known++) {
        assert_int_equal(view_resolve(txn, "i1", namespaces, 1, keys), 1);
        assert_int_equal(view_resolve_known(txn, txn, known, "i1", namespaces, 1, keys), known >= 2);
        assert_int_equal(view_resolve_known(txn, txn, known, "b1", namespaces, 1, keys), known >= 3);
    }
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_known_moment_is_a_position_or_a_time(void **state)
{
    struct view_moment moment;
    const char *wrong = NULL;
    char text[TZ_TEXT_SIZE];
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    uint64_t position;
    int64_t time_ms;

    (void)state;
    story(&kit);
    for (size_t i = 0; i < kit.count; i++)
        kit.entries[i].received_ms = AT(100 + (int64_t)i / 2);
    kit.entries[0].received_ms = 0; /* its own clock counts */
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(journal_moment(txn, 9, &time_ms), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_at(txn, AT(-1), &position), 0);
    assert_int_equal(position, 0);
    for (size_t i = 1; i < kit.count; i++) {
        assert_int_equal(journal_at(txn, AT(100 + (int64_t)i / 2), &position), 0);
        assert_int_equal(position, i / 2 * 2 + 2);
        assert_int_equal(journal_at(txn, AT(100 + (int64_t)i / 2) - 1, &position), 0);
        assert_int_equal(position, i < 2 ? 1 : i / 2 * 2);
    }
    assert_int_equal(view_moment_read(txn, txn, "", NULL, "", 77, &moment, &wrong), 0);
    assert_true(moment.at_ms == VIEW_NOW && moment.known == VIEW_KNOWN_ALL && moment.silent_ms == 77);
    assert_int_equal(view_moment_read(txn, txn, "", "2020-04-17T10:00Z", "3", 77, &moment, &wrong), 0);
    assert_true(moment.at_ms == FOLDKIT_START_MS && moment.known == 3 && moment.silent_ms == FOLDKIT_START_MS);
    assert_int_equal(view_moment_read(txn, txn, "", NULL, "3", 77, &moment, &wrong), 0);
    assert_true(moment.at_ms == VIEW_NOW && moment.known == 3 && moment.silent_ms == AT(101));
    tz_format("", AT(102) + 5, text);
    assert_int_equal(view_moment_read(txn, txn, "", NULL, text, 77, &moment, &wrong), 0);
    assert_true(moment.known == 6 && moment.silent_ms == AT(102) + 5);
    assert_int_equal(view_moment_read(txn, txn, "", NULL, "0", 77, &moment, &wrong), 0);
    assert_true(moment.known == 0 && moment.silent_ms == 77);
    for (size_t i = 0; i < 3; i++) {
        static const char *const late[] = {"8", "99999999999999999999999", "2030-01-01"};

        assert_int_equal(view_moment_read(txn, txn, "", NULL, late[i], 77, &moment, &wrong), 0);
        assert_true(moment.known == VIEW_KNOWN_ALL && moment.silent_ms == 77);
    }
    assert_int_equal(view_moment_read(txn, txn, "", "then", NULL, 77, &moment, &wrong), NAVETTE_E_INVALID);
    assert_string_equal(wrong, "then");
    assert_int_equal(view_moment_read(txn, txn, "", NULL, "-3", 77, &moment, &wrong), NAVETTE_E_INVALID);
    assert_string_equal(wrong, "-3");
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

/* Everything, by what was known at 6 of 8; the first code that is not 0. */
static int look_at_all(struct store_txn *txn)
{
    struct stock_filter everything = {.state = -1};
    static const char *const namespaces[] = {"ns"};
    struct thing_key keys[VIEW_RESOLVE_MAX];
    struct thing_key key = foldkit_key("i1");
    struct whereabouts where;
    struct figure_view figure;
    struct stock_view stock;
    struct bag_view bags;
    struct history history;
    struct place_row places[4];
    uint64_t position;
    int rc = view_stock_known(txn, txn, &everything, VIEW_NOW, 6, NULL, &stock);

    if (rc == 0) {
        stock_view_free(&stock);
        rc = view_bags_known(txn, txn, VIEW_NOW, 6, 0, &bags);
    }
    if (rc == 0) {
        bag_view_free(&bags);
        rc = view_thing_known(txn, txn, &key, VIEW_NOW, 6, &where);
    }
    if (rc == 0) {
        whereabouts_free(&where);
        rc = view_figure(txn, txn, &everything, AT(20), 7, 5, &figure);
    }
    if (rc == 0) {
        figure_view_free(&figure);
        rc = fold_history_known(txn, txn, &key, VIEW_NOW, 6, &history);
    }
    if (rc == 0) {
        history_free(&history);
        rc = view_resolve_known(txn, txn, 6, "i1", namespaces, 1, keys);
    }
    if (rc >= 0)
        rc = view_places_known(txn, txn, 6, places, 4);
    if (rc >= 0)
        rc = journal_at(txn, AT(3), &position);
    return rc < 0 ? rc : 0;
}

static void test_known_when_a_store_call_or_an_allocation_fails(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    for (int memory = 0; memory < 2; memory++) {
        for (uint64_t k = 1;; k++) {
            struct store_txn *txn = memstore_begin_read(store);
            int pending;
            int rc;

            if (memory)
                failing_malloc_at(k);
            else
                memstore_fail_at(store, k, NAVETTE_E_STORE);
            rc = look_at_all(txn);
            pending = memory ? failing_malloc_pending() : memstore_fail_pending(store);
            failing_malloc_at(0);
            memstore_fail_at(store, 0, 0);
            memstore_abort(txn);
            assert_int_equal(rc, pending ? 0 : memory ? NAVETTE_E_MEMORY : NAVETTE_E_STORE);
            if (pending) {
                assert_true(k > 60);
                break;
            }
        }
    }
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_is_what_a_store_of_that_much_says),
        cmocka_unit_test(test_known_figure_names_what_put_it_there),
        cmocka_unit_test(test_known_resolves_what_was_heard_of),
        cmocka_unit_test(test_known_moment_is_a_position_or_a_time),
        cmocka_unit_test(test_known_when_a_store_call_or_an_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
