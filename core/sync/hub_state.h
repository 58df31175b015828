/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_HUB_STATE_H
#define SYNC_HUB_STATE_H

#include "navette/hlc.h"
#include "navette/batch.h"
#include "navette/frame.h"
#include "navette/decoded.h"
#include "navette/hub.h"
#include "sync/hub_fetch.h"

/*
 * Sessions at the hub.
 *
 *            HELLO, verdict needs more          HELLO, verdict streams
 *   new ---------------------------> greeting -----------------------> streaming
 *    |                                  |                                  |
 *    |   HELLO, verdict needs a person  |                                  | HELLO of a later connection,
 *    +----------------------------------+--------> held                    | BYE, silence, revocation
 *                                                   |                      v
 *                                                   +------------------> closed (forgotten)
 */
enum session_state { SESSION_GREETING, SESSION_STREAMING, SESSION_HELD };

struct hub_session {
    uint64_t id;
    size_t node; /* index into hub->nodes */
    enum session_state state;
    uint8_t process[16];
    uint64_t connect;
    uint8_t incarnation[INCARNATION_SIZE];
    int64_t last_heard_ms;
    int ack_due;      /* something of its log was journaled, or repeated: acknowledge after the commit */
    int pull_due;     /* it asked for news */
    int pull_fresh;   /* ... and has not been told yet that nothing concerns it */
    uint64_t cursor;  /* hub position it has */
    int pull_near;    /* it asked for what is near only, after `ahead` */
    int pull_bare;    /* ... without seals of nodes' logs */
    uint64_t ahead;   /* what is near is held up to here already; 0: nothing was read ahead */
    uint64_t scanned; /* position up to which nothing more concerns it */
    uint32_t pull_bytes;
    uint32_t pull_epoch; /* the scope its cursor belongs to */
    struct {
        uint64_t cursor;  /* of what its scope came to give, it has so much ... */
        uint64_t end;     /* ... of the positions up to here */
        uint64_t scanned; /* up to here nothing more of it concerns the node */
        uint32_t held;    /* the epoch of which it holds what concerns it still, plus 1; 0: none is known */
        int turn;         /* what it was last told was news */
    } back;
    struct {
        int due;
        uint8_t incarnation[INCARNATION_SIZE];
        int unknown;  /* since its last DIGEST it was refused one whose node is not known ... */
        int searched; /* ... and before it, with nothing of the hub's own lacking: it is looked for */
    } given;          /* the log that it gives back, to be acknowledged */
    struct {
        int64_t second;
        unsigned count;
    } snapshots;          /* questions for chunks in this second */
    int rekey_due;        /* its new keys were journaled, or repeated: said back after the commit */
    int64_t keys_told_ms; /* when it was last told of the hub's own new keys */
    struct {
        uint64_t position;
        uint64_t seq;
    } backed; /* up to which number its log is backed up, found for that position of the backup */
    struct {
        uint64_t position; /* the latest rule of operators that it has seen ... */
        uint64_t seq;      /* ... and where its log ended then: what comes behind was recorded by that rule */
        int read;          /* what was kept of it before this session */
    } rules;
    struct {
        int due; /* it asked whether the hub's state is the same ... */
        uint64_t token;
        uint64_t cursor; /* ... at this position */
        uint8_t digest[HASH_SIZE];
        uint32_t folded;
    } asked;
    int begun_anew;                /* scope OWN: it has written other logs than the one it writes, and follows these whole */
    struct hub_question *question; /* owned: a FETCH that is not answered yet; NULL: there is none */
    int frontier_due;              /* it stated a frontier that is not noted yet */
    struct {
        uint64_t seq;
        uint64_t hub_cursor;
        int64_t hub_time_ms;
        uint8_t signature[SIGNATURE_SIZE];
    } frontier;
};

