/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_WORLD_H
#define NAVETTE_SIM_WORLD_H

#include "alarm.h"
#include "catchup.h"
#include "coverage.h"
#include "faults.h"
#include "hub_host.h"
#include "network.h"
#include "node_host.h"
#include "random.h"
#include "stick.h"
#include "truth.h"
#include "twin.h"
#include "workload.h"

/*
 * One simulated network: a hub, its nodes, the lines between them, and one clock that nobody in it can see. What is to happen stands in a heap of
 * alarms ordered by (time, order of setting): the same seed gives the same run, to the bit.
 */

#define WORLD_EPOCH_MS INT64_C(1584000000000) /* 12 March 2020 */
#define WORLD_FAILURE_TEXT 400u
#define WORLD_BOUND_MS 600000 /* a healed network is at rest within this: a node's dead_ms, the hub's idle time, and room */

struct world_tally {
    struct coverage coverage;
    uint64_t steps;   /* alarms gone off */
    uint64_t events;  /* recorded and answered */
    uint64_t checked; /* entries held against what their writer wrote, at the hub and at every node */
    uint64_t losses;  /* seeds in which something acknowledged or answered was not there */
    uint64_t frames;  /* handed to the network */
    uint64_t crashes;
    uint64_t refusals;                           /* commits that found the disk full, pushes answered NACK */
    uint64_t lost;                               /* frames that never came */
    uint64_t children;                           /* logs begun under another incarnation */
    uint64_t branched, adopted, destroyed;       /* entries written under a number that was taken; adopted; gone with their disk */
    uint64_t unrecorded;                         /* scans answered "not now" by a log that has to go on under another name */
    uint64_t wrongly_proven;                     /* withdrawn after they had been proven, as looked at */
    uint64_t clones, choices, became;            /* alarms, decisions, machines that are another node since */
    uint64_t flips;                              /* bits of stored entries turned */
    uint64_t hostile;                            /* frames that no node would send */
    uint64_t flips_seen;                         /* damaged stores that were noticed at work */
    uint64_t sticks_out, sticks_in, sticks_back; /* written, read by the hub, answers read by their nodes */
    uint64_t sticks_taken;                       /* events that were taken from them */
    uint64_t sticks_fetched;                     /* bytes given up that came back with answers */
    uint64_t rekeyed;                            /* nodes that went over to new keys */
    uint64_t rekey_again, rekey_backed_up;       /* ... that told a hub which had forgotten it; whose key before a backup made needless */
    uint64_t replaced;                           /* ... whose machine was stolen, and replaced */
    uint64_t hub_rekeyed, hub_over, hub_later;   /* the hub's own keys: announced, gone over to, put beside a journal of before */
    uint64_t hub_ended;                          /* ... overlaps ended by hand */
    uint64_t backups, hub_restored;              /* of the hub's disk: kept, put back */
    uint64_t pruned, waited;                     /* entries that nodes gave up; folds that went on once some were back */
    uint64_t hub_lost;                           /* ... and positions gone with it */
    int64_t time_ms;                             /* simulated */
    int64_t rest_ms;                             /* the longest that healing took */
    uint64_t undecidable, proven, withdrawn;     /* verdicts looked at, as if their grace were over */
};

struct world {
    uint64_t seed;
    int verbose;
    uint64_t days;
    int64_t now_ms; /* true Unix time */
    struct alarm *heap;
    size_t heap_count;
    size_t heap_capacity;
    uint64_t alarms_set;
    struct random chance; /* whatever has no stream of its own */
    struct random fault_chance;
    struct random line_chance;
    struct random work_chance;
    struct random more_chance; /* what came to be after those */
    struct random desk_chance; /* ... and what the desk decides of people and keys */
    struct random late_chance; /* ... and what passes while somebody is away */
    struct random key_chance;  /* ... and of the hub's own */

    struct faults faults;
    struct network network;
    struct hub_host hub;
    struct node_host nodes[WORLD_NODES + 1]; /* the last one in use may be a copy of another */
    size_t node_count;
    size_t host_count; /* node_count, or one more */
    struct {
        int begun;
        int drawn;
        int replaced; /* stored: the stolen keys open nothing any more */
        size_t node;
        uint8_t curve_key[KEY_SIZE]; /* of the new machine */
        uint8_t sign_public[KEY_SIZE];
        uint8_t sign_secret[64];
        uint8_t parent[INCARNATION_SIZE];
    } theft; /* theft.h */
    struct workload workload;
    struct truth truth;
    struct sticks sticks;
    struct twin twins[WORLD_NODES + 1]; /* by node */
    size_t copied_from;
    uint64_t snapshot_rows; /* the hub makes snapshots for who is behind by more; 0: it makes none */
    struct catchup catchups[WORLD_NODES + 1];
    struct {
        int wanted;
        size_t node;
        uint8_t claimant[16];
    } choice; /* of the coordinator, to be written */

    struct world_progress *progress; /* borrowed, may be NULL */
    struct world_tally tally;
    uint64_t trace; /* hash of everything that happened, in order */
    int failed;
    char failure_name[40]; /* the invariant */
    char failure_text[WORLD_FAILURE_TEXT];
};

/* How far a run is, for who looks on from another process. */
struct world_progress {
    int64_t time_ms; /* simulated */
    uint64_t events;
    uint64_t checked;
};

struct world_options {
    uint64_t seed;
    int verbose;
    uint64_t days;                   /* 0: a usual run; else ten nodes and so many days of work */
    struct world_progress *progress; /* kept up; NULL: nobody looks */
};

/* Runs one seed from nothing to rest. 0, or 1 with failure_name and failure_text set. The world is to be freed either way. */
struct world *world_new(const struct world_options *options);
int world_run(struct world *world);
void world_free(struct world *world);

void world_alarm(struct world *world, int64_t in_ms, enum alarm_kind kind, size_t owner, uint64_t generation, uint64_t value);

/* The first failure counts; the run ends after it. */
void world_fail(struct world *world, const char *invariant, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Enters the trace's hash, and the screen when verbose. */
void world_note(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_hash(struct world *world, const void *data, size_t len);

/* malloc and realloc that end the program: a harness without memory has nothing to say. */
void *world_alloc(size_t size);
void *world_grow(void *list, size_t count, size_t *capacity, size_t size); /* room for one more after `count` */

#endif
