/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_HUB_HOST_H
#define NAVETTE_SIM_HUB_HOST_H

#include "alarm.h"
#include "disk.h"
#include "navette/hub.h"
#include "navette/hub_keys.h"
#include "truth.h"
#include "world_limits.h"

/*
 * The hub's process and its machine: a journal and a state on two virtual disks, and the executor's rule. Frames are drained a random number at a time into
 * one transaction; nothing that a step asked for is done before that transaction has reached the disk; what was not there when the machine stopped is gone.
 */
struct world;

struct hub_frame {
    uint64_t session;
    size_t node;
    struct buffer bytes;
};

#define HUB_PAIRS 8u /* that it ever has */
struct hub_pair {
    uint8_t public_key[KEY_SIZE]; /* to sign; of the transport too */
    uint8_t secret_key[64];
    uint8_t incarnation[INCARNATION_SIZE]; /* of the log in which it was announced, and where it begins there */
    uint64_t from_seq;
};

struct hub_host {
    int up;
    int busy; /* a commit is on its way to the disk */
    int run_set;
    int fold_set;
    uint64_t generation;
    uint64_t boot;
    uint8_t id[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t sign_public[KEY_SIZE];
    uint8_t sign_secret[64];
    struct hub_keys keys; /* ... as nodes know them */
    int rotates;          /* it changes them (rotation.h) */
    struct hub_pair pairs[HUB_PAIRS];
    size_t pair_count;
    size_t port, signer;    /* of these: what nodes connect to (and the two above), what its log is signed with */
    int64_t until_ms;       /* the ones before are good */
    uint8_t root[KEY_SIZE]; /* beside the journal: what that was signed with last */
    uint8_t backup_root[KEY_SIZE];
    int backup_gap; /* its keys were later than its journal */
    size_t backup_port, backup_signer;
    int64_t backup_until_ms;
    size_t log; /* in the world's truth */
    struct truth_branch own;
    struct hub *hub;
    struct disk *journal;
    struct disk *state;
    struct hub_frame *inbox;
    size_t inbox_count;
    size_t inbox_capacity;
    struct effects effects; /* kept back until the commit is synced */
    size_t orders_given;    /* of the desk: due */
    int seal_wanted;
    int disowning; /* what a stolen key signed may not all be refused yet */
    int64_t tick_at_ms;
    int64_t full_until_ms;
    int64_t rests_until_ms; /* after a commit that failed */
    struct lineage lineage; /* of its journal; none in some seeds, as of a hub of before there were epochs */
    struct disk *backup;    /* NULL: there is none */
    uint64_t backup_rows;   /* in it */
    int64_t backup_ms;
    struct lineage backup_lineage;
    uint8_t backup_incarnation[INCARNATION_SIZE];
    int restored;      /* how often it was put back */
    int64_t redo_ms;   /* what was decided and lost the desk does again, and not before */
    uint64_t admitted; /* bit per node: ZAP lets the key in */
    uint64_t revoked;  /* bit per node: the revocation is synced, and not lost since */
};

void hub_host_init(struct world *world);
void hub_host_free(struct world *world);
void hub_host_start(struct world *world); /* when down */
void hub_host_crash(struct world *world);
void hub_host_ring(struct world *world, enum alarm_kind kind, uint64_t generation);
void hub_host_receive(struct world *world, uint64_t session, size_t node, struct buffer *frame); /* takes the frame */
void hub_host_lost(struct world *world, uint64_t session);
int hub_host_admits(const struct world *world, size_t node);
void hub_host_took(struct world *world); /* what came otherwise than on a line is committed */
void hub_host_carry(struct world *world, struct effects *effects);
void hub_host_shut(struct world *world);  /* the port opens anew: every line ends */
void hub_host_look(struct world *world);  /* there is something to write */
void hub_host_order(struct world *world); /* the desk's next order is due */

#endif
