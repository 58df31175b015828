/* SPDX-License-Identifier: Apache-2.0 */
#include "shuffle.h"

#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "navette/adopted.h"
#include "navette/discrepancy.h"
#include "navette/fold.h"
#include "tests/lib/memstore.h"
#include "world.h"

/* The positions of each log, and how many of them have been taken. */
struct deck {
    uint64_t *positions;
    size_t count;
    size_t capacity;
    size_t taken;
};

static void deal(struct world *world, struct deck *decks)
{
    for (size_t i = 0; i < world->truth.row_count; i++) {
        struct deck *deck = &decks[world->truth.rows[i].log];

        deck->positions = world_grow(deck->positions, deck->count, &deck->capacity, sizeof(*deck->positions));
        deck->positions[deck->count++] = i + 1;
    }
}

static int append(struct store_txn *journal, const struct journal_entry *entry)
{
    struct journal_entry copy = *entry;
    struct adopted adopted;
    int rc = journal_append(journal, &copy);

    if (rc == 0 && adopted_read(entry->event, &adopted) == 0) {
        rc = journal_adopt(journal, &adopted.original, copy.position);
    }
    return rc;
}

/* Piles are taken from by turns of random length, so that logs come in stretches as from nodes long unheard. */
static int riffle(struct world *world, struct deck *decks, struct store_txn *from, struct store_txn *to)
{
    size_t left = world->truth.row_count;
    int rc = 0;

    while (left > 0 && rc == 0) {
        struct deck *deck = &decks[random_below(&world->work_chance, world->truth.log_count)];

        for (int64_t run = random_skewed(&world->work_chance, 1, 200); run > 0 && deck->taken < deck->count && rc == 0; run--) {
            struct journal_entry entry;

            rc = journal_read_raw(from, deck->positions[deck->taken], &entry);
            rc = rc == 0 ? append(to, &entry) : rc;
            deck->taken++;
            left--;
        }
    }
    return rc;
}

static int fold_all(struct store_txn *state, struct store_txn *journal, uint8_t digest[HASH_SIZE], uint8_t found[HASH_SIZE])
{
    struct fold folding;
    int rc = fold_begin(&folding, state, journal);

    while (rc == 0) {
        rc = fold_next(&folding);
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        rc = fold_end(&folding);
    }
    if (rc == 0) {
        rc = fold_digest(state, digest);
    }
    return rc != 0 ? rc : audit_findings(state, found);
}

static void hold_against(struct world *world, int rc, const uint8_t digest[HASH_SIZE], const uint8_t found[HASH_SIZE],
                         const uint8_t fresh[HASH_SIZE], const uint8_t fresh_found[HASH_SIZE])
{
    if (rc != 0 || memcmp(fresh, digest, HASH_SIZE) != 0) {
        world_fail(world, "digest-fresh", "the hub's digest differs from a fold of the same set afresh (%s)", error_text(rc));
    } else if (memcmp(fresh_found, found, HASH_SIZE) != 0) {
        world_fail(world, "findings-fresh", "the hub's findings differ from those of the same set folded afresh");
    }
}

void shuffle_check(struct world *world, const uint8_t digest[HASH_SIZE], const uint8_t found[HASH_SIZE])
{
    struct memstore *state_store = memstore_new();
    struct memstore *journal_store = memstore_new();
    struct store_txn *hub = disk_read(world->hub.journal);
    struct store_txn *state = memstore_begin_write(state_store);
    struct store_txn *journal = memstore_begin_write(journal_store);
    struct deck decks[TRUTH_LOGS] = {{.count = 0}};
    uint8_t fresh[HASH_SIZE];
    uint8_t fresh_found[HASH_SIZE];
    int shuffled = random_chance(&world->work_chance, 700000);
    int rc = 0;

    if (shuffled) {
        deal(world, decks);
        rc = riffle(world, decks, hub, journal);
    }
    if (rc == 0) {
        rc = fold_all(state, shuffled ? journal : hub, fresh, fresh_found);
    }
    hold_against(world, rc, digest, found, fresh, fresh_found);
    for (size_t i = 0; i < TRUTH_LOGS; i++) {
        free(decks[i].positions);
    }
    memstore_abort(journal);
    memstore_abort(state);
    disk_end(world->hub.journal, hub);
    memstore_free(journal_store);
    memstore_free(state_store);
}
