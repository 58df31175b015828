/* SPDX-License-Identifier: Apache-2.0 */
#include "outcome.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/discrepancy.h"
#include "navette/view.h"

/* One row of a table, or its end; at most as many calls as rows. */
typedef int row_function(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context);

static int each_row(struct store_txn *state, struct store_txn *journal, enum store_table table, row_function *row, void *context)
{
    struct store_scan *scan = NULL;
    struct span key;
    struct span value;
    int rc = store_scan_open(state, table, &scan);

    if (rc != 0)
        return rc;
    rc = state->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0) {
        rc = row(state, journal, key, value, context);
        if (rc == 0)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int hash_counter(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    crypto_generichash_state *hash = context;

    (void)state;
    (void)journal;
    crypto_generichash_update(hash, key.data, key.len);
    crypto_generichash_update(hash, value.data, value.len);
    return 0;
}

/* Things whose history is compared: what has a custody, and orders. */
static int has_life(struct span key)
{
    return key.data[0] == NAVETTE__THING_KIND__THING_ORDER || key.data[0] == NAVETTE__THING_KIND__THING_ITEM ||
           key.data[0] == NAVETTE__THING_KIND__THING_BAG || key.data[0] == NAVETTE__THING_KIND__THING_CRATE;
}

static int read_history(struct store_txn *state, struct store_txn *journal, struct span key, struct history *history)
{
    struct thing_key thing;
    int rc = thing_key_read(key, &thing);

    return rc != 0 ? rc : fold_history(state, journal, &thing, INT64_MAX, history);
}

static int hash_history(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    crypto_generichash_state *hash = context;
    struct history history;
    int rc;

    (void)value;
    if (!has_life(key))
        return 0;
    rc = read_history(state, journal, key, &history);
    if (rc != 0)
        return rc;
    crypto_generichash_update(hash, key.data, key.len);
    for (size_t i = 0; i < history.count; i++) {
        const struct history_step *step = &history.steps[i];
        uint8_t bytes[REF_SIZE + 8];

        if (step->absent)
            continue;
        ref_encode(&step->entry.self, bytes);
        write_u64(bytes + REF_SIZE, (uint64_t)step->time_ms);
        crypto_generichash_update(hash, bytes, sizeof(bytes));
    }
    history_free(&history);
    return 0;
}

static int hash_stock(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, crypto_generichash_state *hash)
{
    struct stock_filter filter = {.state = -1, .kind = kind, .by_home = 1};
    struct buffer bytes = {0};
    struct stock_view view;
    int rc = view_stock(state, journal, &filter, at_ms, &view);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < view.count; i++) {
        const struct cell *cell = &view.rows[i].cell;

        rc = buffer_append_u8(&bytes, (uint8_t)kind);
        rc = rc != 0 ? rc : buffer_append_string(&bytes, cell->place);
        rc = rc != 0 ? rc : buffer_append_u8(&bytes, cell->state);
        rc = rc != 0 ? rc : buffer_append_string(&bytes, cell->material);
        rc = rc != 0 ? rc : buffer_append_string(&bytes, cell->home);
        rc = rc != 0 ? rc : buffer_append_u64(&bytes, (uint64_t)view.rows[i].count);
    }
    crypto_generichash_update(hash, bytes.data, bytes.len);
    buffer_free(&bytes);
    stock_view_free(&view);
    return rc;
}

#define FOUND_MAX 4096u /* a set has 120 entries or so */
#define FOUND_LINE 600u

struct found {
    char (*lines)[FOUND_LINE];
    size_t count;
};

