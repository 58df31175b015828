/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

/*
 * What this node follows, and how it goes from one scope to the next. It has one row of its own in TABLE_LOCAL, written in the transaction of the step that learnt it.
 *
 *                 another scope is told                  what it gives no more is gone (node_evict.c)
 *   following ----------------------------> evicting -------------------------------------------------+
 *       ^      \                                                                                       |
 *       |       \ nothing has to go                                                                    v
 *       |        +-------------------------------------------------------------------------------> completing
 *       |                                                                                              |
 *       +-------------------------- everything behind the cursor that it came to give is here ---------+
 *
 * Told of another one on the way, it begins anew from where it stands. While it is evicting it asks for nothing; its own log goes on.
 */

#define ROW_VERSION 1u

int node_scope_load(struct node *node, struct store_txn *txn)
{
    struct node_scope *scope = &node->scope;
    struct span value;
    struct reader reader;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(NODE_SCOPE_ROW), &value);

    memset(scope, 0, sizeof *scope);
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    reader = reader_of(value);
    if (reader_u8(&reader) != ROW_VERSION) {
        return NAVETTE_E_STORE;
    }
    scope->known = 1;
    scope->epoch = reader_u32(&reader);
    scope->role = (Navette__Role)reader_u8(&reader);
    scope->set.kind = (Navette__Scope)reader_u8(&reader);
    scope->evicting = reader_u8(&reader);
    scope->back_cursor = reader_u64(&reader);
    scope->back_end = reader_u64(&reader);
    scope->held = reader_u32(&reader);
    scope->evicted = reader_u8(&reader);
    scope->unsettled = reader_u64(&reader);
    scope->set.place_count = reader_u8(&reader);
    if (scope->set.place_count > LIMIT_NODE_PLACES) {
        return NAVETTE_E_STORE;
    }
    for (size_t i = 0; i < scope->set.place_count; i++) {
        reader_copy_string(&reader, scope->set.places[i], sizeof scope->set.places[i]);
    }
    return reader.failed ? NAVETTE_E_STORE : 0;
}

int node_scope_put(const struct node_scope *scope, struct store_txn *txn)
{
    struct buffer row = {0};
    int rc = buffer_append_u8(&row, ROW_VERSION);

    rc = rc != 0 ? rc : buffer_append_u32(&row, scope->epoch);
    rc = rc != 0 ? rc : buffer_append_u8(&row, (uint8_t)scope->role);
    rc = rc != 0 ? rc : buffer_append_u8(&row, (uint8_t)scope->set.kind);
    rc = rc != 0 ? rc : buffer_append_u8(&row, (uint8_t)scope->evicting);
    rc = rc != 0 ? rc : buffer_append_u64(&row, scope->back_cursor);
    rc = rc != 0 ? rc : buffer_append_u64(&row, scope->back_end);
    rc = rc != 0 ? rc : buffer_append_u32(&row, scope->held);
    rc = rc != 0 ? rc : buffer_append_u8(&row, (uint8_t)scope->evicted);
    rc = rc != 0 ? rc : buffer_append_u64(&row, scope->unsettled);
    rc = rc != 0 ? rc : buffer_append_u8(&row, (uint8_t)scope->set.place_count);
    for (size_t i = 0; i < scope->set.place_count && rc == 0; i++) {
        rc = buffer_append_string(&row, scope->set.places[i]);
    }
    if (rc == 0) {
        rc = store_put(txn, TABLE_LOCAL, span_of_string(NODE_SCOPE_ROW), buffer_span(&row));
    }
    buffer_free(&row);
    return rc;
}

int node_scope_save(struct node *node, struct store_txn *txn)
{
    int rc = node->scope_dirty ? node_scope_put(&node->scope, txn) : 0;

    node->scope_dirty = rc != 0;
    return rc;
}

/* Does this store hold anything but the log that it writes? */
static int holds_more(const struct node *node, struct store_txn *txn, int *more)
{
    struct log_head head;
    uint64_t tail;
    int rc = journal_tail(txn, &tail);

    if (rc == 0) {
        rc = journal_head(txn, node->incarnation, &head);
    }
    *more = rc == 0 && (tail > head.seq || node->record.cursor > 0);
    return rc;
}

/* Everything that the scope gives behind the cursor is to be had again, or for the first time. */
static void begin_back(struct node *node, uint32_t held)
{
    struct node_scope *scope = &node->scope;

    if (scope->back_end == 0) {
        scope->held = held;
    }
    /* What an earlier eviction took away was of no scope that is counted on since. */
    if (scope->evicted) {
        scope->held = 0;
    }
    scope->back_cursor = 0;
    scope->back_end = node->record.cursor;
}