/* How much of one node is listened to, whatever connections it speaks on: hub_rate.c. */
#define HUB_RATE_FRAMES 32768u               /* a second: twice what a hub with nothing else to do has been seen to take from one node */
#define HUB_RATE_FRAMES_MOST 65536u          /* ... after a silence */
#define HUB_RATE_BYTES (UINT64_C(128) << 20) /* a second, unpacked: 512 of the largest batches, half of one processor */
#define HUB_RATE_BYTES_MOST (UINT64_C(256) << 20)
#define HUB_FAULTS 8u            /* a second: frames that no sound node sends, or that come without a session */
#define HUB_FAULTS_MOST 256u     /* ... after a silence: a window of pushes that meets a hub that has started again */
#define HUB_FAULTS_TOLD 8u       /* of those, so many lines in the log */
#define HUB_DEAF_MS 10000        /* who is over a limit is not listened to for so long */
#define HUB_RATE_STEP_MS 125     /* ... after which something is given back */
#define HUB_RATE_FORGET_MS 60000 /* silent for so long: all is given back; also a clock that jumped */

struct hub_rate {
    int begun;
    int64_t since_ms;
    uint64_t frames; /* left */
    uint64_t bytes;
    uint64_t faults;
    int64_t deaf_until_ms; /* 0: listened to */
    uint64_t dropped;      /* since it was not */
};

#define HUB_PROCESSES 8u /* process ids remembered a key: clones are told apart from restarts by who comes back */

#define HUB_INCARNATIONS 16u /* begun by one node while this process runs: a reset a day for two weeks, not a row for every HELLO */

#define HUB_CLAIMANTS 8u /* machines told apart on one cloned key: who was heard of longest ago makes room */

/*
 * Two machines speak with one node's keys (hub_clone.c).
 *
 *            CloneFound            CloneChosen
 *   one ------------------> held ----------------> chosen ----+
 *    ^                       ^ ^                     |  ^     | CloneChosen: another one
 *    |   enrolled with       | +---------------------+  +-----+
 *    +---other keys----------+   CloneFound: the chosen one was copied too
 */
struct hub_clone {
    uint64_t alarm; /* hlc of the CloneFound that stands; 0: none does */
    int chosen;     /* ... and one of them may go on */
    uint8_t choice[16];
    int settled; /* a choice was made for this key: its logs may be adopted by whoever was told to enrol anew */
    size_t count;
    struct hub_claimant *claimants; /* HUB_CLAIMANTS of them, or NULL: heard of since this process started */
};

/* What is hashed for those who compare: each, and all together. */
#define HUB_COMPARE_ENTRIES 16384u      /* a second, of one node: a sixtieth of one processor */
#define HUB_COMPARE_ENTRIES_MOST 65536u /* ... after a silence */
#define HUB_COMPARE_ALL 65536u          /* a second, of all */
#define HUB_COMPARE_ALL_MOST 262144u
#define HUB_COMPARE_BATCH 2048u         /* what a batch that is sent or verified counts as */
#define HUB_COMPARE_WORD 64u            /* ... and any other question */
#define HUB_REFOLD_MS INT64_C(86400000) /* for a node's word the state is folded anew once in so long */

struct hub_allowance {
    int begun;
    int64_t since_ms;
    uint64_t left;
};

/* What the hub knows of a node beyond its own log: forgotten with the process. */
struct hub_peer {
    struct hub_node node;
    uint8_t current[16]; /* process id of the last HELLO */
    uint64_t connect;    /* its greatest connect counter */
    int has_current;
    uint8_t past[HUB_PROCESSES][16];      /* superseded process ids, a ring */
    uint64_t past_connect[HUB_PROCESSES]; /* ... and the greatest connect counter of each */
    size_t past_count;
    uint64_t reconnects; /* sessions that a later connection of the same process replaced */
    unsigned returns;    /* superseded processes that came back, within HUB_RETURNS_MS */
    int64_t returns_since_ms;
    int64_t last_heard_ms;
    uint64_t cursor;
    uint32_t version; /* of the protocol, by its last HELLO */
    int scopes;       /* ... which also says whether it knows of backfill and eviction */
    Navette__Verdict verdict;
    uint8_t incarnation[INCARNATION_SIZE]; /* of its last HELLO */
    int has_incarnation;
    uint8_t begun[HUB_INCARNATIONS][INCARNATION_SIZE]; /* registered for it; those of a transaction that was not kept too */
    unsigned begun_count;
    int64_t noted_ms; /* when its last frontier was noted; 0: not by this process */
    uint64_t noted_seq;
    int64_t noted_time_ms; /* what that one said */
    uint8_t noted_incarnation[INCARNATION_SIZE];
    int64_t notes_paid_ms; /* up to when its notes have used up their time: hub_frontier.c */
    struct hub_rate rate;
    int moved;         /* it was seen under the transport key that it has now */
    int64_t parted_ms; /* when somebody showed keys that it gave up, and a log that parts from its own; 0: not since this process started */
    struct hub_clone clone;
    struct hub_allowance compare; /* entries that may be hashed for it */
    struct hub_allowance fetch;   /* ... and given back to it */
    int compares;                 /* its last HELLO said so */
    uint8_t hub_key[KEY_SIZE];    /* the latest signing key of the hub that it has said to know; zeros: it never said (hub_announce.c) */
};

