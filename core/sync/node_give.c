/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/batch.h"
#include "sync/node_state.h"

/*
 * Giving back to a hub that was put back from a backup: the node says which signed logs of others it holds and how far (DIGEST), the hub answers which of them it holds less
 * of, and these are pushed one after the other, in the order of the answer, from there on. Only then does the own log go on: what the hub had decided is in force again before
 * it judges. Whatever is lost on the way is said again; after a restart it begins anew.
 */

static int ask(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct batch_header last[LIMIT_DIGEST_LOGS];
    Navette__LogHead logs[LIMIT_DIGEST_LOGS];
    Navette__LogHead *list[LIMIT_DIGEST_LOGS];
    Navette__Digest digest = NAVETTE__DIGEST__INIT;
    const uint8_t *after = node->give.begun ? node->give.after : NULL;
    int rc = 0;

    while (digest.n_logs < LIMIT_DIGEST_LOGS && rc == 0) {
        struct batch_header *header = &last[digest.n_logs];
        Navette__LogHead *log = &logs[digest.n_logs];

        rc = journal_next_sealed(input->txn, after, header);
        if (rc != 0) {
            break;
        }
        memcpy(node->give.last, header->incarnation, INCARNATION_SIZE);
        after = node->give.last;
        navette__log_head__init(log);
        log->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, header->incarnation};
        log->seq = header->first_seq + header->count - 1;
        /* An open batch is an own one; before it stands another's hash. */
        log->hash = (ProtobufCBinaryData){HASH_SIZE, header->count > 0 ? header->head : header->previous};
        if (log->seq > 0 && memcmp(header->incarnation, node->incarnation, INCARNATION_SIZE) != 0) {
            list[digest.n_logs++] = log;
        }
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    node->give.more = rc == 0;
    node->give.asked = 1;
    node->give.asked_ms = input->now_ms;
    digest.cursor = ++node->give.page;
    digest.logs = list;
    return effects_send(effects, 0, FRAME_DIGEST, &digest.base);
}

static void end(struct node *node)
{
    memset(&node->give, 0, sizeof node->give);
    node->record.giving = 0;
    node->dirty = 1;
    node_rewind(node);
}

static const uint8_t *current(const struct node *node)
{
    return node->give.next < node->give.count ? node->give.logs[node->give.next].incarnation : NULL;
}

static void begin_log(struct node *node)
{
    node_rewind(node);
    if (current(node) != NULL) {
        node->next_push = node->give.logs[node->give.next].held + 1;
    }
}

static void next_log(struct node *node)
{
    node->give.next++;
    begin_log(node);
}

