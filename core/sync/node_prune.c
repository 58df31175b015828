/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/damage.h"
#include "navette/fold.h"
#include "sync/node_prune.h"
#include "sync/node_state.h"

/*
 * What may go. The hub does not say where each entry stands in its journal, nor need it: while this node is in step everything it holds stands there at or before a position H, at which its own journal ends at a
 * position L. Such pairs are noted now and then, with the hub's time. Once the pair is older than what is kept, and H is in a backup, all up to L is old and backed up, whatever any clock says of single entries.
 *
 * A hub that was put back from a backup has perhaps less than what it had told of, and not all of that is given back: what was held when it went on under another epoch is never given up here.
 *
 * The row: epoch 16, bound u64, next u64, when the last pass ended i64, number of pairs u8, each H u64, L u64, hub time i64; floor u64, which earlier versions lack.
 */
#define NAME "prune"
#define HEAD_BYTES (EPOCH_SIZE + 8u + 8u + 8u + 1u)
#define MARK_BYTES 24u
#define MARKS 16u

struct mark {
    uint64_t hub;
    uint64_t tail;
    int64_t hub_time_ms;
};

struct prune_row {
    uint8_t epoch[EPOCH_SIZE]; /* of the hub's journal that the marks are of */
    uint64_t bound;            /* entries up to here may go */
    uint64_t next;             /* the pass under way has looked at those before; 0: none is */
    int64_t passed_ms;         /* wall clock; 0: none has ended */
    uint64_t floor;            /* entries up to here may not */
    size_t count;
    struct mark marks[MARKS]; /* the oldest first */
};

static int load(const struct node *node, struct store_txn *txn, struct prune_row *row)
{
    struct span value;
    struct reader reader;
    struct span epoch;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(NAME), &value);

    memset(row, 0, sizeof *row);
    if (rc == NAVETTE_E_NOT_FOUND) {
        rc = 0;
    } else if (rc == 0) {
        reader = reader_of(value);
        epoch = reader_bytes(&reader, EPOCH_SIZE);
        row->bound = reader_u64(&reader);
        row->next = reader_u64(&reader);
        row->passed_ms = (int64_t)reader_u64(&reader);
        row->count = reader_u8(&reader);
        for (size_t i = 0; i < row->count && i < MARKS; i++) {
            row->marks[i].hub = reader_u64(&reader);
            row->marks[i].tail = reader_u64(&reader);
            row->marks[i].hub_time_ms = (int64_t)reader_u64(&reader);
        }
        row->floor = reader.left.len > 0 ? reader_u64(&reader) : 0;
        if (reader.failed || row->count > MARKS) {
            return NAVETTE_E_STORE;
        }
        memcpy(row->epoch, epoch.data, EPOCH_SIZE);
    }
    /* Positions of a journal that is written no more say nothing of this one. */
    if (rc == 0 && node->lineage.count > 0 && memcmp(row->epoch, lineage_last(&node->lineage)->id, EPOCH_SIZE) != 0) {
        row->bound = row->next = 0;
        row->count = 0;
        memcpy(row->epoch, lineage_last(&node->lineage)->id, EPOCH_SIZE);
        rc = node->lineage.count > 1 ? journal_tail(txn, &row->floor) : 0;
    }
    return rc;
}

static int save(struct store_txn *txn, const struct prune_row *row)
{
    uint8_t bytes[HEAD_BYTES + MARKS * MARK_BYTES + 8u];
    uint8_t *p = bytes;

    memcpy(p, row->epoch, EPOCH_SIZE);
    write_u64(p + EPOCH_SIZE, row->bound);
    write_u64(p + EPOCH_SIZE + 8, row->next);
    write_u64(p + EPOCH_SIZE + 16, (uint64_t)row->passed_ms);
    p[EPOCH_SIZE + 24] = (uint8_t)row->count;
    p += HEAD_BYTES;
    for (size_t i = 0; i < row->count; i++, p += MARK_BYTES) {
        write_u64(p, row->marks[i].hub);
        write_u64(p + 8, row->marks[i].tail);
        write_u64(p + 16, (uint64_t)row->marks[i].hub_time_ms);
    }
    write_u64(p, row->floor);
    p += 8;
    return store_put(txn, TABLE_LOCAL, span_of_string(NAME), span_of(bytes, (size_t)(p - bytes)));
}

int node_prune_is_row(struct span key)
{
    return span_equal(key, span_of_string(NAME));
}

static int is_in_step(const struct node *node, struct store_txn *txn)
{
    struct node_progress progress;
    int rc = node_progress(node, txn, &progress);

    return rc != 0 ? rc : progress.in_step && !node->record.adopting && node->record.take_back == 0 && node->snapshot.manifest == NULL;
}

