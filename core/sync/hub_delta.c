/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/frame.h"
#include "sync/hub_state.h"
#include "sync/scope.h"

#define DELTA_ENTRIES 4096u      /* pointers of one DELTA in memory */
#define DELTA_ENTRY_OVERHEAD 40u /* protobuf fields around an event's bytes, at most */
#define DELTA_SEAL_BYTES 176u    /* a seal and its protobuf fields */
#define DELTA_MOST_BYTES 393216u /* a batch that began a delta goes whole: its events, what stands around them, and room in the frame */
#define BACK_LAZY_ROWS 524288u   /* the same of what came to be of its scope: looked through once, and nobody waits for it */
#define DELTA_LAZY_ROWS 4096u    /* a waiting session is told of rows that do not concern it once they are this many */

/* Where a delta can end without cutting a batch in two. */
struct delta_mark {
    size_t entry_count;
    size_t source_count;
    size_t seal_count;
    size_t bytes;
    uint64_t scanned;
};

/* One DELTA being gathered. Event bytes are borrowed from the journal's transaction. */
struct delta {
    Navette__DeltaEntry entries[DELTA_ENTRIES];
    Navette__DeltaEntry *entry_list[DELTA_ENTRIES];
    ProtobufCBinaryData sources[DELTA_ENTRIES];
    uint8_t source_bytes[DELTA_ENTRIES][INCARNATION_SIZE];
    size_t entry_count;
    size_t source_count;
    Navette__Seal seals[DELTA_ENTRIES];
    Navette__Seal *seal_list[DELTA_ENTRIES];
    uint8_t seal_bytes[DELTA_ENTRIES][SALT_SIZE + HASH_SIZE + SIGNATURE_SIZE];
    size_t seal_count;
    size_t bytes;
    struct batch_header batch; /* of the last entry; count 0: it is in none that is signed */
    struct delta_mark mark;    /* before that batch */
    uint8_t looked_at[INCARNATION_SIZE];
    int is_own; /* ... is an earlier log of the node */
};

static uint32_t source_index(struct delta *delta, const uint8_t incarnation[INCARNATION_SIZE])
{
    size_t last = delta->entry_count > 0 ? delta->entries[delta->entry_count - 1].source : 0;

    if (delta->source_count > 0 && memcmp(delta->source_bytes[last], incarnation, INCARNATION_SIZE) == 0) {
        return (uint32_t)last;
    }
    for (size_t i = 0; i < delta->source_count; i++) {
        if (memcmp(delta->source_bytes[i], incarnation, INCARNATION_SIZE) == 0) {
            return (uint32_t)i;
        }
    }
    memcpy(delta->source_bytes[delta->source_count], incarnation, INCARNATION_SIZE);
    delta->sources[delta->source_count].data = delta->source_bytes[delta->source_count];
    delta->sources[delta->source_count].len = INCARNATION_SIZE;
    delta->bytes += INCARNATION_SIZE + 2;
    return (uint32_t)delta->source_count++;
}

static void add_entry(struct delta *delta, const struct journal_entry *entry)
{
    uint32_t source = source_index(delta, entry->self.incarnation);
    Navette__DeltaEntry *out = &delta->entries[delta->entry_count];

    navette__delta_entry__init(out);
    out->source = source;
    out->seq = entry->self.seq;
    out->leaf = entry->self.leaf;
    out->received_ms = entry->received_ms;
    out->event.data = (uint8_t *)(uintptr_t)entry->event.data;
    out->event.len = entry->event.len;
    delta->entry_list[delta->entry_count++] = out;
    delta->bytes += entry->event.len + DELTA_ENTRY_OVERHEAD;
}

