/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/layers.h"

#include <stdlib.h>
#include <string.h>

#include "fold/layer_row.h"
#include "navette/error.h"

#define SMALL_BYTES 2048u /* a run this small takes the next one in: a page holds little more */
#define TOP (LAYER_COUNT - 1)

static uint32_t leaf_of(int64_t time_ms)
{
    return (uint32_t)(time_ms >> LAYER_SHIFT);
}

static uint32_t above(uint32_t leaf, unsigned int layer)
{
    return leaf >> (LAYER_FAN * layer);
}

/* The first leaf behind a stretch. */
static uint32_t end_of(uint32_t stretch, unsigned int layer)
{
    return (stretch + 1) << (LAYER_FAN * layer);
}

static int seek(struct store_scan *scan, const struct store_ops *ops, const struct layer_key *from, struct layer_key *found,
                struct span *row)
{
    uint8_t bytes[LAYER_KEY_SIZE];
    struct span key;
    int rc = ops->scan_from(scan, layer_key_encode(from, bytes), &key, row);

    return rc == 0 ? layer_key_decode(key, found) : rc;
}

/* The last run of a stretch, or the last of a stretch before it in its layer. */
static int seek_last(struct store_txn *state, unsigned int layer, uint32_t stretch, struct layer_key *found, struct span *row)
{
    struct layer_key from = {.layer = (uint8_t)layer, .stretch = stretch, .run = UINT64_MAX};
    uint8_t bytes[LAYER_KEY_SIZE];
    struct span key;
    int rc = store_last(state, TABLE_PAST, layer_key_encode(&from, bytes), &key, row);

    if (rc == 0)
        rc = layer_key_decode(key, found);
    if (rc == 0 && found->layer != layer)
        rc = NAVETTE_E_NOT_FOUND;
    return rc;
}

/* ---- reading */

/* What is to be added, run after run. */
struct walk {
    const struct store_ops *ops;
    struct store_scan *scan;
    uint32_t next;      /* the first leaf that is not counted yet */
    uint32_t end;       /* the first that is not asked for */
    unsigned int above; /* sums of lower layers are used */
};

static const struct layer_reach ALL_POSITIONS = {0, UINT64_MAX};

/* Runs of a stretch, one after the other. run 0: from the first. NAVETTE_E_NOT_FOUND: no more. */
static int next_run(const struct walk *walk, struct layer_key *key, struct span *row)
{
    struct layer_key found;
    int rc = seek(walk->scan, walk->ops, key, &found, row);

    if (rc != 0)
        return rc;
    if (found.layer != key->layer || found.stretch != key->stretch)
        return NAVETTE_E_NOT_FOUND;
    *key = found;
    return 0;
}

static int is_apart(const struct layer_reach *held, const struct layer_reach *asked)
{
    return held->highest < asked->lowest || held->lowest > asked->highest;
}

