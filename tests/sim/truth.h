/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_TRUTH_H
#define NAVETTE_SIM_TRUTH_H

#include "navette/journal.h"
#include "refusal.h"

/*
 * What an observer outside the simulated network knows, learnt only from what has reached a disk: each log as its own writer holds it, the hub's order, and
 * who holds what. Nothing in it comes from core/sync, so that a step's mistake cannot agree with itself.
 */
struct world;

#define TRUTH_LOGS 256u    /* a node that is restored or reset begins another */
#define TRUTH_HUB SIZE_MAX /* owner of the hub's own log */

/* A store put back from a backup, or copied, writes a number twice: entries of one number are told apart by their leaves. */
struct truth_entry {
    uint64_t seq;
    uint64_t leaf;
    uint32_t crc;
    uint32_t len;
    int64_t since_ms;  /* on its writer's disk */
    uint64_t position; /* in the hub's synced journal, 0: not there yet */
    uint64_t adopted;  /* ... inside an entry of another log */
    size_t other;      /* another entry of this number, + 1 */
    int lost;          /* on no disk any more, by what was done to its machine */
    int adopts;        /* holds another log's event */
    int ever;          /* a synced journal of the hub had it, that may be no more */
    uint64_t proven;   /* ... and was lost: the number that ends its signed batch */
};

struct truth_log {
    uint8_t incarnation[INCARNATION_SIZE];
    size_t owner;                /* node, or TRUTH_HUB */
    struct truth_entry *entries; /* in the order in which they were written, whatever their numbers */
    size_t count;
    size_t capacity;
    size_t *newest; /* seq - 1: entry + 1 */
    size_t newest_capacity;
    uint64_t acked;    /* an ACK DURABLE for it has come to the node */
    uint64_t held;     /* in the hub's synced journal */
    uint64_t promised; /* the most that it held before it was put back */
    int begun_before;  /* of the hub: its first words stand under keys that it had given up before: lost whole, it may not come back */
};

/* A log as one writer's disk has it: the entry of each number. A store that a snapshot made holds them in another order: none may lack when it is read to its end. */
struct truth_branch {
    size_t *entries; /* seq - 1; SIZE_MAX: not read yet */
    size_t count;
    size_t holes;
    size_t capacity;
};

/* One position of the hub's journal. */
struct truth_row {
    size_t log;
    uint64_t seq;
    size_t entry;
    uint64_t concerns; /* bit per place of the workload: event_concerns_place() */
    uint64_t sent_to;  /* ... and where it dispatches documents directly */
    int packing;
    int catalogue;   /* of a document: carries its title */
    uint64_t item;   /* catalogue: hash of the document's key */
    struct ref self; /* of an adopted one: its first name, unless it was held before */
    int64_t received_ms;
    size_t place;  /* where it happened; WORKLOAD_PLACES: of none of these */
    uint8_t badge; /* who did it: refusal.h */
};

/* A document that a dispatch names directly. */
struct truth_visit {
    uint64_t item;
    size_t place;
    uint64_t position;
    struct ref event; /* of an adopted one: its first name, which a refusal speaks of */
    int refused;      /* since: not when the refusal, of a lost journal, came back before it */
};

struct truth {
    struct truth_log logs[TRUTH_LOGS];
    size_t log_count;
    struct truth_row *rows; /* position - 1 */
    size_t row_count;
    size_t row_capacity;
    struct truth_visit *visits;
    size_t visit_count;
    size_t visit_capacity;
    struct refusals refusals;
};

/* What one node's synced store holds. */
struct truth_shelf {
    uint64_t position;        /* of its private journal, read so far */
    uint64_t folded;          /* ... when a fold was last asked for */
    uint8_t *has[TRUTH_LOGS]; /* by entry */
    size_t capacity[TRUTH_LOGS];
    uint64_t checked; /* hub positions below the node's cursor found here */
};

size_t truth_add_log(struct truth *truth, const uint8_t incarnation[INCARNATION_SIZE], size_t owner);
size_t truth_find_log(const struct truth *truth, const uint8_t incarnation[INCARNATION_SIZE]); /* TRUTH_LOGS: none */
void truth_free(struct truth *truth);
void truth_shelf_free(struct truth_shelf *shelf);
int truth_shelf_has(const struct truth_shelf *shelf, size_t log, size_t entry);
int truth_shelf_has_number(const struct world *world, size_t node, size_t log, uint64_t seq); /* any entry of this number */
uint64_t truth_position(const struct truth_log *log,
                        uint64_t seq); /* of the entry of this number that the hub holds; UINT64_MAX: of none */
size_t truth_find_entry(const struct truth_log *log, uint64_t seq, uint64_t leaf);         /* SIZE_MAX: none */
const struct truth_entry *truth_own(const struct world *world, size_t node, uint64_t seq); /* of the log that it writes; NULL: none */
/* Its machine has been put back, wiped or switched off: what no disk of this node holds and the hub has not got is lost, and nobody's fault. */
void truth_mark_lost(struct world *world, size_t node);
/* The machine that wrote it is another node now, and adopts once more what the hub had not got: what stood around those events is owed by nobody. */
void truth_leave_adoptions(struct world *world, size_t node);
/* The first thing, by time, that this node's people recorded, that is on its disk and that the hub has not got: when. INT64_MAX: there is none. */
int64_t truth_unheld_since(const struct world *world, size_t node);

/* Reads what is new in a synced journal. Fails the world on a gap, a duplicate, an altered or invented entry. */
void truth_read_hub(struct world *world, struct store_txn *txn);
void truth_read_node(struct world *world, size_t node, struct store_txn *txn);
/* The hub's journal is another from its position `kept` + 1 on: what is known of it is forgotten, to be read again from its beginning. */
void truth_forget_hub(struct world *world, uint64_t kept);
/* Before it: of what this journal has from `kept` + 1 on, which batches it came in. */
void truth_note_batches(struct world *world, struct store_txn *txn, uint64_t kept);
/* What a synced journal of the hub once had, which it has not got, and which lies whole with a node that owes it: told by failing the world. */
void truth_check_back(struct world *world, size_t node);

#endif
