/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/layer_row.h"

#include <stdlib.h>
#include <string.h>

#include "fold/counted.h"
#include "navette/error.h"

#define ROW_KIND 1u
#define ROW_HEAD 20u
#define LARGE_CELLS 16u /* a sum of fewer is read as fast as it is */

/* What a large sum is kept as beside itself, what is asked for most first. A row of before may end earlier. */
static const enum tally_grain sections[] = {TALLY_STATES, TALLY_PLACES, TALLY_ROAD};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

struct span layer_key_encode(const struct layer_key *key, uint8_t out[LAYER_KEY_SIZE])
{
    out[0] = ROW_KIND;
    out[1] = key->layer;
    write_u32(out + 2, key->stretch);
    write_u64(out + 6, key->run);
    return span_of(out, LAYER_KEY_SIZE);
}

int layer_key_decode(struct span bytes, struct layer_key *key)
{
    if (bytes.len != LAYER_KEY_SIZE || bytes.data[0] != ROW_KIND)
        return NAVETTE_E_NOT_FOUND;
    key->layer = bytes.data[1];
    key->stretch = read_u32(bytes.data + 2);
    key->run = read_u64(bytes.data + 6);
    return 0;
}

int layer_row_reach(struct span row, struct layer_reach *reach)
{
    if (row.len < ROW_HEAD)
        return NAVETTE_E_STORE;
    reach->lowest = read_u64(row.data);
    reach->highest = read_u64(row.data + 8);
    return 0;
}

/* ---- writing */

/* The sign in the lowest bit. */
static uint64_t fold_sign(int64_t count)
{
    return count < 0 ? ((uint64_t)0 - (uint64_t)count) * 2 - 1 : (uint64_t)count * 2;
}

static int64_t unfold_sign(uint64_t number)
{
    return number & 1 ? (int64_t)((uint64_t)0 - (number + 1) / 2) : (int64_t)(number / 2);
}

static void put_head(const struct layer_reach *reach, size_t cells, struct buffer *out)
{
    write_u64(out->data, reach->lowest);
    write_u64(out->data + 8, reach->highest);
    write_u32(out->data + 16, (uint32_t)cells);
    out->len = ROW_HEAD;
}

static int put_cell(struct span cell, struct buffer *out)
{
    int rc = cell.len > COUNTED_SIZE_MAX ? NAVETTE_E_STORE : buffer_append_u8(out, (uint8_t)cell.len);

    return rc == 0 ? buffer_append(out, cell.data, cell.len) : rc;
}

int layer_row_of_moves(const struct moves *moves, uint32_t leaf, struct buffer *out)
{
    int64_t start = (int64_t)leaf << LAYER_SHIFT;
    struct layer_reach reach = {UINT64_MAX, 0};
    uint8_t *at;
    int rc;

    buffer_clear(out);
    for (size_t i = 0; i < moves->count; i++) {
        reach.lowest = moves->list[i].position < reach.lowest ? moves->list[i].position : reach.lowest;
        reach.highest = moves->list[i].position > reach.highest ? moves->list[i].position : reach.highest;
    }
    rc = buffer_reserve(out, ROW_HEAD + moves->cells.keys.len + moves->cells.count + moves->count * 4 * NUMBER_SIZE_MAX);
    if (rc != 0)
        return rc;
    put_head(&reach, moves->cells.count, out);
    for (uint32_t i = 0; rc == 0 && i < moves->cells.count; i++)
        rc = put_cell(keymap_key(&moves->cells, i), out);
    at = out->data + out->len;
    for (size_t i = 0; rc == 0 && i < moves->count; i++) {
        const struct move *move = &moves->list[i];

        at = write_number(at, move->cell);
        at = write_number(at, fold_sign(move->count));
        at = write_number(at, (uint64_t)(move->time_ms - start));
        at = write_number(at, move->position - reach.lowest);
    }
    out->len = (size_t)(at - out->data);
    return rc;
}

static size_t count_cells(const struct tally *sum)
{
    size_t cells = 0;

    for (uint32_t i = 0; i < sum->counted; i++)
        cells += sum->counts[i] != 0;
    return cells;
}

/* Cells, then their counts. */
static int put_counts(const struct tally *sum, struct buffer *out)
{
    int rc = buffer_reserve(out, sum->cells.keys.len + sum->cells.count * (1 + NUMBER_SIZE_MAX));
    uint8_t *at;

    for (uint32_t i = 0; rc == 0 && i < sum->counted; i++)
        rc = sum->counts[i] == 0 ? 0 : put_cell(keymap_key(&sum->cells, i), out);
    if (rc != 0)
        return rc;
    at = out->data + out->len;
    for (uint32_t i = 0; i < sum->counted; i++) {
        if (sum->counts[i] != 0)
            at = write_number(at, fold_sign(sum->counts[i]));
    }
    out->len = (size_t)(at - out->data);
    return 0;
}

