/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_WORK_H
#define RECONCILE_HANDOVER_WORK_H

#include "navette/handover.h"
#include "reconcile/handover_set.h"

/* A hand-over while it is counted: handover_count.c gathers what was said and seen, handover_figures.c makes each party's figures of it. */
#define HANDOVER_NOBODY SIZE_MAX

/* A thing that somebody named. */
struct handover_scan {
    struct thing_key key;
    size_t given; /* the member that gives it last, HANDOVER_NOBODY: none, or cancelled since */
    size_t taken; /* the first that takes it */
};

/* What was said under one name. */
struct handover_part {
    int is_stop;
    int gives; /* events */
    int takes;
    int closed;
    size_t last[HANDOVER_PARTIES];                   /* count in figures, HANDOVER_NOBODY */
    size_t phoned[HANDOVER_PARTIES];                 /* the same, said on the phone */
    uint64_t given[4];                               /* things by kind, those inside too */
    uint64_t taken[4];                               /* by kind */
    int loose;                                       /* documents given by themselves */
    int inside;                                      /* a dispatch says how many documents are inside */
    struct handover_figures pools[HANDOVER_PARTIES]; /* of scans: pools alone */
};

struct handover_work {
    const struct handover_set *set;
    struct handover_part *parts;
    struct handover_scan *tags;
    size_t tag_count;
    struct keymap numbers; /* of tags */
    int stop_closed;
    uint64_t given[4];               /* under any name */
    size_t phoned[HANDOVER_PARTIES]; /* the last word on the phone, under any */
};

/* Adds to figures of pools, by kind. NAVETTE_E_MEMORY. */
int handover_figures_add_pools(struct handover_figures *figures, Navette__PoolCount *const *pools, size_t count);
/* What a party has counted, and what it said on the phone. NAVETTE_E_MEMORY. */
int handover_figures_party(const struct handover_work *work, int party, struct handover_count *count);

#endif
