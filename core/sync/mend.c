/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/mend.h"

#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/damage.h"

struct mend *mend_new(void)
{
    return calloc(1, sizeof(struct mend));
}

void mend_free(struct mend *mend)
{
    free(mend);
}

int mend_take(struct mend *mend, const Navette__Batch *batch)
{
    if (batch == NULL || batch->n_events == 0 || batch->n_events > LIMIT_BATCH_EVENTS || batch->first_seq > UINT64_MAX - batch->n_events)
        return NAVETTE_E_INVALID;
    mend->count = (uint32_t)batch->n_events;
    mend->there.held = 1;
    batch_header_read(batch, &mend->there.header);
    for (uint32_t i = 0; i < mend->count; i++) {
        if (batch->events[i].len > LIMIT_ENTRY_BYTES)
            return NAVETTE_E_INVALID;
        mend->there.events[i] = span_of(batch->events[i].data, batch->events[i].len);
        mend->there.states[i] = MEND_HELD;
    }
    return 0;
}

static int read_entries(struct mend_side *side, struct store_txn *txn, const uint8_t *incarnation, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct journal_entry entry;
        int rc = journal_row(txn, incarnation, first + i, &entry);

        /* What was given up here is what the other has. */
        rc = rc == NAVETTE_E_PRUNED ? NAVETTE_E_NOT_FOUND : rc;
        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND && rc != NAVETTE_E_CHAIN)
            return rc;
        side->states[i] = rc == 0 ? MEND_HELD : rc == NAVETTE_E_CHAIN ? MEND_DAMAGED : MEND_ABSENT;
        side->events[i] = rc == NAVETTE_E_NOT_FOUND ? span_of("", 0) : entry.event;
        side->leaves[i] = rc == 0 ? entry.self.leaf : 0;
    }
    return 0;
}

int mend_read(struct mend *mend, struct store_txn *txn)
{
    const struct batch_header *theirs = &mend->there.header;
    struct batch_header header;
    int rc = journal_batch(txn, theirs->incarnation, theirs->first_seq, &header);

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND && rc != NAVETTE_E_STORE)
        return rc;
    mend->here.held = rc == 0 && header.first_seq == theirs->first_seq && header.count == theirs->count;
    mend->here.open = rc == 0 && header.count == 0;
    if (mend->here.held)
        mend->here.header = header;
    return read_entries(&mend->here, txn, theirs->incarnation, theirs->first_seq, mend->count);
}

/* ---- what holds */

/* Do these events give this header? Their leaves are left in mend->leaves. 1, 0 or NAVETTE_E_MEMORY. */
static int holds(struct mend *mend, const struct batch_header *header, const struct span *events)
{
    uint8_t(*leaves)[HASH_SIZE] = malloc((size_t)mend->count * HASH_SIZE);
    uint8_t hash[HASH_SIZE];
    int good;

    if (leaves == NULL)
        return NAVETTE_E_MEMORY;
    chain_leaves(header->salt, header->incarnation, header->first_seq, events, mend->count, leaves);
    memcpy(hash, header->previous, HASH_SIZE);
    for (uint32_t i = 0; i < mend->count; i++) {
        chain_next(hash, leaves[i], hash);
        mend->leaves[i] = chain_leaf_prefix(leaves[i]);
    }
    good = memcmp(hash, header->head, HASH_SIZE) == 0;
    chain_root(leaves[0], mend->count, hash);
    good = good && memcmp(hash, header->root, HASH_SIZE) == 0;
    free(leaves);
    return good && (mend->sign_key == NULL || rekey_signed(header, mend->sign_key, mend->past));
}

