/* SPDX-License-Identifier: Apache-2.0 */
#include "treap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

/* Key and value are a block of their own, counted too: a node that is copied for its links does not copy them. */
struct row {
    size_t holders;
    size_t key_len;
    size_t value_len;
    uint8_t bytes[];
};

struct treap_node {
    struct treap_node *left;
    struct treap_node *right;
    struct row *row;
    size_t holders;
    uint32_t priority;
};

static struct row *row_new(struct span key, struct span value)
{
    struct row *row = malloc(sizeof(*row) + key.len + value.len);

    if (row == NULL)
        return NULL;
    row->holders = 1;
    row->key_len = key.len;
    row->value_len = value.len;
    memcpy(row->bytes, key.data, key.len);
    if (value.len > 0)
        memcpy(row->bytes + key.len, value.data, value.len);
    return row;
}

static void row_drop(struct row *row)
{
    if (--row->holders == 0)
        free(row);
}

struct span treap_key(const struct treap_node *node)
{
    return span_of(node->row->bytes, node->row->key_len);
}

struct span treap_value(const struct treap_node *node)
{
    return span_of(node->row->bytes + node->row->key_len, node->row->value_len);
}

void treap_share(struct treap_node *root)
{
    if (root != NULL)
        root->holders++;
}

void treap_drop(struct treap_node *root)
{
    while (root != NULL && --root->holders == 0) {
        struct treap_node *right = root->right;

        treap_drop(root->left);
        row_drop(root->row);
        free(root);
        root = right;
    }
}

/* Makes *at a node that one tree alone holds. */
static int own(struct treap_node **at)
{
    struct treap_node *node = *at;
    struct treap_node *copy;

    if (node->holders == 1)
        return 0;
    copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return NAVETTE_E_MEMORY;
    *copy = *node;
    copy->holders = 1;
    copy->row->holders++;
    treap_share(copy->left);
    treap_share(copy->right);
    node->holders--;
    *at = copy;
    return 0;
}

const struct treap_node *treap_find(const struct treap_node *root, struct span key)
{
    while (root != NULL) {
        int order = span_compare(key, treap_key(root));

        if (order == 0)
            return root;
        root = order < 0 ? root->left : root->right;
    }
    return NULL;
}

const struct treap_node *treap_last(const struct treap_node *root)
{
    while (root != NULL && root->right != NULL)
        root = root->right;
    return root;
}

static void rotate_right(struct treap_node **at)
{
    struct treap_node *top = *at;
    struct treap_node *left = top->left;

    top->left = left->right;
    left->right = top;
    *at = left;
}

static void rotate_left(struct treap_node **at)
{
    struct treap_node *top = *at;
    struct treap_node *right = top->right;

    top->right = right->left;
    right->left = top;
    *at = right;
}

static int put(struct treap_node **at, struct row *row, uint32_t priority, size_t *replaced)
{
    struct treap_node *node = *at;
    int order;
    int rc;

    if (node == NULL) {
        node = malloc(sizeof(*node));
        if (node == NULL)
            return NAVETTE_E_MEMORY;
        *node = (struct treap_node){.row = row, .holders = 1, .priority = priority};
        *at = node;
        return 0;
    }
    rc = own(at);
    if (rc != 0)
        return rc;
    node = *at;
    order = span_compare(span_of(row->bytes, row->key_len), treap_key(node));
    if (order == 0) {
        *replaced = node->row->key_len + node->row->value_len;
        row_drop(node->row);
        node->row = row;
        return 0;
    }
    rc = put(order < 0 ? &node->left : &node->right, row, priority, replaced);
    if (rc != 0)
        return rc;
    if (order < 0 && node->left->priority > node->priority)
        rotate_right(at);
    else if (order > 0 && node->right->priority > node->priority)
        rotate_left(at);
    return 0;
}

int treap_put(struct treap_node **root, struct span key, struct span value, uint32_t priority, size_t *replaced)
{
    struct row *row = row_new(key, value);
    int rc;

    *replaced = 0;
    if (row == NULL)
        return NAVETTE_E_MEMORY;
    rc = put(root, row, priority, replaced);
    if (rc != 0)
        row_drop(row);
    return rc;
}

