/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_HUB_H
#define NAVETTE_HUB_H

#include "navette/effects.h"
#include "navette/lineage.h"
#include "navette/link.h"
#include "navette/rekey.h"
#include "navette/right.h"
#include "navette/scope_set.h"
#include "navette/store.h"

/*
 * The hub's step: sessions, HELLO, PUSH, ACK, PULL. Pure: time, bytes and stores come in, effects go out; the daemon and the simulator link
 * the same object. What is journaled in a step becomes acknowledged only in the HUB_STORED step that follows its commit.
 */
struct hub;

struct hub_options {
    uint8_t node[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE]; /* of the hub's own log */
    uint8_t sign_key[KEY_SIZE];            /* what it signs with: its own lost decisions come back under this signature only */
    uint8_t root_key
        [KEY_SIZE]; /* a key of its own that its journal was signed with when no word in it leads to sign_key; zeros: none (server/own_keys.h) */
    struct lineage lineage;  /* of its journal; without one nodes are told of no epoch, and nothing is taken back */
    uint32_t credit_bytes;   /* unacknowledged PUSH bytes a node may have under way */
    int64_t session_idle_ms; /* a silent session is closed after this */
    uint64_t snapshot_rows;  /* nodes that are behind by more positions than this may ask for a snapshot; 0: the caller makes none */
};

struct hub *hub_new(const struct hub_options *options); /* NULL: no memory */
void hub_free(struct hub *hub);

/* A node the hub knows, as its own log says. Given at start from the log, and again whenever the log says something new. */
#define HUB_NODE_PLACES 16u
struct hub_node {
    uint8_t node[NODE_ID_SIZE];
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_key[KEY_SIZE];
    Navette__Role role;
    Navette__Scope scope;
    uint32_t scope_epoch;
    int revoked;
    size_t place_count;
    char places[HUB_NODE_PLACES][LIMIT_PLACE_CODE + 1];
    int64_t keys_ms;        /* hub time since which it has these keys */
    uint64_t keys_position; /* ... and where the journal says so */
    struct rekey_past past; /* signing keys that it had before */
    size_t door_count;
    struct {
        uint8_t curve_key[KEY_SIZE];
        int64_t until_ms;
    } doors
        [REKEY_PAST]; /* transport keys that it gave up: who shows one is told that there are newer ones; until then, and until the newer was seen, it is let in */
    int forgotten;    /* its keys are those of before the nodes were read anew */
    /* Places that it serves no more, and may still have something to say of: it is listened to until it has confirmed the epoch and sent all that it had recorded before. */
    size_t leaving_count;
    char leaving[HUB_NODE_PLACES][LIMIT_PLACE_CODE + 1];
    uint32_t held_epoch;                          /* the last epoch that it had all of, plus 1; 0: none is known */
    struct scope_set held;                        /* ... and its scope */
    int64_t changed_ms;                           /* hub time at which scope_epoch began; 0: with its enrolment */
    int64_t taken_ms;                             /* ... at which the node had it, and nothing else; 0: not yet, or it was never changed */
    int64_t complete_ms;                          /* ... and everything that it gives */
    struct right_change changes[HUB_NODE_PLACES]; /* of its rights, place by place */
};
/* The transport key before the one a node has now is let in for so long, unless the new one was seen. */
#define HUB_OVERLAP_MS INT64_C(86400000)
/* Adds or replaces by node id. NAVETTE_E_MEMORY, NAVETTE_E_TOO_LARGE over LIMIT_SESSIONS. */
int hub_set_node(struct hub *hub, const struct hub_node *node);
/*
 * Reads all nodes from the hub's own logs, those of before a restoration included: NodeEnrolled, RightsGranted, NodeRevoked; nodes it does not name count as revoked. Also to be called when a transaction in
 * which hub_record() was used could not be committed.
 */
int hub_load_nodes(struct hub *hub, struct store_txn *journal);
/* By the key that it has, or gave up. NULL when unknown; borrowed until the next hub_set_node(). */
const struct hub_node *hub_node_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE]);
const struct hub_node *hub_node_at(const struct hub *hub, size_t index); /* NULL past the end */

/*
 * A refused event, judged again by the rights that its node has now. More than 0: it may be admitted, and so many refusals (in `refusals`, at most max; one is usual) are to be taken back, each by an
 * EventAdmitted of the hub's own log. 0: nothing refuses it. NAVETTE_E_REFUSED: it still may not; *why says what is wrong. NAVETTE_E_INVALID: it is malformed, for this version too. NAVETTE_E_UNKNOWN: its node is
 * unknown. NAVETTE_E_NOT_FOUND: no such event here. Other codes: the store's.
 */
