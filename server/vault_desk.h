/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_VAULT_DESK_H
#define NAVETTE_SERVER_VAULT_DESK_H

#include "navette/key_view.h"
#include "server/executor.h"
#include "server/vault.h"

/*
 * The hub's part in keys that it can't read: takes wraps from who holds a key, keeps them for who is to have it, passes erasures on, and knows who has confirmed. Of the main thread alone. What is acknowledged is in the
 * file; an answer that is lost is asked for again.
 */
#define VAULT_SAVE_MS 100       /* changes of so long share one writing of the file */
#define VAULT_RETRY_MS 5000     /* on a full disk */
#define VAULT_ANSWERS 256u      /* that wait for the file; more are dropped, and asked for again */
#define VAULT_SWEEP_MS 30000    /* between two looks for what is over */
#define VAULT_ORDERS_A_STEP 64u /* orders looked at in one step of such a look */
#define VAULT_STEP_MS 1000      /* ... and between two steps */
#define VAULT_ROUND_MS 3600000  /* after the last order, until the first is looked at again */
#define VAULT_SLEPT_MS                                                                                                                     \
    INT64_C(                                                                                                                               \
        15552000000) /* 180 days: nothing came for so long by a clock that jumped, or after a hub was off: nothing is erased for its age */
#define VAULT_NETWORK_MS 1000 /* for so long the network is taken to be as it was read */

struct vault_desk;

int vault_desk_open(struct executor *executor); /* executor->vault; codes of vault_open() */
void vault_desk_close(struct executor *executor);

/* A WRAPS or WRAPPED of a session. */
void vault_desk_take(struct executor *executor, uint64_t session, struct span frame);
/* The state moved: events about keys are obeyed. 0 or a fatal code. */
int vault_desk_settle(struct executor *executor);
/* Time passes: writes the file, answers, ends what is over. 0 or a fatal code. */
int vault_desk_time(struct executor *executor, int64_t now_ms);
/* Monotonic ms of the next time; INT64_MAX: none. */
int64_t vault_desk_deadline(const struct executor *executor);
/* What is over by now ends now, for who asks. 0 or a code. */
int vault_desk_sweep(struct executor *executor);
const struct vault *vault_desk_vault(const struct executor *executor);

/* ---- for vault_*.c */
struct vault_session {
    uint8_t node[NODE_ID_SIZE];
    uint64_t session;
    int due; /* something new waits for it */
};

struct vault_answer {
    uint64_t session;
    struct buffer frame;
};

struct vault_desk {
    struct vault vault;
    struct vault_session *sessions;
    size_t session_count;
    struct vault_answer answers[VAULT_ANSWERS];
    size_t answer_count;
    int64_t save_ms;  /* 0: nothing to write */
    int64_t sweep_ms; /* ends of time */
    int64_t step_ms;  /* ages */
    struct thing_key at;
    struct key_network network;
    int64_t network_ms; /* when it was read; 0: not yet */
};

/* Reads the network, unless that was just done. */
int vault_network(struct vault_desk *desk, struct store_txn *state, struct store_txn *journal);
void vault_touch(struct vault_desk *desk); /* the file is to be written */
void vault_due(struct vault_desk *desk, const uint8_t node[NODE_ID_SIZE]);
/* Sends to those for whom something new waits. */
void vault_push(struct executor *executor);
void vault_send(struct executor *executor, uint64_t session, enum frame_type type, const ProtobufCMessage *message);
/* Records that these keys are erased, for everybody, in a transaction of the journal that the caller commits. */
int vault_record(struct executor *executor, struct store_txn *txn, const struct thing_key *subject, const uint8_t (*ids)[KEY_ID_SIZE],
                 size_t count, Navette__Reason reason, uint64_t *position);
/* Whose log the order's key was made in. Zeros: not known. */
int vault_maker(struct store_txn *journal, const struct order_view *order, uint8_t node[NODE_ID_SIZE]);

#endif