static int add_leaf(const struct walk *walk, uint32_t leaf, int64_t at_ms, const struct layer_reach *asked, struct balance *sum)
{
    struct layer_key key = {.layer = 0, .stretch = leaf, .run = 0};
    struct span row;
    int rc;

    while ((rc = next_run(walk, &key, &row)) == 0) {
        struct layer_reach held;

        rc = layer_row_reach(row, &held);
        if (rc == 0 && !is_apart(&held, asked))
            rc = layer_row_balance_leaf(row, leaf, at_ms, asked, sum);
        if (rc != 0 || key.run == UINT64_MAX)
            return rc;
        key.run++;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The ends of what is asked for may cut a run each: what of those two is asked for. */
struct cuts {
    struct layer_reach parts[2];
    size_t count;
    size_t runs; /* that there are in all */
};

/* Adds the runs of a sum that are asked for whole. */
static int add_runs(const struct walk *walk, unsigned int layer, uint32_t stretch, const struct layer_reach *asked, struct balance *sum,
                    struct cuts *cuts)
{
    struct layer_key key = {.layer = (uint8_t)layer, .stretch = stretch, .run = 0};
    struct span row;
    int rc;

    *cuts = (struct cuts){.count = 0};
    while ((rc = next_run(walk, &key, &row)) == 0) {
        struct layer_reach held;

        cuts->runs++;
        rc = layer_row_reach(row, &held);
        if (rc != 0)
            return rc;
        if (held.lowest >= asked->lowest && held.highest <= asked->highest) {
            rc = layer_row_balance_sum(row, sum);
        } else if (!is_apart(&held, asked)) {
            if (cuts->count == 2)
                return NAVETTE_E_STORE;
            held.lowest = held.lowest < asked->lowest ? asked->lowest : held.lowest;
            held.highest = held.highest > asked->highest ? asked->highest : held.highest;
            cuts->parts[cuts->count++] = held;
        }
        if (rc != 0 || key.run == UINT64_MAX)
            return rc;
        key.run++;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int add_stretch(const struct walk *walk, unsigned int layer, uint32_t stretch, const struct layer_reach *asked, struct balance *sum);

/* The same from the stretches below, those that have anything. */
static int add_below(const struct walk *walk, unsigned int layer, uint32_t stretch, const struct layer_reach *asked, struct balance *sum)
{
    struct layer_key key = {.layer = 0, .stretch = stretch << (LAYER_FAN * layer), .run = 0};
    uint32_t end = end_of(stretch, layer);
    struct span row;
    int rc;

    while ((rc = seek(walk->scan, walk->ops, &key, &key, &row)) == 0 && key.layer == 0 && key.stretch < end) {
        uint32_t below = above(key.stretch, layer - 1);

        rc = add_stretch(walk, layer - 1, below, asked, sum);
        if (rc != 0)
            return rc;
        key = (struct layer_key){.layer = 0, .stretch = end_of(below, layer - 1), .run = 0};
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Adds what a stretch counts of the positions asked for. Sums serve as far as they go: what is cut is read below, where its runs are smaller. */
static int add_stretch(const struct walk *walk, unsigned int layer, uint32_t stretch, const struct layer_reach *asked, struct balance *sum)
{
    struct cuts cuts;
    int rc;

    if (layer == 0)
        return add_leaf(walk, stretch, INT64_MAX, asked, sum);
    rc = add_runs(walk, layer, stretch, asked, sum, &cuts);
    if (rc == 0 && cuts.runs == 0)
        return add_below(walk, layer, stretch, asked, sum);
    for (size_t i = 0; rc == 0 && i < cuts.count; i++)
        rc = add_below(walk, layer, stretch, &cuts.parts[i], sum);
    return rc;
}

/* The next stretch to add, the largest that has a sum. NAVETTE_E_NOT_FOUND: no more. */
static int next_stretch(struct walk *walk, unsigned int *layer, uint32_t *stretch)
{
    struct layer_key leaf = {.layer = 0, .stretch = walk->next, .run = 0};
    struct span row;
    int rc = seek(walk->scan, walk->ops, &leaf, &leaf, &row);

    if (rc != 0)
        return rc;
    if (leaf.layer != 0 || leaf.stretch >= walk->end)
        return NAVETTE_E_NOT_FOUND;
    *layer = walk->above;
    do {
        struct layer_key key = {.run = 0};

        --*layer;
        *stretch = above(leaf.stretch, *layer);
        key.layer = (uint8_t)*layer;
        key.stretch = *stretch;
        rc = end_of(*stretch, *layer) <= walk->end ? next_run(walk, &key, &row) : NAVETTE_E_NOT_FOUND;
    } while (rc == NAVETTE_E_NOT_FOUND && *layer > 0);
    walk->next = end_of(*stretch, *layer);
    return rc;
}

static int add_all(struct walk *walk, const struct layer_reach *asked, struct balance *sum)
{
    unsigned int layer;
    uint32_t stretch;
    int rc = 0;

    while (rc == 0 && (rc = next_stretch(walk, &layer, &stretch)) == 0)
        rc = add_stretch(walk, layer, stretch, asked, sum);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

#define TIME_MAX_MS ((int64_t)0xffffffffffff) /* FOLD.md, clarified 3 */

int layers_sum(struct store_txn *state, int64_t at_ms, uint64_t known, struct tally *sum)
{
    struct walk walk = {.ops = state->ops, .above = LAYER_COUNT};
    struct layer_reach asked = {0, known};
    struct balance balance;
    int rc;

    if (at_ms < 0)
        return 0;
    if (at_ms > TIME_MAX_MS)
        at_ms = TIME_MAX_MS;
    rc = store_scan_open(state, TABLE_PAST, &walk.scan);
    if (rc != 0)
        return rc;
    balance_init(&balance, sum->grain);
    walk.end = leaf_of(at_ms);
    rc = add_all(&walk, &asked, &balance);
    if (rc == 0)
        rc = add_leaf(&walk, leaf_of(at_ms), at_ms, &asked, &balance);
    if (rc == 0)
        rc = balance_settle(&balance, sum);
    balance_free(&balance);
    state->ops->scan_close(walk.scan);
    return rc;
}

/* ---- writing */

static int delete_run(struct store_txn *state, const struct layer_key *key)
{
    uint8_t bytes[LAYER_KEY_SIZE];

    return store_del(state, TABLE_PAST, layer_key_encode(key, bytes));
}

static int put_run(struct store_txn *state, unsigned int layer, uint32_t stretch, struct span row)
{
    struct layer_key key = {.layer = (uint8_t)layer, .stretch = stretch};
    uint8_t bytes[LAYER_KEY_SIZE];
    struct layer_reach reach;
    int rc = layer_row_reach(row, &reach);

    key.run = reach.highest;
    return rc == 0 ? store_put(state, TABLE_PAST, layer_key_encode(&key, bytes), row) : rc;
}

/* A sum that is there is told of more, in a run of its own; smaller ones before it are put into it, so that there are few. */
static int add_to_sum(struct store_txn *state, unsigned int layer, uint32_t stretch, struct tally *more, struct layer_reach reach,
                      struct buffer *row)
{
    struct layer_key last;
    struct span found;
    int rc = seek_last(state, layer, stretch, &last, &found);

    if (rc != 0 || last.stretch != stretch)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = layer_row_of_sum(more, &reach, row);
    /* Runs do not reach into each other: a reader who asks for some positions cuts two at most. */
    while (rc == 0 && last.stretch == stretch && (last.run >= reach.lowest || found.len < SMALL_BYTES || found.len <= 2 * row->len)) {
        struct layer_reach held;

        rc = layer_row_reach(found, &held);
        if (rc == 0)
            rc = layer_row_add_sum(found, more);
        if (rc == 0)
            rc = delete_run(state, &last);
        if (rc != 0)
            break;
        reach.lowest = held.lowest < reach.lowest ? held.lowest : reach.lowest;
        reach.highest = held.highest > reach.highest ? held.highest : reach.highest;
        rc = layer_row_of_sum(more, &reach, row);
        if (rc == 0)
            rc = seek_last(state, layer, stretch, &last, &found);
        if (rc == NAVETTE_E_NOT_FOUND) {
            rc = 0;
            break;
        }
    }
    return rc == 0 ? put_run(state, layer, stretch, buffer_span(row)) : rc;
}

/* The sum of a stretch, made from what stands below it. */
static int make_sum(struct store_txn *state, unsigned int layer, uint32_t stretch, struct buffer *row)
{
    struct walk walk = {.ops = state->ops, .next = stretch << (LAYER_FAN * layer), .end = end_of(stretch, layer), .above = layer};
    struct layer_reach reach = {UINT64_MAX, 0};
    struct layer_key key = {.layer = 0, .stretch = walk.next, .run = 0};
    struct balance balance;
    struct tally sum;
    struct span found;
    int rc = store_scan_open(state, TABLE_PAST, &walk.scan);

    if (rc != 0)
        return rc;
    tally_init(&sum);
    balance_init(&balance, sum.grain);
    balance.keeps = 1;
    while (rc == 0 && (rc = seek(walk.scan, walk.ops, &key, &key, &found)) == 0 && key.layer == 0 && key.stretch < walk.end) {
        struct layer_reach held;

        rc = layer_row_reach(found, &held);
        reach.lowest = held.lowest < reach.lowest ? held.lowest : reach.lowest;
        reach.highest = held.highest > reach.highest ? held.highest : reach.highest;
        key.run++;
    }
    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND)
        rc = add_all(&walk, &ALL_POSITIONS, &balance);
    if (rc == 0)
        rc = balance_settle(&balance, &sum);
    balance_free(&balance);
    state->ops->scan_close(walk.scan);
    if (rc == 0)
        rc = layer_row_of_sum(&sum, &reach, row);
    if (rc == 0)
        rc = put_run(state, layer, stretch, buffer_span(row));
    tally_free(&sum);
    return rc;
}

/* Time has gone on from one leaf to another: the stretches that end between them get their sums. */
static int close_stretches(struct store_txn *state, uint32_t leaf, uint32_t next, struct buffer *row)
{
    int rc = 0;

    for (unsigned int layer = 1; rc == 0 && layer < LAYER_COUNT && above(leaf, layer) != above(next, layer); layer++) {
        struct layer_key last;
        struct span found;

        rc = seek_last(state, layer, above(leaf, layer), &last, &found);
        if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && last.stretch != above(leaf, layer)))
            rc = make_sum(state, layer, above(leaf, layer), row);
    }
    return rc;
}

static uint64_t lowest_of(const struct moves *moves)
{
    uint64_t lowest = UINT64_MAX;

    for (size_t i = 0; i < moves->count; i++)
        lowest = moves->list[i].position < lowest ? moves->list[i].position : lowest;
    return lowest;
}

/* Before the first run of a leaf: the one before it, if there is one, is over. A run that reaches to where these moves begin is taken in: they would stand in its place. */
static int open_leaf(struct store_txn *state, uint32_t leaf, struct moves *moves, struct buffer *row)
{
    struct layer_key last;
    struct span found;
    int rc = seek_last(state, 0, leaf, &last, &found);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (last.stretch != leaf)
        return close_stretches(state, last.stretch, leaf, row);
    if (found.len >= SMALL_BYTES && last.run < lowest_of(moves))
        return 0;
    rc = layer_row_take(found, leaf, moves);
    return rc == 0 ? delete_run(state, &last) : rc;
}

/* The next leaf that has rows: it is what a late one is behind. */
static int close_late(struct store_txn *state, uint32_t leaf, struct buffer *row)
{
    struct layer_key key = {.layer = 0, .stretch = leaf + 1, .run = 0};
    struct store_scan *scan;
    struct span found;
    int rc = store_scan_open(state, TABLE_PAST, &scan);

    if (rc != 0)
        return rc;
    rc = seek(scan, state->ops, &key, &key, &found);
    state->ops->scan_close(scan);
    if (rc != 0 || key.layer != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return close_stretches(state, leaf, key.stretch, row);
}

static int sum_moves(struct moves *moves, struct tally *sum, struct layer_reach *reach)
{
    int rc = 0;

    *reach = (struct layer_reach){UINT64_MAX, 0};
    for (size_t i = 0; rc == 0 && i < moves->count; i++) {
        const struct move *move = &moves->list[i];
        uint32_t number;

        rc = tally_number(sum, keymap_key(moves_cells(moves), move->cell), &number);
        if (rc == 0)
            sum->counts[number] += move->count;
        reach->lowest = move->position < reach->lowest ? move->position : reach->lowest;
        reach->highest = move->position > reach->highest ? move->position : reach->highest;
    }
    return rc;
}

/* All moves are of one leaf. */
static int write_leaf(struct store_txn *state, uint32_t leaf, struct moves *moves)
{
    struct layer_reach reach;
    struct buffer row;
    struct tally more;
    int rc;

    buffer_init(&row);
    for (unsigned int layer = 1; layer < LAYER_COUNT; layer++) {
        struct layer_key last;
        struct span found;

        rc = seek_last(state, layer, above(leaf, layer), &last, &found);
        if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && last.stretch != above(leaf, layer)))
            continue;
        tally_init(&more);
        if (rc == 0)
            rc = sum_moves(moves, &more, &reach);
        if (rc == 0)
            rc = add_to_sum(state, layer, above(leaf, layer), &more, reach, &row);
        tally_free(&more);
        if (rc != 0)
            goto done;
    }
    rc = open_leaf(state, leaf, moves, &row);
    if (rc == 0)
        rc = layer_row_of_moves(moves, leaf, &row);
    if (rc == 0)
        rc = put_run(state, 0, leaf, buffer_span(&row));
    if (rc == 0)
        rc = close_late(state, leaf, &row);

done:
    buffer_free(&row);
    return rc;
}

static int compare_times(const void *a, const void *b)
{
    const struct move *one = a;
    const struct move *other = b;
    uint32_t leaf = leaf_of(one->time_ms);
    uint32_t next = leaf_of(other->time_ms);

    if (leaf != next)
        return leaf < next ? -1 : 1;
    return (one->position > other->position) - (one->position < other->position);
}

/* Numbers of cells, as a leaf's moves have them, by the numbers of all moves. */
struct renumbering {
    struct keymap *cells;
    uint32_t *numbers; /* + 1, 0: none yet */
};

static int take_move(const struct renumbering *renumbering, const struct move *move, struct moves *part)
{
    uint32_t *number = &renumbering->numbers[move->cell];
    uint32_t made = *number - 1;
    int rc = 0;

    if (*number == 0)
        rc = keymap_number(moves_cells(part), keymap_key(renumbering->cells, move->cell), &made);
    *number = made + 1;
    return rc == 0 ? moves_add_number(part, made, move) : rc;
}

/* The moves of one leaf, from `from` on; *from becomes the next leaf's first. */
static int write_part(struct store_txn *state, const struct moves *moves, const struct renumbering *renumbering, size_t *from)
{
    uint32_t leaf = leaf_of(moves->list[*from].time_ms);
    size_t first = *from;
    struct moves part;
    int rc = 0;

    moves_init(&part);
    for (; rc == 0 && *from < moves->count && leaf_of(moves->list[*from].time_ms) == leaf; ++*from)
        rc = take_move(renumbering, &moves->list[*from], &part);
    if (rc == 0)
        rc = write_leaf(state, leaf, &part);
    moves_free(&part);
    for (size_t i = first; i < *from; i++)
        renumbering->numbers[moves->list[i].cell] = 0;
    return rc;
}

int layers_write(struct store_txn *state, struct moves *moves)
{
    struct renumbering renumbering = {.cells = moves_cells(moves)};
    size_t same = 0;
    size_t from = 0;
    int rc = 0;

    while (same < moves->count && leaf_of(moves->list[same].time_ms) == leaf_of(moves->list[0].time_ms))
        same++;
    if (same < moves->count)
        qsort(moves->list, moves->count, sizeof(*moves->list), compare_times);
    if (moves->count > 0) {
        renumbering.numbers = calloc(renumbering.cells->count, sizeof(*renumbering.numbers));
        rc = renumbering.numbers == NULL ? NAVETTE_E_MEMORY : 0;
    }
    while (rc == 0 && from < moves->count)
        rc = write_part(state, moves, &renumbering, &from);
    free(renumbering.numbers);
    moves_free(moves);
    return rc;
}
