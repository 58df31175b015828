/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OFFICE_H
#define NODE_OFFICE_H

#include "navette/keyring.h"
#include "navette/lmdb_store.h"
#include "navette/loans.h"
#include "navette/message.h"
#include "node/desk.h"
#include "node/identity.h"
#include "node/keeping_state.h"
#include "node/link_executor.h"
#include "node/operation.h"
#include "node/rights.h"
#include "node/staff.h"
#include "node/staging.h"
#include "node/stick.h"
#include "node/trusting_state.h"

/*
 * Everything a running node holds: its folder (`keys`, `keyring`, `operators`, `store`, `control`), keys, store, identity, desk, link, and the operations that
 * people have under way.
 */
#define OFFICE_WAITERS 64u

/* Somebody who asked to be answered once the node is in step with its hub. */
struct office_waiter {
    uint64_t client;    /* 0: free */
    uint64_t asked;     /* node_ask() */
    uint64_t passes;    /* 0; or it waits for so many comparisons */
    int64_t started_ms; /* monotonic */
    int64_t deadline_ms;
    enum message_language language;
};

struct office {
    char folder[512];
    char host[LIMIT_CODE + 1]; /* this machine's name */
    struct keys keys;
    struct keys next_keys;   /* of a change that is under way (rekeying.h) */
    struct keys before_keys; /* of them the transport key alone, while a backup of the hub may not know the present ones; zeros: none */
    int64_t keys_made_ms;
    struct hub_keys hub_keys; /* the hub's, as this node trusts them (trusting.h) */
    struct trusting trusting;
    struct keyring *keyring;
    struct keeping keeping;
    enum loan_moment lend_at; /* when a document is on the person's card */
    struct lmdb_store *store;
    struct identity identity;
    struct rights rights; /* as the hub's log says, or else the enrolment */
    struct operators *operators;
    struct staff *staff;
    uint64_t caller; /* whose request is answered: control_server_caller() */
    struct node *node;
    struct desk desk;
    struct link_executor *link; /* NULL: not enrolled, or told to stay offline */
    int offline;
    struct operation operations[OPERATIONS_MAX];
    struct office_waiter waiters[OFFICE_WAITERS];
    struct staging staging; /* a snapshot on its way in */
    struct stick sticks[STICKS];
    uint64_t stick_uses;
    uint64_t map_bytes;
    uint64_t reserve_bytes;
    int64_t keep_ms;  /* what is older may be pruned; 0: nothing is */
    int64_t prune_ms; /* monotonic: when that is looked at next */
    int64_t rekey_ms; /* monotonic: a change of keys that met a full disk is not tried again before then; 0: none did */
    uint64_t behind;  /* entries in the journal that the state does not have yet */
};

struct office_options {
    const char *folder;
    uint64_t map_bytes;     /* the most the store may grow to */
    uint64_t reserve_bytes; /* kept free on the disk */
    int rebuild;            /* 1: the state is made anew from the journal */
    int offline;            /* 1: the link stays closed */
    int64_t keep_ms;        /* struct node_options */
    enum loan_moment lend_at;
};

/* Makes what is absent: folder, keys, store, identity. NAVETTE_E_BUSY: a node runs on it. Other codes: the cause was logged. */
int office_open(const struct office_options *options, struct office *office);
void office_close(struct office *office); /* zeroed: no-op */

/* Opens the link when the identity has a hub; an older one is closed. */
int office_connect(struct office *office);

/* The node's step on this store: at start, and when another file has taken the store's place. */
int office_begin_node(struct office *office);
/*
 * The store of `folder`, that nobody has open, takes the place of this node's own (lmdb_store_replace()), and the node begins anew on what stands then; *begun: 0, or why it did not. NAVETTE_E_STORE: in both:
 * the process has to end.
 */
int office_replace_store(struct office *office, const char *folder, int *begun);
/* Takes over what the hub last told of this node's places, role and scope. */
int office_follow(struct office *office);

/*
 * Of a node that was cloned, when the other machine was chosen (replaced: that the hub knows with other keys, by its word): asks the hub, with keys of its own, to be enrolled as another node, and goes on as that one. *waiting: how many events
 * enter its new log. As enrol_ask(), and NAVETTE_E_EXISTS: the node is not held as a clone. After a power cut in the middle either node is there, whole.
 */
int office_become(struct office *office, const char *endpoint, const char *code, int timeout_ms, int replaced, uint64_t *waiting);

/* Seals the keyring under these keys, which are about to take the place of the present ones. */
int office_reseal(struct office *office, const struct keys *keys);

/* A write transaction with the state up to date (or nearer to it). */
int office_write(struct office *office, struct store_txn **txn);
/* Records one event inside it and folds it. */
int office_record(struct office *office, struct store_txn *txn, const struct moment *moment, Navette__Event *event,
                  struct journal_entry *entry);
/* Commits, then tells the link. Ends the transaction in any case. NAVETTE_E_FULL: nothing was kept. */
int office_keep(struct office *office, struct store_txn *txn, const struct moment *moment);
/* Folds what is left over, a bounded step; does nothing when there is nothing. */
int office_catch_up(struct office *office);

/* "FOLDER/name" */
#define OFFICE_PATH_SIZE 640u
void office_path(const char *folder, const char *name, char out[OFFICE_PATH_SIZE]);

/* Has this node the right at this place, by what it knows of the hub's log? A node that is not enrolled counts as a branch. */
int office_may(const struct office *office, const char *place, Navette__Right right);
/* Reads again what the hub's log says of this node; to be called before each request. */
int office_read_rights(struct office *office);
/* A node that follows only its own places does not know what it is not told: it has to be believed. */
int office_is_partial(const struct office *office);

/* The zone of a place served here: as declared, else as this node was told, else "" (UTC). */
void office_tz(const struct office *office, struct store_txn *txn, const char *place, char out[LIMIT_CODE + 1]);
/* In which namespaces a bare scan resolves at a place, best first, without duplicates; at least one. Returns the number. */
#define OFFICE_NAMESPACES 16u
size_t office_namespaces(const struct office *office, struct store_txn *txn, const char *place,
                         char out[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1]);

#endif
