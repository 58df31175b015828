/* SPDX-License-Identifier: Apache-2.0 */
#include "truth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/adopted.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "prune.h"
#include "world.h"

size_t truth_add_log(struct truth *truth, const uint8_t incarnation[INCARNATION_SIZE], size_t owner)
{
    struct truth_log *log = &truth->logs[truth->log_count];

    if (truth->log_count == TRUTH_LOGS) {
        abort();
    }
    *log = (struct truth_log){.owner = owner};
    memcpy(log->incarnation, incarnation, INCARNATION_SIZE);
    return truth->log_count++;
}

size_t truth_find_log(const struct truth *truth, const uint8_t incarnation[INCARNATION_SIZE])
{
    for (size_t i = 0; i < truth->log_count; i++) {
        if (memcmp(truth->logs[i].incarnation, incarnation, INCARNATION_SIZE) == 0) {
            return i;
        }
    }
    return TRUTH_LOGS;
}

void truth_free(struct truth *truth)
{
    for (size_t i = 0; i < truth->log_count; i++) {
        free(truth->logs[i].entries);
        free(truth->logs[i].newest);
    }
    free(truth->rows);
    free(truth->visits);
    refusals_free(&truth->refusals);
}

void truth_shelf_free(struct truth_shelf *shelf)
{
    for (size_t i = 0; i < TRUTH_LOGS; i++) {
        free(shelf->has[i]);
    }
    memset(shelf, 0, sizeof(*shelf));
}

int truth_shelf_has(const struct truth_shelf *shelf, size_t log, size_t entry)
{
    return entry < shelf->capacity[log] && shelf->has[log][entry];
}

int truth_shelf_has_number(const struct world *world, size_t node, size_t which, uint64_t seq)
{
    const struct truth_log *log = &world->truth.logs[which];
    size_t at = seq >= 1 && seq <= log->newest_capacity ? log->newest[seq - 1] : 0;

    while (at != 0 && !truth_shelf_has(&world->nodes[node].shelf, which, at - 1)) {
        at = log->entries[at - 1].other;
    }
    return at != 0;
}

size_t truth_find_entry(const struct truth_log *log, uint64_t seq, uint64_t leaf)
{
    size_t at = seq >= 1 && seq <= log->newest_capacity ? log->newest[seq - 1] : 0;

    while (at != 0 && log->entries[at - 1].leaf != leaf) {
        at = log->entries[at - 1].other;
    }
    return at == 0 ? SIZE_MAX : at - 1;
}

uint64_t truth_position(const struct truth_log *log, uint64_t seq)
{
    size_t at = seq >= 1 && seq <= log->newest_capacity ? log->newest[seq - 1] : 0;

    while (at != 0 && log->entries[at - 1].position == 0) {
        at = log->entries[at - 1].other;
    }
    return at == 0 ? UINT64_MAX : log->entries[at - 1].position;
}

const struct truth_entry *truth_own(const struct world *world, size_t node, uint64_t seq)
{
    const struct node_host *host = &world->nodes[node];

    return seq == 0 || seq > host->own.count ? NULL : &world->truth.logs[host->log].entries[host->own.entries[seq - 1]];
}

static int is_held(const struct truth_entry *entry)
{
    return entry->position != 0 || entry->adopted != 0;
}

/* Of this node, or of the copy of it that is running. */
static int is_on_disk(const struct world *world, size_t node, size_t log, size_t entry)
{
    for (size_t i = 0; i < world->host_count; i++) {
        const struct node_host *host = &world->nodes[i];

        if (host->self == node && !host->retired && truth_shelf_has(&host->shelf, log, entry)) {
            return 1;
        }
    }
    return 0;
}

void truth_mark_lost(struct world *world, size_t node)
{
    for (size_t i = 0; i < world->truth.log_count; i++) {
        struct truth_log *log = &world->truth.logs[i];

        for (size_t k = 0; log->owner == node && k < log->count; k++) {
            struct truth_entry *entry = &log->entries[k];
            int lost = !is_held(entry) && !is_on_disk(world, node, i, k);

            world->tally.destroyed += lost && !entry->lost;
            entry->lost = lost;
        }
    }
}

void truth_leave_adoptions(struct world *world, size_t node)
{
    for (size_t i = 0; i < world->truth.log_count; i++) {
        struct truth_log *log = &world->truth.logs[i];

        for (size_t k = 0; log->owner == node && k < log->count; k++) {
            log->entries[k].lost |= log->entries[k].adopts && !is_held(&log->entries[k]) && !is_on_disk(world, node, i, k);
        }
    }
}

