/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_NODE_STATE_H
#define SYNC_NODE_STATE_H

#include "navette/frame.h"
#include "navette/node.h"
#include "navette/rekey.h"
#include "sync/line.h"
#include "sync/node_compare.h"
#include "sync/node_fetch.h"

/*
 * The node's link.
 *
 *              CONNECTED / HELLO             WELCOME, verdict streams
 *   offline ----------------------> greeting -------------------------> streaming
 *      ^                              |  ^                                  |
 *      |                              |  +--- WELCOME probe / HELLO again   |
 *      |   WELCOME, verdict needs     v                                     |
 *      |   a person                  held                                   |
 *      +------------- LOST, BYE, silence (any state) -----------------------+
 *
 * WELCOME that says node-restored or fork, in greeting: the log goes on under a child incarnation, and HELLO is said with that one (node_child.c). To find where
 * the branches of a fork part, HELLO is said with a probe until nothing is left between "same" and "other".
 */

/* What survives a restart: one row of TABLE_LOCAL. */
struct node_record {
    uint64_t durable; /* acknowledged DURABLE up to here */
    uint8_t durable_hash[HASH_SIZE];
    uint64_t cursor;     /* hub position taken in */
    uint64_t hub_cursor; /* as last told */
    int64_t hub_time_ms;
    int64_t hub_heard_wall_ms;
    uint32_t scope_epoch;
    uint32_t verdict;                      /* the last one that was not a probe */
    uint8_t incarnation[INCARNATION_SIZE]; /* of the log that is written now; zeros: the one of the options */
    uint64_t take_back;                    /* own later events come back up to this hub position; 0: none are awaited */
    uint32_t began;                        /* what that log was begun for: Navette__Verdict */
    uint32_t adopting;                     /* 1: events that were put aside wait to be adopted */
    uint64_t branch;                       /* how many they were at the last fork */
    int64_t began_wall_ms;
    uint64_t backed_up; /* of the log that is written now */
    int64_t backed_up_ms;
    uint32_t giving; /* 1: the hub was put back from a backup: it is given back what it may have lost before anything else is sent */
};

/* What it follows, and what it still has to do for it: a row of its own (node_scope.c). */
struct node_scope {
    int known; /* 0: no hub has told, or a version wrote this store that asked for nothing of it */
    uint32_t epoch;
    Navette__Role role;
    struct scope_set set;
    int evicting;         /* what it gives no more is still here */
    uint64_t back_cursor; /* of what it came to give and lies behind the cursor, so much is here ... */
    uint64_t back_end;    /* ... of the positions up to here; 0: all */
    uint32_t held;        /* what the scope of this epoch gave, minus 1, is here, as far as today's gives it; 0: not to be counted on */
    int evicted;          /* since that one something was taken away */
    uint64_t unsettled;   /* what it had recorded up to here when the epoch came is not all acknowledged; 0: it is */
    int asked;            /* EFFECT_EVICT asked for; not kept */
};

/* Another row: what is known of a copy of this store. */
struct node_clone {
    uint64_t alarm;       /* the hub's number of it; 0: none was told */
    uint8_t claimant[16]; /* drawn then: the copy drew another */
    int elsewhere;        /* another one goes on as this node */
    int dirty;
};

/*
 * What concerns the places of this node is read before the rest of a long backlog, with a cursor of its own; what was read so is not sent again with the rest. Both
 * stamps name the journal and the scope that it belongs to: with another it means nothing. One row of TABLE_LOCAL.
 */
struct node_near {
    uint64_t ahead; /* hub position up to which everything near has been taken in */
    uint32_t rule;  /* by which the hub tells what is near */
    uint32_t scope_epoch;
    uint8_t epoch[EPOCH_SIZE];
};

/* A snapshot that is being taken (navette/node.h). */
struct node_snapshot {
    uint64_t rows;                      /* the hub of this session gives one to who is behind by more; 0: it gives none */
    struct snapshot_manifest *manifest; /* owned; NULL: none is being taken */
    uint32_t next;                      /* first chunk that has not come */
    uint32_t staged;                    /* first one that is not in the store beside */
    int64_t asked_ms;                   /* an answer is on its way since; 0: none */
    int64_t wait_ms;                    /* it is asked again then; 0: when something comes */
    unsigned tries;                     /* asked since the last chunk */
    unsigned refusals;                  /* manifests and chunks that were not what they should be */
    int given_up;                       /* this process takes none any more */
};