/* Adds an entry with what has to come before it; only that, when it is `held`. 1: added, 0: no room left, or a code. */
static int add_group(struct delta *delta, const struct hub_input *input, const struct hub_node *node, const struct journal_entry *entry,
                     size_t limit_bytes, int held)
{
    uint64_t positions[LIMIT_EVENT_THINGS];
    struct journal_entry companion[LIMIT_EVENT_THINGS];
    size_t bytes = entry->event.len + DELTA_ENTRY_OVERHEAD + INCARNATION_SIZE;
    int count = scope_companions(node, entry, input->state, input->journal, positions);

    if (count < 0) {
        return count;
    }
    if (held && count == 0) {
        return 1;
    }
    for (int i = 0; i < count; i++) {
        int rc = journal_read_raw(input->journal, positions[i], &companion[i]);

        if (rc != 0) {
            return rc;
        }
        bytes += companion[i].event.len + DELTA_ENTRY_OVERHEAD + INCARNATION_SIZE;
    }
    if (delta->entry_count + (size_t)count + 1 > DELTA_ENTRIES || (delta->entry_count > 0 && delta->bytes + bytes > limit_bytes)) {
        return 0;
    }
    for (int i = 0; i < count && delta->bytes + companion[i].event.len < LIMIT_DELTA_BYTES; i++) {
        add_entry(delta, &companion[i]);
    }
    if (!held) {
        add_entry(delta, entry);
    }
    return 1;
}

/* ---- what proves the entries: a branch can give back everything, anybody what the hub itself said, and what it wrote itself before it lost its store */

/* Of an earlier log of the node: it follows these whole. 1, 0 or a code. */
static int is_own(const struct hub_node *node, const struct hub_input *input, const struct hub_session *session, struct delta *delta,
                  const struct journal_entry *entry)
{
    int own;

    if (!session->begun_anew || memcmp(delta->looked_at, entry->self.incarnation, INCARNATION_SIZE) == 0) {
        return delta->is_own;
    }
    own = hub_wrote(input->journal, node->node, entry->self.incarnation);
    memcpy(delta->looked_at, entry->self.incarnation, INCARNATION_SIZE);
    delta->is_own = own > 0;
    return own;
}

/* Of an entry that admits() has let in: it has looked at whose log that is. */
static int is_proven(const struct hub *hub, const struct hub_session *session, const struct delta *delta, const struct journal_entry *entry)
{
    int all = hub->peers[session->node].node.scope == NAVETTE__SCOPE__SCOPE_NETWORK && !session->pull_bare;

    return all || delta->is_own || memcmp(entry->self.incarnation, hub->options.incarnation, INCARNATION_SIZE) == 0;
}

static int is_in_batch(const struct batch_header *batch, const struct ref *ref)
{
    return batch->count > 0 && ref->seq >= batch->first_seq && ref->seq - batch->first_seq < batch->count &&
           memcmp(batch->incarnation, ref->incarnation, INCARNATION_SIZE) == 0;
}

/* Finds the signed batch of the entry that comes next, and marks where it begins. */
static int enter_batch(const struct hub_input *input, struct delta *delta, const struct journal_entry *entry, uint64_t scanned)
{
    int rc;

    if (is_in_batch(&delta->batch, &entry->self)) {
        return 0;
    }
    rc = journal_batch(input->journal, entry->self.incarnation, entry->self.seq, &delta->batch);
    if (rc != 0) {
        delta->batch.count = 0;
    }
    delta->mark = (struct delta_mark){delta->entry_count, delta->source_count, delta->seal_count, delta->bytes, scanned};
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Would a delta that ends before this entry cut its batch in two? */
static int is_within(const struct delta *delta, const struct journal_entry *entry)
{
    return is_in_batch(&delta->batch, &entry->self) && entry->self.seq > delta->batch.first_seq &&
           delta->entry_count > delta->mark.entry_count;
}

static void add_seal(struct delta *delta, uint32_t source)
{
    const struct batch_header *batch = &delta->batch;
    Navette__Seal *seal = &delta->seals[delta->seal_count];
    uint8_t *bytes = delta->seal_bytes[delta->seal_count];

    memcpy(bytes, batch->salt, SALT_SIZE);
    memcpy(bytes + SALT_SIZE, batch->previous, HASH_SIZE);
    memcpy(bytes + SALT_SIZE + HASH_SIZE, batch->signature, SIGNATURE_SIZE);
    navette__seal__init(seal);
    seal->source = source;
    seal->first_seq = batch->first_seq;
    seal->count = batch->count;
    seal->salt = (ProtobufCBinaryData){SALT_SIZE, bytes};
    seal->previous = (ProtobufCBinaryData){HASH_SIZE, bytes + SALT_SIZE};
    seal->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, bytes + SALT_SIZE + HASH_SIZE};
    delta->seal_list[delta->seal_count++] = seal;
    delta->bytes += DELTA_SEAL_BYTES;
}

