/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include "memstore.h"
#include "navette/fold.h"
#include "navette/hub.h"
#include "navette/log.h"
#include "navette/node.h"

/*
 * A hub and a few nodes in one process, over stores in memory and a network that does what the test says: frames lie in queues until they are passed on.
 * Each side is run by the same discipline as the daemons: transaction, steps, commit, then effects.
 */
#define PAIR_NODES 4u
#define PAIR_QUEUE 4096u

struct pair_frame {
    uint64_t session;
    struct buffer bytes;
};

struct pair_queue {
    struct pair_frame frames[PAIR_QUEUE];
    size_t count;
};

struct pair_node {
    struct memstore *store;
    struct node *node;
    uint8_t id[NODE_ID_SIZE];
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_public[KEY_SIZE];
    uint8_t sign_secret[64];
    uint8_t first[INCARNATION_SIZE];       /* of its first log */
    uint8_t incarnation[INCARNATION_SIZE]; /* of the log it writes now */
    uint8_t process[16];
    char place[LIMIT_PLACE_CODE + 1];
    uint64_t session; /* 0: no socket */
    struct pair_queue down;
    int64_t clock_off_ms; /* its clock shows so much more than it is */
    uint64_t boot;        /* of its next events, begun at booted_ms; 0: none is told */
    int64_t booted_ms;
    uint32_t pull_bytes;    /* of one DELTA, from its next start on; 0: the most */
    unsigned reconnects;    /* EFFECT_RECONNECT obeyed */
    const uint8_t *hub_key; /* by which it believes a snapshot; NULL: it takes none */
    struct hub_keys hub_keys;
    int64_t keep_ms;        /* of its options, from its next start on */
    struct memstore *stage; /* of one that is being taken; NULL: none */
};

struct pair {
    struct memstore *journal;
    struct memstore *state;
    struct hub *hub;
    uint8_t hub_id[NODE_ID_SIZE];
    uint8_t hub_incarnation[INCARNATION_SIZE];
    uint8_t hub_public[KEY_SIZE];
    uint8_t hub_secret[64];
    uint8_t hub_root[KEY_SIZE]; /* of its options, from its next start on */
    struct lineage lineage;     /* without one the hub tells of no epoch, and seals its own log when asked to */
    struct pair_node nodes[PAIR_NODES];
    size_t node_count;
    struct pair_queue up;
    uint64_t next_session;
    int64_t now_ms;
    uint64_t salt;
    unsigned acks;  /* ACK frames the hub sent */
    unsigned nacks; /* NACK frames */
    Navette__NackReason last_nack;
    unsigned byes;
    int commit_failure;      /* the hub's next commit answers this */
    int64_t frontier_lie_ms; /* nodes state a hub time this much later than they were told */
    uint8_t frontier_damage; /* ... and their signature is damaged by this */
    uint64_t fail_at;        /* the k-th store call of the hub's next write transaction answers NAVETTE_E_FULL; 0: none */
    int fail_struck;         /* 1: it did */
    int step_failure;        /* what the last hub step that failed answered */
    unsigned frames_taken;   /* by the hub: every second one is looked at ahead of its step, as the daemon's checkers do */
    int look_with_before;    /* 1: all are, with the rights in `before` */
    struct hub_node before;
    int evictions_wait; /* 1: what is to be taken away stays until pair_evict() */
    struct hub_checked *checked;
    uint64_t snapshot_rows;         /* of the hub, from its next start on */
    struct pair_snapshot *snapshot; /* what it made (pair_snapshot.h); NULL: nothing yet */
    unsigned snapshot_lie;
    unsigned snapshot_asked;
    unsigned snapshots_taken;
};

/* A hub with an empty journal and its log begun. Freed by pair_free(). */
struct pair *pair_new(void);
void pair_free(struct pair *pair);