#define NODE_INFLIGHT 64u /* PUSHes under way; credit in bytes is the real bound */

struct node {
    struct node_options options;
    uint8_t incarnation[INCARNATION_SIZE]; /* of the log that is written now */
    struct hlc clock;
    int loaded;
    struct node_record record;
    int dirty;              /* record differs from the store */
    struct lineage lineage; /* of the hub's journal, as last told: the cursor is of its last epoch */
    int lineage_dirty;
    struct node_scope scope;
    int scope_dirty;
    struct node_clone clone;
    enum node_link link;
    uint64_t connect;
    /* push */
    uint64_t next_push; /* first number not sent on this session */
    uint32_t credit_bytes;
    struct {
        uint64_t last_seq;
        size_t bytes;
        int64_t sent_ms;
    } inflight[NODE_INFLIGHT];
    size_t inflight_count;
    size_t inflight_bytes;
    struct line line;
    int64_t settled_ms;       /* when the last of them was acknowledged */
    uint64_t doubt;           /* a PUSH is long unanswered: the question whether it was read; 0: none is asked */
    int64_t doubt_ms;         /* when it was answered without an ACK; 0: it was not */
    uint64_t rewound_durable; /* where the last gap made us start again, and when */
    int64_t rewound_ms;
    int sealing; /* EFFECT_SEAL asked for, not answered yet */
    struct {
        int active;
        uint64_t same;  /* up to here the hub's branch is ours */
        uint64_t other; /* here it is not, or there is none */
        uint64_t asked;
    } search;
    struct {
        int asked;        /* a DIGEST is unanswered */
        int64_t asked_ms; /* 0: none is */
        uint64_t page;    /* counts them */
        int begun;        /* after: the page begins behind this log */
        uint8_t after[INCARNATION_SIZE];
        uint8_t last[INCARNATION_SIZE]; /* the last log of the page */
        int more;                       /* there are logs behind it */
        unsigned turns;                 /* this page has been asked for so often */
        size_t count;                   /* what the hub wants, in its order */
        size_t next;
        struct {
            uint8_t incarnation[INCARNATION_SIZE];
            uint64_t held;
        } logs[LIMIT_DIGEST_LOGS];
    } give;
    int differs;        /* something of others' logs is not what the hub has */
    struct ref adopted; /* the last one: the next is looked for behind it */
    /* pull */
    int pulling;
    int pull_behind;     /* the last PULL is answered at once: there is something to tell */
    int pull_near;       /* it asks for what is near only */
    uint32_t pull_bytes; /* what it asks for */
    struct node_near near;
    struct node_snapshot snapshot;
    /* times, monotonic */
    int64_t heard_ms;
    int64_t hello_ms;    /* HELLO sent and unanswered; 0: none */
    int64_t push_ms;     /* since then no PUSH was acknowledged; 0: none is under way */
    int64_t pull_ms;     /* PULL sent */
    int64_t ping_ms;     /* PING sent */
    int64_t stated_ms;   /* a frontier went out */
    int64_t hold_ms;     /* hub is full: nothing pushed before; 0: none */
    int64_t leave_ms;    /* the hub said BYE: a new connection then; 0: none */
    int64_t patience_ms; /* how long before the next one; doubled until a session streams */
    struct rekey rekey;  /* the hub is to be told of; from_seq 0: none */
    int rekey_dirty;
    int rekey_taken;       /* ... and has it */
    int64_t rekey_ms;      /* REKEY sent and unanswered; 0: none */
    int hub_rekeys;        /* the hub of this session takes REKEY */
    struct node_told told; /* of its own keys, with WELCOME */
    int hub_wraps;         /* ... WRAPS and WRAPPED */
    int old_key;           /* the hub knows newer keys of this node */
    struct rekey kept;     /* the last change that no backup of the hub is known to hold; from_seq 0: none (node_rekey_kept.c) */
    int kept_safe;         /* one does: the caller may forget it */
    struct node_compare compare;
    struct node_fetch fetch;
    uint64_t asked;
    uint64_t pinged; /* greatest question put in a PING */
    uint64_t answered;
};