/* Up to where this log can be given back: the end of its last batch that is signed. */
static int end_of(const struct node_input *input, const uint8_t *incarnation, uint64_t *last)
{
    struct batch_header header;
    uint8_t before[INCARNATION_SIZE];
    int rc;

    /* The name right before it in the table's order. */
    memcpy(before, incarnation, INCARNATION_SIZE);
    for (size_t i = INCARNATION_SIZE; i-- > 0 && before[i]-- == 0;) {
        continue;
    }
    rc = journal_next_sealed(input->txn, before, &header);
    *last = rc == 0 && memcmp(header.incarnation, incarnation, INCARNATION_SIZE) == 0 ? header.first_seq + header.count - 1 : 0;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The page is through: again while it gives something, then the next one. */
static int turn_page(struct node *node, const struct node_input *input, struct effects *effects)
{
    int rc;

    if (node->give.count > 0 && node->give.turns < NODE_GIVE_TURNS) {
        node->give.turns++;
    } else if (node->give.more) {
        memcpy(node->give.after, node->give.last, INCARNATION_SIZE);
        node->give.begun = 1;
        node->give.turns = 0;
    } else {
        end(node);
        effects_log(effects, EFFECT_INFO, 0, "the hub has back what this node held of what it lost");
        rc = node_pull(node, input, effects);
        return rc != 0 ? rc : node_pump(node, input, effects);
    }
    node->give.count = 0;
    node->give.next = 0;
    return ask(node, input, effects);
}

int node_give(struct node *node, const struct node_input *input, struct effects *effects)
{
    const uint8_t *incarnation;
    int rc = 0;

    if (node->give.page == 0) {
        return ask(node, input, effects);
    }
    if (node->give.asked) {
        return input->now_ms - node->give.asked_ms >= NODE_PUSH_RETRY_MS ? ask(node, input, effects) : 0;
    }
    while (rc == 0 && (incarnation = current(node)) != NULL) {
        uint64_t last;

        rc = end_of(input, incarnation, &last);
        if (rc == 0 && node->give.logs[node->give.next].held >= last) {
            next_log(node);
            continue;
        }
        if (rc == 0) {
            rc = node_push_log(node, input, incarnation, last, effects);
        }
        if (rc == NAVETTE_E_PRUNED) {
            rc = node_fetch_lost(node, node->next_push, input->now_ms, effects);
            next_log(node);
            continue;
        }
        if (rc == NAVETTE_E_NOT_FOUND && node->inflight_count == 0) {
            effects_log(effects, EFFECT_WARNING, 0, "a log that the hub lost is held in parts only: it is not given back after %llu",
                        (unsigned long long)node->give.logs[node->give.next].held);
            next_log(node);
            rc = 0;
            continue;
        }
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    return rc != 0 ? rc : turn_page(node, input, effects);
}

int node_given(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    const uint8_t *incarnation = current(node);

    if (!node->record.giving || incarnation == NULL || memcmp(held->incarnation.data, incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    if (held->seq > node->give.logs[node->give.next].held) {
        node->give.logs[node->give.next].held = held->seq;
        node_settle_inflight(node, held->seq, input->now_ms);
    }
    return node_pump(node, input, effects);
}

int node_give_refused(struct node *node, const struct node_input *input, const Navette__Nack *nack, struct effects *effects)
{
    const uint8_t *incarnation = current(node);
    int named = nack->held != NULL && incarnation != NULL && memcmp(nack->held->incarnation.data, incarnation, INCARNATION_SIZE) == 0;

    if (incarnation == NULL || node->inflight_count == 0) {
        return 0;
    }
    if (nack->reason == NAVETTE__NACK_REASON__NACK_GAP) {
        /* Each one after a lost one is answered so: the first of these answers starts again from what is held. */
        if (!named || nack->held->seq < node->give.logs[node->give.next].held ||
            (node->rewound_durable == nack->held->seq && node->rewound_ms != 0 && input->now_ms - node->rewound_ms < NODE_GAP_RETRY_MS)) {
            return 0;
        }
        node->rewound_durable = nack->held->seq;
        node->rewound_ms = input->now_ms;
        node->give.logs[node->give.next].held = nack->held->seq;
        begin_log(node);
        return node_pump(node, input, effects);
    }
    /* Of an unknown log the hub may learn from another that comes after it: then it is asked for again. */
    if (nack->reason != NAVETTE__NACK_REASON__NACK_INCARNATION) {
        effects_log(effects, EFFECT_ERROR, 0, "the hub does not take back a log after %llu: its own goes another way",
                    (unsigned long long)node->give.logs[node->give.next].held);
    }
    next_log(node);
    return node_pump(node, input, effects);
}

int node_digest(struct node *node, const struct node_input *input, const Navette__Digest *digest, struct effects *effects)
{
    if (node->link == NODE_STREAMING && digest->compare != NULL) {
        return node_compared(node, input, digest->compare, effects);
    }
    if (node->link != NODE_STREAMING || !node->record.giving || !node->give.asked || digest->cursor != node->give.page) {
        return 0;
    }
    node->give.asked = 0;
    node->give.asked_ms = 0;
    node->give.count = digest->n_logs;
    node->give.next = 0;
    for (size_t i = 0; i < digest->n_logs; i++) {
        memcpy(node->give.logs[i].incarnation, digest->logs[i]->incarnation.data, INCARNATION_SIZE);
        node->give.logs[i].held = digest->logs[i]->seq;
    }
    begin_log(node);
    return node_pump(node, input, effects);
}