static void go_back(struct delta *delta, uint64_t *scanned)
{
    delta->entry_count = delta->mark.entry_count;
    delta->source_count = delta->mark.source_count;
    delta->seal_count = delta->mark.seal_count;
    delta->bytes = delta->mark.bytes;
    *scanned = delta->mark.scanned;
}

/* 1: added; 0: no room: the delta ends where it stands now. */
static int add_proven(struct delta *delta, const struct hub_input *input, const struct hub_session *session, const struct hub_node *node,
                      const struct journal_entry *entry, uint64_t *scanned)
{
    size_t limit = session->pull_bytes;
    int rc = enter_batch(input, delta, entry, *scanned);

    if (rc != 0) {
        return rc;
    }
    if (is_within(delta, entry) && delta->mark.entry_count == 0) {
        limit = DELTA_MOST_BYTES;
    }
    rc = add_group(delta, input, node, entry, limit, 0);
    if (rc == 0 && is_within(delta, entry)) {
        go_back(delta, scanned);
    }
    if (rc > 0 && is_in_batch(&delta->batch, &entry->self) && entry->self.seq == delta->batch.first_seq + delta->batch.count - 1) {
        add_seal(delta, delta->entries[delta->entry_count - 1].source);
    }
    return rc;
}

/* What this PULL is to have of an entry in its scope: 1, 0 or a code. */
static int wants(const struct hub_session *session, const struct hub_node *node, const struct journal_entry *entry)
{
    int near;

    if (session->pull_near) {
        return scope_is_near(node, entry);
    }
    if (entry->position > session->ahead || entry->position <= session->cursor) {
        return 1;
    }
    near = scope_is_near(node, entry);
    return near < 0 ? near : !near;
}

/* An entry that was read ahead of the others: its batch can be proven once all of it went. 1, or 0: no room left for that. */
static int pass_over(const struct hub_input *input, const struct hub_session *session, struct delta *delta,
                     const struct journal_entry *entry, uint64_t scanned)
{
    int rc = enter_batch(input, delta, entry, scanned);

    if (rc != 0) {
        return rc;
    }
    if (!is_in_batch(&delta->batch, &entry->self) || entry->self.seq != delta->batch.first_seq + delta->batch.count - 1) {
        return 1;
    }
    if (delta->seal_count > 0 && (delta->bytes + DELTA_SEAL_BYTES > session->pull_bytes || delta->seal_count == DELTA_ENTRIES)) {
        return 0;
    }
    add_seal(delta, source_index(delta, entry->self.incarnation));
    return 1;
}

/* An entry in the scope of the session's node. *within: its batch goes on behind it. 1, 0 or a code, as add_group(). */
static int add_next(const struct hub *hub, const struct hub_input *input, const struct hub_session *session, struct delta *delta,
                    const struct journal_entry *entry, uint64_t *scanned, int *within)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    int wanted = wants(session, node, entry);
    int rc;

    if (wanted < 0) {
        return wanted;
    }
    if (session->pull_near || !is_proven(hub, session, delta, entry)) {
        return wanted ? add_group(delta, input, node, entry, session->pull_bytes, 0) : 1;
    }
    rc = wanted ? add_proven(delta, input, session, node, entry, scanned) : pass_over(input, session, delta, entry, *scanned);
    *within = entry->self.seq - delta->batch.first_seq + 1 < delta->batch.count;
    return rc;
}