/* Number by number the side whose leaf is the one that was stored here; `first` where both or neither are. */
static void choose(struct mend *mend, const struct batch_header *header, const struct mend_side *first, const struct mend_side *second)
{
    for (uint32_t i = 0; i < mend->count; i++) {
        uint8_t leaf[HASH_SIZE];
        const struct mend_side *side = first;

        if (mend->here.states[i] != MEND_HELD) {
            side = &mend->there;
        } else {
            chain_leaf(header->salt, header->incarnation, header->first_seq + i, first->events[i], leaf);
            if (chain_leaf_prefix(leaf) != mend->here.leaves[i]) {
                chain_leaf(header->salt, header->incarnation, header->first_seq + i, second->events[i], leaf);
                side = chain_leaf_prefix(leaf) == mend->here.leaves[i] ? second : first;
            }
        }
        mend->events[i] = side->events[i];
    }
}

/* Under one header: what is here alone, what is there alone, then the one mended by the other. */
static int try_header(struct mend *mend, const struct batch_header *header)
{
    const struct mend_side *sides[2] = {&mend->here, &mend->there};
    int rc = 0;

    for (size_t turn = 0; turn < 4 && rc == 0; turn++) {
        if (turn < 2)
            memcpy(mend->events, sides[turn]->events, mend->count * sizeof(mend->events[0]));
        else
            choose(mend, header, sides[turn - 2], sides[3 - turn]);
        rc = holds(mend, header, mend->events);
    }
    if (rc > 0)
        mend->header = *header;
    return rc;
}

/* A header that was not held here is believed for the leaves that were: 64 bits each, of what changes anything. */
static int is_of_these_leaves(const struct mend *mend)
{
    for (uint32_t i = 0; i < mend->count; i++) {
        if (mend->here.states[i] == MEND_HELD && !span_equal(mend->events[i], mend->here.events[i]) &&
            mend->leaves[i] != mend->here.leaves[i])
            return 0;
    }
    return 1;
}

static int is_same_header(const struct batch_header *a, const struct batch_header *b)
{
    uint8_t one[BATCH_HEADER_SIZE];
    uint8_t other[BATCH_HEADER_SIZE];

    batch_header_encode(a, one);
    batch_header_encode(b, other);
    return memcmp(one, other, BATCH_HEADER_SIZE) == 0;
}

/* Two that both hold by themselves, and differ. */
static int is_twice(struct mend *mend)
{
    int rc;

    if (!mend->here.held || is_same_header(&mend->here.header, &mend->there.header))
        return 0;
    rc = holds(mend, &mend->here.header, mend->here.events);
    return rc > 0 ? holds(mend, &mend->there.header, mend->there.events) : rc;
}

/* Who does not know the author's key cannot tell which of two signatures over the same is damaged. */
static int is_signed_otherwise(const struct mend *mend)
{
    struct batch_header header = mend->there.header;

    memcpy(header.signature, mend->here.header.signature, SIGNATURE_SIZE);
    return mend->sign_key == NULL && mend->here.held && is_same_header(&header, &mend->here.header);
}

int mend_find(struct mend *mend)
{
    int rc = is_twice(mend);

    if (rc != 0 && !is_signed_otherwise(mend))
        return rc < 0 ? rc : NAVETTE_E_EXISTS;
    if (mend->yields && is_signed_otherwise(mend)) {
        rc = try_header(mend, &mend->there.header);
        return rc < 0 ? rc : rc > 0 ? 0 : NAVETTE_E_CHAIN;
    }
    rc = mend->here.held ? try_header(mend, &mend->here.header) : 0;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = try_header(mend, &mend->there.header);
    if (rc <= 0)
        return rc < 0 ? rc : NAVETTE_E_CHAIN;
    return mend->sign_key != NULL || is_of_these_leaves(mend) ? 0 : NAVETTE_E_CHAIN;
}

int mend_differs(const struct mend *mend, const struct mend_side *side, uint32_t at)
{
    if (side->states[at] == MEND_ABSENT)
        return 0;
    return side->states[at] == MEND_DAMAGED || !span_equal(side->events[at], mend->events[at]) ||
           (side == &mend->here && side->leaves[at] != mend->leaves[at]);
}

int mend_header_differs(const struct mend *mend, const struct mend_side *side)
{
    return !side->held || !is_same_header(&side->header, &mend->header);
}

/* ---- in its place */

