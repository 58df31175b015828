/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_TREAP_H
#define TESTS_TREAP_H

#include "navette/span.h"

/*
 * A persistent ordered map: nodes are counted, and written in place only while one tree alone holds them. A root is a counted pointer,
 * NULL for an empty tree.
 */
struct treap_node;

void treap_share(struct treap_node *root); /* one more holder */
void treap_drop(struct treap_node *root);  /* one less */

struct span treap_key(const struct treap_node *node);
struct span treap_value(const struct treap_node *node);
const struct treap_node *treap_find(const struct treap_node *root, struct span key); /* NULL: absent */
const struct treap_node *treap_last(const struct treap_node *root);                  /* NULL: empty */

/* *replaced: bytes of the key and value that were there, 0 when it is new. 0 or NAVETTE_E_MEMORY. */
int treap_put(struct treap_node **root, struct span key, struct span value, uint32_t priority, size_t *replaced);
/* *removed: bytes of key and value. 0, NAVETTE_E_NOT_FOUND, NAVETTE_E_MEMORY. */
int treap_del(struct treap_node **root, struct span key, size_t *removed);

/* A place in a tree that does not change meanwhile. */
#define TREAP_DEPTH 192u
struct treap_cursor {
    const struct treap_node *path[TREAP_DEPTH]; /* from the root to where it stands */
    size_t depth;                               /* 0: stands nowhere */
};
/* Each returns the node it stands on after it, NULL when there is none. */
const struct treap_node *treap_cursor_from(struct treap_cursor *cursor, const struct treap_node *root, struct span key);
const struct treap_node *treap_cursor_upto(struct treap_cursor *cursor, const struct treap_node *root, struct span key);
const struct treap_node *treap_cursor_next(struct treap_cursor *cursor);
const struct treap_node *treap_cursor_prev(struct treap_cursor *cursor);

int treap_equal(const struct treap_node *a, const struct treap_node *b); /* same rows: 1 or 0 */

#endif
