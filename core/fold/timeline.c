/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "fold/counted.h"
#include "fold/custody.h"
#include "fold/standing.h"

void timeline_init(struct timeline *timeline)
{
    memset(timeline, 0, sizeof(*timeline));
    moves_init(&timeline->moves);
}

void timeline_free(struct timeline *timeline)
{
    moves_free(&timeline->moves);
    buffer_free(&timeline->counted);
    buffer_free(&timeline->standing);
    buffer_free(&timeline->scratch);
    timeline_init(timeline);
}

static int is_folded(const struct thing_key *key)
{
    return thing_kind(key) <= NAVETTE__THING_KIND__THING_CRATE;
}

static int is_holder(const struct thing_key *key)
{
    int kind = thing_kind(key);

    return kind == NAVETTE__THING_KIND__THING_BAG || kind == NAVETTE__THING_KIND__THING_CRATE;
}

int timeline_before(struct timeline *timeline, const struct thing_record *record)
{
    int rc;

    buffer_clear(&timeline->counted);
    buffer_clear(&timeline->standing);
    rc = counted_of(record, &timeline->counted);
    return rc == 0 && is_holder(&record->key) ? standing_encode(record, &timeline->standing) : rc;
}

/* From one moment on: what is in `before` and not in `after` counts no more, what is new counts. times: 1, or -1 to take it all back. */
static int add_change(struct moves *moves, struct span before, struct span after, const struct move *at)
{
    struct span list = before;
    struct move move = *at;
    struct span one;
    int rc = 0;

    if (span_equal(before, after))
        return 0;
    move.count = -at->count;
    while (rc == 0 && counted_next(&list, &one)) {
        if (!counted_has(after, one))
            rc = moves_add(moves, one, &move);
    }
    move.count = at->count;
    while (rc == 0 && counted_next(&after, &one)) {
        if (!counted_has(before, one))
            rc = moves_add(moves, one, &move);
    }
    return rc;
}

/* Where a bag or crate stands by what is known now, when that changed. The value is left in `scratch`. */
static int note_standing(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record, int *changed)
{
    int rc;

    *changed = 0;
    if (!is_holder(&record->key))
        return 0;
    buffer_clear(&timeline->scratch);
    rc = standing_encode(record, &timeline->scratch);
    if (rc != 0 || span_equal(buffer_span(&timeline->standing), buffer_span(&timeline->scratch)))
        return rc;
    *changed = 1;
    return standing_put_known(horizon->state, &record->key, horizon->limit, buffer_span(&timeline->scratch));
}

int timeline_stands(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record)
{
    int changed;

    return note_standing(timeline, horizon, record, &changed);
}

int timeline_last(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record, int64_t time_ms)
{
    struct move move = {.time_ms = time_ms, .position = horizon->limit, .count = 1};
    int changed;
    int rc = note_standing(timeline, horizon, record, &changed);

    if (rc == 0 && changed)
        rc = standing_put(horizon->state, &record->key, (uint64_t)time_ms, horizon->limit, buffer_span(&timeline->scratch));
    if (rc != 0 || !is_folded(&record->key))
        return rc;
    buffer_clear(&timeline->scratch);
    rc = counted_of(record, &timeline->scratch);
    return rc == 0 ? add_change(&timeline->moves, buffer_span(&timeline->counted), buffer_span(&timeline->scratch), &move) : rc;
}

/* ---- a whole past */

/* The moments at which a thing changes: what it counts in from each on, and where it stands. */
struct points {
    struct point *list;
    size_t count;
    struct buffer counted;
    struct standing_change *changes; /* at most one a point */
    size_t change_count;
    struct buffer standing;
};

struct point {
    int64_t time_ms;
    size_t at;
    size_t len;
};

/* A buffer that nothing was put into has no bytes to point at. */
static struct span part_of(const struct buffer *buffer, size_t at, size_t len)
{
    return len == 0 ? span_of(NULL, 0) : span_of(buffer->data + at, len);
}

static void points_free(struct points *points)
{
    free(points->list);
    free(points->changes);
    buffer_free(&points->counted);
    buffer_free(&points->standing);
}

static int add_standing(struct points *points, const struct thing_record *record, int64_t time_ms)
{
    struct span before = span_of(NULL, 0);
    size_t at = points->standing.len;
    int rc = standing_encode(record, &points->standing);

    if (points->change_count > 0) {
        const struct standing_change *last = &points->changes[points->change_count - 1];

        before = part_of(&points->standing, last->at, last->len);
    }
    if (rc != 0 || span_equal(before, part_of(&points->standing, at, points->standing.len - at))) {
        points->standing.len = at;
        return rc;
    }
    points->changes[points->change_count++] =
        (struct standing_change){.time_ms = (uint64_t)time_ms, .at = at, .len = points->standing.len - at};
    return 0;
}

