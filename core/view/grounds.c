/* SPDX-License-Identifier: Apache-2.0 */
#include "view/grounds.h"

#include <stdlib.h>
#include <string.h>

#include "fold/correction.h"
#include "fold/custody.h"
#include "fold/keymap.h"
#include "fold/order.h"
#include "fold/past.h"

#define CONTAINER_DEPTH 2 /* an item in a bag in a crate */
#define GROUNDS_SUFFIXES_MAX                                                                                                               \
    64u /* ends of a history that are tried: what moved more often since it was last simply somewhere is told whole */

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len < size)
        memcpy(out, text, len + 1);
}

int grounds_add_event(const struct thing_key *thing, const struct event *event, int64_t time_ms, struct grounds *grounds)
{
    struct figure_event *added;

    if (grounds->count == grounds->capacity) {
        size_t capacity = grounds->capacity == 0 ? 16 : grounds->capacity * 2;
        struct figure_event *list = realloc(grounds->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        grounds->list = list;
        grounds->capacity = capacity;
    }
    added = &grounds->list[grounds->count++];
    memset(added, 0, sizeof(*added));
    added->thing = *thing;
    added->cause.self = event->self;
    added->cause.event = event_name(event->body);
    added->cause.time_ms = time_ms;
    copy_text(added->cause.place, sizeof(added->cause.place), event->body->place);
    copy_text(added->cause.operator_, sizeof(added->cause.operator_), event->body->operator_);
    return 0;
}

int grounds_add_ref(const struct horizon *horizon, const struct thing_key *thing, const struct ref *ref, struct grounds *grounds)
{
    struct event event;
    int64_t time_ms;
    int rc = horizon_event(horizon, ref, &event, NULL);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = correction_time(horizon, &event, &time_ms, NULL);
    if (rc == 0)
        rc = grounds_add_event(thing, &event, time_ms, grounds);
    event_free(&event);
    return rc;
}

void grounds_free(struct grounds *grounds)
{
    free(grounds->list);
    memset(grounds, 0, sizeof(*grounds));
}

int grounds_is_same(const struct thing_record *a, const struct thing_record *b)
{
    return a->registered == b->registered && a->custody == b->custody && a->condition == b->condition && a->sealed == b->sealed &&
           a->day == b->day && strcmp(a->place, b->place) == 0 && strcmp(a->to, b->to) == 0 && strcmp(a->seal, b->seal) == 0 &&
           thing_key_equal(&a->container, &b->container) && strcmp(a->material, b->material) == 0 && strcmp(a->home, b->home) == 0;
}

/* And the same event brought it there. */
static int is_same(const struct thing_record *a, const struct thing_record *b)
{
    return grounds_is_same(a, b) && ref_compare(&a->cause, &b->cause) == 0;
}

/* Says what the thing is, wherever it may be. */
static int describes(const struct history_step *step)
{
    Navette__Event__BodyCase body = step->event.body->body_case;

    return body == NAVETTE__EVENT__BODY_ITEM_REGISTERED || body == NAVETTE__EVENT__BODY_ITEM_CHANGED ||
           body == NAVETTE__EVENT__BODY_BAG_COMMISSIONED;
}

/* The present steps of a history that changed something. */
struct steps {
    const struct history *history;
    size_t *list; /* indexes */
    size_t count;
    struct thing_record final;
};

static void play(const struct steps *steps, const uint8_t *chosen, struct thing_record *record)
{
    thing_record_init(record, &steps->history->key);
    for (size_t i = 0; i < steps->count; i++) {
        const struct history_step *step = &steps->history->steps[steps->list[i]];

        if (chosen[i])
            custody_apply(&step->event, step->part, step->time_ms, record);
    }
}

/* The last description, and the end of the history from `from` on. */
static void choose(const struct steps *steps, size_t from, uint8_t *chosen)
{
    memset(chosen, 0, steps->count);
    for (size_t i = from; i-- > 0;) {
        if (describes(&steps->history->steps[steps->list[i]])) {
            chosen[i] = 1;
            break;
        }
    }
    for (size_t i = from; i < steps->count; i++)
        chosen[i] = 1;
}

static void choose_fewest(const struct steps *steps, uint8_t *chosen)
{
    for (size_t from = steps->count; from > 0 && steps->count - from < GROUNDS_SUFFIXES_MAX; from--) {
        struct thing_record record;

        choose(steps, from, chosen);
        play(steps, chosen, &record);
        if (is_same(&record, &steps->final))
            return;
    }
    memset(chosen, 1, steps->count);
}

static void gather(const struct history *history, struct steps *steps)
{
    struct thing_record before;

    thing_record_init(&before, &history->key);
    for (size_t i = 0; i < history->count; i++) {
        const struct history_step *step = &history->steps[i];

        if (step->absent)
            continue;
        if (!is_same(&before, &step->after) || describes(step))
            steps->list[steps->count++] = i;
        before = step->after;
    }
    steps->final = before;
}

int grounds_add_whole(const struct horizon *horizon, const struct thing_key *key, struct grounds *grounds)
{
    struct history history;
    int rc = fold_history_known(horizon->state, horizon->journal, key, INT64_MAX, horizon->limit, &history);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = 0; rc == 0 && i < history.count; i++) {
        const struct history_step *step = &history.steps[i];

        rc = grounds_add_event(key, &step->event, step->time_ms, grounds);
        if (rc == 0 && step->absent)
            rc = grounds_add_ref(horizon, key, &step->absent_by, grounds);
    }
    history_free(&history);
    return rc;
}