int64_t truth_unheld_since(const struct world *world, size_t node)
{
    int64_t since_ms = INT64_MAX;

    for (size_t i = 0; i < world->truth.log_count; i++) {
        const struct truth_log *log = &world->truth.logs[i];

        for (size_t k = log->owner == node ? log->count : 0; k-- > 0;) {
            const struct truth_entry *entry = &log->entries[k];

            if (!is_held(entry) && !entry->lost && entry->since_ms < since_ms) {
                since_ms = entry->since_ms;
            }
        }
    }
    return since_ms;
}

/* 0 when it was there already. */
static int put_on_shelf(struct truth_shelf *shelf, size_t log, size_t entry)
{
    if (entry >= shelf->capacity[log]) {
        size_t capacity = (entry + 1) * 2;
        uint8_t *has = world_alloc(capacity);

        if (shelf->capacity[log] > 0) {
            memcpy(has, shelf->has[log], shelf->capacity[log]);
        }
        free(shelf->has[log]);
        shelf->has[log] = has;
        shelf->capacity[log] = capacity;
    }
    if (shelf->has[log][entry]) {
        return 0;
    }
    shelf->has[log][entry] = 1;
    return 1;
}

static size_t add_entry(struct world *world, struct truth_log *log, const struct journal_entry *entry)
{
    struct journal_entry inside = *entry;

    while (log->newest_capacity < entry->self.seq) {
        size_t before = log->newest_capacity;

        log->newest = world_grow(log->newest, before, &log->newest_capacity, sizeof(*log->newest));
        memset(log->newest + before, 0, (log->newest_capacity - before) * sizeof(*log->newest));
    }
    log->entries = world_grow(log->entries, log->count, &log->capacity, sizeof(*log->entries));
    log->entries[log->count] = (struct truth_entry){.seq = entry->self.seq,
                                                    .leaf = entry->self.leaf,
                                                    .crc = crc32c(0, entry->event),
                                                    .len = (uint32_t)entry->event.len,
                                                    .since_ms = world->now_ms,
                                                    .other = log->newest[entry->self.seq - 1]};
    log->entries[log->count].adopts = adopted_open(&inside) == 0 && ref_compare(&inside.self, &entry->self) != 0;
    world->tally.branched += log->newest[entry->self.seq - 1] != 0;
    log->newest[entry->self.seq - 1] = log->count + 1;
    return log->count++;
}

/* The writer's own synced log has grown by this entry: from now on it is what everybody else's copy is held against. */
static void learn(struct world *world, struct truth_log *log, struct truth_branch *own, const struct journal_entry *entry)
{
    uint64_t seq = entry->self.seq;
    size_t at;

    if (seq == 0 || (seq <= own->count && own->entries[seq - 1] != SIZE_MAX)) {
        world_fail(world, "log-duplicate", "own log goes from %zu to %" PRIu64, own->count, seq);
        return;
    }
    at = truth_find_entry(log, seq, entry->self.leaf);
    while (own->count < seq) {
        own->entries = world_grow(own->entries, own->count, &own->capacity, sizeof(*own->entries));
        own->entries[own->count++] = SIZE_MAX;
        own->holes++;
    }
    own->entries[seq - 1] = at == SIZE_MAX ? add_entry(world, log, entry) : at;
    own->holes--;
}

static void check_whole(struct world *world, const char *who, const struct truth_branch *own)
{
    if (!world->failed && own->holes > 0) {
        world_fail(world, "log-gap", "%s: its own log, of %zu, lacks %zu", who, own->count, own->holes);
    }
}

/* Which entry it is. SIZE_MAX when the world has failed. */
static size_t compare(struct world *world, const char *who, const struct truth_log *log, const struct journal_entry *entry)
{
    size_t at = truth_find_entry(log, entry->self.seq, entry->self.leaf);

    if (entry->self.seq == 0 || entry->self.seq > log->newest_capacity || log->newest[entry->self.seq - 1] == 0) {
        world_fail(world, "entry-invented", "%s holds number %" PRIu64 ", which nobody has written", who, entry->self.seq);
    } else if (at != SIZE_MAX && entry->stub.len > 0) {
        return at; /* a stub: bytes were looked at when they came */
    } else if (at == SIZE_MAX || log->entries[at].len != entry->event.len || log->entries[at].crc != crc32c(0, entry->event)) {
        world_fail(world, "entry-altered", "%s holds other bytes under number %" PRIu64, who, entry->self.seq);
    }
    world->tally.checked++;
    return world->failed ? SIZE_MAX : at;
}