static int add_point(struct points *points, const struct thing_record *record, int64_t time_ms)
{
    size_t at = points->counted.len;
    int rc = counted_of(record, &points->counted);

    points->list[points->count++] = (struct point){time_ms, at, points->counted.len - at};
    return rc == 0 && is_holder(&record->key) ? add_standing(points, record, time_ms) : rc;
}

static int compare_times(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;

    return one < other ? -1 : one > other;
}

/* One line of a history under way: the record after all that is placed first and has happened. */
struct playing {
    const struct chronicle *chronicle;
    const struct order *order;
    struct thing_record record;
    size_t played; /* so many of the order */
};

static const struct chronicle_entry *entry_of(const struct playing *playing, size_t place)
{
    return &playing->chronicle->entries[playing->order->sequence[place]];
}

static void apply(const struct chronicle_entry *entry, struct thing_record *record)
{
    custody_apply(&entry->event, entry->part, entry->time_ms, record);
    record->events++;
}

/* The record at a moment by which `happened` entries have happened; moments come in their order. */
static void play_to(struct playing *playing, int64_t time_ms, size_t happened, struct thing_record *record)
{
    size_t left;

    while (playing->played < playing->order->count && entry_of(playing, playing->played)->time_ms <= time_ms)
        apply(entry_of(playing, playing->played++), &playing->record);
    *record = playing->record;
    left = happened - playing->played;
    for (size_t i = playing->played; left > 0; i++) {
        if (entry_of(playing, i)->time_ms > time_ms)
            continue;
        apply(entry_of(playing, i), record);
        left--;
    }
}

static int list_points(const struct chronicle *chronicle, const struct order *order, struct points *points)
{
    struct playing playing = {.chronicle = chronicle, .order = order};
    struct thing_record record;
    int64_t *times = malloc((order->count + 1) * sizeof(*times));
    int rc = 0;

    memset(points, 0, sizeof(*points));
    points->list = malloc((order->count + 1) * sizeof(*points->list));
    points->changes = malloc((order->count + 1) * sizeof(*points->changes));
    if (times == NULL || points->list == NULL || points->changes == NULL)
        rc = NAVETTE_E_MEMORY;
    thing_record_init(&playing.record, &chronicle->key);
    for (size_t i = 0; rc == 0 && i < order->count; i++)
        times[i] = entry_of(&playing, i)->time_ms;
    if (rc == 0 && order->count > 1)
        qsort(times, order->count, sizeof(*times), compare_times);
    for (size_t i = 0; rc == 0 && i < order->count; i++) {
        if (i + 1 < order->count && times[i + 1] == times[i])
            continue;
        play_to(&playing, times[i], i + 1, &record);
        rc = add_point(points, &record, times[i]);
    }
    free(times);
    if (rc != 0)
        points_free(points);
    return rc;
}

/* times: 1 puts the past in, -1 takes it out. */
static int add_points(struct moves *moves, const struct points *points, uint64_t position, int32_t times)
{
    struct span before = span_of(NULL, 0);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < points->count; i++) {
        struct move move = {.time_ms = points->list[i].time_ms, .position = position, .count = times};
        struct span after = part_of(&points->counted, points->list[i].at, points->list[i].len);

        rc = add_change(moves, before, after, &move);
        before = after;
    }
    return rc;
}

/* The past as it was known before the event under way. */
static int take_out(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record)
{
    struct horizon before = *horizon;
    struct chronicle chronicle;
    struct points points;
    struct order order;
    int rc;

    before.limit = (timeline->from == 0 ? horizon->limit : timeline->from) - 1;
    before.partial = 1;
    before.amended = timeline->amends;
    rc = chronicle_load_from(&before, &record->key, record->newest, &chronicle);
    if (rc != 0)
        return rc;
    rc = order_build(&chronicle, &order);
    if (rc == 0) {
        rc = list_points(&chronicle, &order, &points);
        order_free(&order);
    }
    chronicle_free(&chronicle);
    if (rc != 0)
        return rc;
    rc = add_points(&timeline->moves, &points, horizon->limit, -1);
    points_free(&points);
    return rc;
}

int timeline_again(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record,
                   const struct chronicle *chronicle, const struct order *order)
{
    size_t from = timeline->moves.count;
    struct points points;
    int changed;
    int rc;

    if (!is_folded(&record->key))
        return 0;
    rc = note_standing(timeline, horizon, record, &changed);
    if (rc == 0)
        rc = list_points(chronicle, order, &points);
    if (rc != 0)
        return rc;
    rc = add_points(&timeline->moves, &points, horizon->limit, 1);
    if (rc == 0 && is_holder(&record->key))
        rc = standing_rewrite(horizon->state, &record->key, horizon->limit, points.changes, points.change_count, &points.standing);
    points_free(&points);
    if (rc == 0)
        rc = take_out(timeline, horizon, record);
    if (rc == 0)
        moves_merge(&timeline->moves, from);
    return rc;
}