#define HUB_SAID 32u /* changes of the hub's own keys that its logs speak of: twice what counts */
struct hub_said {
    struct rekey rekey;
    int64_t until_ms;
};
/* What the hub's logs say of its own keys, and of these what counts, in its order. */
struct hub_own {
    size_t said_count;
    struct hub_said said[HUB_SAID];
    size_t count;
    struct rekey list[REKEY_PAST];
    int64_t until[REKEY_PAST]; /* hub time up to which each of the keys before is good: as hub->past */
    int gap;                   /* 1: no word leads from the key that the journal was signed with to the one that it has */
    int64_t until_ms;          /* of the last: hub time up to which the keys before are good */
};

#define HUB_SNAPSHOT_ASKS 100u /* a second, of one session: a node puts each chunk on its disk before it asks for the next */
#define HUB_NEAR_RULE                                                                                                                      \
    1u /* what scope_is_near() answers to; raised when it, or what an event concerns, changes: what was read by another rule is not left out */

#define HUB_RETURNS_MS 600000 /* two processes that alternate do so within seconds; a stale connection comes back once */
#define HUB_RETURNS_CLONE 3u  /* returns that only two living processes can make */

#define HUB_DELTA_ROWS_PER_STEP 131072u                /* rows looked at in one HUB_TAIL, for whoever asks: a fraction of a second */
#define HUB_DELTA_BYTES_PER_STEP (16u * 1024u * 1024u) /* memory of one HUB_TAIL, whoever asks */

/* What a place asks of those who record there. */
struct hub_operator_rule {
    char place[LIMIT_PLACE_CODE + 1];
    int refuses; /* what names no operator of the place */
    uint64_t position;
};

struct hub {
    struct hub_options options;
    struct hlc clock;
    int clock_loaded;
    struct hub_peer *peers;
    size_t peer_count;
    struct hub_session *sessions; /* unordered */
    size_t session_count;
    size_t turn; /* whose turn it is in HUB_TAIL */
    int more;    /* HUB_TAIL stopped for its budget */
    int recorded;
    int relearned;            /* from a transaction that is not committed yet */
    uint64_t backup_position; /* 0: there is none */
    int64_t backup_ms;
    int64_t next_sweep_ms;
    int64_t next_note_ms;       /* when a frontier that waits may be noted; INT64_MAX: none waits */
    uint8_t sign_key[KEY_SIZE]; /* its own, the latest that its log tells of */
    struct rekey_past past;
    struct hub_own own;
    uint32_t enrol_port;                      /* 0: not told */
    struct hub_checked *checked;              /* of a frame that was not looked at ahead */
    struct hub_operator_rule *operator_rules; /* owned: hub_operator.c */
    size_t operator_rule_count;
    uint64_t operator_position; /* of the latest */
    struct hub_allowance compare;
    struct hub_allowance fetch; /* of all nodes together */
    size_t fetch_turn;          /* whose turn it is */
    int64_t fetch_ms;           /* questions wait for theirs until then; INT64_MAX: none does */
    int64_t refolded_ms;        /* when a node's word last made it fold its state anew; 0: not since it started */
};

/* hub_node.c */
/* hub_record() of what a step found, with the time, boot and salt of its input. */
int hub_record_in(struct hub *hub, const struct hub_input *input, Navette__Event *body);
struct hub_peer *hub_peer_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE]);
struct hub_peer *hub_peer_by_node(const struct hub *hub, const uint8_t node[NODE_ID_SIZE]);
/* Is that log held, and this node's? 1, 0 or a code. */
int hub_wrote(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], const uint8_t incarnation[INCARNATION_SIZE]);
/* Is a log of this node held besides that one? 1, 0 or a code. */
int hub_has_other_log(struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], const uint8_t incarnation[INCARNATION_SIZE]);
/* session->begun_anew, of the log that it has said it writes. */
int hub_note_begun(struct store_txn *journal, const struct hub_node *node, struct hub_session *session);
int hub_speaks_of_nodes(const Navette__Event *body); /* enrolled, rights, revoked, new keys: what hub_load_nodes() reads */

