/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_NODE_PRUNE_H
#define SYNC_NODE_PRUNE_H

#include "navette/node.h"

/*
 * What is safe at the hub is so because its author has it too, whatever becomes of the hub and its backup. An author's logs: what this store has a head of, under whatever incarnation of this node or of one that it
 * was before; what these continue; and what the hub says that this node began, stated or began after, also on a machine that is lost. What it adopted stands in them, with its bytes.
 */
struct node_author {
    struct buffer logs; /* names, one behind the other */
};

/* To be freed when it answers 0. NAVETTE_E_MEMORY, codes of store.h. */
int node_author_init(const struct node *node, struct store_txn *txn, struct node_author *author);
/* 1 or 0. */
int node_author_wrote(const struct node_author *author, const uint8_t incarnation[INCARNATION_SIZE]);
void node_author_free(struct node_author *author);

/*
 * Whoever has no line for weeks must have what it may need: only while the line has been there for two weeks with no gap of more than one (on the hub's clock, by sessions; sticks do not count) anything goes. A node
 * that keeps less than two weeks needs the line for as long; one that keeps less than a day is a trial.
 */
/* The hub was heard of by the line of a session. */
int node_steady_note(const struct node *node, struct store_txn *txn);
/* 1 or 0. */
int node_steady_is(const struct node *node, struct store_txn *txn);

#endif
