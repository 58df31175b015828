/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_NODE_HOST_H
#define NAVETTE_SIM_NODE_HOST_H

#include "alarm.h"
#include "disk.h"
#include "navette/frame.h"
#include "navette/hub_keys.h"
#include "navette/node.h"
#include "truth.h"
#include "world_limits.h"

/*
 * A node's process and its machine: one store on a virtual disk, a wall clock that may be wrong, a monotonic one that is not, and the executor's
 * rule: commit, sync, then effects. A person's scan is answered after its commit is on the disk, and not before.
 */
struct world;

enum job_kind {
    JOB_STEP, /* an input of the node's step */
    JOB_SCAN, /* a person records something */
    JOB_SEAL, /* the open batch is sealed and signed */
    JOB_FOLD
};

struct job {
    enum job_kind kind;
    enum node_input_kind input;
    struct buffer bytes;
};

struct node_host {
    int up;
    int busy;
    int run_set;
    int fold_set;
    uint64_t generation;
    uint8_t id[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE]; /* of its first log */
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_public[KEY_SIZE];
    uint8_t sign_secret[64];
    struct rekey_past past; /* signing keys that it had before */
    int rekeying;           /* these are to take their place; they sign already */
    uint8_t next_curve[KEY_SIZE];
    uint8_t next_public[KEY_SIZE];
    uint8_t next_secret[64];
    uint8_t before_curve[KEY_SIZE]; /* the transport key before, kept until a backup of the hub knows the change (node_rekey_kept()) */
    int has_before;
    struct hub_keys trust; /* the hub's keys, as it knows them */
    Navette__Scope scope;
    Navette__Role role;
    uint64_t places;         /* bit per place it serves: what it was enrolled with */
    uint64_t granted;        /* ... and what it was granted since, once synced */
    size_t log;              /* in the world's truth: the one that it writes */
    struct truth_branch own; /* ... as its disk has it */
    uint64_t told;           /* of it: recorded, and the person was told so */
    size_t self;             /* whose keys it has: its own number, or that of the node it is a copy of */
    int retired;             /* a copy that was switched off for good */
    int copied;              /* a copy of it runs, or ran */
    int restored;            /* how often its store was put back or lost */
    int recount;             /* its store is not the one that was read last */
    int damaged;             /* a bit of its log has flipped: it can't be helped, and must harm nobody */
    int hostile;             /* sends what no node sends */
    int lineless;            /* it has no line: sticks only */
    struct disk *backup;
    uint8_t backup_incarnation[INCARNATION_SIZE];
    struct node *node;
    struct disk *disk;
    struct disk *stage; /* NULL: no snapshot is being taken */
    uint32_t staged;    /* of it, as NODE_STAGED says */
    int stage_error;
    int cut; /* its power goes before it does anything more */
    struct {
        uint8_t bytes[FRONTIER_SIGNED_SIZE];
        uint8_t key[KEY_SIZE];
        uint8_t signature[SIGNATURE_SIZE];
    } stated; /* last, and by which key: signed anew only when it says something else, as in link_executor.c */
    struct job *jobs;
    size_t job_count;
    size_t job_capacity;
    struct effects effects; /* kept back until the commit is synced */
    uint64_t scanned;       /* number of the scan in the commit under way, 0: none */
    uint64_t session;
    uint64_t boot;
    int64_t boot_ms;        /* true time of the boot */
    int64_t wall_offset_ms; /* wall clock minus truth */
    int64_t drift_ppm;      /* ... and how it grows */
    int64_t full_until_ms;  /* its disk */
    int64_t slow_until_ms;  /* its machine */
    int64_t rests_until_ms; /* after a commit that failed */
    int64_t tick_at_ms;
    enum node_link link; /* as last seen */
    uint32_t credit;     /* bytes the hub allows, as last told */
    uint64_t durable;    /* watermarks, as last seen synced */
    uint64_t cursor;
    int64_t epoch_ms;  /* of the hub's journal that these are of, as last seen */
    uint64_t asked;    /* number of the last question whether there is more; 0: none */
    size_t asked_rows; /* what the hub had stored then */
    uint64_t answered;
    struct truth_shelf shelf;
};

void node_host_init(struct world *world, size_t node);
void node_host_free(struct world *world, size_t node);
void node_host_start(struct world *world, size_t node); /* when down */
void node_host_crash(struct world *world, size_t node, int reboot);
void node_host_ring(struct world *world, size_t node, enum alarm_kind kind, uint64_t generation);
void node_host_connected(struct world *world, size_t node, uint64_t session);
void node_host_lost(struct world *world, size_t node, uint64_t session);
void node_host_receive(struct world *world, size_t node, uint64_t session, struct buffer *frame); /* takes the frame */
void node_host_scan(struct world *world, size_t node);
void node_host_staged(struct world *world, size_t node, uint32_t next, int error); /* NODE_STAGED */
void node_host_ask(struct world *world, size_t node);                              /* is there more? */

void node_host_evict(struct world *world, size_t node); /* EFFECT_EVICT */

/* What came otherwise than on the line is committed: it is looked at, and folded. */
void node_host_took(struct world *world, size_t node);

#endif