struct hub_refusal {
    Navette__RefusalCause cause;
    Navette__Right right; /* for CAUSE_ROLE */
};
int hub_readmit(const struct hub *hub, struct store_txn *journal, struct store_txn *state, const struct ref *event, struct ref *refusals,
                size_t max, struct hub_refusal *why);

/*
 * Takes note, beside the journal, of who is declared at a place: what a rule of operators (OperatorRuleDecided) that refuses the others is judged by. The steps do it for what comes in; this is
 * for what an older hub took in. Codes of the store.
 */
int hub_operator_note(struct store_txn *journal, const char *place, const char *code, int ended);

/*
 * What a frame's bytes tell by themselves: its message; for a PUSH whether chain, Merkle root and signature hold, and which events are in form and within their node's
 * rights. The dear part of taking a frame in, and a function of bytes and node alone: it may be done ahead of the step, and by another thread. The step asks again when the
 * node's rights have changed since. Opaque; one frame at a time.
 */
struct hub_checked;
struct hub_checked *hub_checked_new(void); /* NULL: no memory */
void hub_checked_free(struct hub_checked *checked);
/* `bytes` are not kept; what the frame held before is let go. Errors show in the step. */
void hub_check(struct hub_checked *checked, const struct hub_node *node, struct span bytes);
/* From the next hub_check() on: the events that it decodes are kept, no more of a batch than fit into about `room` bytes of memory; 0, as it is at first: none are. */
void hub_checked_keep(struct hub_checked *checked, size_t room);
/*
 * Events of the batch that the step has just put into the journal, from position *first on: owned by the caller. NULL: it has put none, or they were taken. Whether the
 * transaction is committed is not known yet.
 */
struct decoded;
struct decoded *hub_checked_take(struct hub_checked *checked, uint64_t *first);

enum hub_input_kind {
    HUB_FRAME,  /* bytes came on a session, from an authenticated transport key; journal is a write transaction */
    HUB_ROUND,  /* the round's frames are taken: what they add up to is written. To be given before each commit, inputs as for HUB_FRAME */
    HUB_STORED, /* the transaction of the steps before was committed and synced: only here are acknowledgements made */
    HUB_FAILED, /* it was not: nothing of it exists; error says why (NAVETTE_E_FULL: the disk) */
    HUB_CLOSED, /* the transport lost the session */
    HUB_TAIL, /* to be given after each round of frames (after HUB_STORED) and when the fold moved: sessions that asked for news are served from
                 * what is committed. journal, state: read transactions */
    HUB_TICK /* time passes. journal, state: read */
};

struct hub_input {
    enum hub_input_kind kind;
    int64_t now_ms; /* Unix time of the hub */
    uint64_t session;
    const uint8_t *curve_key;    /* HUB_FRAME: KEY_SIZE bytes */
    struct span bytes;           /* HUB_FRAME */
    struct hub_checked *checked; /* HUB_FRAME: what hub_check() found of these bytes; NULL: the step looks itself */
    int error;                   /* HUB_FAILED */
    struct store_txn *journal;
    struct store_txn *state; /* may be NULL while none exists */
    const uint8_t *salt;     /* HUB_FRAME: SALT_SIZE random bytes, should the hub's own log open a batch */
    uint64_t boot;           /* HUB_FRAME: for events of the hub's own log */
    uint64_t boottime_ms;
};

/*
 * 0, or a fatal code. A peer's mistake is never one: it is answered (NACK, BYE) and logged. NAVETTE_E_FULL and NAVETTE_E_STORE from the store:
 * the transaction is to be aborted and HUB_FAILED given.
 */
int hub_step(struct hub *hub, const struct hub_input *input, struct effects *effects);

/*
 * Is this frame to be looked at? 0: its node sends more than any node does, or too much that means nothing (core/sync/hub_state.h names the limits): it is dropped as the network
 * drops frames, before anything is paid for it, and the log says so once. To be asked of each frame before hub_check(). A node's connections count together. now_ms: a clock that
 * does not jump.
 */
int hub_listens(struct hub *hub, uint64_t session, const uint8_t curve_key[KEY_SIZE], struct span bytes, int64_t now_ms,
                struct effects *effects);

/* When to call with HUB_TICK at the latest; INT64_MAX: no need. */
int64_t hub_deadline(const struct hub *hub);

/* When to call with HUB_ROUND at the latest, though no frame has come, in a transaction of its own; INT64_MAX: no need. */
int64_t hub_round_deadline(const struct hub *hub);