/* hub_rekey.c */
int hub_rekey(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Rekey *message,
              struct effects *effects);
int hub_rekey_answer(const struct hub *hub, const struct hub_session *session, struct effects *effects);
/* May a frame come in under this key of this node? 0: it was given up. */
int hub_rekey_admits(struct hub_peer *peer, const uint8_t curve_key[KEY_SIZE], int64_t now_ms);
struct hub_peer *hub_rekey_find(const struct hub *hub, const uint8_t curve_key[KEY_SIZE]); /* by a key that was given up */
/* NodeEnrolled or NodeRekeyed of this node, which stands at `position`. */
void hub_rekey_learn(struct hub *hub, const Navette__Event *body, uint64_t position, struct hub_node *node);

/* hub_announce.c: the hub's own keys */
void hub_announce_forget(struct hub *hub);
void hub_announce_learn(struct hub *hub, const Navette__NodeRekeyed *rekeyed);
/*
 * rekey_verify_batch() of what is given back of the hub's own: a key that was given up holds for the part of the log that it ended in, for what goes on a log of which the journal has it sign the last (a hub put back
 * from before the change wrote that), and for no other log once its overlap is over: who has stolen it could write one.
 */
int hub_own_verify(const struct hub *hub, const struct hub_input *input, const Navette__Batch *batch, struct batch_header *header,
                   uint64_t *leaves);
int hub_announce_load(struct hub *hub, struct store_txn *journal); /* what each node knows of them. Codes of the store */
/* A node says which it knows. `input->journal` is a write transaction. Codes of the store. */
int hub_announce_held(struct hub *hub, const struct hub_input *input, struct hub_peer *peer, ProtobufCBinaryData key,
                      struct effects *effects);
/* Tells a session's node what it does not know, behind its WELCOME; all of them, from time to time, until they say that they know. */
int hub_announce_welcome(const struct hub *hub, const struct hub_input *input, struct hub_session *session, struct effects *effects);
int hub_announce_again(struct hub *hub, const struct hub_input *input, struct effects *effects);

/* hub_operator.c */
void hub_operator_forget(struct hub *hub);
int hub_operator_learn(struct hub *hub, const Navette__OperatorRuleDecided *decided, uint64_t position); /* NAVETTE_E_MEMORY */
/* A frontier of the session: has it seen the latest rule? `journal` is a write transaction. Codes of the store. */
int hub_operator_heard(const struct hub *hub, struct store_txn *journal, struct hub_session *session, const Navette__Frontier *frontier);
/* Refuses, in `checked`, what no operator of its place did. Codes of the store. */
int hub_operator_check(const struct hub *hub, struct store_txn *journal, const struct hub_session *session, struct hub_checked *checked);
/* The same of one event, whenever it was recorded. *cause: CAUSE_UNSPECIFIED when nothing is against it. */
int hub_operator_judge(const struct hub *hub, struct store_txn *journal, const Navette__Event *body, Navette__RefusalCause *cause);
/* Takes note of who is declared by a batch that was let in, or by an event of the hub's own. */
int hub_operator_take(struct store_txn *journal, const struct hub_checked *checked);
int hub_operator_recorded(struct store_txn *journal, const Navette__Event *body);

/* hub_rate.c: a frame that no sound node sends. 1: the log may say so. */
int hub_fault(struct hub_peer *peer);
/* What is left of an allowance after so many milliseconds. */
uint64_t hub_refilled(uint64_t left, uint64_t a_second, uint64_t most, int64_t elapsed_ms);

/* hub_session.c */
struct hub_session *hub_session_find(const struct hub *hub, uint64_t id);
struct hub_session *hub_session_add(struct hub *hub, uint64_t id, size_t node);
void hub_session_drop(struct hub *hub, uint64_t id);
/* Says BYE and asks the executor to close. */
int hub_session_bye(struct hub *hub, uint64_t id, Navette__ByeReason reason, struct effects *effects);