/*
 * Of what came to be of its scope: did the last scope that the node had all of give it too? Whoever follows the network is sent all: what proves a batch comes with the whole of it.
 */
static int is_held(const struct hub_session *session, const struct hub_node *node, const struct journal_entry *entry)
{
    if (node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || node->held_epoch == 0 || session->back.held != node->held_epoch) {
        return 0;
    }
    return scope_set_follows(&node->held, entry->event);
}

/* The log that it writes is where these came from. 1, 0 or a code. */
static int admits(const struct hub_node *node, const struct hub_input *input, const struct hub_session *session, struct delta *delta,
                  const struct journal_entry *entry)
{
    int own;

    if (memcmp(entry->self.incarnation, session->incarnation, INCARNATION_SIZE) == 0) {
        return 0;
    }
    own = is_own(node, input, session, delta, entry);
    return own != 0 ? own : scope_admits(node, entry);
}

/*
 * Gathers what the session may have from its cursor on; *scanned is the position up to which nothing is missing, *rows what may still be looked at. The batch that the limit cuts goes whole when `whole`:
 * of what the node holds of it already nothing is taken twice.
 */
static int gather(const struct hub *hub, const struct hub_input *input, const struct hub_session *session, uint64_t limit, int whole,
                  struct delta *delta, uint64_t *scanned, size_t *rows)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    struct journal_scan scan;
    struct journal_entry entry;
    int within = 0;
    int rc = journal_scan_open(input->journal, *scanned + 1, &scan);

    if (rc != 0) {
        return rc;
    }
    while ((*scanned < limit || (whole && within)) && (*rows > 0 || within)) {
        int admitted;
        int held = 0;

        rc = journal_scan_next(&scan, &entry);
        if (rc != 0) {
            break;
        }
        *rows -= *rows > 0;
        admitted = admits(node, input, session, delta, &entry);
        within = 0;
        if (admitted > 0 && whole) {
            held = is_held(session, node, &entry);
            admitted = held < 0 ? held : admitted;
        }
        if (admitted > 0 && held) {
            admitted = add_group(delta, input, node, &entry, session->pull_bytes, 1);
        } else if (admitted > 0) {
            admitted = add_next(hub, input, session, delta, &entry, scanned, &within);
        } else if (admitted == 0) {
            admitted = 1;
        }
        if (admitted <= 0) {
            rc = admitted;
            break;
        }
        *scanned = entry.position;
    }
    journal_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Where the reading that was asked for goes on. */
static uint64_t read_from(const struct hub_session *session)
{
    return session->pull_near && session->ahead > 0 ? session->ahead : session->cursor;
}

/* What a DELTA says beside its entries: news, or a part of what the node's scope came to give; or that it has another scope now. */
struct heading {
    uint64_t from;
    uint64_t to;
    int back;
    uint32_t near_rule; /* only what is near, told by this rule; 0: everything */
    int tells;          /* the scope */
};

static int send_delta(const struct hub *hub, const struct hub_input *input, const struct hub_session *session, struct delta *delta,
                      const struct heading *heading, uint64_t tail, struct effects *effects)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    Navette__Delta message = NAVETTE__DELTA__INIT;
    Navette__ScopeTold told;
    char *places[HUB_NODE_PLACES];

    message.from = heading->from;
    message.to = heading->to;
    message.back = heading->back;
    message.near_rule = heading->near_rule;
    message.hub_cursor = tail;
    message.n_incarnations = delta->source_count;
    message.incarnations = delta->sources;
    message.n_entries = delta->entry_count;
    message.entries = delta->entry_list;
    message.n_seals = delta->seal_count;
    message.seals = delta->seal_list;
    message.scope_epoch = node->scope_epoch;
    message.hub_time_ms = input->now_ms;
    if (heading->tells) {
        hub_tell_scope(node, &told, places);
        message.told = &told;
    }
    return effects_send(effects, session->id, FRAME_DELTA, &message.base);
}