/* Enrols a node that serves `place`; returns its index. */
size_t pair_enrol(struct pair *pair, const char *place, Navette__Role role, Navette__Scope scope);
/* The event of it alone: of a node that has another id or other keys since. */
void pair_enrol_again(struct pair *pair, struct pair_node *node, Navette__Role role, Navette__Scope scope);
void pair_revoke(struct pair *pair, size_t node);
/* The node serves these places (" " between two) and no others from now on, in this scope: the hub's next epoch for it. */
void pair_grant(struct pair *pair, size_t node, const char *places, Navette__Scope scope);
/* What the node's scope gives no more goes, as in the daemon: another store takes the place of its own, and its process begins anew, connected. */
void pair_evict(struct pair *pair, size_t node);
/* An event of the hub's own log. */
void pair_decide(struct pair *pair, Navette__Event *body);
/* A new socket for the node, as after a start or a lost connection. */
void pair_connect(struct pair *pair, size_t node);
void pair_disconnect(struct pair *pair, size_t node);
/* The hub's keys, as this node begins to trust them; NULL without hub_key. */
const struct hub_keys *pair_trusted(struct pair_node *node);
/* The processes end without a word and start again from their stores. */
void pair_restart_node(struct pair *pair, size_t node);
void pair_restart_hub(struct pair *pair);
void pair_seal_hub(struct pair *pair); /* its own open batch */
/* The hub's journal has an epoch from now on; it starts again. */
void pair_begin_epoch(struct pair *pair);
/* The hub ends, and another goes on from this store, which it takes, as a restoration does: memstore_clone(journal) is a backup, with the lineage of that moment. */
void pair_restore_hub(struct pair *pair, struct memstore *store, const struct lineage *then);
/* Its process ends, and another starts on this store, which it takes: memstore_clone() of an earlier moment is a backup. */
void pair_restore_node(struct pair *pair, size_t node, struct memstore *store);

/* pair_clone.c: a second machine with this node's store and keys; its index. */
size_t pair_copy(struct pair *pair, size_t from);
/* The coordinator chooses this machine, by the token it drew. */
void pair_choose(struct pair *pair, size_t node);
/* This one, which was not chosen, goes on as another node, enrolled for the same place: how many events enter its new log. */
uint64_t pair_become(struct pair *pair, size_t node);

/* Records at the node; body's place is filled in when empty, hlc always, parents from its state. Answers log_record()'s code. */
int pair_record(struct pair *pair, size_t node, Navette__Event *body);
int pair_register(struct pair *pair, size_t node, const char *barcode, const char *title);
int pair_commission(struct pair *pair, size_t node, const char *barcode);
int pair_pack(struct pair *pair, size_t node, const char *bag, const char *barcode);
int pair_dispatch(struct pair *pair, size_t node, int kind, const char *barcode, const char *to);

/* The hub takes up to `max` waiting frames in one transaction, commits, acknowledges, folds, serves. Returns the number taken. */
size_t pair_hub_round(struct pair *pair, size_t max);
/* The node takes its waiting frames, one a transaction. Returns the number taken. */
size_t pair_node_round(struct pair *pair, size_t node);
/* Rounds of everybody until nobody has anything to say, at most 1000; then ticks a minute in steps and again. 1 when all is at rest and in step. */
int pair_settle(struct pair *pair);
void pair_tick(struct pair *pair, int64_t ms);

/* Folds all that the journal has and the state lacks; both may be one store. */
void pair_fold(struct memstore *state, struct memstore *journal);
/* What the node's fold wants again is asked for at its next step, as the daemon does. */
void pair_look(struct pair_node *node);
/* The hub's state, thrown away and folded again. */
void pair_refold(struct pair *pair);
/* The node's state is the hub's. */
void pair_assert_same(struct pair *pair, size_t node);

void pair_push(struct pair_queue *queue, uint64_t session, const struct buffer *frame);

/* What holds what. */
struct node_progress pair_progress(struct pair *pair, size_t node);
uint64_t pair_hub_head(struct pair *pair, size_t node);
size_t pair_entries_of(struct memstore *store, Navette__Event__BodyCase body);
void pair_digest(struct memstore *store, uint8_t digest[HASH_SIZE]);

#endif