/*
 * A node's key was stolen at since_ms of the hub's clock: what the hub received under it from then on is to be refused, event by event (EventRefused, REASON_KEY_STOLEN). Begun in the transaction that
 * revokes it; then hub_disown() is called, each time in a transaction of its own, until it answers NAVETTE_E_NOT_FOUND: also by a hub that starts again. input: journal, now_ms, salt, boot and
 * boottime_ms as for HUB_FRAME. *refused: how many of this portion. A portion ends where the hub's open batch is full: seal it between two.
 */
int hub_disown_begin(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], int64_t since_ms);
int hub_disown(struct hub *hub, const struct hub_input *input, size_t *refused);

/* Health of one node, for views. */
struct hub_session_info {
    uint8_t node[NODE_ID_SIZE];
    int connected;
    int64_t last_heard_ms; /* 0: not since this process started */
    Navette__Verdict verdict;
    uint64_t cursor;  /* hub position it has */
    uint32_t version; /* of the protocol, as its last HELLO said; 0: not since this process started */
    int scopes; /* 1: it said that it goes from one scope to another by backfill and eviction; a node of an earlier version takes everything in again */
    uint32_t scope_epoch; /* its last PULL was of this one */
    uint64_t back_cursor; /* of what its scope came to give, it has so much ... */
    uint64_t back_end;    /* ... of this; 0: all */
    int64_t parted_ms;    /* when keys that it gave up were shown, with a log that the hub lacks; 0: not since this process started */
    uint64_t reconnects;  /* connections that a later one of the same process replaced, since this process started */
};
int hub_session_at(const struct hub *hub, size_t index, struct hub_session_info *info); /* NAVETTE_E_NOT_FOUND past the end */

/* A machine that speaks with the keys of a node that was cloned, as its last HELLO said. */
struct hub_claimant {
    uint8_t id[16]; /* what it is chosen by: its token, or its process's id while it has none */
    uint8_t process[16];
    int64_t first_ms;
    int64_t last_ms;
    uint64_t session;
    uint64_t boot; /* 0: not told */
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t seq;
    uint64_t durable;
    char host[LIMIT_CODE + 1]; /* "": not told */
};
/* Whether this node was cloned, who claims to be it, and who was chosen. claimants: borrowed until the next step; those heard of since this process started. */
struct hub_clone_info {
    uint8_t node[NODE_ID_SIZE];
    int64_t found_ms; /* 0: it was not */
    int chosen;
    uint8_t choice[16];
    const struct hub_claimant *claimants;
    size_t count;
};
int hub_clone_at(const struct hub *hub, size_t index, struct hub_clone_info *info); /* NAVETTE_E_NOT_FOUND past the end */

/*
 * A verified backup holds the journal up to `position`, made at made_ms of the hub's clock: nodes are told with the next WELCOME, ACK or PONG. position 0: there is none.
 */
void hub_set_backup(struct hub *hub, uint64_t position, int64_t made_ms);

/* Of a restored hub: has this node given back what it holds of the lost part, in the epoch that is written? 1, 0 or a code of store.h. Without a restoration: 1. */
int hub_node_is_back(const struct hub *hub, struct store_txn *journal, const uint8_t node[NODE_ID_SIZE]);

/*
 * Asks a node to compare everything it holds with the hub, now (proto/WIRE.md, "Comparing"); what it comes to is in compared.h when it is done. NAVETTE_E_CLOSED: it is not connected;
 * NAVETTE_E_VERSION: it is of a version that does not compare.
 */
int hub_compare_begin(struct hub *hub, const uint8_t node[NODE_ID_SIZE], struct effects *effects);

/* The log of this node that none of its others goes on from. NAVETTE_E_NOT_FOUND: it has none, and `incarnation` is zeros. */
int hub_last_log(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], uint8_t incarnation[INCARNATION_SIZE]);

/* The hub's own signing keys, as its log tells: the latest, and those before. Borrowed. */
const uint8_t *hub_own_keys(const struct hub *hub, const struct rekey_past **past);
/* 1: nothing that is in its journal leads from root_key to sign_key yet: what does comes back from the nodes. */
int hub_own_gap(const struct hub *hub);
/* How they changed, oldest first, each named by the one before; *until_ms: hub time up to which the keys before the last are good. Borrowed until the next step. */
const struct rekey *hub_announced(const struct hub *hub, size_t *count, int64_t *until_ms);
/* What comes behind the key that is known; nothing when that is none of them. `keys`, `list`: room that the message points to; it borrows from the hub. */
void hub_keys_message(const struct hub *hub, const uint8_t known[KEY_SIZE], Navette__Rekey keys[LIMIT_HUB_KEYS],
                      Navette__Rekey *list[LIMIT_HUB_KEYS], Navette__HubKeys *message);