/* That nothing up to here is for this node: to whoever has just asked, or once it is much. Who reads what is near goes on with the rest when that is all. */
static int is_worth_telling(const struct hub_session *session, uint64_t limit)
{
    uint64_t from = read_from(session);

    if (session->scanned == from) {
        return 0;
    }
    return session->pull_near ? session->scanned >= limit : session->pull_fresh || session->scanned - from >= DELTA_LAZY_ROWS;
}

/* What is left to spend in this step. */
struct budget {
    size_t bytes;
    size_t rows;
};

/* What one step looks at, for whoever it serves. */
struct serving_step {
    uint64_t tail;
    uint64_t folded;
    struct budget budget;
};

static void clear(struct delta *delta)
{
    delta->entry_count = 0;
    delta->source_count = 0;
    delta->seal_count = 0;
    memset(delta->looked_at, 0, INCARNATION_SIZE);
    delta->is_own = 0;
    delta->bytes = 0;
    delta->batch.count = 0;
}

static void spend(struct serving_step *step, const struct delta *delta)
{
    step->budget.bytes -= delta->bytes < step->budget.bytes ? delta->bytes : step->budget.bytes;
}

/* What a dispatch brings along is found through the state: a relay's view waits for the fold. */
static uint64_t limit_of(const struct hub_node *node, const struct serving_step *step, uint64_t end)
{
    return node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || end < step->folded ? end : step->folded;
}

static int serve_news(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct delta *delta,
                      struct serving_step *step, struct effects *effects)
{
    uint64_t limit = limit_of(&hub->peers[session->node].node, step, step->tail);
    struct heading heading;
    int rc;

    clear(delta);
    if (session->scanned < read_from(session)) {
        session->scanned = read_from(session);
    }
    rc = gather(hub, input, session, limit, 0, delta, &session->scanned, &step->budget.rows);
    if (rc != 0) {
        return rc;
    }
    if (delta->entry_count == 0 && session->scanned < limit) {
        hub->more = 1;
    }
    if (delta->entry_count == 0 && delta->seal_count == 0 && !is_worth_telling(session, limit)) {
        session->pull_fresh = session->pull_fresh && session->scanned == session->cursor && session->cursor < step->tail;
        return 0;
    }
    heading = (struct heading){.from = read_from(session), .to = session->scanned, .near_rule = session->pull_near ? HUB_NEAR_RULE : 0};
    rc = send_delta(hub, input, session, delta, &heading, step->tail, effects);
    if (rc == 0) {
        spend(step, delta);
        session->pull_due = 0;
        session->back.turn = 1;
        hub->peers[session->node].cursor = session->cursor;
    }
    return rc;
}

static int awaits_back(const struct hub_session *session)
{
    return session->pull_due && !session->pull_near && session->back.cursor < session->back.end;
}

/* What came to be of its scope and lies behind its cursor. */
static int serve_back(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct delta *delta,
                      struct serving_step *step, struct effects *effects)
{
    uint64_t end = session->back.end < step->tail ? session->back.end : step->tail;
    struct heading heading = {.from = session->back.cursor, .back = 1};
    uint64_t limit = limit_of(&hub->peers[session->node].node, step, end);
    int rc;

    clear(delta);
    rc = gather(hub, input, session, limit, 1, delta, &session->back.scanned, &step->budget.rows);
    if (rc != 0) {
        return rc;
    }
    if (delta->entry_count == 0 && session->back.scanned < end && session->back.scanned - session->back.cursor < BACK_LAZY_ROWS) {
        hub->more |= session->back.scanned < limit;
        return 0;
    }
    /* Of a journal that has grown shorter since no more will come. */
    heading.to = session->back.end > step->tail && session->back.scanned >= end ? session->back.end : session->back.scanned;
    rc = send_delta(hub, input, session, delta, &heading, step->tail, effects);
    if (rc == 0) {
        spend(step, delta);
        session->pull_due = 0;
        session->back.turn = 0;
        /* Asked for again from the same place, it was lost on its way. */
        session->back.scanned = session->back.cursor;
    }
    return rc;
}