static int put_section(const struct tally *less, struct buffer *out)
{
    size_t at = out->len;
    int rc = buffer_append_u32(out, 0);

    if (rc == 0)
        rc = buffer_append_u32(out, (uint32_t)count_cells(less));
    if (rc == 0)
        rc = put_counts(less, out);
    if (rc == 0)
        write_u32(out->data + at, (uint32_t)(out->len - at - 4));
    return rc;
}

/* What a large sum comes to when less is told apart: each from the next finer one, which is smaller than the whole. */
static int put_less(const struct tally *sum, struct buffer *out)
{
    struct tally less[SECTIONS];
    const struct tally *finer = sum;
    int rc = 0;

    for (size_t i = 0; i < SECTIONS; i++)
        tally_init(&less[i]);
    for (size_t i = SECTIONS; rc == 0 && i-- > 0; finer = &less[i]) {
        less[i].grain = sections[i];
        rc = tally_gather(&less[i], finer);
    }
    for (size_t i = 0; rc == 0 && i < SECTIONS; i++)
        rc = put_section(&less[i], out);
    for (size_t i = 0; i < SECTIONS; i++)
        tally_free(&less[i]);
    return rc;
}

int layer_row_of_sum(const struct tally *sum, const struct layer_reach *reach, struct buffer *out)
{
    size_t cells = count_cells(sum);
    int rc;

    buffer_clear(out);
    rc = buffer_reserve(out, ROW_HEAD);
    if (rc != 0)
        return rc;
    put_head(reach, cells, out);
    rc = buffer_append_u32(out, 0);
    if (rc == 0 && cells >= LARGE_CELLS)
        rc = put_less(sum, out);
    if (rc != 0)
        return rc;
    write_u32(out->data + ROW_HEAD, (uint32_t)(out->len - ROW_HEAD - 4));
    return put_counts(sum, out);
}

/* ---- reading */

/* Cells come first: where each begins, so that moves name them by number. */
struct reading {
    struct reader reader;
    struct span *cells;
    size_t count;
    int is_less; /* the cells tell apart what the reader does, and no more */
};

static int open_cells(struct span bytes, size_t count, struct reading *reading)
{
    memset(reading, 0, sizeof(*reading));
    reading->count = count;
    if (reading->count > bytes.len)
        return NAVETTE_E_STORE;
    reading->reader = reader_of(bytes);
    reading->cells = malloc((reading->count + 1) * sizeof(*reading->cells));
    if (reading->cells == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < reading->count; i++)
        reading->cells[i] = reader_bytes(&reading->reader, reader_u8(&reading->reader));
    return reading->reader.failed ? NAVETTE_E_STORE : 0;
}

static int open_row(struct span row, struct reading *reading)
{
    memset(reading, 0, sizeof(*reading));
    if (row.len < ROW_HEAD)
        return NAVETTE_E_STORE;
    return open_cells(span_of(row.data + ROW_HEAD, row.len - ROW_HEAD), read_u32(row.data + 16), reading);
}

/* Of a sum: all, or what it comes to where that was made. */
static int open_sum(struct span row, enum tally_grain grain, struct reading *reading)
{
    struct reader reader = reader_of(row);
    uint32_t cells;
    struct reader less;
    int rc;

    memset(reading, 0, sizeof(*reading));
    (void)reader_bytes(&reader, 16);
    cells = reader_u32(&reader);
    less = reader_of(reader_bytes(&reader, reader_u32(&reader)));
    if (reader.failed)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < SECTIONS && less.left.len > 0; i++) {
        struct reader section = reader_of(reader_bytes(&less, reader_u32(&less)));

        if (less.failed)
            return NAVETTE_E_STORE;
        if (sections[i] != grain)
            continue;
        cells = reader_u32(&section);
        rc = section.failed ? NAVETTE_E_STORE : open_cells(section.left, cells, reading);
        reading->is_less = 1;
        return rc;
    }
    return open_cells(reader.left, cells, reading);
}

static void close_row(struct reading *reading)
{
    free(reading->cells);
}