#define NODE_HELLO_RETRY_MS 4000
#define NODE_REKEY_RETRY_MS 4000
#define NODE_PUSH_RETRY_MS 8000
#define NODE_PULL_RETRY_MS 60000
#define NODE_ASK_RETRY_MS 3000
#define NODE_DOUBT_MS 1000  /* an ACK comes right behind the PONG, if it comes */
#define NODE_NEAR_ROWS 512u /* behind by more than that, what is near comes first */
#define NODE_GIVE_TURNS 8u  /* a page of logs is asked for again while it gives something: what came back may make others known */
#define NODE_FULL_RETRY_MS 5000
#define NODE_HELD_RETRY_MS 15000 /* one that is held as a clone asks again whether a choice was made */
#define NODE_GAP_RETRY_MS 1000
#define NODE_SNAPSHOT_WAIT_MS 1000 /* one that is being made is asked for again */
#define NODE_SNAPSHOT_TRIES 8u     /* a chunk is asked for so often */
#define NODE_SNAPSHOT_REFUSALS 3u
#define NODE_SNAPSHOT_PACKED 4u /* a line is measured before compression, chunks are not: events shrink to about a quarter */
#define NODE_PATIENCE_MS 1000   /* between a BYE and the next connection, at first */
#define NODE_PATIENCE_MAX_MS 60000
#define NODE_STATE_MS 240000 /* a frontier at least this often: five minutes is what the silence of a place is measured against */

/* node_link.c */
int node_hello(struct node *node, const struct node_input *input, const Navette__LogHead *probe, struct effects *effects);
int node_welcome(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects);
void node_go_offline(struct node *node);
/* Checks that what the hub holds is our own log up to there, then takes it as durable. NAVETTE_E_CHAIN: it is not. */
int node_take_held(struct node *node, const struct node_input *input, const Navette__LogHead *held);
int node_hold(struct node *node, Navette__Verdict verdict, struct effects *effects);

/* node_child.c */
int node_restored(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects);
/* common: the last number that the hub's branch and ours share. */
int node_begin_child(struct node *node, const struct node_input *input, uint64_t common, uint64_t held, struct effects *effects);
/* 1: the hub's head, which is in this log, lies inside a batch of this store, which was put back from a backup. 0: it does not. */
int node_is_parted(const struct node *node, const struct node_input *input, const Navette__LogHead *held);
/* The same, and with 1 another log was begun. */
int node_parted(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects);
int node_search(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects);
int node_searched(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects);
int node_learn_own(struct node *node, struct store_txn *txn, const struct journal_entry *entry, const Navette__Event *body);
void node_settle_back(struct node *node);

/* node_clone.c */
int node_clone_load(struct node *node, struct store_txn *txn);
int node_clone_save(struct node *node, struct store_txn *txn);
void node_clone_tell(const struct node *node, Navette__Hello *hello);
int node_cloned(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects);

/* node_adopt.c */
int node_adopt(struct node *node, const struct node_input *input, struct effects *effects);

/* node_epoch.c */
int node_follow(struct node *node, const Navette__Welcome *welcome, int *moved, struct effects *effects);

/* node_give.c */
int node_give(struct node *node, const struct node_input *input, struct effects *effects);
int node_given(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects);
int node_give_refused(struct node *node, const struct node_input *input, const Navette__Nack *nack, struct effects *effects);
int node_digest(struct node *node, const struct node_input *input, const Navette__Digest *digest, struct effects *effects);

/* node_push.c */
int node_push_log(struct node *node, const struct node_input *input, const uint8_t *incarnation, uint64_t last, struct effects *effects);
void node_note_backup(struct node *node, uint64_t seq, int64_t made_ms);
void node_settle_inflight(struct node *node, uint64_t held, int64_t now_ms);
int node_pump(struct node *node, const struct node_input *input, struct effects *effects);
int node_ack(struct node *node, const struct node_input *input, const Navette__Ack *ack, struct effects *effects);
int node_nack(struct node *node, const struct node_input *input, const Navette__Nack *nack, struct effects *effects);
void node_rewind(struct node *node);

/* node_pull.c */
int node_pull(struct node *node, const struct node_input *input, struct effects *effects);
int node_take_entry(struct node *node, const struct node_input *input, const Navette__Delta *delta, const Navette__DeltaEntry *in,
                    struct effects *effects);