/* What was found, where nothing that is written here moves it. */
static int copy_found(struct mend *mend, struct buffer *copy)
{
    size_t bytes = 0;
    int rc;

    for (uint32_t i = 0; i < mend->count; i++)
        bytes += mend->events[i].len;
    rc = buffer_reserve(copy, bytes + 1);
    for (uint32_t i = 0; i < mend->count && rc == 0; i++) {
        const uint8_t *at = copy->data + copy->len;

        rc = buffer_append(copy, mend->events[i].data, mend->events[i].len);
        mend->events[i].data = at;
    }
    return rc;
}

static int put_aside(struct store_txn *txn, enum damage_kind kind, const struct batch_header *header, uint64_t seq, int64_t now_ms,
                     struct span bytes)
{
    struct damage damage = {.kind = kind, .found_ms = now_ms, .mended = 1, .bytes = bytes};

    memcpy(damage.self.incarnation, header->incarnation, INCARNATION_SIZE);
    damage.self.seq = seq;
    return damage_keep(txn, &damage);
}

static int write_entry(struct mend *mend, struct store_txn *txn, uint32_t at, int64_t now_ms)
{
    struct ref self = {.seq = mend->header.first_seq + at, .leaf = mend->leaves[at]};
    struct journal_entry entry;
    int rc;

    memcpy(self.incarnation, mend->header.incarnation, INCARNATION_SIZE);
    rc = journal_row(txn, self.incarnation, self.seq, &entry);
    if (rc == NAVETTE_E_CHAIN || rc == 0)
        rc = put_aside(txn, DAMAGE_ENTRY, &mend->header, self.seq, now_ms, entry.event);
    return rc != 0 ? rc : journal_rewrite(txn, &self, mend->events[at]);
}

int mend_write(struct mend *mend, struct store_txn *txn, int64_t now_ms, uint64_t *mended)
{
    struct buffer copy = {.data = NULL};
    uint8_t differs[LIMIT_BATCH_EVENTS];
    int header = mend->here.held && mend_header_differs(mend, &mend->here);
    int whole = 1;
    int rc;

    *mended = 0;
    for (uint32_t i = 0; i < mend->count; i++) {
        differs[i] = (uint8_t)mend_differs(mend, &mend->here, i);
        whole = whole && mend->here.states[i] != MEND_ABSENT;
    }
    rc = copy_found(mend, &copy);
    for (uint32_t i = 0; i < mend->count && rc == 0; i++) {
        if (!differs[i])
            continue;
        rc = write_entry(mend, txn, i, now_ms);
        ++*mended;
    }
    if (rc == 0 && header) {
        uint8_t bytes[BATCH_HEADER_SIZE];

        batch_header_encode(&mend->here.header, bytes);
        rc = put_aside(txn, DAMAGE_SEAL, &mend->header, mend->header.first_seq, now_ms, span_of(bytes, sizeof(bytes)));
        ++*mended;
    }
    /* Where no seal was kept, there is one now; where one has to be, it was lost. */
    *mended += !mend->here.held && !mend->here.open && mend->is_sealed;
    if (rc == 0 && whole && (header || (!mend->here.held && !mend->here.open)))
        rc = journal_rewrite_batch(txn, &mend->header);
    buffer_free(&copy);
    return rc;
}

static void fill(const struct batch_header *header, const struct span *list, uint32_t count, ProtobufCBinaryData *events,
                 Navette__Batch *batch)
{
    for (uint32_t i = 0; i < count; i++)
        events[i] = (ProtobufCBinaryData){.len = list[i].len, .data = (uint8_t *)(uintptr_t)list[i].data};
    batch_fill(header, events, count, batch);
}

void mend_batch(const struct mend *mend, Navette__Batch *batch, ProtobufCBinaryData *events)
{
    fill(&mend->header, mend->events, mend->count, events, batch);
}

void mend_side_batch(const struct mend_side *side, uint32_t count, Navette__Batch *batch, ProtobufCBinaryData *events)
{
    fill(&side->header, side->events, count, events, batch);
}