static uint64_t seen_of_hub(const struct node *node)
{
    uint64_t seen = node->record.cursor > node->record.hub_cursor ? node->record.cursor : node->record.hub_cursor;

    return node->near.ahead > seen ? node->near.ahead : seen;
}

/* Marks behind the last one that holds tell nothing that it does not. */
static void raise_bound(const struct node *node, struct prune_row *row)
{
    size_t gone = 0;

    while (gone < row->count && row->marks[gone].hub <= node->fetch.backed_up_position &&
           node->record.hub_time_ms - row->marks[gone].hub_time_ms >= node->options.keep_ms) {
        row->bound = row->marks[gone].tail > row->bound ? row->marks[gone].tail : row->bound;
        gone++;
    }
    row->count -= gone;
    memmove(row->marks, row->marks + gone, row->count * sizeof row->marks[0]);
}

int node_prune_note(struct node *node, const struct node_input *input)
{
    struct prune_row row;
    struct mark mark = {.hub = seen_of_hub(node), .hub_time_ms = node->record.hub_time_ms};
    const struct mark *last;
    int in_step;
    int rc;

    if (node->options.keep_ms <= 0 || !node->fetch.hub_fetches || node->lineage.count == 0 || mark.hub_time_ms <= 0) {
        return 0;
    }
    rc = node_steady_note(node, input->txn);
    rc = rc != 0 ? rc : load(node, input->txn, &row);
    if (rc != 0) {
        return rc;
    }
    /* Of a clock that was put back since. */
    while (row.count > 0 && row.marks[row.count - 1].hub_time_ms > mark.hub_time_ms) {
        row.count--;
    }
    last = row.count > 0 ? &row.marks[row.count - 1] : NULL;
    if (last != NULL && mark.hub_time_ms - last->hub_time_ms < node->options.keep_ms / (int64_t)MARKS) {
        return 0;
    }
    in_step = is_in_step(node, input->txn);
    if (in_step <= 0) {
        return in_step;
    }
    /* One answer with a wrong clock makes nothing old. */
    if (node_steady_is(node, input->txn)) {
        raise_bound(node, &row);
    }
    if (row.count == MARKS) {
        return save(input->txn, &row);
    }
    rc = journal_tail(input->txn, &mark.tail);
    row.marks[row.count++] = mark;
    return rc != 0 ? rc : save(input->txn, &row);
}

/* What is to be here and is not: an own entry that an earlier version gave up, or one whose stub is damaged, which is told. */
static int want_back(struct node *node, struct store_txn *txn, const struct journal_entry *stub, int own, int64_t wall_ms,
                     struct node_pruning *done)
{
    struct damage damage = {.kind = DAMAGE_ENTRY, .found_ms = wall_ms, .self = {.seq = stub->self.seq}};
    struct journal_entry row;
    int rc = 0;

    if (stub->again != 0 || (!own && stub->stub.len > 0)) {
        return 0;
    }
    if (stub->stub.len == 0) {
        memcpy(damage.self.incarnation, stub->self.incarnation, INCARNATION_SIZE);
        rc = journal_row(txn, stub->self.incarnation, stub->self.seq, &row);
        damage.bytes = row.event;
        rc = rc == NAVETTE_E_CHAIN ? damage_keep(txn, &damage) : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
        done->damaged++;
        node_compare_begin(node); /* also where the hub does not know it by what is left of its name */
    }
    node_want(node);
    return rc != 0 ? rc : journal_want(txn, stub->position);
}

/* What cannot be read ends no pass: a comparison begins at once, which mends journal and state. changing: as below. */
static int is_left(struct node *changing, int rc)
{
    if (rc != NAVETTE_E_STORE && rc != NAVETTE_E_NOT_FOUND && rc != NAVETTE_E_INVALID) {
        return 0;
    }
    if (changing != NULL) {
        node_compare_begin(changing);
    }
    return 1;
}

/* One that is damaged is left for the comparison with the hub to find. */
static int is_passed_over(int rc)
{
    return rc == NAVETTE_E_PRUNED || rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_INVALID || rc == NAVETTE_E_EXISTS;
}