/* The hub has gone over to these: the transport loses every session. */
void hub_go_by(struct hub *hub, const uint8_t sign_key[KEY_SIZE]);
/* Tells them to every session whose node has not said that it knows; over 1: to the others too that the port goes by the last ones now. */
int hub_announce_all(struct hub *hub, int64_t now_ms, int over, struct effects *effects);
/* The enrolment port, as nodes are told it; 0: none. */
void hub_set_enrol_port(struct hub *hub, uint32_t port);
/* Which of the hub's keys a node goes by, as it said when it was last heard. */
enum hub_key_held {
    HUB_KEY_UNTOLD,  /* it did not say: of a version that does not follow them, or not heard since there are others */
    HUB_KEY_EARLIER, /* not the last */
    HUB_KEY_LAST,
    HUB_KEY_STRANGE /* one that this hub does not have: it was put back from a backup of before */
};
enum hub_key_held hub_key_held_at(const struct hub *hub, size_t index); /* index as for hub_node_at() */

/*
 * Has the hub's own log grown since this was last asked? Then the caller seals it before anything else is journaled (log.h): what nodes are sent of it can be proven, and
 * given back, only in whole batches.
 */
int hub_recorded(struct hub *hub);

/* Room for what was changed of a node's rights. */
struct hub_rights_at {
    Navette__RightsAt rows[HUB_NODE_PLACES];
    Navette__RightsAt *list[HUB_NODE_PLACES];
};
/*
 * Adds to a message what a node may do and follow, as `node` says: places, role, scope, epoch, leaving, changes of its rights. `id` (2 * NODE_ID_SIZE + 1 bytes), `thing` and the two lists (HUB_NODE_PLACES each), and `at`, are the
 * caller's and are pointed to.
 */
void hub_rights_of(const struct hub_node *node, Navette__RightsGranted *granted, Navette__Thing *thing, char *id, char **places,
                   char **leaving, struct hub_rights_at *at);
/*
 * What the node will be once it serves these places and no others, in this scope: the next epoch, and what it leaves. NAVETTE_E_TOO_LARGE: over HUB_NODE_PLACES, those it is still leaving included.
 */
int hub_rights_next(const struct hub_node *node, const struct scope_set *wanted, struct hub_node *next);

/*
 * Records an event of the hub's own log (place stays ""; hlc, boot and parents are filled in by the caller or zero): used by the step for refusals and by
 * the hub's commands. NAVETTE_E_BUSY: the hub's open batch is full; the executor seals it (log.h) and asks again. EFFECT_SEAL asks for the same before
 * the next round. body->hlc is filled in when it is 0.
 */
int hub_record(struct hub *hub, struct store_txn *journal, Navette__Event *body, const uint8_t salt[SALT_SIZE], int64_t now_ms,
               struct journal_entry *entry);

/*
 * What a session asks for of a snapshot (EFFECT_SNAPSHOT): its chunks from `index` on, of about max_bytes, of the one with this id; or what there is, with its manifest. NAVETTE_E_INVALID.
 */
struct hub_snapshot_ask {
    int has_id;
    uint8_t id[HASH_SIZE];
    uint32_t index;
    uint32_t max_bytes;
};
int hub_snapshot_asked(struct span effect, struct hub_snapshot_ask *ask);

/*
 * Reads what a node's scope gives up to position `limit`, its own log included, part by part: each is the bytes of a Delta (snapshot.h) of about LIMIT_SNAPSHOT_BYTES. For scope OWN what concerns its places
 * comes first. In any thread, with a `hub` of that thread's own (hub_load_nodes()). open: NAVETTE_E_NOT_FOUND: no such node. next: input: journal, state and now_ms; each call may have
 * transactions of its own; state has to have reached `limit`. NAVETTE_E_NOT_FOUND: that was all.
 */
struct hub_snapshot;
int hub_snapshot_open(struct hub *hub, const uint8_t node[NODE_ID_SIZE], uint64_t limit, struct hub_snapshot **snapshot);
int hub_snapshot_next(struct hub_snapshot *snapshot, const struct hub_input *input, struct buffer *part, int *near);
void hub_snapshot_close(struct hub_snapshot *snapshot); /* NULL is a no-op */

#endif