/* Serves one waiting session: news and what came to be of its scope by turns. */
static int serve(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct delta *delta,
                 struct serving_step *step, struct effects *effects)
{
    int first = awaits_back(session) && session->back.turn;
    int rc = 0;

    /* A cursor belongs to one epoch: told of another, the node says where it stands in that one. */
    if (session->pull_epoch != hub->peers[session->node].node.scope_epoch) {
        clear(delta);
        session->pull_due = 0;
        return send_delta(hub, input, session, delta, &(struct heading){.from = session->cursor, .to = session->cursor, .tells = 1},
                          step->tail, effects);
    }
    if (first) {
        rc = serve_back(hub, input, session, delta, step, effects);
    }
    if (rc == 0 && session->pull_due && session->cursor < step->tail) {
        rc = serve_news(hub, input, session, delta, step, effects);
    }
    if (rc == 0 && !first && awaits_back(session)) {
        rc = serve_back(hub, input, session, delta, step, effects);
    }
    return rc;
}

int hub_serve(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    struct delta *delta = NULL;
    struct serving_step step = {.budget = {HUB_DELTA_BYTES_PER_STEP, HUB_DELTA_ROWS_PER_STEP}};
    int rc = journal_tail(input->journal, &step.tail);

    hub->more = 0;
    if (rc == 0 && input->state != NULL) {
        rc = fold_cursor(input->state, &step.folded);
        rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    for (size_t i = 0; rc == 0 && i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[(hub->turn + i) % hub->session_count];

        if (!session->pull_due || session->state != SESSION_STREAMING || hub->peers[session->node].node.revoked) {
            continue;
        }
        if (session->cursor >= step.tail && !awaits_back(session) && session->pull_epoch == hub->peers[session->node].node.scope_epoch) {
            session->pull_fresh = 0;
            continue;
        }
        if (delta == NULL) {
            delta = malloc(sizeof *delta);
            if (delta == NULL) {
                return NAVETTE_E_MEMORY;
            }
        }
        rc = serve(hub, input, session, delta, &step, effects);
        /* The others have their turn first next time. */
        if (step.budget.bytes == 0 || step.budget.rows == 0) {
            hub->turn = (hub->turn + i + 1) % hub->session_count;
            hub->more = 1;
            break;
        }
    }
    free(delta);
    return rc;
}

int hub_delta_once(struct hub *hub, const struct hub_input *input, struct hub_session *session, uint64_t limit, struct effects *effects)
{
    struct delta *delta;
    uint64_t tail;
    int rc = journal_tail(input->journal, &tail);

    limit = limit > tail ? tail : limit;
    if (rc != 0 || session->cursor >= limit) {
        return rc != 0 ? rc : NAVETTE_E_NOT_FOUND;
    }
    delta = malloc(sizeof *delta);
    if (delta == NULL) {
        return NAVETTE_E_MEMORY;
    }
    clear(delta);
    session->scanned = session->cursor;
    while (rc == 0 && delta->entry_count == 0 && session->scanned < limit) {
        size_t rows = HUB_DELTA_ROWS_PER_STEP;

        rc = gather(hub, input, session, limit, 0, delta, &session->scanned, &rows);
    }
    if (rc == 0) {
        rc = send_delta(hub, input, session, delta, &(struct heading){.from = session->cursor, .to = session->scanned, .tells = 1}, tail,
                        effects);
    }
    if (rc == 0) {
        session->cursor = session->scanned;
    }
    free(delta);
    return rc;
}