int node_keep_seals(const struct node_input *input, const Navette__Delta *delta, struct effects *effects);
int node_delta(struct node *node, const struct node_input *input, const Navette__Delta *delta, struct effects *effects);
int node_pong(struct node *node, const struct node_input *input, const Navette__Pong *pong, struct effects *effects);
int node_ping(struct node *node, const struct node_input *input, struct effects *effects);

/* node_rekey.c */
void node_rekey_hello(const struct node *node, Navette__Hello *hello);
int node_rekey_say(struct node *node, const struct node_input *input, struct effects *effects);
int node_rekey_answered(struct node *node, const struct node_input *input, const Navette__Rekey *message, struct effects *effects);
int node_rekey_save(struct node *node, struct store_txn *txn);
/* The hub tells of a change of these keys: one that a store put back from a backup does not know of. */
int node_rekey_note(const struct node *node, struct store_txn *txn, const Navette__NodeRekeyed *rekeyed);
/* ... or of keys with which it was enrolled before it was replaced. */
int node_rekey_note_enrolled(const struct node *node, struct store_txn *txn, const Navette__NodeEnrolled *enrolled);
/* Up to which number the log may be pushed now. */
uint64_t node_rekey_limit(const struct node *node, uint64_t last);
/* The hub says that there are newer keys: our next ones, when its answer was lost. 1: they are. */
int node_rekey_overtaken(struct node *node);
int node_rekey_put(struct store_txn *txn, const char *name, const struct rekey *rekey, int taken);
/* 0 with from_seq 0: there is no such row. */
int node_rekey_get(struct store_txn *txn, const char *name, struct rekey *rekey, int *taken);

/* node_rekey_kept.c */
int node_rekey_load_kept(struct node *node, struct store_txn *txn);
int node_rekey_keep(struct node *node, struct store_txn *txn); /* the change that is over */
int node_rekey_waits(const struct node *node);                 /* 1: another one has to wait for a backup */
/* WELCOME, PONG or ACK: does a backup know the keys of this session? By its log too, which a hub of an earlier version tells. */
void node_rekey_backed_up(struct node *node, int keys_backed_up);

/* node_scope.c */
#define NODE_SCOPE_ROW "scope"
int node_scope_put(const struct node_scope *scope, struct store_txn *txn);
int node_scope_load(struct node *node, struct store_txn *txn);
int node_scope_save(struct node *node, struct store_txn *txn);
int node_scope_take(struct node *node, const struct node_input *input, const Navette__ScopeTold *told, uint32_t epoch,
                    struct effects *effects);
void node_scope_ask(struct node *node, Navette__Pull *pull);
/* A part of what the scope came to give is here, up to this position. */
int node_scope_came(struct node *node, uint64_t to, struct effects *effects);
/* All that it had recorded when its epoch came is acknowledged, and the hub does not know it yet. */
int node_scope_settles(const struct node *node);
int node_scope_evict(struct node *node, struct effects *effects);

/* node_near.c */
uint64_t node_ahead(const struct node *node); /* 0: nothing was read ahead of the cursor */
int node_wants_near(const struct node *node);
int node_took_near(struct node *node, struct store_txn *txn, uint64_t to, uint32_t rule);
int node_load_near(struct node *node, struct store_txn *txn);
int node_prune_is_row(struct span key); /* of TABLE_LOCAL, about positions */
int node_near_clear(struct node *node, struct store_txn *txn);

/* node_snapshot.c */
int node_snapshot_wants(const struct node *node);
int node_snapshot_goes_first(const struct node *node); /* 1: before anything else is pulled */
int node_snapshot_ask(struct node *node, const struct node_input *input, struct effects *effects);
int node_snapshot_came(struct node *node, const struct node_input *input, const Navette__SnapshotChunk *chunk, struct effects *effects);
int node_snapshot_staged(struct node *node, const struct node_input *input, struct effects *effects);
int node_snapshot_is_due(const struct node *node, int64_t now_ms);
int node_snapshot_again(struct node *node, const struct node_input *input, struct effects *effects); /* what was due is asked for */
int64_t node_snapshot_deadline(const struct node *node);                                             /* INT64_MAX: none */
void node_snapshot_pause(struct node *node);                                                         /* the session has ended */
void node_snapshot_forget(struct node *node);

/* node_record.c */
int node_record_save(struct node *node, struct store_txn *txn);

#endif
