/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_HUB_STICK_H
#define NAVETTE_HUB_STICK_H

#include "navette/hub.h"

/*
 * The hub's step for what comes on a stick (bundle.h): the same greeting, the same batches through the same path as on a line, in any order, any number of times. No session stands for
 * it: a line of the same node goes on beside it, and the journal decides which came first. Where a line asks back, the stick has to do with what it brought: where the branches of
 * a fork part is found in the batches themselves, and the answer tells it.
 */
struct hub_stick;

struct hub_stick *hub_stick_new(void); /* NULL: no memory */
void hub_stick_free(struct hub_stick *stick);

struct hub_stick_info {
    Navette__Verdict
        verdict; /* IN_STEP, HUB_BEHIND, HUB_RESTORED, RESET: its batches are taken; FORK: only looked at; CLONE, REFUSED: not even that */
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t claimed; /* where the log ended when the stick was written */
    uint64_t held;    /* where it ends here now */
    uint64_t from;    /* what is to be told: positions behind this one */
    uint64_t taken;   /* events that this stick brought and that were not here */
    uint64_t again;   /* events that were */
    uint64_t refused; /* of those taken, which its keys of before a replacement keep from counting */
};
/* Read once a transaction is committed: what it did counts only then. */
int hub_stick_info(struct hub_stick *stick, struct store_txn *journal, struct hub_stick_info *info);

/*
 * To be said before the greeting: the stick is signed with keys of a machine that was replaced. It may have been on its way, or be a thief's: what it brings that is not here is kept and refused (EventRefused,
 * KEY_STOLEN), event by event, until the desk lets it in (`retry`); what it says of itself is not noted. What the machine that came after has brought of it already counts as it did.
 */
void hub_stick_replaced(struct hub_stick *stick);

/* To be said likewise: signed with keys that its node gave up. Where its log parts from the one that is held, people are told of it (hub_session_info). */
void hub_stick_given_up(struct hub_stick *stick);

/*
 * The greeting, a HELLO frame as `node` wrote it. input: as HUB_FRAME, with a write transaction. A log that the hub hears of for the first time is registered.
 * NAVETTE_E_NOT_FOUND: no such node; NAVETTE_E_REFUSED: revoked, a clone, or a log that is another node's; NAVETTE_E_INVALID: no greeting of this node; NAVETTE_E_BUSY: the hub's own batch
 * is full, seal it (log.h) and ask again in the same transaction. NAVETTE_E_FULL and fatal codes: abort.
 */
int hub_stick_greet(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const uint8_t node[NODE_ID_SIZE],
                    struct span hello, struct effects *effects);

/*
 * One PUSH frame. 0: taken, safe once the transaction is committed and synced. NAVETTE_E_EXISTS: held already. NAVETTE_E_GAP: what comes before it is not here. NAVETTE_E_CHAIN: a fork
 * (info's verdict says so from then on). NAVETTE_E_SIGNATURE, NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE, NAVETTE_E_REFUSED: not let in. NAVETTE_E_BUSY, NAVETTE_E_FULL, fatal: as above.
 */
int hub_stick_push(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span frame, struct effects *effects);

/* After the last of them: the frontier that it was written with is noted, unless it is no news. Same codes as for a greeting. */
int hub_stick_state(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct effects *effects);

/* The receipt, a WELCOME to be sent as the only effect. input->journal: committed. */
int hub_stick_receipt(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct effects *effects);
/*
 * The next DELTA, of what the node has not seen, up to `limit`; a node that follows only its places needs input->state, folded up to there. *to: where it ends.
 * NAVETTE_E_NOT_FOUND: nothing more.
 */
int hub_stick_delta(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, uint64_t limit, uint64_t *to,
                    struct effects *effects);

/* How many entries a FETCH frame asks for. NAVETTE_E_INVALID: it is none. */
int hub_stick_wants(struct span frame, size_t *count);
/*
 * Answers a FETCH frame of the stick from its entry *next on (0 at first), by a FETCHED frame as the only effect, in which each entry is named; *next goes on. What the node's scope does not give is not given.
 * NAVETTE_E_NOT_FOUND: all of it is answered; NAVETTE_E_INVALID: no such frame. input->journal: committed.
 */
int hub_stick_fetch(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span frame, size_t *next,
                    struct effects *effects);

#endif