/* Sends away whoever was revoked since it was welcomed. */
int hub_session_revoke(struct hub *hub, struct effects *effects);

/* hub_hello.c */
int hub_hello(struct hub *hub, const struct hub_input *input, size_t node, const Navette__Hello *hello, struct effects *effects);

/* ... and its parts, for who greets by stick (hub_stick.c) */
int hub_gather_facts(const struct hub_input *input, const struct hub_peer *peer, const Navette__Hello *hello, struct link_facts *facts,
                     struct log_head *head);
int hub_register_log(struct hub *hub, const struct hub_input *input, uint64_t session, struct hub_peer *peer, const struct log_head *head,
                     Navette__Verdict why, int *gone, struct effects *effects);
/* Of this node from now on. NAVETTE_E_TOO_LARGE: no more of it while this process runs (HUB_INCARNATIONS); codes of the store. */
int hub_keep_log(const struct hub_input *input, struct hub_peer *peer, const struct log_head *head);
/* The positions that it speaks of are those of the journal that is written now. */
int hub_is_of_this_epoch(const struct hub *hub, const Navette__Hello *hello);
Navette__Verdict hub_begun_for(const Navette__Hello *hello, Navette__Verdict verdict);
/* A WELCOME and what it borrows: with what is said of every journal, log and scope. Verdict, backup watermark and the rest are the caller's. As journal_tail(). */
struct hub_welcome {
    Navette__Welcome message;
    Navette__Epoch epochs[LIMIT_EPOCHS];
    Navette__Epoch *epoch_list[LIMIT_EPOCHS];
    Navette__LogHead held;
    Navette__LogHead probed;
    Navette__ScopeTold told;
    char *places[HUB_NODE_PLACES];
};
int hub_welcome_fill(const struct hub *hub, const struct hub_input *input, const struct hub_peer *peer, const struct log_head *held,
                     struct hub_welcome *welcome); /* borrows from hub, peer and held */
void hub_welcome_probed(const struct log_head *head, struct hub_welcome *welcome);

/* hub_clone.c */
void hub_clone_forget(struct hub_clone *clone); /* what the log says; who was heard stays */
void hub_clone_free(struct hub_clone *clone);
/* Takes in a CloneFound or CloneChosen of the hub's own log. */
int hub_clone_learn(struct hub *hub, const Navette__Event *body);
/* Two living processes were seen on this key: everybody is told. NAVETTE_E_BUSY: the hub's batch is full. */
int hub_clone_found(struct hub *hub, const struct hub_input *input, const struct hub_peer *peer, struct effects *effects);
/* 1: whoever says this HELLO is held. Takes note of it. NAVETTE_E_MEMORY. */
int hub_clone_holds(struct hub_peer *peer, const struct hub_input *input, const Navette__Hello *hello);
/* Keys that were given up are shown with this HELLO: notes it if the log has what is not held. Codes of the store. */
int hub_clone_parted(struct hub_peer *peer, const struct hub_input *input, const Navette__Hello *hello);

/* hub_check.c: what a frame's bytes and its node alone tell. */
struct hub_checked {
    int rc; /* of frame_decode */
    struct frame frame;
    /* of a PUSH, once it was looked into */
    int for_node; /* 1: for `node` */
    struct hub_node node;
    int batch_rc; /* NAVETTE_E_REFUSED: an event is forged, nothing of the batch is let in */
    struct batch_header header;
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    uint64_t masks[LIMIT_BATCH_EVENTS];
    uint8_t reasons[LIMIT_BATCH_EVENTS]; /* Navette__Reason, 0: admitted (or parked by the fold) */
    uint8_t causes[LIMIT_BATCH_EVENTS];  /* Navette__RefusalCause of those for want of a right */
    uint8_t rights[LIMIT_BATCH_EVENTS];  /* Navette__Right that each takes */
    size_t corrections;                  /* events that may take back others */
    size_t refused;
    size_t adopted;          /* events that stand for another log's */
    size_t operators;        /* events that may say who works where */
    size_t room;             /* of memory, for what is decoded and kept; 0: nothing is */
    struct decoded *decoded; /* owned; NULL: nothing was looked at */
    struct decoded *taken;   /* owned; of the last batch that came into the journal, until hub_checked_take() */
    uint64_t first;          /* ... and the position of its first event */
};
void hub_check_frame(struct hub_checked *checked, struct span bytes);
/* Of a PUSH that decoded: batch_rc, found out now unless it was for this very node. */
int hub_check_batch(struct hub_checked *checked, const struct hub_node *node);
void hub_checked_clear(struct hub_checked *checked);
/* Its events are in the journal, from position `first` on: hub_checked_take(). */
void hub_checked_journaled(struct hub_checked *checked, uint64_t first);