static int add_history(const struct history *history, struct grounds *grounds)
{
    struct steps steps = {.history = history, .list = calloc(history->count + 1, sizeof(*steps.list))};
    uint8_t *chosen = calloc(history->count + 1, 1);
    int rc = steps.list == NULL || chosen == NULL ? NAVETTE_E_MEMORY : 0;

    if (rc == 0) {
        gather(history, &steps);
        choose_fewest(&steps, chosen);
    }
    for (size_t k = 0; rc == 0 && k < steps.count; k++) {
        const struct history_step *step = &history->steps[steps.list[k]];

        if (chosen[k])
            rc = grounds_add_event(&history->key, &step->event, step->time_ms, grounds);
    }
    free(steps.list);
    free(chosen);
    return rc;
}

static int add(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct thing_key *container,
               struct grounds *grounds)
{
    struct history history;
    int rc = fold_history_known(horizon->state, horizon->journal, key, at_ms, horizon->limit, &history);

    container->len = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = add_history(&history, grounds);
    for (size_t i = history.count; i-- > 0;) {
        if (history.steps[i].absent)
            continue;
        if (history.steps[i].after.custody == CUSTODY_CONTAINER)
            *container = history.steps[i].after.container;
        break;
    }
    history_free(&history);
    return rc;
}

int grounds_add(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct grounds *grounds)
{
    struct thing_key container;

    return add(horizon, at_ms, key, &container, grounds);
}

int grounds_add_chain(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct grounds *grounds)
{
    struct thing_key at = *key;
    int rc = 0;

    for (int depth = 0; rc == 0 && at.len != 0 && depth <= CONTAINER_DEPTH; depth++) {
        struct thing_key container;

        rc = add(horizon, at_ms, &at, &container, grounds);
        at = container;
    }
    return rc;
}

/* The correction that gives one event its time, once. */
static int add_correction(const struct horizon *horizon, const struct ref *ref, struct keymap *told, struct grounds *corrections)
{
    const struct thing_key none = {.len = 0};
    struct ref by = {.seq = 0};
    uint8_t bytes[REF_SIZE];
    struct event event;
    uint32_t number;
    size_t before = told->count;
    int rc = horizon_event(horizon, ref, &event, NULL);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = correction_of(horizon, &event, &by);
    event_free(&event);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    ref_encode(&by, bytes);
    rc = keymap_number(told, span_of(bytes, sizeof(bytes)), &number);
    return rc == 0 && told->count > before ? grounds_add_ref(horizon, &none, &by, corrections) : rc;
}

int grounds_correct(const struct horizon *horizon, const struct grounds *grounds, struct grounds *corrections)
{
    struct keymap told;
    int rc = 0;

    keymap_init(&told);
    for (size_t i = 0; rc == 0 && horizon->corrections > 0 && i < grounds->count; i++)
        rc = add_correction(horizon, &grounds->list[i].cause.self, &told, corrections);
    keymap_free(&told);
    return rc;
}