/* Joins two trees, all of whose keys are before and after; takes both over. */
static int merge(struct treap_node **at, struct treap_node *left, struct treap_node *right)
{
    int rc;

    if (left == NULL || right == NULL) {
        *at = left == NULL ? right : left;
        return 0;
    }
    *at = left->priority > right->priority ? left : right;
    if (*at == left) {
        rc = own(at);
        return rc != 0 ? rc : merge(&(*at)->right, (*at)->right, right);
    }
    rc = own(at);
    return rc != 0 ? rc : merge(&(*at)->left, left, (*at)->left);
}

int treap_del(struct treap_node **root, struct span key, size_t *removed)
{
    struct treap_node *node;

    *removed = 0;
    if (treap_find(*root, key) == NULL)
        return NAVETTE_E_NOT_FOUND;
    for (;;) {
        int order;

        if (own(root) != 0)
            return NAVETTE_E_MEMORY;
        node = *root;
        order = span_compare(key, treap_key(node));
        if (order == 0)
            break;
        root = order < 0 ? &node->left : &node->right;
    }
    *removed = node->row->key_len + node->row->value_len;
    /* A merge that runs out of memory would lose rows: tests that count allocations stop before store calls. */
    if (merge(root, node->left, node->right) != 0)
        abort();
    row_drop(node->row);
    free(node);
    return 0;
}

static void push(struct treap_cursor *cursor, const struct treap_node *node)
{
    assert(cursor->depth < TREAP_DEPTH);
    cursor->path[cursor->depth++] = node;
}

static const struct treap_node *top(const struct treap_cursor *cursor)
{
    return cursor->depth == 0 ? NULL : cursor->path[cursor->depth - 1];
}

/* Goes down towards key; the best node met on the way is where the path is cut. */
static const struct treap_node *seek(struct treap_cursor *cursor, const struct treap_node *root, struct span key, int forward)
{
    size_t best = 0;

    cursor->depth = 0;
    while (root != NULL) {
        int order = span_compare(key, treap_key(root));

        push(cursor, root);
        if (order == 0)
            return root;
        if ((order < 0) == forward)
            best = cursor->depth;
        root = order < 0 ? root->left : root->right;
    }
    cursor->depth = best;
    return top(cursor);
}

const struct treap_node *treap_cursor_from(struct treap_cursor *cursor, const struct treap_node *root, struct span key)
{
    return seek(cursor, root, key, 1);
}

const struct treap_node *treap_cursor_upto(struct treap_cursor *cursor, const struct treap_node *root, struct span key)
{
    return seek(cursor, root, key, 0);
}

static const struct treap_node *child(const struct treap_node *node, int forward)
{
    return forward ? node->right : node->left;
}

static const struct treap_node *step(struct treap_cursor *cursor, int forward)
{
    const struct treap_node *node = top(cursor);
    const struct treap_node *below;

    if (node == NULL)
        return NULL;
    below = child(node, forward);
    if (below != NULL) {
        for (; below != NULL; below = child(below, !forward))
            push(cursor, below);
        return top(cursor);
    }
    do {
        node = top(cursor);
        cursor->depth--;
    } while (cursor->depth > 0 && child(top(cursor), forward) == node);
    return top(cursor);
}

const struct treap_node *treap_cursor_next(struct treap_cursor *cursor)
{
    return step(cursor, 1);
}

const struct treap_node *treap_cursor_prev(struct treap_cursor *cursor)
{
    return step(cursor, 0);
}

int treap_equal(const struct treap_node *a, const struct treap_node *b)
{
    static const uint8_t first[1] = {0};
    struct treap_cursor at_a;
    struct treap_cursor at_b;

    a = treap_cursor_from(&at_a, a, span_of(first, 0));
    b = treap_cursor_from(&at_b, b, span_of(first, 0));
    while (a != NULL && b != NULL) {
        if (!span_equal(treap_key(a), treap_key(b)) || !span_equal(treap_value(a), treap_value(b)))
            return 0;
        a = treap_cursor_next(&at_a);
        b = treap_cursor_next(&at_b);
    }
    return a == NULL && b == NULL;
}