static void note_complete(struct node *node)
{
    struct node_scope *scope = &node->scope;

    scope->back_cursor = 0;
    scope->back_end = 0;
    scope->evicted = 0;
    scope->held = scope->epoch + 1;
    node->scope_dirty = 1;
}

/*
 * The scope of `epoch`. What this store holds was taken in under the one before, or under one that it never wrote down: then everything that is not its own may have to
 * go, and the hub is asked for what it may lack unless its cursor is of the same epoch.
 */
int node_scope_take(struct node *node, const struct node_input *input, const Navette__ScopeTold *told, uint32_t epoch,
                    struct effects *effects)
{
    struct node_scope *scope = &node->scope;
    struct scope_set set;
    struct log_head head;
    int same_epoch = node->record.scope_epoch == epoch;
    uint32_t held = scope->known ? scope->epoch + 1 : same_epoch ? epoch + 1 : 0;
    int narrows;
    int more = 0;
    int rc = scope_set_make(&set, told->scope, told->places, told->n_places);

    if (rc != 0) {
        return effects_log(effects, EFFECT_ERROR, 0, "the hub tells of a scope that cannot be: left out");
    }
    rc = holds_more(node, input->txn, &more);
    if (rc == 0) {
        rc = journal_head(input->txn, node->incarnation, &head);
    }
    if (rc != 0) {
        return rc;
    }
    narrows = more && (scope->known ? !scope_set_covers(&set, &scope->set) : set.kind != NAVETTE__SCOPE__SCOPE_NETWORK);
    if (more && (narrows || (scope->known ? !scope_set_covers(&scope->set, &set) : !same_epoch))) {
        begin_back(node, held);
    }
    scope->evicting |= narrows;
    scope->evicted |= narrows;
    scope->known = 1;
    scope->epoch = epoch;
    scope->role = told->role;
    scope->set = set;
    scope->unsettled = head.seq;
    node->record.scope_epoch = epoch;
    node->dirty = 1;
    node->scope_dirty = 1;
    if (scope->back_end == 0) {
        note_complete(node);
    }
    return effects_log(effects, EFFECT_INFO, 0, "scope %u: %s, %zu places%s%s", epoch,
                       set.kind == NAVETTE__SCOPE__SCOPE_NETWORK ? "the network" : "what concerns its places", set.place_count,
                       scope->evicting ? "; what it gives no more is taken away" : "",
                       scope->back_end > 0 ? "; what it came to give is asked for" : "");
}

void node_scope_ask(struct node *node, Navette__Pull *pull)
{
    struct node_scope *scope = &node->scope;

    /* Whatever comes after the cursor comes as news: it has gone back. */
    if (scope->back_end > node->record.cursor) {
        scope->back_end = node->record.cursor;
        node->scope_dirty = 1;
    }
    if (scope->back_cursor >= scope->back_end && scope->known && scope->held != scope->epoch + 1) {
        note_complete(node);
    }
    if (scope->unsettled > 0 && node->record.durable >= scope->unsettled) {
        scope->unsettled = 0;
        node->scope_dirty = 1;
    }
    pull->back_cursor = scope->back_cursor;
    pull->back_end = scope->back_end;
    pull->held_epoch = scope->held;
    pull->settled = scope->unsettled == 0 && !node->record.adopting;
}

int node_scope_came(struct node *node, uint64_t to, struct effects *effects)
{
    struct node_scope *scope = &node->scope;

    scope->back_cursor = to;
    node->scope_dirty = 1;
    if (to < scope->back_end) {
        return 0;
    }
    note_complete(node);
    return effects_log(effects, EFFECT_INFO, 0, "everything that scope %u gives is here", scope->epoch);
}

int node_scope_settles(const struct node *node)
{
    return node->scope.unsettled > 0 && node->record.durable >= node->scope.unsettled;
}

/* What has to go goes when nothing of it is still wanted: by a hub that lost it, or by the log that it will enter. */
int node_scope_evict(struct node *node, struct effects *effects)
{
    if (!node->scope.evicting || node->scope.asked || node->record.giving || node->record.adopting) {
        return 0;
    }
    node->scope.asked = 1;
    return effects_add(effects, EFFECT_EVICT, 0) == NULL ? NAVETTE_E_MEMORY : 0;
}

int node_evicts(const struct node *node)
{
    return node->scope.evicting && !node->record.giving && !node->record.adopting;
}

int node_follows(const struct node *node, struct node_following *following)
{
    const struct node_scope *scope = &node->scope;

    if (!scope->known) {
        return NAVETTE_E_NOT_FOUND;
    }
    following->epoch = scope->epoch;
    following->role = scope->role;
    following->set = &scope->set;
    following->evicting = scope->evicting;
    following->back_cursor = scope->back_cursor;
    following->back_end = scope->back_end;
    return 0;
}
