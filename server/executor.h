/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_EXECUTOR_H
#define NAVETTE_SERVER_EXECUTOR_H

#include <jansson.h>

#include "navette/enrol.h"
#include "navette/hub.h"
#include "navette/wire.h"
#include "server/backup.h"
#include "server/checkers.h"
#include "server/follower.h"
#include "server/home.h"
#include "server/invitation.h"
#include "server/queue.h"
#include "server/snapshot.h"
#include "server/stick.h"

/*
 * The hub's main thread: the only one that writes the journal. It waits in poll(), takes what has come, runs the hub's steps inside one write transaction,
 * commits it, and only then carries out their effects. It obeys the step and decides nothing.
 */

#define EXECUTOR_GROUP_EVENTS 16384u /* of one commit: past this, larger groups gain little and hold the answers back */
#define EXECUTOR_CHECKERS 1u         /* threads that look at frames ahead of the step; the main thread does its share */
#define EXECUTOR_GROUP_FRAMES 256u   /* of one commit: a herd of small frames must not hold the answers back either */
#define EXECUTOR_HELD 64u            /* answers that wait for the fold: one a client of the control socket */
#define EXECUTOR_HELD_MS 5000        /* ... and no longer than this: what was decided is stored already */
#define EXECUTOR_READERS_MS 60000    /* dead readers are looked for this often */
#define EXECUTOR_SEAL_MS 2000        /* the hub's own open batch is sealed with the next round, or after this much quiet */

struct executor_options {
    const char *listen;
    const char *enrol;
    const char
        *public_endpoint; /* of the main port, as nodes reach it; "": as bound; for "every address" a node takes the one it dialled */
    const char *tz;       /* POSIX TZ string in which times are shown to people */
    int64_t session_idle_ms;
    uint64_t snapshot_rows; /* as in struct hub_options */
};

/* An answer that waits until the fold has passed `position`, so that who asked reads what they wrote. */
struct executor_held {
    uint64_t client;
    uint64_t position;
    int64_t until_ms;
    int rebuilt; /* 1: a rebuild's, to be filled in with what came of it */
    json_t *answer;
};

struct executor {
    const struct executor_options *options;
    struct home *home;
    struct follower *follower;
    struct queue *requests;
    struct queue *answers;
    struct wire_hub *wire;
    struct enrol_port *port;
    struct hub *hub;
    struct checkers *checkers;
    struct effects effects;
    struct stick_table *sticks;
    struct hub_options hub_options;
    struct snapshot_table *snapshots;    /* NULL: this hub makes none */
    struct vault_desk *vault;            /* vault_desk.h */
    struct invitation_list *invitations; /* as stored */
    char endpoint[128];                  /* of the main port, as told to nodes */
    char enrol_endpoint[128];            /* of the enrolment port, likewise */
    uint64_t boot;
    int64_t started_ms;
    uint64_t tail; /* of the journal, committed */
    int unsealed;  /* 1: the hub's own log has an open batch */
    int64_t seal_ms;
    int64_t readers_ms;
    struct backup_note backup; /* the last one; position 0: none */
    int full;                  /* 1: the last write found no room */
    int64_t rekey_ms;          /* monotonic: the next look at who knows this hub's new keys */
    int64_t rekey_told_ms;     /* all were told that the port goes over; 0: not yet */
    int disowning;             /* 1: a revocation since a moment may still have events to refuse */
    uint64_t groups;
    size_t held_count;
    struct executor_held held[EXECUTOR_HELD];
};

/*
 * Everything but options, home, follower and the queues is filled in. Opens both ports; what was opened is closed again on failure. NAVETTE_E_EXISTS: a port is
 * taken; NAVETTE_E_INVALID: no endpoint.
 */
int executor_open(struct executor *executor);
/* The same without any port: a command works on the folder while no hub runs there. */
int executor_open_alone(struct executor *executor);
void executor_close(struct executor *executor);
/* Until `stop_fd` is readable (0), or a fatal code. */
int executor_run(struct executor *executor, int stop_fd);

/* The fold moved, or failed: answers that waited for it are given. */
int executor_settle(struct executor *executor);

/* ---- for the executor's own rooms (group.c, decide.c, guest.c) */

/* A write transaction of the journal; the hub's open batch is sealed in it first when it is due. NAVETTE_E_FULL. */
int executor_begin(struct executor *executor, struct store_txn **txn);
/* Seals the hub's own open batch, if there is one. */
int executor_seal(struct executor *executor, struct store_txn *txn);
/* Seals the hub's own batch when the step has just written to it: what nodes are sent of it is always whole and signed. */
int executor_seal_recorded(struct executor *executor, struct store_txn *txn);
/* Commits and takes note of the tail. Ends the transaction in any case. NAVETTE_E_FULL: nothing was kept; NAVETTE_E_STORE: stop. */
int executor_commit(struct executor *executor, struct store_txn *txn);
/* Records an event of the hub's own log inside `txn`, sealing the batch when it is full. position may be NULL. */
int executor_record(struct executor *executor, struct store_txn *txn, Navette__Event *body, uint64_t *position);
/* Gives one input without bytes to the step (journal and state are opened for reading) and carries the effects out. */
int executor_give(struct executor *executor, enum hub_input_kind kind, uint64_t session, int error);
/* Sends, closes, logs; then gives HUB_CLOSED for the sessions that turned out to have gone. */
int executor_carry_out(struct executor *executor);
/* ZAP's table = the nodes that are enrolled and not revoked, with the keys that they gave up. */
void executor_admit_all(struct executor *executor);

#endif
