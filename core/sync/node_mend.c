/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/damage.h"
#include "navette/journal_stub.h"
#include "sync/mend.h"
#include "sync/node_compare.h"
#include "sync/node_state.h"

/* A difference was brought down to one number: what both hold of its batch says whose bytes its author signed. */

static const struct journal_span *suspect(const struct node *node)
{
    return &node->compare.suspects[node->compare.suspect_count - 1];
}

/* Whatever else was suspected of this batch has been looked at with it. */
static void drop_suspects(struct node_compare *compare, const uint8_t *incarnation, uint64_t first, uint64_t last)
{
    size_t kept = 0;

    for (size_t i = 0; i < compare->suspect_count; i++) {
        const struct journal_span *span = &compare->suspects[i];

        if (memcmp(span->incarnation, incarnation, INCARNATION_SIZE) != 0 || span->first < first || span->first + span->count - 1 > last)
            compare->suspects[kept++] = *span;
    }
    compare->suspect_count = kept;
}

static void drop_this(struct node *node)
{
    struct journal_span span = *suspect(node);

    drop_suspects(&node->compare, span.incarnation, span.first, span.first);
}

int node_compare_fetch(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    struct journal_span span = *suspect(node);
    ProtobufCBinaryData log = {INCARNATION_SIZE, span.incarnation};
    uint64_t asked[3] = {0, span.first, 1};

    node->compare.mends++;
    question.act = NAVETTE__COMPARE_ACT__COMPARE_FETCH;
    question.logs = &log;
    question.n_logs = 1;
    question.spans = asked;
    question.n_spans = 3;
    return node_compare_send(node, input, &question, effects);
}

/* Sound nowhere that is asked, or signed twice: it stays as it is, and is told. */
static int keep_lost(struct node *node, const struct node_input *input, const struct journal_span *span, enum damage_kind kind,
                     const char *why, struct effects *effects)
{
    struct damage damage = {.kind = kind, .found_ms = input->wall_ms};
    struct journal_entry entry;
    int rc = journal_row(input->txn, span->incarnation, span->first, &entry);

    memcpy(damage.self.incarnation, span->incarnation, INCARNATION_SIZE);
    damage.self.seq = span->first;
    if (rc == 0 || rc == NAVETTE_E_CHAIN) {
        damage.bytes = entry.event;
    } else if (rc != NAVETTE_E_NOT_FOUND && rc != NAVETTE_E_PRUNED) {
        return rc;
    }
    node->compare.found.lost++;
    effects_log(effects, EFFECT_ERROR, 0, "ALARM: number %llu of a log %s: see navette damage", (unsigned long long)span->first, why);
    return damage_keep(input->txn, &damage);
}

/* Own batches are held to the key that signed them. */
static int set_author(struct node *node, const struct node_input *input, const uint8_t *incarnation, struct rekey_past *past,
                      struct mend *mend)
{
    const uint8_t none[KEY_SIZE] = {0};
    struct log_head head;
    int rc = journal_head(input->txn, incarnation, &head);

    mend->is_sealed = rc == 0;
    if (rc != 0 || memcmp(node->options.sign_key, none, KEY_SIZE) == 0 || memcmp(head.node, node->options.node, NODE_ID_SIZE) != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = node_rekey_past(input->txn, past);
    mend->sign_key = node->rekey.from_seq != 0 ? node->rekey.sign_key : node->options.sign_key;
    mend->past = past;
    return rc;
}

static int offer(struct node *node, const struct node_input *input, const struct mend *mend, struct effects *effects)
{
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    ProtobufCBinaryData events[LIMIT_BATCH_EVENTS];
    Navette__Batch batch;

    mend_batch(mend, &batch, events);
    question.act = NAVETTE__COMPARE_ACT__COMPARE_OFFER;
    question.batch = &batch;
    return node_compare_send(node, input, &question, effects);
}

static int differs_there(const struct mend *mend)
{
    int differs = mend_header_differs(mend, &mend->there);

    for (uint32_t i = 0; i < mend->count && !differs; i++)
        differs = mend_differs(mend, &mend->there, i);
    return differs;
}

static int use_found(struct node *node, const struct node_input *input, struct mend *mend, struct effects *effects)
{
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first = mend->header.first_seq;
    uint64_t last = first + mend->count - 1;
    uint64_t mended;
    struct journal_pruned before;
    struct journal_pruned after;
    int offers = differs_there(mend);
    /* Before anything is written: what was found lies in the store. */
    int rc = offers ? offer(node, input, mend, effects) : 0;

    memcpy(incarnation, mend->header.incarnation, INCARNATION_SIZE);
    if (rc == 0)
        rc = journal_pruned(input->txn, &before);
    if (rc == 0)
        rc = mend_write(mend, input->txn, input->wall_ms, &mended);
    if (rc == 0)
        rc = journal_pruned(input->txn, &after);
    if (rc != 0)
        return rc;
    node->compare.found.mended += mended;
    node->compare.stubs += before.entries - after.entries;
    if (mended > 0)
        effects_log(effects, EFFECT_ERROR, 0,
                    "ALARM: %llu damaged entries from number %llu of a log are replaced by what their author signed",
                    (unsigned long long)mended, (unsigned long long)first);
    if (!offers) {
        node->compare.yielded = 0;
        node->compare.doubts += mended == 0;
        drop_suspects(&node->compare, incarnation, first, last);
    }
    return 0;
}

/* The hub has nothing to show at this number: what is here is offered, if it holds. */
static int offer_own(struct node *node, const struct node_input *input, struct mend *mend, struct effects *effects)
{
    int rc = journal_batch(input->txn, suspect(node)->incarnation, suspect(node)->first, &mend->there.header);

    if (rc != 0 || mend->there.header.count == 0 || mend->there.header.count > LIMIT_BATCH_EVENTS)
        return rc == 0 || rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_STORE ? NAVETTE_E_CHAIN : rc;
    mend->count = mend->there.header.count;
    rc = mend_read(mend, input->txn);
    mend->there.held = 1;
    memcpy(mend->there.events, mend->here.events, sizeof mend->there.events);
    memcpy(mend->there.states, mend->here.states, sizeof mend->there.states);
    rc = rc != 0 ? rc : mend_find(mend);
    return rc != 0 ? rc : offer(node, input, mend, effects);
}

static int compare_batch(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct mend *mend,
                         struct effects *effects)
{
    const struct journal_span *span = suspect(node);
    int rc = mend_take(mend, answer->batch);