/* Hand-overs of which scans speak are not the oracle's. */
static int is_compared(const struct discrepancy_row *row)
{
    switch (row->finding.kind) {
    case DISCREPANCY_COUNT:
    case DISCREPANCY_LEDGER:
    case DISCREPANCY_CLOCK:
        return row->state != DISCREPANCY_WITHDRAWN;
    case DISCREPANCY_SHORT:
    case DISCREPANCY_OVER:
        return row->state != DISCREPANCY_WITHDRAWN && strcmp(thing_namespace(&row->subject), "slip") == 0 &&
               strncmp(thing_id(&row->subject), "H-", 2) == 0;
    default:
        return 0;
    }
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int add_found(const struct discrepancy_row *row, void *context)
{
    struct found *found = context;
    const struct discrepancy_finding *finding = &row->finding;
    int shows_places = finding->kind == DISCREPANCY_COUNT || finding->kind == DISCREPANCY_LEDGER || finding->kind == DISCREPANCY_CLOCK;
    char places[DISCREPANCY_PLACES_MAX][LIMIT_PLACE_CODE + 1];
    char hex[2 * THING_KEY_MAX + 1];
    char *line;
    size_t len;

    if (!is_compared(row))
        return 0;
    if (found->count == FOUND_MAX)
        return NAVETTE_E_TOO_LARGE;
    line = found->lines[found->count++];
    hex_encode(row->subject.bytes, row->subject.len, hex);
    len = (size_t)snprintf(line, FOUND_LINE, "finding %d %s %s ", finding->kind, hex, row->state == DISCREPANCY_ENDED ? "ended" : "open");
    memcpy(places, finding->places, sizeof(places));
    qsort(places, shows_places ? finding->place_count : 0, sizeof(places[0]), compare_text);
    for (size_t i = 0; shows_places && i < finding->place_count; i++)
        len += (size_t)snprintf(line + len, FOUND_LINE - len, "%s%s", i > 0 ? "," : "", places[i]);
    if (!shows_places || finding->place_count == 0)
        (void)snprintf(line + len, FOUND_LINE - len, "-");
    return 0;
}

/* hash: NULL: prints them. */
static int each_found(struct store_txn *state, crypto_generichash_state *hash)
{
    struct found found = {.lines = calloc(FOUND_MAX, FOUND_LINE)};
    int rc = found.lines == NULL ? NAVETTE_E_MEMORY : discrepancy_each(state, NULL, add_found, &found);

    if (rc == 0)
        qsort(found.lines, found.count, FOUND_LINE, compare_text);
    for (size_t i = 0; rc == 0 && i < found.count; i++) {
        if (hash == NULL) {
            printf("%s\n", found.lines[i]);
            continue;
        }
        crypto_generichash_update(hash, (const uint8_t *)found.lines[i], strlen(found.lines[i]));
        crypto_generichash_update(hash, (const uint8_t *)"\n", 1);
    }
    free(found.lines);
    return rc;
}

int outcome_read(struct store_txn *state, struct store_txn *journal, int64_t moment_ms, struct outcome *outcome)
{
    crypto_generichash_state hash;
    int check = fold_check(state);
    int rc;

    memset(outcome, 0, sizeof(*outcome));
    rc = fold_digest(state, outcome->digest);
    if (rc == 0) {
        crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
        rc = each_row(state, journal, TABLE_COUNTER, hash_counter, &hash);
        crypto_generichash_final(&hash, outcome->counters, HASH_SIZE);
    }
    if (rc == 0) {
        crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
        rc = each_row(state, journal, TABLE_THING, hash_history, &hash);
        crypto_generichash_final(&hash, outcome->histories, HASH_SIZE);
    }
    crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
    for (int kind = NAVETTE__THING_KIND__THING_ITEM; rc == 0 && kind <= NAVETTE__THING_KIND__THING_CRATE; kind++)
        rc = hash_stock(state, journal, kind, moment_ms, &hash);
    crypto_generichash_final(&hash, outcome->moment, HASH_SIZE);
    if (rc == 0)
        rc = discrepancy_digest(state, outcome->findings);
    crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
    if (rc == 0)
        rc = each_found(state, &hash);
    crypto_generichash_final(&hash, outcome->found, HASH_SIZE);
    if (rc == 0 && check == 0)
        check = discrepancy_check(state, journal);
    return rc != 0 ? rc : check;
}

static void print_hex(const char *before, const uint8_t *data, size_t len)
{
    printf("%s", before);
    for (size_t i = 0; i < len; i++)
        printf("%02x", data[i]);
}

static int dump_record(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    struct thing_record record;
    struct buffer bytes = {0};
    struct thing_key thing;
    int rc = thing_key_read(key, &thing);

    (void)state;
    (void)journal;
    (void)context;
    if (rc == 0)
        rc = thing_record_decode(&thing, value, &record);
    if (rc != 0)
        return rc;
    rc = thing_record_canonical(&record, &bytes);
    thing_record_free(&record);
    if (rc == 0) {
        print_hex("record ", key.data, key.len);
        print_hex(" ", bytes.data, bytes.len);
        printf("\n");
    }
    buffer_free(&bytes);
    return rc;
}

static int dump_label(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    (void)state;
    (void)journal;
    (void)context;
    print_hex("label ", key.data, key.len);
    print_hex(" ", value.data, value.len);
    printf("\n");
    return 0;
}

static int dump_counter(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    (void)state;
    (void)journal;
    (void)context;
    print_hex("counter ", key.data, key.len);
    printf(" %" PRId64 "\n", value.len == 8 ? (int64_t)read_u64(value.data) : INT64_MIN);
    return 0;
}

static int dump_history(struct store_txn *state, struct store_txn *journal, struct span key, struct span value, void *context)
{
    struct history history;
    int rc;

    (void)value;
    (void)context;
    if (!has_life(key))
        return 0;
    rc = read_history(state, journal, key, &history);
    if (rc != 0)
        return rc;
    print_hex("history ", key.data, key.len);
    for (size_t i = 0; i < history.count; i++) {
        uint8_t bytes[REF_SIZE];

        ref_encode(&history.steps[i].entry.self, bytes);
        if (!history.steps[i].absent)
            print_hex(" ", bytes, sizeof(bytes));
    }
    printf("\n");
    history_free(&history);
    return 0;
}

int outcome_dump(struct store_txn *state, struct store_txn *journal)
{
    int rc = each_row(state, journal, TABLE_THING, dump_record, NULL);

    if (rc == 0)
        rc = each_row(state, journal, TABLE_LABEL, dump_label, NULL);
    if (rc == 0)
        rc = each_row(state, journal, TABLE_COUNTER, dump_counter, NULL);
    if (rc == 0)
        rc = each_row(state, journal, TABLE_THING, dump_history, NULL);
    return rc == 0 ? each_found(state, NULL) : rc;
}
