/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_NODE_H
#define NAVETTE_NODE_H

#include "navette/effects.h"
#include "navette/hub_keys.h"
#include "navette/lineage.h"
#include "navette/link.h"
#include "navette/log.h"
#include "navette/rekey.h"
#include "navette/scope_set.h"
#include "navette/store.h"

/*
 * The node's step: link to the hub. Recording a person's events is log_record() and needs no link; this step carries what is recorded to the hub and
 * brings the hub's deltas home. One store holds journal and state; `txn` is a write transaction that the executor commits after the step.
 */
struct node;

struct node_options {
    uint8_t node[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t process[16]; /* random, one a start */
    int64_t ping_ms;     /* silence after which a PING goes out */
    int64_t dead_ms;     /* silence after which the socket is made anew */
    uint32_t pull_bytes; /* of one DELTA */
    uint8_t
        sign_key[KEY_SIZE]; /* with which its batches are signed; zeros: the hub is not told. A rekey that is under way goes before it */
    uint64_t boot;          /* of this machine, for the coordinator who has to tell two apart */
    const char *host;       /* its name, likewise; NULL: none is told. Borrowed as long as the node */
    const struct hub_keys *
        hub_keys; /* of its hub: what it says of a snapshot has to be signed with one of them. Borrowed as long as the node; NULL: none is taken */
    int64_t keep_ms; /* what is older, at rest and in a backup of the hub may be pruned; 0: never */
};

struct node *node_new(const struct node_options *options);
void node_free(struct node *node);

enum node_input_kind {
    NODE_CONNECTED, /* a new socket stands; the session number is the executor's */
    NODE_LOST,      /* the socket is gone */
    NODE_FRAME,     /* bytes from the hub */
    NODE_RECORDED,  /* own log grew (committed) */
    NODE_SEALED,    /* the open batch was sealed, signed and committed */
    NODE_STAGED,    /* EFFECT_STAGE was carried out: error, staged */
    NODE_FAILED,    /* the transaction of the steps before was not committed: what they learnt is forgotten. txn: a new one */
    NODE_TICK
};

struct node_input {
    enum node_input_kind kind;
    int64_t now_ms;  /* monotonic: for deadlines */
    int64_t wall_ms; /* this machine's wall clock: for the HLC, flagged, never trusted */
    struct span bytes;
    /* node_frontier() of what is committed, signed by the caller; goes out with HELLO, PING and a log's last PUSH. NULL: none goes out. */
    const Navette__Frontier *frontier;
    /* SALT_SIZE random bytes, no two inputs the same: the name of a new log (the first 16) should this one have to go on under another, or a batch's salt. NULL: it is held. */
    const uint8_t *fresh;
    int error;       /* NODE_STAGED: 0, or NAVETTE_E_FULL: it has to come again */
    uint32_t staged; /* NODE_STAGED: the first chunk that the store beside does not have */
    struct store_txn *txn;
};

/*
 * 0, NAVETTE_E_FULL (abort; the frame will come again), or a fatal code. A hub's mistake is answered and logged.
 * Deltas are appended to the journal here; folding them is the executor's next step (fold.h).
 */
int node_step(struct node *node, const struct node_input *input, struct effects *effects);
int64_t node_deadline(const struct node *node);

/*
 * What this node can state now: having seen the hub up to a cursor, when its clock said this, my log ends at seq. incarnation is borrowed from the node; the
 * signature (frontier_signed_bytes()) is the caller's to add. NAVETTE_E_NOT_FOUND: the hub was never heard, or events wait to be adopted.
 */
int node_frontier(struct node *node, struct store_txn *txn, Navette__Frontier *frontier);

/*
 * New keys (rekey.h). begin: what is sealed is signed with the key before, everything from rekey->from_seq on is to be sealed with the new one, whatever comes; the row is in the caller's
 * transaction. The hub is told in each session until it has stored them. node_rekey_taken(): it has: the caller changes its keys over, ends the row and connects again. NAVETTE_E_BUSY: one is
 * under way; NAVETTE_E_CLOSED: no session streams; NAVETTE_E_EXISTS: the hub makes backups, and the change before is in none that is known; NAVETTE_E_VERSION: the hub is too old; NAVETTE_E_INVALID: the log does not end
 * where the new keys begin.
 */
int node_rekey_begin(struct node *node, struct store_txn *txn, const struct rekey *rekey);
int node_rekey_may(const struct node *node); /* 0 or the first four of those */
/* NULL: none is under way. Borrowed. *taken: the hub has it. */
const struct rekey *node_rekey_pending(const struct node *node, int *taken);
/* The session ends with it: NODE_LOST is not to be given. */
int node_rekey_end(struct node *node, struct store_txn *txn);
int node_rekey_load(struct node *node, struct store_txn *txn); /* back to what the store says: the transaction of a begin was not kept */
/*
 * The last change, while no backup of the hub is known to hold it: the hub, put back from one of before, would know the key before alone. The caller keeps the transport key before, and when the present one is refused connects
 * with that: node_rekey_again() goes before NODE_CONNECTED (1: the change is said again in that session, and pending as one that was just begun; 0: there is none to say). *safe: a backup holds it: the caller forgets both.
 * NULL: none. Borrowed.
 */
const struct rekey *node_rekey_kept(const struct node *node, int *safe);
int node_rekey_again(struct node *node);
/* 1: such a connection may be tried: nothing is pending, or what was said again and has not been taken yet. 0: another change, begun since, is. */
int node_rekey_may_again(const struct node *node);
int node_rekey_forget(struct node *node, struct store_txn *txn);
/* The key that signs now; to be called when a store is opened: the one before it stays known, whatever became of its file. Writes only what is new. */
int node_rekey_remember(struct store_txn *txn, const uint8_t sign_key[KEY_SIZE]);
/* The keys before the one that signs now. */
int node_rekey_past(struct store_txn *txn, struct rekey_past *past);

/*
 * The hub has made this node the successor of one whose keys are lost or doubted: another name perhaps, other keys, and a log of its own that continues the last one of that node. What was
 * recorded here and never acknowledged is put aside, and enters the new log as adopted events (adopted.h): the keys that signed it count for nothing any more. In the caller's transaction; when
 * it is not kept, the node is to be opened anew.
 */
struct node_replacement {
    uint8_t node[NODE_ID_SIZE];
    uint8_t sign_key[KEY_SIZE];
    uint8_t incarnation[INCARNATION_SIZE]; /* random: the log that is written from now on */
    uint8_t parent[INCARNATION_SIZE];      /* zeros: none */
    int64_t wall_ms;
};
int node_replace(struct node *node, struct store_txn *txn, const struct node_replacement *as);

enum node_link { NODE_OFFLINE, NODE_GREETING, NODE_STREAMING, NODE_HELD };

/* What the WELCOME of the session that streams said of the hub's own keys (hub_keys.h). NAVETTE_E_CLOSED: none streams. */
struct node_told {
    uint32_t enrol_port;   /* where it answers who can't come in any more; 0: it did not say */
    int64_t keys_until_ms; /* 0: it has had no others */
    int64_t hub_time_ms;
};
int node_told(const struct node *node, struct node_told *told);

/* What `status` and `sync` show. Kept in TABLE_LOCAL, so that it is there before the first connection. */
struct node_progress {
    enum node_link link;
    Navette__Verdict verdict;  /* last one */
    uint64_t head;             /* own log */
    uint64_t durable;          /* safe at the hub up to here */
    uint64_t backed_up;        /* of these, in a verified backup of the hub up to here */
    int64_t backed_up_ms;      /* hub time of that backup; 0: none was told of */
    int giving;                /* 1: the hub was put back from a backup, and is given back what it lost */
    int64_t epoch_ms;          /* hub time at which it was put back the last time; 0: never, as far as is known */
    uint64_t cursor;           /* hub position taken in */
    uint64_t hub_cursor;       /* hub position as last told */
    int64_t hub_time_ms;       /* as last told, 0: never */
    int64_t hub_heard_wall_ms; /* own wall clock then */
    uint64_t answered;         /* greatest node_ask() number the hub has answered */
    Navette__Verdict began;    /* what the log that is written now was begun for: node restored, fork; unspecified for the first */
    int64_t began_wall_ms;
    uint64_t branch;      /* fork: how many events of here stood beside those of the hub; they are adopted, nothing is lost */
    int adopting;         /* 1: some of them have not entered the new log yet */
    uint64_t take_back;   /* restored from a backup: own later events come back up to this hub position; 0: all that there were are here */
    int old_key;          /* 1: the hub knows newer keys of this node: it was put back from a backup of before they changed */
    int evicting;         /* 1: what its scope gives no more is still here */
    uint64_t back_cursor; /* of what its scope came to give, so much is here ... */
    uint64_t back_end;    /* ... of this; 0: all: what is shown is complete up to the cursor */
    uint32_t snapshot_next;  /* chunks of a snapshot that are here, of ... */
    uint32_t snapshot_count; /* ... so many; 0: none is being taken */
    int elsewhere;           /* held as a clone, and another machine was chosen: this one is to be enrolled as another node */
    uint8_t claimant[16];    /* by which this machine is chosen; zeros: it was never held as a clone */
    int in_step;             /* 1: everything given back, sent and acknowledged, everything known taken in */
};
int node_progress(const struct node *node, struct store_txn *txn, struct node_progress *progress);

/* What it follows, as the hub last told it. NAVETTE_E_NOT_FOUND: it never did. set is borrowed from the node until its next step. */
struct node_following {
    uint32_t epoch;
    Navette__Role role;
    const struct scope_set *set;
    int evicting;
    uint64_t back_cursor;
    uint64_t back_end;
};
int node_follows(const struct node *node, struct node_following *following);

/*
 * Eviction. Bytes that are deleted in a store stay in its file, so what is kept is copied to another store, and that one takes the place of the first: until then nothing has
 * changed, and a copy that was cut short is thrown away and begun again.
 *
 * node_evicts(): it is due. node_evict_copy(): copies up to `max` entries of `from`, behind *position (0 at first), into `to`, which is empty at first: own logs whole, also what came again of those that it wrote before it lost a store, of others what the node's scope
 * gives directly; rows of TABLE_LOCAL with the last part. *done: 1 with it. Derived tables are not copied: the caller folds `to`. 0 or a code of store.h; NAVETTE_E_MEMORY.
 */
int node_evicts(const struct node *node);
int node_evict_copy(const struct node *node, struct store_txn *from, struct store_txn *to, uint64_t max, uint64_t *position, int *done);

/* 1: a session streams whose hub takes WRAPS and WRAPPED: the caller may send them (EFFECT_KEYS brings the answers). */
int node_may_wrap(const struct node *node);

/*
 * Asks the hub, at the next step, whether there is more: the answer makes progress->answered reach the number returned here. In step with an answer no older than
 * the question = this node holds all the hub had when it answered.
 */
uint64_t node_ask(struct node *node);

/*
 * Reads the link's record and the hybrid clock (never behind the last own event) from the store. To be called once before anything is recorded or stepped;
 * the steps call it by themselves.
 */
int node_load(struct node *node, struct store_txn *txn);

/*
 * The incarnation that is written now, for log_record(): a step may begin another. Borrowed, valid as long as the node; read it after node_load() and anew
 * in each transaction.
 */
const uint8_t *node_incarnation(const struct node *node);

/*
 * Not 0: the hub has said that two machines speak with this node's keys, and has not said since that this one goes on; 2: another one was chosen. Nothing is to be recorded: it would
 * stand beside what the other one records. What is recorded already waits here.
 */
int node_is_cloned(const struct node *node);

/*
 * After the other one was chosen: this store becomes another node's. Begins its first log (`fresh`: its name) in `txn`; what the hub does not have enters it as adopted events, bytes and
 * references as they were. *waiting: how many. The caller stores the new identity in the same transaction and begins with a new struct node. NAVETTE_E_REFUSED: it is not held as a clone.
 */
int node_become(struct node *node, struct store_txn *txn, const uint8_t id[NODE_ID_SIZE], const uint8_t fresh[INCARNATION_SIZE],
                uint64_t *waiting);
/* The same of a node whose name another machine has by its hub's word (it was replaced, or a copy of it has changed the keys), which the caller was told. */
int node_become_after(struct node *node, struct store_txn *txn, const uint8_t id[NODE_ID_SIZE], const uint8_t fresh[INCARNATION_SIZE],
                      uint64_t *waiting);

/*
 * A snapshot (snapshot.h). It is taken into a store beside this node's own, so that nothing of it is shown before all of it is there and folds to what the hub says; what concerns its places is taken into its
 * own store too, as it comes. Then what only its own store has is copied beside (node_evict_copy()), and the store beside takes its place.
 *
 * node_stage_take(): carries out an EFFECT_STAGE in a transaction of the store beside; *next as NODE_STAGED wants it. A manifest other than the one it was begun for: NAVETTE_E_EXISTS, the store is to be made anew. Said
 * again, it changes nothing. node_stage_resume(): what an earlier process left there goes on. NAVETTE_E_NOT_FOUND: nothing that could.
 */
int node_stage_take(struct store_txn *stage, const struct effect *effect, uint32_t *next);
int node_stage_resume(struct node *node, struct store_txn *stage);
/* 1: all of it is in the store beside. The manifest, and whether it still is what this node wants; NULL: none is being taken. Borrowed until the next step. */
int node_stage_is_whole(const struct node *node);
struct snapshot_manifest;
const struct snapshot_manifest *node_stage_manifest(const struct node *node, int *wanted);
/*
 * All of it is there and folded, and nothing else yet: does it come to what the hub says? 0, and it is noted; NAVETTE_E_CHAIN: it does not; NAVETTE_E_EXISTS: it did, and this node has begun another log since, so that
 * what was copied may not stand where it is now.
 */
int node_stage_check(struct node *node, struct store_txn *stage);
/* Everything was copied beside: the cursor there is the snapshot's. To be called in the transaction of the last part; then the node is begun anew, on whichever store stands. */
int node_stage_end(struct node *node, struct store_txn *stage);
/* It is of no use: what the hub gave folds to something else, or this node follows something else by now. again 0: this process takes no other. */
void node_stage_drop(struct node *node, int again);

/*
 * Compares everything that it holds with the hub, beginning at the next step, instead of within the day (proto/WIRE.md, "Comparing"). Passes are counted from the start of the process: the
 * answer has come once node_compare_passes() is more than it was. *may: 0 while no hub is there that compares. What the last one came to: compared.h.
 */
void node_compare_begin(struct node *node);
uint64_t node_compare_passes(const struct node *node, int *may);

/*
 * Pruning (journal_stub.h): gives up the bytes of entries of others that are older than options.keep_ms on the hub's clock, in a backup of the hub, and closed (fold_is_closed()). What this node wrote it keeps, so
 * that it is not lost with the hub and its backup. Only while a session streams whose hub gives them back, on a line that has been there for two weeks with no gap of more than one (where keep_ms is a day at least),
 * everything is in step and nothing is waited for. A slice of a pass: at most `max` entries are looked at and NODE_PRUNE_AT_ONCE pruned, in the caller's write transaction; it goes on where the last one
 * ended, over restarts too. node_prune_try(): the same without writing, from *next (0 at first) on.
 */
#define NODE_PRUNE_AT_ONCE 512u
enum node_prune_bar {
    NODE_PRUNE_MAY,
    NODE_PRUNE_OFF,       /* keep_ms is 0 */
    NODE_PRUNE_OFFLINE,   /* no session streams */
    NODE_PRUNE_OLD_HUB,   /* it could not give them back */
    NODE_PRUNE_NO_BACKUP, /* the hub has none */
    NODE_PRUNE_BUSY,      /* something is on its way in or out */
    NODE_PRUNE_WAITS,     /* some that were given up are waited for */
    NODE_PRUNE_LINE       /* its line has not been there for long, or has had a gap */
};
struct node_pruning {
    enum node_prune_bar bar;
    uint64_t looked;
    uint64_t pruned;
    uint64_t bytes;   /* of events */
    uint64_t damaged; /* stubs that were found damaged: put aside (damage.h), and asked for */
    int more;         /* the pass is not over */
};
int node_prune(struct node *node, struct store_txn *txn, uint64_t max, int64_t wall_ms, struct node_pruning *done);
int node_prune_try(const struct node *node, struct store_txn *txn, uint64_t max, uint64_t *next, struct node_pruning *done);
enum node_prune_bar node_prune_may(const struct node *node, struct store_txn *txn);
/* Wall clock at which the last pass ended, 0: none has. */
int node_prune_passed(const struct node *node, struct store_txn *txn, int64_t *passed_ms, int *under_way);
/* Some of it is wanted again (journal_want(), fold.h): the next step asks the hub. */
void node_want(struct node *node);
/* To be called after each fold: what it found that it wants again, the next step asks the hub for. */
int node_want_folded(struct node *node, struct store_txn *txn);

/* The hybrid clock shared by recording and merging. */
struct hlc *node_clock(struct node *node);

#endif