    if (rc != 0 || memcmp(mend->there.header.incarnation, span->incarnation, INCARNATION_SIZE) != 0 ||
        span->first < mend->there.header.first_seq || span->first - mend->there.header.first_seq >= mend->count)
        return NAVETTE_E_CHAIN;
    rc = mend_read(mend, input->txn);
    rc = rc != 0 ? rc : mend_find(mend);
    return rc != 0 ? rc : use_found(node, input, mend, effects);
}

/* Of the whole batch nothing can be told: the numbers that are known to differ are told, the rest of it is not asked for again. */
static int lose_batch(struct node *node, const struct node_input *input, const struct mend *mend, int why, struct effects *effects)
{
    struct journal_span here = *suspect(node);
    uint64_t first = mend->count > 0 ? mend->there.header.first_seq : here.first;
    uint64_t last = mend->count > 0 ? first + mend->count - 1 : here.first;
    int rc = 0;

    if (here.first < first || here.first > last)
        first = last = here.first;
    for (size_t i = 0; i < node->compare.suspect_count && rc == 0; i++) {
        const struct journal_span *span = &node->compare.suspects[i];

        if (memcmp(span->incarnation, here.incarnation, INCARNATION_SIZE) != 0 || span->count != 1 || span->first < first ||
            span->first > last)
            continue;
        rc = why == NAVETTE_E_EXISTS ? keep_lost(node, input, span, DAMAGE_TWICE, "was signed twice, differently", effects)
                                     : keep_lost(node, input, span, DAMAGE_ENTRY, "verifies neither here nor at the hub", effects);
    }
    drop_suspects(&node->compare, here.incarnation, first, last);
    return rc;
}

int node_compare_fetched(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects)
{
    struct mend *mend;
    struct rekey_past past;
    int rc;

    if (node->compare.suspect_count == 0)
        return 0;
    mend = mend_new();
    if (mend == NULL)
        return NAVETTE_E_MEMORY;
    mend->yields = node->compare.yields;
    node->compare.yields = 0;
    rc = set_author(node, input, suspect(node)->incarnation, &past, mend);
    if (rc == 0)
        rc = answer->batch != NULL ? compare_batch(node, input, answer, mend, effects) : NAVETTE_E_CHAIN;
    /* What the hub shows is no batch that anything can be found by: what is here may be whole by itself. */
    if (rc == NAVETTE_E_CHAIN)
        rc = offer_own(node, input, mend, effects);
    if (rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_EXISTS)
        rc = lose_batch(node, input, mend, rc, effects);
    mend_free(mend);
    return rc;
}

int node_compare_offered(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects)
{
    struct batch_header header;
    int rc = 0;

    if (node->compare.suspect_count == 0)
        return 0;
    if (answer->result == NAVETTE__COMPARE_RESULT__COMPARED_MENDED) {
        node->compare.found.given += answer->given;
        effects_log(effects, EFFECT_ERROR, 0, "ALARM: %llu damaged entries at the hub are replaced from here",
                    (unsigned long long)answer->given);
    } else if (answer->result == NAVETTE__COMPARE_RESULT__COMPARED_CONFLICT) {
        rc = keep_lost(node, input, suspect(node), DAMAGE_TWICE, "was signed twice, differently", effects);
    } else if (!node->compare.yielded &&
               (answer->result == NAVETTE__COMPARE_RESULT__COMPARED_REFUSED || answer->result == NAVETTE__COMPARE_RESULT__COMPARED_SOUND)) {
        node->compare.yields = node->compare.yielded = 1;
        return 0;
    } else if (answer->result == NAVETTE__COMPARE_RESULT__COMPARED_REFUSED) {
        rc = keep_lost(node, input, suspect(node), DAMAGE_ENTRY, "is offered to the hub, which does not take it", effects);
    } else {
        node->compare.doubts++;
    }
    if (rc != 0)
        return rc;
    node->compare.yielded = 0;
    rc = journal_batch(input->txn, suspect(node)->incarnation, suspect(node)->first, &header);
    if (rc == 0 && header.count > 0)
        drop_suspects(&node->compare, header.incarnation, header.first_seq, header.first_seq + header.count - 1);
    else
        drop_this(node);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_STORE ? 0 : rc;
}
