/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "navette/adopted.h"
#include "navette/damage.h"
#include "navette/journal_stub.h"
#include "sync/node_prune.h"
#include "sync/node_state.h"

/* Whose log an entry is of, asked once for a run of them. */
struct owner {
    struct node_author author;
    int asked;
    int own;
    uint8_t incarnation[INCARNATION_SIZE];
};

/* Where the state can't be read, the heads that are here say what it wrote. */
static int know_own(const struct node *node, struct store_txn *from, struct owner *owner)
{
    int rc = node_author_init(node, from, &owner->author);

    if (rc == NAVETTE_E_MEMORY || rc == 0) {
        return rc;
    }
    buffer_init(&owner->author.logs);
    return 0;
}

/* A log that this store has a head of is this node's own, and so are those it wrote before it lost its store. */
static int is_own(struct store_txn *from, const uint8_t incarnation[INCARNATION_SIZE], struct owner *owner)
{
    struct log_head head;
    int rc;

    if (owner->asked && memcmp(owner->incarnation, incarnation, INCARNATION_SIZE) == 0) {
        return owner->own;
    }
    rc = journal_head(from, incarnation, &head);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    owner->asked = 1;
    owner->own = rc == 0 || node_author_wrote(&owner->author, incarnation);
    memcpy(owner->incarnation, incarnation, INCARNATION_SIZE);
    return owner->own;
}

/*
 * Put aside from its log, it stands apart there too, and waits as it did. 1: it is so, and done. One that a snapshot brought inside the entry that adopted it stands there already, and was folded where it
 * stands: once more behind it, it would count twice.
 */
static int copy_apart(struct store_txn *from, struct store_txn *to, struct journal_entry *entry)
{
    struct ref plain = entry->self;
    struct journal_entry held;
    uint64_t tail;
    int rc;

    plain.leaf = 0;
    rc = journal_find(from, &plain, &held);
    if (rc != NAVETTE_E_NOT_FOUND && rc != 0) {
        return rc;
    }
    if (rc == 0 && held.position == entry->position) {
        return 0;
    }
    rc = journal_apart(to, &entry->self, &tail);
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc == 0 ? 1 : rc;
    }
    rc = journal_tail(to, &tail);
    entry->position = tail + 1;
    if (rc == 0) {
        rc = journal_copy_apart(from, to, entry);
    }
    return rc != 0 ? rc : 1;
}