/* ---- containers that show as packed, or as not */

static int is_inside(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, const struct thing_key *container)
{
    struct thing_record known;
    struct thing_record record;
    int inside;
    int rc = fold_read(horizon->state, key, &known);

    if (rc == NAVETTE_E_NOT_FOUND)
        thing_record_init(&known, key);
    else if (rc != 0)
        return rc;
    rc = past_record(horizon, &known, at_ms, &record);
    inside = rc == 0 && thing_record_is_inside(&record) && thing_key_equal(&record.container, container);
    thing_record_free(&known);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? inside : rc;
}

/* What an event put into a container: its key and the number of things, or 0. */
static size_t packed_by(const struct event *event, struct event_thing things[EVENT_THINGS_MAX], struct thing_key *container)
{
    size_t count = 0;

    if (event->body->body_case == NAVETTE__EVENT__BODY_ITEM_PACKED || event->body->body_case == NAVETTE__EVENT__BODY_CRATE_LOADED)
        count = event_things(event->body, things);
    for (size_t i = 0; i < count; i++) {
        if (things[i].part == PART_CONTAINER)
            *container = things[i].key;
    }
    return count;
}

/* One thing that lies in it, found from the last packing back. */
static int find_content(const struct horizon *horizon, int64_t at_ms, const struct history *history, struct thing_key *content)
{
    struct event_thing things[EVENT_THINGS_MAX];
    struct thing_key container;

    for (size_t i = history->count; i-- > 0;) {
        const struct history_step *step = &history->steps[i];
        size_t count = step->absent || step->part != PART_CONTAINER ? 0 : packed_by(&step->event, things, &container);

        for (size_t k = 0; k < count; k++) {
            int inside = things[k].part == PART_SUBJECT ? is_inside(horizon, at_ms, &things[k].key, &history->key) : 0;

            if (inside != 0) {
                *content = things[k].key;
                return inside;
            }
        }
    }
    return 0;
}

int grounds_add_content(const struct horizon *horizon, int64_t at_ms, const struct thing_key *container, struct grounds *grounds)
{
    struct thing_key content;
    struct history history;
    int found;
    int rc = fold_history_known(horizon->state, horizon->journal, container, at_ms, horizon->limit, &history);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    found = find_content(horizon, at_ms, &history, &content);
    history_free(&history);
    return found > 0 ? grounds_add(horizon, at_ms, &content, grounds) : found;
}

/* Where everything is that a listed event puts into a listed container: it may have left since. */
static int close_event(const struct horizon *horizon, int64_t at_ms, const struct ref *ref, struct keymap *things, struct grounds *grounds)
{
    struct event_thing packed[EVENT_THINGS_MAX];
    struct thing_key container = {.len = 0};
    struct event event;
    uint32_t number;
    size_t count;
    int rc = horizon_event(horizon, ref, &event, NULL);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    count = packed_by(&event, packed, &container);
    if (container.len == 0 || !keymap_find(things, thing_key_span(&container), &number))
        count = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        size_t before = things->count;

        if (packed[i].part != PART_SUBJECT)
            continue;
        rc = keymap_number(things, thing_key_span(&packed[i].key), &number);
        if (rc == 0 && things->count > before)
            rc = grounds_add(horizon, at_ms, &packed[i].key, grounds);
        if (rc == 0 && things->count > before && thing_kind(&packed[i].key) != NAVETTE__THING_KIND__THING_ITEM)
            rc = grounds_add_content(horizon, at_ms, &packed[i].key, grounds);
    }
    event_free(&event);
    return rc;
}

int grounds_close(const struct horizon *horizon, int64_t at_ms, struct grounds *grounds)
{
    struct keymap things;
    uint32_t number;
    int rc = 0;

    keymap_init(&things);
    for (size_t i = 0; rc == 0 && i < grounds->count; i++)
        rc = keymap_number(&things, thing_key_span(&grounds->list[i].thing), &number);
    for (size_t i = 0; rc == 0 && i < grounds->count; i++) {
        struct ref ref = grounds->list[i].cause.self;

        rc = keymap_number(&things, thing_key_span(&grounds->list[i].thing), &number);
        if (rc == 0)
            rc = close_event(horizon, at_ms, &ref, &things, grounds);
    }
    keymap_free(&things);
    return rc;
}