/* What stands inside an adopted entry is what its node once wrote, to the byte. */
static void check_adopted(struct world *world, const struct journal_entry *entry, const struct journal_entry *opened)
{
    size_t which = truth_find_log(&world->truth, opened->self.incarnation);
    struct truth_log *log = &world->truth.logs[which];
    size_t at = which == TRUTH_LOGS ? SIZE_MAX : truth_find_entry(log, opened->self.seq, opened->self.leaf);

    if (at == SIZE_MAX || log->entries[at].len != opened->event.len || log->entries[at].crc != crc32c(0, opened->event)) {
        world_fail(world, "adopted-altered", "position %" PRIu64 " adopts number %" PRIu64 " with other bytes or under another name",
                   entry->position, opened->self.seq);
        return;
    }
    world->tally.adopted++;
    if (log->entries[at].adopted == 0) {
        log->entries[at].adopted = entry->position;
    }
}

/* An adopted entry that came by itself before, or was adopted before, stays what it was then. */
static int is_first_word(const struct world *world, const struct journal_entry *opened, uint64_t position)
{
    const struct truth_log *log = &world->truth.logs[truth_find_log(&world->truth, opened->self.incarnation)];
    size_t at = truth_find_entry(log, opened->self.seq, opened->self.leaf);

    return at != SIZE_MAX && log->entries[at].position == 0 && log->entries[at].adopted == position;
}

