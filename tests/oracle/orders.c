/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: orders [--orders N] [--seed S] [--only SET] [--dump] FILE
 *
 * Folds each set of FILE (oracle.py gives the format) in N orders of arrival: as made, backwards, then at random, nearly as made, log by log;
 * entries come again; transactions are of random sizes, some are lost and done again; journal and state share a store or have one each. Whatever
 * the order, the outcome must be the same. Prints the first order's, in oracle.py's words, and "differs SET ORDER WHAT" for each other.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/adopted.h"
#include "outcome.h"
#include "sets.h"
#include "tests/lib/memstore.h"

#define DUPLICATE_IN 4u /* one entry in so many comes again */
#define LOST_IN 8u      /* one transaction in so many is lost */

struct options {
    const char *path;
    uint64_t orders;
    uint64_t seed;
    uint64_t only;
    int has_only;
    int dump;
};

/* splitmix64: the campaign is the same everywhere. */
static uint64_t draw(uint64_t *random)
{
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t draw_below(uint64_t *random, size_t bound)
{
    return (size_t)(draw(random) % bound);
}

/* One order of arrival: indices into the set, each at least once. */
struct arrival {
    size_t *indices;
    size_t count;
};

static void swap(size_t *a, size_t *b)
{
    size_t kept = *a;

    *a = *b;
    *b = kept;
}

/* Each within a window of its place: some disorder among the recent, as at a hub that is in touch. */
static void shuffle_within(struct arrival *arrival, size_t window, uint64_t *random)
{
    for (size_t i = 0; i + 1 < arrival->count; i++) {
        size_t reach = arrival->count - i < window ? arrival->count - i : window;

        swap(&arrival->indices[i], &arrival->indices[i + draw_below(random, reach)]);
    }
}

/* Every log in its own order, one stretch of one log after another: as nodes sync. */
static void interleave(struct arrival *arrival, const struct entry_set *set, uint64_t *random)
{
    for (size_t done = 0; done < arrival->count;) {
        const uint8_t *log = set->entries[arrival->indices[done + draw_below(random, arrival->count - done)]].self.incarnation;
        size_t stretch = 1 + draw_below(random, 8);

        for (size_t i = done; i < arrival->count && stretch > 0; i++) {
            size_t found = arrival->indices[i];

            if (memcmp(set->entries[found].self.incarnation, log, INCARNATION_SIZE) != 0)
                continue;
            memmove(arrival->indices + done + 1, arrival->indices + done, (i - done) * sizeof(*arrival->indices));
            arrival->indices[done++] = found;
            stretch--;
        }
    }
}

static void repeat_some(struct arrival *arrival, uint64_t *random)
{
    size_t count = arrival->count;

    for (size_t i = 0; i < count; i++) {
        size_t at = draw_below(random, arrival->count + 1);

        if (draw_below(random, DUPLICATE_IN) != 0)
            continue;
        memmove(arrival->indices + at + 1, arrival->indices + at, (arrival->count - at) * sizeof(*arrival->indices));
        arrival->indices[at] = i;
        arrival->count++;
    }
}

static int arrival_make(struct arrival *arrival, const struct entry_set *set, uint64_t order, uint64_t *random)
{
    size_t count = set->count;

    arrival->indices = malloc((2 * count + 1) * sizeof(*arrival->indices));
    arrival->count = count;
    if (arrival->indices == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        arrival->indices[i] = order == 1 ? count - 1 - i : i;
    if (order > 1 && order % 4 < 2)
        shuffle_within(arrival, count, random);
    else if (order > 1 && order % 4 == 2)
        shuffle_within(arrival, 4, random);
    else if (order > 1)
        interleave(arrival, set, random);
    if (order > 0)
        repeat_some(arrival, random);
    return 0;
}

/* What the whole campaign made the fold do. */
struct tally {
    uint64_t appended;
    uint64_t refolds;
};

/* The stores of one replica. One store: journal and state share a transaction, as at a node. */
struct replica {
    struct memstore *journal;
    struct memstore *state; /* the same one, or its own, as at the hub */
    struct store_txn *journal_txn;
    struct store_txn *state_txn;
    struct tally *tally;
};

static int replica_open(struct replica *replica, int shared)
{
    memset(replica, 0, sizeof(*replica));
    replica->journal = memstore_new();
    replica->state = shared ? replica->journal : memstore_new();
    return replica->journal == NULL || replica->state == NULL ? NAVETTE_E_MEMORY : 0;
}

/* Also aborts what an error left open. */
static void replica_close(struct replica *replica)
{
    if (replica->state_txn != NULL && replica->state_txn != replica->journal_txn)
        memstore_abort(replica->state_txn);
    if (replica->journal_txn != NULL)
        memstore_abort(replica->journal_txn);
    if (replica->state != replica->journal)
        memstore_free(replica->state);
    memstore_free(replica->journal);
}

static int replica_begin(struct replica *replica)
{
    replica->journal_txn = memstore_begin_write(replica->journal);
    replica->state_txn = replica->state == replica->journal ? replica->journal_txn : memstore_begin_write(replica->state);
    return replica->journal_txn == NULL || replica->state_txn == NULL ? NAVETTE_E_MEMORY : 0;
}

static int finish(struct store_txn *txn, int keep)
{
    if (keep)
        return memstore_commit(txn);
    memstore_abort(txn);
    return 0;
}

/* A state of its own may lag behind its journal, never run ahead of it. */
static int replica_end(struct replica *replica, int keep_journal, int keep_state)
{
    struct store_txn *state = replica->state == replica->journal ? NULL : replica->state_txn;
    int rc;

    replica->state_txn = NULL;
    rc = finish(replica->journal_txn, keep_journal);
    replica->journal_txn = NULL;
    if (state != NULL) {
        int state_rc = finish(state, rc == 0 && keep_journal && keep_state);

        rc = rc == 0 ? state_rc : rc;
    }
    return rc;
}

static int fold_all(struct fold *fold)
{
    int rc = 0;

    while (rc == 0)
        rc = fold_next(fold);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* As a node does with what a delta brings. */
static int note_adopted(struct store_txn *journal, struct journal_entry entry)
{
    struct ref self = entry.self;
    int rc = adopted_open(&entry);

    return rc != 0 || ref_compare(&self, &entry.self) == 0 ? rc : journal_adopt(journal, &entry.self, entry.position);
}

/* Appends `count` arrivals, folding after each or at the end. */
static int feed(struct replica *replica, const struct entry_set *set, const size_t *indices, size_t count, int at_once)
{
    struct fold fold = {0};
    int rc = fold_begin(&fold, replica->state_txn, replica->journal_txn);

    /* Half of them as if each history were a long one: afresh.h. */
    if (rc == 0 && !at_once)
        fold.long_history = 1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct journal_entry entry = set->entries[indices[i]];

        rc = journal_append(replica->journal_txn, &entry);
        if (rc == 0)
            rc = note_adopted(replica->journal_txn, entry);
        if (rc == NAVETTE_E_EXISTS)
            rc = 0;
        if (rc == 0 && at_once)
            rc = fold_all(&fold);
    }
    if (rc == 0)
        rc = fold_all(&fold);
    replica->tally->appended += fold.appended;
    replica->tally->refolds += fold.refolds;
    return rc == 0 ? fold_end(&fold) : rc;
}

static int fold_arrival(struct replica *replica, const struct entry_set *set, const struct arrival *arrival, uint64_t *random)
{
    size_t most = 1 + draw_below(random, arrival->count + 1);
    size_t done = 0;
    int rc = 0;

    while (rc == 0 && done < arrival->count) {
        size_t count = 1 + draw_below(random, most);
        int keep = draw_below(random, LOST_IN) != 0;

        if (count > arrival->count - done)
            count = arrival->count - done;
        rc = replica_begin(replica);
        if (rc == 0)
            rc = feed(replica, set, arrival->indices + done, count, draw_below(random, 2) == 0);
        if (rc == 0)
            rc = replica_end(replica, keep, draw_below(random, LOST_IN) != 0);
        done += keep ? count : 0;
    }
    if (rc == 0)
        rc = replica_begin(replica);
    if (rc == 0)
        rc = feed(replica, set, arrival->indices, 0, 0);
    return rc == 0 ? replica_end(replica, 1, 1) : rc;
}

/* dump: prints the state too. */
static int run_order(const struct entry_set *set, uint64_t order, const struct options *options, int dump, struct tally *tally,
                     struct outcome *outcome)
{
    uint64_t random = options->seed * UINT64_C(1000003) + set->seed * UINT64_C(8191) + order;
    struct arrival arrival = {0};
    struct replica replica;
    int rc = replica_open(&replica, order % 2 == 0);

    replica.tally = tally;
    if (rc == 0)
        rc = arrival_make(&arrival, set, order, &random);
    if (rc == 0)
        rc = fold_arrival(&replica, set, &arrival, &random);
    if (rc == 0)
        rc = replica_begin(&replica);
    if (rc == 0) {
        rc = outcome_read(replica.state_txn, replica.journal_txn, set->moment_ms, outcome);
        if (dump && (rc == 0 || rc == NAVETTE_E_CHAIN)) {
            int dumped = outcome_dump(replica.state_txn, replica.journal_txn);

            rc = rc == 0 ? dumped : rc;
        }
        rc = replica_end(&replica, 1, 1) != 0 && rc == 0 ? NAVETTE_E_STORE : rc;
    }
    free(arrival.indices);
    replica_close(&replica);
    return rc;
}

static void print_hash(const char *name, const uint8_t hash[HASH_SIZE])
{
    char text[2 * HASH_SIZE + 1];

    hex_encode(hash, HASH_SIZE, text);
    printf(" %s %s", name, text);
}

static const char *difference(const struct outcome *a, const struct outcome *b)
{
    if (memcmp(a->digest, b->digest, HASH_SIZE) != 0)
        return "digest";
    if (memcmp(a->counters, b->counters, HASH_SIZE) != 0)
        return "counters";
    if (memcmp(a->histories, b->histories, HASH_SIZE) != 0)
        return "histories";
    if (memcmp(a->findings, b->findings, HASH_SIZE) != 0)
        return "findings";
    return memcmp(a->moment, b->moment, HASH_SIZE) != 0 ? "moment" : NULL;
}

static void run_set(const struct entry_set *set, const struct options *options, struct tally *tally)
{
    struct outcome first = {0};

    for (uint64_t order = 0; order < options->orders; order++) {
        struct outcome outcome = {0};
        const char *what = NULL;
        int rc = run_order(set, order, options, options->dump && order == 0, tally, &outcome);

        if (order == 0)
            first = outcome;
        what = rc != 0 ? error_text(rc) : difference(&first, &outcome);
        if (what == NULL)
            continue;
        printf("differs %" PRIu64 " %" PRIu64 " %s\n", set->seed, order, what);
        if (options->dump && order > 0)
            run_order(set, order, options, 1, tally, &outcome);
    }
    printf("set %" PRIu64 " entries %zu", set->seed, set->count);
    print_hash("digest", first.digest);
    print_hash("counters", first.counters);
    print_hash("histories", first.histories);
    print_hash("moment", first.moment);
    print_hash("found", first.found);
    printf("\n");
    fflush(stdout);
}

static int parse_options(int argc, char **argv, struct options *options)
{
    *options = (struct options){.orders = 20, .seed = 1};
    for (int i = 1; i < argc; i++) {
        int has_value = i + 2 < argc;

        if (strcmp(argv[i], "--dump") == 0) {
            options->dump = 1;
        } else if (has_value && strcmp(argv[i], "--orders") == 0) {
            options->orders = strtoull(argv[++i], NULL, 10);
        } else if (has_value && strcmp(argv[i], "--seed") == 0) {
            options->seed = strtoull(argv[++i], NULL, 10);
        } else if (has_value && strcmp(argv[i], "--only") == 0) {
            options->only = strtoull(argv[++i], NULL, 10);
            options->has_only = 1;
        } else if (i + 1 == argc && argv[i][0] != '-') {
            options->path = argv[i];
        } else {
            return NAVETTE_E_INVALID;
        }
    }
    return options->path != NULL && options->orders > 0 ? 0 : NAVETTE_E_INVALID;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    struct options options;
    struct entry_set set;
    struct sets sets;
    int rc;

    if (parse_options(argc, argv, &options) != 0) {
        fprintf(stderr, "usage: orders [--orders N] [--seed S] [--only SET] [--dump] FILE\n");
        return 2;
    }
    rc = sets_open(&sets, options.path);
    if (rc != 0) {
        fprintf(stderr, "orders: %s: %s\n", options.path, error_text(rc));
        return 2;
    }
    while ((rc = sets_next(&sets, &set)) == 0) {
        if (!options.has_only || set.seed == options.only)
            run_set(&set, &options, &tally);
        sets_free_set(&set);
    }
    sets_close(&sets);
    printf("folded: %" PRIu64 " put last, %" PRIu64 " histories read again\n", tally.appended, tally.refolds);
    if (rc != NAVETTE_E_NOT_FOUND)
        fprintf(stderr, "orders: %s: %s\n", options.path, error_text(rc));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : 2;
}