/* One move of a leaf. 0, or NAVETTE_E_NOT_FOUND at the end. */
static int next_move(struct reading *reading, int64_t start, uint64_t lowest, struct move *move)
{
    uint64_t cell;

    if (reading->reader.left.len == 0)
        return reading->reader.failed ? NAVETTE_E_STORE : NAVETTE_E_NOT_FOUND;
    cell = reader_number(&reading->reader);
    move->count = (int32_t)unfold_sign(reader_number(&reading->reader));
    move->time_ms = start + (int64_t)reader_number(&reading->reader);
    move->position = lowest + reader_number(&reading->reader);
    move->cell = (uint32_t)cell;
    return reading->reader.failed || cell >= reading->count ? NAVETTE_E_STORE : 0;
}

int layer_row_take(struct span row, uint32_t leaf, struct moves *moves)
{
    struct reading reading;
    struct move move;
    int rc = open_row(row, &reading);

    while (rc == 0) {
        rc = next_move(&reading, (int64_t)leaf << LAYER_SHIFT, read_u64(row.data), &move);
        if (rc == 0)
            rc = moves_add(moves, reading.cells[move.cell], &move);
    }
    close_row(&reading);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The moves that are asked for, by cell: in the order of the first of each. */
struct taken {
    struct span *cells;
    int64_t *counts;
    size_t count;
    uint32_t *numbers; /* by the row's number of a cell: the one here, + 1; 0: not yet */
};

static int open_taken(struct taken *taken, size_t cells)
{
    taken->count = 0;
    taken->cells = malloc((cells + 1) * sizeof(*taken->cells));
    taken->counts = malloc((cells + 1) * sizeof(*taken->counts));
    taken->numbers = calloc(cells + 1, sizeof(*taken->numbers));
    return taken->cells == NULL || taken->counts == NULL || taken->numbers == NULL ? NAVETTE_E_MEMORY : 0;
}

static void close_taken(struct taken *taken)
{
    free(taken->cells);
    free(taken->counts);
    free(taken->numbers);
}

static void take_move(const struct reading *reading, const struct move *move, struct taken *taken)
{
    uint32_t *number = &taken->numbers[move->cell];

    if (*number == 0) {
        taken->cells[taken->count] = reading->cells[move->cell];
        taken->counts[taken->count] = 0;
        *number = (uint32_t)++taken->count;
    }
    taken->counts[*number - 1] += move->count;
}

int layer_row_balance_leaf(struct span row, uint32_t leaf, int64_t at_ms, const struct layer_reach *asked, struct balance *balance)
{
    struct taken taken = {.count = 0};
    struct reading reading;
    struct move move;
    int rc = open_row(row, &reading);

    if (rc == 0)
        rc = open_taken(&taken, reading.count);
    while (rc == 0) {
        rc = next_move(&reading, (int64_t)leaf << LAYER_SHIFT, read_u64(row.data), &move);
        if (rc == 0 && move.time_ms <= at_ms && move.position >= asked->lowest && move.position <= asked->highest)
            take_move(&reading, &move, &taken);
    }
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = balance_add_whole(balance, taken.cells, taken.counts, taken.count);
    close_taken(&taken);
    close_row(&reading);
    return rc;
}

/* Cells of a sum, and in *counts (owned by the caller, whatever comes of it) how many are in each. */
static int read_sum(struct span row, enum tally_grain grain, struct reading *reading, int64_t **counts)
{
    int rc = open_sum(row, grain, reading);

    *counts = NULL;
    if (rc == 0 && (*counts = malloc((reading->count + 1) * sizeof(**counts))) == NULL)
        rc = NAVETTE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < reading->count; i++)
        (*counts)[i] = unfold_sign(reader_number(&reading->reader));
    return rc == 0 && (reading->reader.failed || reading->reader.left.len != 0) ? NAVETTE_E_STORE : rc;
}

int layer_row_balance_sum(struct span row, struct balance *balance)
{
    struct reading reading;
    int64_t *counts;
    int rc = read_sum(row, balance->grain, &reading, &counts);

    if (rc == 0 && reading.is_less)
        rc = balance_add(balance, reading.cells, counts, reading.count);
    else if (rc == 0)
        rc = balance_add_whole(balance, reading.cells, counts, reading.count);
    free(counts);
    close_row(&reading);
    return rc;
}

int layer_row_add_sum(struct span row, struct tally *sum)
{
    struct reading reading;
    int64_t *counts;
    int rc = read_sum(row, sum->grain, &reading, &counts);

    for (size_t i = 0; rc == 0 && i < reading.count; i++) {
        uint32_t number;

        if (i % KEYMAP_AHEAD == 0)
            keymap_expect(&sum->cells, reading.cells + i, reading.count - i);
        rc = reading.is_less ? tally_number(sum, reading.cells[i], &number) : tally_number_of(sum, reading.cells[i], &number);
        if (rc == 0)
            sum->counts[number] += counts[i];
    }
    free(counts);
    close_row(&reading);
    return rc;
}