static uint64_t hash_key(const struct thing_key *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < key->len; i++) {
        hash = (hash ^ key->bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Documents that a dispatch names directly are visitors where it sends them. */
static void note_dispatch(struct world *world, struct truth_row *row, const Navette__Event *body, const struct ref *self, uint64_t position)
{
    struct truth *truth = &world->truth;
    size_t place = workload_place(&world->workload, body->dispatched->to);
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(body, things);

    for (size_t i = 0; i < count && place < WORKLOAD_PLACES; i++) {
        if (thing_kind(&things[i].key) == NAVETTE__THING_KIND__THING_ITEM) {
            truth->visits = world_grow(truth->visits, truth->visit_count, &truth->visit_capacity, sizeof(*truth->visits));
            truth->visits[truth->visit_count++] = (struct truth_visit){hash_key(&things[i].key), place, position, *self, 0};
            row->sent_to |= UINT64_C(1) << place;
        }
    }
}

/* "Having seen the hub up to hub_cursor, when its clock said hub_time_ms, my log ended at seq": and the hub held it up to there when it noted so. */
static void check_frontier(struct world *world, const Navette__Frontier *frontier, uint64_t position)
{
    size_t which = truth_find_log(&world->truth, frontier->incarnation.data);
    const struct truth_log *log = &world->truth.logs[which];

    if (which == TRUTH_LOGS || frontier->seq > log->held || frontier->hub_cursor >= position) {
        world_fail(world, "frontier-false", "position %" PRIu64 " notes number %" PRIu64 " at cursor %" PRIu64, position, frontier->seq,
                   frontier->hub_cursor);
    } else if (log->owner < world->node_count && !world->nodes[log->owner].copied &&
               truth_unheld_since(world, log->owner) < frontier->hub_time_ms) {
        world_fail(world, "frontier-false", "position %" PRIu64 ": not all that was recorded before that time is here", position);
    }
}

static void classify(struct world *world, struct truth_row *row, const struct journal_entry *entry)
{
    struct journal_entry opened = *entry;
    struct event event;
    struct event_thing things[EVENT_THINGS_MAX];

    if (adopted_open(&opened) != 0 || event_decode(opened.event, &event) != 0) {
        world_fail(world, "entry-unreadable", "position %" PRIu64, entry->position);
        return;
    }
    if (opened.self.leaf != entry->self.leaf || opened.self.seq != entry->self.seq) {
        check_adopted(world, entry, &opened);
        row->self = is_first_word(world, &opened, entry->position) ? opened.self : entry->self;
    }
    event.self = opened.self;
    refusals_take(world, row, &event, entry->position);
    for (size_t i = 0; i < world->workload.place_count; i++) {
        row->concerns |= event_concerns_place(event.body, world->workload.places[i].code) ? UINT64_C(1) << i : 0;
    }
    switch (event.body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
        row->packing = 1;
        break;
    case NAVETTE__EVENT__BODY_ITEM_REGISTERED:
    case NAVETTE__EVENT__BODY_ITEM_CHANGED:
        row->catalogue = 1;
        if (event_things(event.body, things) == 1) {
            row->item = hash_key(&things[0].key);
        }
        break;
    case NAVETTE__EVENT__BODY_FRONTIER_NOTED:
        /* What was noted of a journal that is no more comes back as an event, and states nothing of this one. */
        if (row->log == world->hub.log) {
            check_frontier(world, event.body->frontier_noted->frontier, entry->position);
        }
        break;
    case NAVETTE__EVENT__BODY_CLONE_FOUND:
        twin_found(world, event.body->clone_found->node->id, entry->position);
        break;
    case NAVETTE__EVENT__BODY_CLONE_CHOSEN:
        twin_chosen(world, event.body->clone_chosen->node->id, event.body->clone_chosen->claimant.data, entry->position);
        break;
    case NAVETTE__EVENT__BODY_DISPATCHED:
        note_dispatch(world, row, event.body, &opened.self, entry->position);
        break;
    default:
        break;
    }
    event_free(&event);
}

static void take_row(struct world *world, const struct journal_entry *entry)
{
    struct truth *truth = &world->truth;
    size_t which = truth_find_log(truth, entry->self.incarnation);
    struct truth_log *log = &truth->logs[which];
    struct truth_row row = {.log = which, .seq = entry->self.seq, .self = entry->self, .received_ms = entry->received_ms};

    if (entry->position != truth->row_count + 1) {
        world_fail(world, "journal-gap", "position %" PRIu64 " follows %zu", entry->position, truth->row_count);
    } else if (which == TRUTH_LOGS) {
        world_fail(world, "entry-invented", "position %" PRIu64 " is of a log that nobody writes", entry->position);
    }
    if (world->failed) {
        return;
    }
    if (which == world->hub.log) {
        learn(world, log, &world->hub.own, entry);
    }
    if (world->theft.replaced && world->hub.restored == 0 && which == world->nodes[world->node_count].log) {
        world_fail(world, "thief-heard", "position %" PRIu64 " came from a stolen machine after it was replaced", entry->position);
    }
    row.entry = compare(world, "the hub", log, entry);
    if (entry->self.seq != log->held + 1) {
        world_fail(world, entry->self.seq > log->held ? "log-gap" : "log-duplicate", "at the hub, %" PRIu64 " follows %" PRIu64,
                   entry->self.seq, log->held);
    }
    if (world->failed) {
        return;
    }
    log->held = entry->self.seq;
    log->entries[row.entry].position = entry->position;
    log->entries[row.entry].ever = 1;
    classify(world, &row, entry);
    if (log->owner == TRUTH_HUB) {
        workload_order_stored(world, &entry->self);
    }
    truth->rows = world_grow(truth->rows, truth->row_count, &truth->row_capacity, sizeof(*truth->rows));
    truth->rows[truth->row_count++] = row;
}

static void take_entry(struct world *world, size_t node, const struct journal_entry *entry)
{
    struct node_host *host = &world->nodes[node];
    struct truth *truth = &world->truth;
    size_t which = truth_find_log(truth, entry->self.incarnation);
    size_t at;
    char who[32];

    snprintf(who, sizeof(who), "node %zu", node);
    if (which == TRUTH_LOGS || entry->position != host->shelf.position + 1) {
        world_fail(world, which == TRUTH_LOGS ? "entry-invented" : "journal-gap", "%s, position %" PRIu64, who, entry->position);
        return;
    }
    if (which == host->log) {
        learn(world, &truth->logs[which], &host->own, entry);
    }
    at = compare(world, who, &truth->logs[which], entry);
    /* A machine that is another node since brings what it wrote before. */
    if (!world->failed && truth->logs[which].owner != host->self &&
        (node != world->node_count || truth->logs[which].owner != world->copied_from) && !truth->logs[which].entries[at].ever) {
        world_fail(world, "delta-early", "%s holds what the hub has not stored: number %" PRIu64, who, entry->self.seq);
    }
    if (!world->failed && !put_on_shelf(&host->shelf, which, at)) {
        world_fail(world, "log-duplicate", "%s holds number %" PRIu64 " twice", who, entry->self.seq);
    }
    host->shelf.position = entry->position;
}

static void scan(struct world *world, struct store_txn *txn, uint64_t from, size_t node)
{
    struct journal_scan rows;
    struct journal_entry entry;
    int rc = journal_scan_open(txn, from, &rows);

    if (rc != 0) {
        world_fail(world, "store", "journal_scan_open: %s", error_text(rc));
        return;
    }
    while (!world->failed && ((rc = journal_scan_next(&rows, &entry)) == 0 || rc == NAVETTE_E_PRUNED)) {
        if (node == TRUTH_HUB) {
            take_row(world, &entry);
        } else if (prune_is_again(world, node, txn, &entry)) {
            world->nodes[node].shelf.position = entry.position;
        } else {
            take_entry(world, node, &entry);
        }
    }
    journal_scan_close(&rows);
    if (!world->failed && rc != NAVETTE_E_NOT_FOUND) {
        world_fail(world, "store", "journal_scan_next: %s", error_text(rc));
    }
}

void truth_read_hub(struct world *world, struct store_txn *txn)
{
    scan(world, txn, world->truth.row_count + 1, TRUTH_HUB);
    check_whole(world, "the hub", &world->hub.own);
}

void truth_read_node(struct world *world, size_t node, struct store_txn *txn)
{
    scan(world, txn, world->nodes[node].shelf.position + 1, node);
    check_whole(world, "a node", &world->nodes[node].own);
}

void truth_forget_hub(struct world *world, uint64_t kept)
{
    struct truth *truth = &world->truth;

    for (size_t i = 0; i < truth->log_count; i++) {
        struct truth_log *log = &truth->logs[i];

        log->promised = log->held > log->promised ? log->held : log->promised;
        log->held = 0;
        for (size_t k = 0; k < log->count; k++) {
            log->entries[k].position = log->entries[k].adopted = 0;
        }
    }
    truth->row_count = truth->visit_count = 0;
    refusals_forget(&truth->refusals);
    world->hub.own.count = world->hub.own.holes = 0;
    memset(world->twins, 0, sizeof(world->twins));
    workload_orders_lost(world);
    for (size_t i = 0; i < world->host_count; i++) {
        struct node_host *host = &world->nodes[i];

        host->shelf.checked = host->shelf.checked > kept ? kept : host->shelf.checked;
        host->asked_rows = host->asked_rows > kept ? (size_t)kept : host->asked_rows;
    }
}

void truth_note_batches(struct world *world, struct store_txn *txn, uint64_t kept)
{
    for (size_t i = 0; i < world->truth.log_count; i++) {
        struct truth_log *log = &world->truth.logs[i];

        for (size_t k = 0; k < log->count; k++) {
            struct truth_entry *entry = &log->entries[k];
            struct batch_header header;

            if (entry->position <= kept) {
                continue;
            }
            entry->proven = entry->seq;
            if (journal_batch(txn, log->incarnation, entry->seq, &header) == 0 && header.count > 0) {
                entry->proven = header.first_seq + header.count - 1;
            }
        }
    }
}

/* Whoever has read ahead what is near has pieces of batches, and not those before: nobody can prove these, and they are not owed. */
static int lies_whole(const struct world *world, size_t node, size_t which, const struct truth_entry *entry)
{
    for (uint64_t seq = world->truth.logs[which].held + 1; seq <= entry->proven; seq++) {
        if (!truth_shelf_has_number(world, node, which, seq)) {
            return 0;
        }
    }
    return 1;
}

void truth_check_back(struct world *world, size_t node)
{
    for (size_t i = 0; i < world->truth.log_count && !world->failed; i++) {
        const struct truth_log *log = &world->truth.logs[i];

        for (size_t k = 0; k < log->count && (log->held > 0 || !log->begun_before); k++) {
            const struct truth_entry *entry = &log->entries[k];

            if (entry->ever && !is_held(entry) && truth_shelf_has(&world->nodes[node].shelf, i, k) && lies_whole(world, node, i, entry)) {
                world_fail(world, "not-given-back", "node %zu holds number %" PRIu64 " of log %zu, which the hub had and lost", node,
                           entry->seq, i);
                break;
            }
        }
    }
}