/* One entry. changing: NULL: nothing is written. */
static int look_at_one(struct node *changing, struct store_txn *txn, uint64_t position, uint64_t floor, int64_t wall_ms,
                       const struct node_author *author, struct node_pruning *done)
{
    struct journal_entry entry;
    size_t bytes;
    int own;
    int rc = journal_read_raw(txn, position, &entry);

    if (rc != 0 && rc != NAVETTE_E_PRUNED) {
        return is_left(changing, rc) ? 0 : rc;
    }
    own = node_author_wrote(author, entry.self.incarnation);
    if (rc == NAVETTE_E_PRUNED) {
        return changing == NULL ? 0 : want_back(changing, txn, &entry, own, wall_ms, done);
    }
    bytes = entry.event.len;
    rc = own || position <= floor || bytes < STUB_LEAST || entry.again != 0 ? 0 : fold_is_closed(txn, &entry);
    if (rc <= 0) {
        return is_left(changing, rc) ? 0 : rc;
    }
    rc = changing == NULL ? 0 : journal_prune(txn, position, wall_ms);
    done->pruned += rc == 0;
    done->bytes += rc == 0 ? bytes : 0;
    return rc;
}

/* Looks at entries from *next on. changing: as above. */
static int look_at(const struct node *node, struct node *changing, struct store_txn *txn, const struct prune_row *row, uint64_t max,
                   int64_t wall_ms, uint64_t *next, struct node_pruning *done)
{
    struct node_author author;
    int rc = node_author_init(node, txn, &author);

    /* Who does not know what it wrote gives up nothing. */
    if (is_left(changing, rc)) {
        done->more = 0;
        return 0;
    }
    for (uint64_t looked = 0; rc == 0 && looked < max && *next <= row->bound && done->pruned < NODE_PRUNE_AT_ONCE; looked++, ++*next) {
        rc = look_at_one(changing, txn, *next, row->floor, wall_ms, &author, done);
        done->looked++;
        rc = is_passed_over(rc) ? 0 : rc;
    }
    node_author_free(&author);
    done->more = *next <= row->bound;
    return rc;
}

enum node_prune_bar node_prune_may(const struct node *node, struct store_txn *txn)
{
    uint64_t position;
    uint64_t cursor;
    uint64_t tail;
    uint64_t owed;
    int hollow;

    if (node->options.keep_ms <= 0) {
        return NODE_PRUNE_OFF;
    }
    if (node->link != NODE_STREAMING) {
        return NODE_PRUNE_OFFLINE;
    }
    if (!node->fetch.hub_fetches) {
        return NODE_PRUNE_OLD_HUB;
    }
    if (node->fetch.backed_up_position == 0) {
        return NODE_PRUNE_NO_BACKUP;
    }
    if (!node_steady_is(node, txn)) {
        return NODE_PRUNE_LINE;
    }
    if (fold_cursor(txn, &cursor) != 0 || journal_tail(txn, &tail) != 0 || cursor < tail) {
        return NODE_PRUNE_BUSY;
    }
    if (fold_owes(txn, &owed, &hollow) != 0 || owed > 0 || hollow || journal_wanted(txn, 0, &position) == 0) {
        return NODE_PRUNE_WAITS;
    }
    return is_in_step(node, txn) == 1 ? NODE_PRUNE_MAY : NODE_PRUNE_BUSY;
}

int node_prune(struct node *node, struct store_txn *txn, uint64_t max, int64_t wall_ms, struct node_pruning *done)
{
    struct prune_row row;
    int rc;

    memset(done, 0, sizeof *done);
    done->bar = node_prune_may(node, txn);
    if (done->bar != NODE_PRUNE_MAY) {
        return 0;
    }
    rc = load(node, txn, &row);
    if (rc != 0) {
        return rc;
    }
    raise_bound(node, &row);
    row.next = row.next == 0 ? 1 : row.next;
    rc = look_at(node, node, txn, &row, max, wall_ms, &row.next, done);
    if (rc == 0 && !done->more) {
        row.next = 0;
        row.passed_ms = wall_ms;
    }
    return rc != 0 ? rc : save(txn, &row);
}

int node_prune_try(const struct node *node, struct store_txn *txn, uint64_t max, uint64_t *next, struct node_pruning *done)
{
    struct prune_row row;
    int rc;

    memset(done, 0, sizeof *done);
    done->bar = node_prune_may(node, txn);
    if (done->bar != NODE_PRUNE_MAY) {
        return 0;
    }
    rc = load(node, txn, &row);
    if (rc == 0) {
        raise_bound(node, &row);
        *next = *next == 0 ? 1 : *next;
        rc = look_at(node, NULL, txn, &row, max, 0, next, done);
    }
    return rc;
}

int node_prune_passed(const struct node *node, struct store_txn *txn, int64_t *passed_ms, int *under_way)
{
    struct prune_row row;
    int rc = load(node, txn, &row);

    *passed_ms = row.passed_ms;
    *under_way = row.next != 0;
    return rc;
}
