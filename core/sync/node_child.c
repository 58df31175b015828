/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

/*
 * A store that was put back from a backup ends before its log does: numbers after its head are the hub's already, and would be written a second time. So the log
 * goes on under a child incarnation, and what was written after the backup comes back from the hub like anybody's events. If something was recorded between the
 * backup's return and the next word with the hub, the log has two branches: ours is put aside, and enters the child as adopted events (node_adopt.c). The same goes for a
 * backup made while a batch was open that was sealed since: the hub holds it sealed where it ends at the hub, and no other can begin there.
 */

/* The cursor stays: it was saved with the log, so whatever was written after it lies behind it at the hub too. */
static int begin(struct node *node, const struct node_input *input, Navette__Verdict why)
{
    int rc = log_start(input->txn, input->fresh, node->incarnation, node->options.node);

    if (rc != 0) {
        return rc == NAVETTE_E_EXISTS ? NAVETTE_E_INTERNAL : rc;
    }
    memcpy(node->incarnation, input->fresh, INCARNATION_SIZE);
    memcpy(node->record.incarnation, input->fresh, INCARNATION_SIZE);
    node->record.durable = 0;
    memset(node->record.durable_hash, 0, HASH_SIZE);
    node->record.backed_up = 0;
    node->record.take_back = node->record.hub_cursor;
    node->record.began = (uint32_t)why;
    node->record.began_wall_ms = input->wall_ms;
    node->dirty = 1;
    node->sealing = 0;
    node->search.active = 0;
    node_rewind(node);
    return 0;
}

int node_begin_child(struct node *node, const struct node_input *input, uint64_t common, uint64_t held, struct effects *effects)
{
    /* What it stated was of the log that ends here. */
    struct node_input greeting = *input;
    struct log_head head;
    uint64_t branch;
    int rc = journal_head(input->txn, node->incarnation, &head);

    if (rc != 0) {
        return rc;
    }
    branch = head.seq - common;
    if (branch == 0) {
        effects_log(
            effects, EFFECT_WARNING, 0,
            "this store was put back from a backup: it ends at %llu, the hub has %llu; what is missing comes back, recording goes on",
            (unsigned long long)head.seq, (unsigned long long)held);
    } else {
        effects_log(effects, EFFECT_ERROR, 0,
                    "fork: this log and the hub's part after %llu; the %llu of here enter again beside the %llu of there, nothing is lost",
                    (unsigned long long)common, (unsigned long long)branch, (unsigned long long)(held - common));
        rc = journal_set_aside(input->txn, node->incarnation, common);
        node->record.adopting = 1;
        node->record.branch = branch;
    }
    if (rc == 0) {
        rc = begin(node, input, branch == 0 ? NAVETTE__VERDICT__VERDICT_NODE_RESTORED : NAVETTE__VERDICT__VERDICT_FORK);
    }
    greeting.frontier = NULL;
    return rc != 0 ? rc : node_hello(node, &greeting, NULL, effects);
}

int node_is_parted(const struct node *node, const struct node_input *input, const Navette__LogHead *held)
{
    struct batch_header batch;
    int rc;

    if (held->seq == 0) {
        return 0;
    }
    rc = journal_batch(input->txn, node->incarnation, held->seq, &batch);
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    return batch.count == 0 || batch.first_seq + batch.count - 1 != held->seq;
}

int node_parted(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    int rc = node_is_parted(node, input, held);

    if (rc <= 0) {
        return rc;
    }
    if (input->fresh == NULL) {
        rc = node_hold(node, NAVETTE__VERDICT__VERDICT_FORK, effects);
    } else {
        rc = node_begin_child(node, input, held->seq, held->seq, effects);
    }
    return rc != 0 ? rc : 1;
}

static int own_hash(struct node *node, const struct node_input *input, uint64_t seq, uint8_t hash[HASH_SIZE])
{
    int rc = journal_hash_at(input->txn, node->incarnation, seq, hash);

    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

/* Asks for the hub's hash at a number between what is known to be the same and what is known to differ. */
static int ask(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__LogHead probe = NAVETTE__LOG_HEAD__INIT;
    uint8_t hash[HASH_SIZE];
    int rc;

    node->search.asked = node->search.same + (node->search.other - node->search.same) / 2;
    rc = own_hash(node, input, node->search.asked, hash);
    if (rc != 0) {
        return rc;
    }
    probe.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, node->incarnation};
    probe.seq = node->search.asked;
    probe.hash = (ProtobufCBinaryData){probe.seq > 0 ? HASH_SIZE : 0, hash};
    return node_hello(node, input, &probe, effects);
}