/* What was changed of the node's rights at one of its places; NULL: it does not serve that. */
const struct right_change *hub_node_at_place(const struct hub_node *node, const char *place);
Navette__RefusalCause hub_judge(const struct hub_node *node, const Navette__Event *body);

/* hub_admit.c: does this correction, in the log of `node`, speak of an event of another place? 1, 0 (also when that is not here) or a code. */
int hub_corrects_others(struct store_txn *journal, const struct hub_node *node, const struct event *event);

/* hub_push.c */
void hub_fill_head(const struct log_head *head, Navette__LogHead *out); /* borrows from head */
int hub_push(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
             struct effects *effects);
/* A batch of a log of `node`, in turn; whoever brought it. */
int hub_take_batch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const struct hub_node *node,
                   struct hub_checked *checked, struct effects *effects);
int hub_push_refused(struct hub *hub, const struct hub_input *input, struct hub_session *session, const uint8_t *incarnation, int why,
                     struct effects *effects);
int hub_acknowledge(struct hub *hub, const struct hub_input *input, struct effects *effects);
int hub_fail(struct hub *hub, const struct hub_input *input, struct effects *effects);
int hub_nack(const struct hub_input *input, uint64_t session, const uint8_t *incarnation, Navette__NackReason reason,
             struct effects *effects);

/* hub_frontier.c */
void hub_frontier_offer(struct hub_session *session, const Navette__Frontier *frontier);
int hub_frontier_round(struct hub *hub, const struct hub_input *input, struct effects *effects);
void hub_frontier_forget(struct hub *hub);
/* What a session that is no line's has offered, unless it is no news or speaks of entries that are not here. */
int hub_frontier_take(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct effects *effects);

/* hub_given.c: what a restored hub lost, and nodes still hold. */
int hub_given(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
              struct effects *effects);
int hub_digest(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Digest *digest,
               struct effects *effects);
int hub_note_back(struct hub *hub, const struct hub_input *input, const struct hub_session *session, const Navette__Pull *pull,
                  struct effects *effects);

/* hub_compare.c */
/* 1: `cost` is taken from what is left of it; 0: that much is not left. */
int hub_allow(struct hub_allowance *allowance, uint64_t a_second, uint64_t most, uint64_t cost, int64_t now_ms);

int hub_compare(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Compare *question,
                struct effects *effects);
/* Questions about states wait for the fold: those that can be answered now are. */
int hub_compare_states(struct hub *hub, const struct hub_input *input, struct effects *effects);

/* hub_backup.c */
int hub_backed_up(const struct hub *hub, struct store_txn *journal, struct hub_session *session, uint64_t *seq);
int hub_keys_backed_up(const struct hub *hub, const struct hub_node *node); /* 1: the keys that it has now are in the last backup */

/* hub_scope.c */
/* `places` has room for HUB_NODE_PLACES; borrows from node. */
void hub_tell_scope(const struct hub_node *node, Navette__ScopeTold *told, char **places);
int hub_scope_confirm(struct hub *hub, const struct hub_input *input, const struct hub_session *session, const Navette__Pull *pull,
                      struct effects *effects);

/* hub_snapshot.c */
int hub_snapshot(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__SnapshotChunk *asked,
                 struct effects *effects);

/* hub_delta.c */
int hub_serve(struct hub *hub, const struct hub_input *input, struct effects *effects);
/* One DELTA from session->cursor on, towards `limit`; both numbers of the session move. NAVETTE_E_NOT_FOUND: nothing more up to there. */
int hub_delta_once(struct hub *hub, const struct hub_input *input, struct hub_session *session, uint64_t limit, struct effects *effects);

#endif
