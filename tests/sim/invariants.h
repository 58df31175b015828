/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_INVARIANTS_H
#define NAVETTE_SIM_INVARIANTS_H

#include "navette/effects.h"
#include "navette/node.h"

/*
 * What must hold whatever fails. Each has a name, printed when it does not:
 *   ack-not-synced    an ACK names a number that is not in the hub's synced journal
 *   ack-level         an ACK claims more than DURABLE, which nothing here gives
 *   durable-lost      a number acknowledged DURABLE to a node is not in the hub's synced journal
 *   scan-lost         a scan that was answered is not in its node's log, or not at the hub once at rest
 *   log-gap, log-duplicate, journal-gap, entry-altered, entry-invented, entry-unreadable     of any log, anywhere
 *   delta-early       a node holds what the hub has not stored
 *   push-unsynced     a node sent what its own disk may still lose
 *   cursor-ahead      a node's cursor has passed something that concerns it and that it does not hold
 *   in-step-false     a node says that it holds all the hub had when it was asked, and does not
 *   frontier-false    the hub notes of a node what is not so
 *   watermark-back    durable, cursor or hub position went back
 *   false-alarm       a clone, fork or restored store is reported where there is none
 *   backup-false      a node is told that the hub's backup has what it has not
 *   clone-served      a machine that is held as a clone, or was not chosen, is acknowledged or given something
 *   clone-false       the hub tells everybody of a clone of a node that nobody is
 *   adopted-altered   an adopted entry has not the bytes and the name that its node once gave it
 *   flip-unseen       a bit of a stored entry has flipped, and verifying the log finds nothing
 *   revoked-served    a revoked node is given something
 *   frame-broken, frame-size, effects-bound     what a step emits is whole and bounded
 *   step-result       a step returns what its header does not allow
 *   credit            a node sends more than the hub has allowed
 *   scope-missing, scope-extra, relay-packing, relay-title    what an own-scope node holds
 *   not-given-back    what the hub had, lost with its disk, and a node that follows the network still holds whole is not with it at rest
 *   stolen-kept, stolen-more      after `revoke --since`: all that came under the key since the moment is refused, and nothing that came before
 *   snapshot-false    a snapshot that came whole does not fold to the digest that its manifest says
 *   thief-heard       something from a stolen machine is journaled after the machine was replaced
 *   operator-refused  refused for want of a declared operator, by no rule of its place or though he was declared
 *   liveness          not at rest in time after everything has healed
 *   pool-balance      bags without a tag: here, with persons, on the road and lost are not what is owned
 *   verdict-early     a verdict waits for nobody, and a node concerned had recorded something before it opened that the hub has not got
 *   verdict-wrong     proven, and withdrawn by what a node concerned had recorded before it opened
 *   findings-kept, findings-equal, findings-fresh     what is found follows from the set: at the hub, at every replica, in any order of arrival
 *   digest-fresh, fold-check, digest-equal, chain-verify, state-ahead     at rest
 */
struct world;

/* After a step, before anything is carried out: effects from `first` on. */
void invariants_hub_effects(struct world *world, const struct effects *effects, size_t first);
void invariants_node_effects(struct world *world, size_t node, const struct effects *effects);
/* A frame has come to a node that will be given to its step. */
void invariants_node_frame(struct world *world, size_t node, struct span frame);
/* After a sync: the disk is what it says. */
void invariants_hub_synced(struct world *world, struct store_txn *journal);
void invariants_node_synced(struct world *world, size_t node, struct store_txn *txn);
void invariants_hub_started(struct world *world);

/* Hash of what is found here and not withdrawn. */
int audit_findings(struct store_txn *state, uint8_t digest[HASH_SIZE]);
void invariants_audit(struct world *world); /* the full ones, while faults go on */
/* 1 when nothing is left to do; else why not. */
int invariants_at_rest(struct world *world, char *why, size_t size);
void invariants_final(struct world *world); /* at rest */

#endif