/* Nothing is left between the two: that is where they part. */
static int conclude(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    node->search.active = 0;
    if (rc != 0) {
        return rc;
    }
    /* All that the hub holds is ours: it is behind, whatever it said. It is asked again from the start. */
    if (node->search.same == held->seq && head.seq >= held->seq) {
        return node_hello(node, input, NULL, effects);
    }
    return node_begin_child(node, input, node->search.same, held->seq, effects);
}

static int go_on(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    return node->search.other - node->search.same == 1 ? conclude(node, input, held, effects) : ask(node, input, effects);
}

int node_search(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    if (rc != 0) {
        return rc;
    }
    node->search.active = 1;
    node->search.same = 0;
    node->search.other = (head.seq < held->seq ? head.seq : held->seq) + 1;
    return go_on(node, input, held, effects);
}

int node_restored(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects)
{
    const Navette__LogHead *probed = welcome->probed;
    uint8_t hash[HASH_SIZE];
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    /* Late words of the hub: nobody can hold more of a log than was once written under it. */
    if (rc != 0 || welcome->held->seq <= head.seq) {
        return rc;
    }
    rc = own_hash(node, input, head.seq, hash);
    if (rc != 0) {
        return rc;
    }
    /* What was recorded since the hub was asked stands beside what the hub holds under that number. */
    if (head.seq > 0 &&
        (probed == NULL || probed->seq != head.seq || probed->hash.len != HASH_SIZE || memcmp(probed->hash.data, hash, HASH_SIZE) != 0)) {
        return node_search(node, input, welcome->held, effects);
    }
    return node_begin_child(node, input, head.seq, welcome->held->seq, effects);
}

int node_searched(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects)
{
    const Navette__LogHead *probed = welcome->probed;
    uint8_t hash[HASH_SIZE];
    int rc;

    /* An answer to something older, or to a HELLO said again without its probe. */
    if (probed == NULL || probed->seq != node->search.asked || node->search.other > welcome->held->seq + 1) {
        return node_search(node, input, welcome->held, effects);
    }
    rc = own_hash(node, input, probed->seq, hash);
    if (rc != 0) {
        return rc;
    }
    if (probed->seq == 0 || (probed->hash.len == HASH_SIZE && memcmp(probed->hash.data, hash, HASH_SIZE) == 0)) {
        node->search.same = probed->seq;
    } else {
        node->search.other = probed->seq;
    }
    return go_on(node, input, welcome->held, effects);
}

/* IncarnationStarted of this node: a log that a later backup than ours began, and that ours does not know of. */
static int note_sibling(struct node *node, struct store_txn *txn, const Navette__IncarnationStarted *started)
{
    uint8_t id[NODE_ID_SIZE];
    uint8_t parent[INCARNATION_SIZE] = {0};
    int rc;

    if (hex_decode(started->node->id, id, NODE_ID_SIZE) != 0 || memcmp(id, node->options.node, NODE_ID_SIZE) != 0) {
        return 0;
    }
    if (started->parent.len == INCARNATION_SIZE) {
        memcpy(parent, started->parent.data, INCARNATION_SIZE);
    }
    rc = log_start(txn, started->incarnation.data, parent, node->options.node);
    return rc == NAVETTE_E_EXISTS ? 0 : rc;
}

/* An own event that comes back is in the past of whatever is written next, however far ahead its clock was. */
int node_learn_own(struct node *node, struct store_txn *txn, const struct journal_entry *entry, const Navette__Event *body)
{
    struct log_head head;
    int rc;

    if (body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED && body->place[0] == '\0') {
        return note_sibling(node, txn, body->incarnation_started);
    }
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED && body->place[0] == '\0') {
        return node_rekey_note(node, txn, body->node_rekeyed);
    }
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED && body->place[0] == '\0') {
        return node_rekey_note_enrolled(node, txn, body->node_enrolled);
    }
    if (node->record.take_back == 0) {
        return 0;
    }
    rc = journal_head(txn, entry->self.incarnation, &head);
    if (rc == 0 && body->hlc > node->clock.last) {
        node->clock.last = body->hlc;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

void node_settle_back(struct node *node)
{
    if (node->record.take_back != 0 && node->record.cursor >= node->record.take_back) {
        node->record.take_back = 0;
        node->dirty = 1;
    }
}
