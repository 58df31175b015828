/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_FAULTS_H
#define NAVETTE_SIM_FAULTS_H

#include <stdint.h>

/*
 * What goes wrong, drawn by seed: each seed enables some kinds of fault and not others, each with its own intensity, because a run in which everything
 * fails all the time never gets far enough to break something deep (swarm testing: Groce et al. 2012).
 */
struct world;

enum fault_kind {
    FAULT_RESET,     /* a line breaks, and both ends learn it sooner or later */
    FAULT_HALF_OPEN, /* a line dies and nobody is told, or only one end */
    FAULT_PARTITION, /* nothing passes, in one direction or both */
    FAULT_SWALLOW,   /* a line drops everything in one direction for a while, as ROUTER does at its high-water mark */
    FAULT_HUB_CRASH,
    FAULT_NODE_CRASH,
    FAULT_REBOOT,      /* as a crash, with a new boot id and monotonic time from 0 */
    FAULT_CLOCK_JUMP,  /* a node's wall clock */
    FAULT_STORM,       /* all lines break at once, again and again: everybody comes back at the same time */
    FAULT_SLOW,        /* a machine that swaps */
    FAULT_FULL,        /* a disk stays full for a while: a node's, or the hub's */
    FAULT_RESTORE,     /* a node's store is put back as it was at some earlier moment */
    FAULT_WIPE,        /* a node's store is gone; its keys are not */
    FAULT_COPY,        /* a second machine starts with a node's store and keys */
    FAULT_FLIP,        /* a bit of a node's stored log flips */
    FAULT_HOSTILE,     /* a node with a valid key says anything, in any order */
    FAULT_HUB_RESTORE, /* the hub's disk is gone: it is put back from its last backup */
    FAULT_STICK,       /* somebody carries a stick: written, brought to the hub, or the answer back; old, twice, cut, with holes */
    FAULT_REKEY,       /* a node changes its keys, whatever it is about */
    FAULT_THEFT,       /* a machine is stolen and goes on with its keys, until the desk replaces it and after */
    FAULT_AWAY,        /* a machine has no line for longer than silence is overlooked */
    FAULT_HUB_REKEY,   /* the hub changes its own keys */
    FAULT_KIND_COUNT
};

struct faults {
    int active;
    uint32_t loss; /* per million frames */
    uint32_t duplicate;
    uint32_t damage;  /* a bit flips */
    uint32_t forgery; /* per million PUSHes: a false one comes first */
    int64_t echo_ms;  /* how late the second copy may come */
    uint32_t reorder;
    uint32_t full_hub; /* per million commits */
    uint32_t full_node;
    uint64_t high_water;                /* frames under way on a line in one direction; one more vanishes whole */
    int64_t delay_ms;                   /* the slowest ordinary frame */
    int64_t sync_ms;                    /* the slowest commit */
    int64_t lag_ms;                     /* how far the fold may lag */
    int64_t outage_ms;                  /* how long something stays away */
    int64_t every_ms[FAULT_KIND_COUNT]; /* mean time between two; 0: never */
    int wrong_clocks;
    int tardy;          /* terms pass while somebody is away: what was done in time is known late */
    int64_t storm_left; /* how often more */
};

void faults_draw(struct world *world);
void faults_start(struct world *world);
void faults_strike(struct world *world, enum fault_kind kind);                /* ALARM_FAULT */
void faults_repair(struct world *world, enum fault_kind kind, uint64_t node); /* ALARM_REPAIR */
void faults_heal(struct world *world); /* from here on nothing goes wrong; what is broken and known to be so is mended */

const char *fault_name(enum fault_kind kind);

#endif