static int copy_entry(struct store_txn *from, struct store_txn *to, struct journal_entry *entry, int own)
{
    struct journal_entry inside = *entry;
    int rc = own ? copy_apart(from, to, entry) : 0;

    if (rc != 0) {
        return rc > 0 ? 0 : rc;
    }
    rc = journal_append(to, entry);
    /* A snapshot brought it. */
    if (rc == NAVETTE_E_EXISTS) {
        return 0;
    }
    if (rc != 0) {
        return rc;
    }
    rc = adopted_open(&inside);
    if (rc == 0 && ref_compare(&inside.self, &entry->self) != 0) {
        return journal_adopt(to, &inside.self, entry->position);
    }
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

/* All rows of a table that `keeps` wants. */
typedef int evict_keeps(struct store_txn *from, struct store_txn *to, struct span key, struct span value);

static int copy_rows(struct store_txn *from, struct store_txn *to, enum store_table table, evict_keeps *keeps)
{
    const uint8_t first = 0;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(from, table, &scan);

    if (rc != 0) {
        return rc;
    }
    rc = from->ops->scan_from(scan, span_of(&first, 1), &key, &value);
    while (rc == 0) {
        int kept = keeps(from, to, key, value);

        rc = kept < 0 ? kept : kept ? store_put(to, table, key, value) : 0;
        if (rc == 0) {
            rc = from->ops->scan_next(scan, &key, &value);
        }
    }
    from->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int keeps_all(struct store_txn *from, struct store_txn *to, struct span key, struct span value)
{
    (void)from;
    (void)to;
    (void)key;
    (void)value;
    return 1;
}

/* Damaged bytes may be of what it follows no more; and positions are others there. */
static int keeps_no_damage(struct store_txn *from, struct store_txn *to, struct span key, struct span value)
{
    (void)from;
    (void)to;
    (void)value;
    return !damage_is_row(key) && !journal_stub_is_row(key) && !node_prune_is_row(key);
}

/* A batch of others is proven by all of its entries, or not at all. */
static int keeps_whole(struct store_txn *from, struct store_txn *to, struct span key, struct span value)
{
    struct batch_header header;
    struct log_head head;
    struct journal_run run;
    uint64_t seq;
    uint64_t end;
    int rc;

    if (key.len != JOURNAL_NAME_SIZE || batch_header_decode(value, &header) != 0) {
        return NAVETTE_E_STORE;
    }
    rc = journal_head(from, key.data, &head);
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc == 0 ? 1 : rc;
    }
    end = header.first_seq + header.count;
    for (seq = header.first_seq; seq < end; seq = run.first + run.count) {
        rc = journal_run_find(to, key.data, seq, &run);
        if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && seq - run.first >= run.count)) {
            return 0;
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 1;
}

/* Whether a stub of others is still followed only its bytes would say: it is left behind, and the hub tells all that is followed once more. What is here already is passed over. */
static int read_again(const struct node *node, struct store_txn *from, struct store_txn *to)
{
    struct journal_pruned had;
    struct journal_pruned kept;
    struct node again = *node;
    int rc = journal_pruned(from, &had);

    rc = rc != 0 ? rc : journal_pruned(to, &kept);
    if (rc != 0 || had.entries == kept.entries) {
        return rc;
    }
    again.record.cursor = 0;
    again.dirty = 1;
    again.scope_dirty = again.rekey_dirty = again.lineage_dirty = again.clone.dirty = 0;
    rc = node_record_save(&again, to);
    return rc != 0 ? rc : node_near_clear(&again, to);
}

static int copy_rest(const struct node *node, struct store_txn *from, struct store_txn *to)
{
    struct node_scope scope = node->scope;
    int rc = copy_rows(from, to, TABLE_HEAD, keeps_all);

    if (rc == 0) {
        rc = copy_rows(from, to, TABLE_BATCH, keeps_whole);
    }
    if (rc == 0) {
        rc = copy_rows(from, to, TABLE_LOCAL, keeps_no_damage);
    }
    scope.evicting = 0;
    rc = rc != 0 ? rc : node_scope_put(&scope, to);
    return rc != 0 ? rc : read_again(node, from, to);
}

/* The entries behind *position, `max` at most. NAVETTE_E_NOT_FOUND: there are no more. */
static int copy_entries(const struct node *node, struct store_txn *from, struct store_txn *to, uint64_t max, struct owner *owner,
                        uint64_t *position)
{
    struct journal_scan scan;
    struct journal_entry entry;
    int rc = journal_scan_open(from, *position + 1, &scan);

    while (rc == 0 && max-- > 0) {
        int kept;

        rc = journal_scan_next(&scan, &entry);
        if (rc != 0 && rc != NAVETTE_E_PRUNED) {
            break;
        }
        *position = entry.position;
        /* It stands before already, and is folded there in the copy. */
        if (entry.again != 0) {
            rc = 0;
            continue;
        }
        kept = is_own(from, entry.self.incarnation, owner);
        if (rc == NAVETTE_E_PRUNED) {
            rc = kept > 0 ? journal_copy_stub(to, &entry) : kept;
            /* A damaged one is left behind: what the hub tells once more brings it. */
            rc = rc == NAVETTE_E_EXISTS || rc == NAVETTE_E_INVALID ? 0 : rc;
            continue;
        }
        if (kept == 0) {
            kept = scope_set_follows(&node->scope.set, entry.event);
        }
        rc = kept < 0 ? kept : kept ? copy_entry(from, to, &entry, owner->own) : 0;
    }
    journal_scan_close(&scan);
    return rc;
}

int node_evict_copy(const struct node *node, struct store_txn *from, struct store_txn *to, uint64_t max, uint64_t *position, int *done)
{
    struct owner owner = {.asked = 0};
    int rc = know_own(node, from, &owner);

    *done = 0;
    if (rc != 0) {
        return rc;
    }
    rc = copy_entries(node, from, to, max, &owner, position);
    node_author_free(&owner.author);
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = copy_rest(node, from, to);
    *done = rc == 0;
    return rc;
}
