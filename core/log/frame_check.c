/* SPDX-License-Identifier: Apache-2.0 */
#include "log/frame_check.h"

#include "log/text.h"
#include "navette/error.h"
#include "navette/journal_stub.h"
#include "navette/rekey.h"
#include "navette/thing.h"

#define TEXT_MAX 128u /* an endpoint, a refusal's code */

static int is_sized(const ProtobufCBinaryData *bytes, size_t size)
{
    return bytes->len == size;
}

static int is_sized_or_empty(const ProtobufCBinaryData *bytes, size_t size)
{
    return bytes->len == 0 || bytes->len == size;
}

static int is_head(const Navette__LogHead *head)
{
    if (head == NULL || !is_sized(&head->incarnation, INCARNATION_SIZE) || !is_sized_or_empty(&head->parent, INCARNATION_SIZE))
        return 0;
    return head->seq == 0 ? is_sized_or_empty(&head->hash, HASH_SIZE) : is_sized(&head->hash, HASH_SIZE);
}

static int is_head_or_absent(const Navette__LogHead *head)
{
    return head == NULL || is_head(head);
}

static int is_frontier_or_absent(const Navette__Frontier *frontier)
{
    return frontier == NULL || (is_sized(&frontier->incarnation, INCARNATION_SIZE) && is_sized(&frontier->signature, SIGNATURE_SIZE));
}

static int is_told_or_absent(const Navette__ScopeTold *told)
{
    if (told == NULL)
        return 1;
    if (told->n_places > LIMIT_NODE_PLACES)
        return 0;
    for (size_t i = 0; i < told->n_places; i++) {
        if (!text_is_place_code(span_of_string(told->places[i])))
            return 0;
    }
    return 1;
}

static int is_batch(const Navette__Batch *batch)
{
    if (batch == NULL || !is_sized(&batch->incarnation, INCARNATION_SIZE) || !is_sized(&batch->salt, SALT_SIZE))
        return 0;
    if (!is_sized(&batch->previous, HASH_SIZE) || !is_sized(&batch->head, HASH_SIZE) || !is_sized(&batch->root, HASH_SIZE))
        return 0;
    return is_sized(&batch->signature, SIGNATURE_SIZE) && batch->first_seq > 0 && batch->n_events > 0;
}

static int is_delta(const Navette__Delta *delta)
{
    if (!is_told_or_absent(delta->told) || delta->from > delta->to || delta->n_incarnations > LIMIT_SESSIONS)
        return 0;
    for (size_t i = 0; i < delta->n_incarnations; i++) {
        if (!is_sized(&delta->incarnations[i], INCARNATION_SIZE))
            return 0;
    }
    for (size_t i = 0; i < delta->n_entries; i++) {
        const Navette__DeltaEntry *entry = delta->entries[i];

        if (entry->source >= delta->n_incarnations || entry->seq == 0 || entry->seq > JOURNAL_SEQ_MAX ||
            entry->event.len > LIMIT_ENTRY_BYTES)
            return 0;
    }
    for (size_t i = 0; i < delta->n_seals; i++) {
        const Navette__Seal *seal = delta->seals[i];

        if (seal->source >= delta->n_incarnations || seal->first_seq == 0 || seal->count == 0 || seal->count > LIMIT_BATCH_EVENTS ||
            !is_sized(&seal->salt, SALT_SIZE) || !is_sized(&seal->previous, HASH_SIZE) || !is_sized(&seal->signature, SIGNATURE_SIZE))
            return 0;
    }
    return 1;
}

static int is_host(const char *host)
{
    struct span bytes = span_of_string(host);

    return bytes.len <= LIMIT_CODE && text_is_clean(bytes);
}

static int is_hello(const Navette__Hello *hello)
{
    return is_sized(&hello->node, NODE_ID_SIZE) && is_sized(&hello->process, 16) && is_head(hello->log) &&
           is_head_or_absent(hello->durable) && is_head_or_absent(hello->probe) && is_frontier_or_absent(hello->frontier) &&
           is_sized_or_empty(&hello->epoch, EPOCH_SIZE) && is_sized_or_empty(&hello->sign_key, KEY_SIZE) &&
           is_sized_or_empty(&hello->claimant, 16) && is_sized_or_empty(&hello->hub_key, KEY_SIZE) && is_host(hello->host);
}

static int is_welcome(const Navette__Welcome *welcome)
{
    if (!is_head_or_absent(welcome->held) || !is_head_or_absent(welcome->probed) || welcome->n_epochs > LIMIT_EPOCHS ||
        !is_told_or_absent(welcome->told))
        return 0;
    for (size_t i = 0; i < welcome->n_epochs; i++) {
        if (!is_sized(&welcome->epochs[i]->epoch, EPOCH_SIZE))
            return 0;
    }
    return 1;
}

static int is_enrol_request(const Navette__EnrolRequest *request)
{
    return is_sized(&request->node, NODE_ID_SIZE) && is_sized(&request->curve_key, KEY_SIZE) && is_sized(&request->sign_key, KEY_SIZE) &&
           is_sized(&request->nonce, 32) && is_sized(&request->mac, HASH_SIZE);
}

static int is_text(const char *text)
{
    struct span bytes = span_of_string(text);

    return bytes.len <= TEXT_MAX && text_is_clean(bytes);
}

/* A refusal proves nothing and carries nothing but its code. */
static int is_enrol_reply(const Navette__EnrolReply *reply)
{
    if (!is_text(reply->refused) || !is_text(reply->endpoint) || reply->n_places > LIMIT_NODE_PLACES)
        return 0;
    for (size_t i = 0; i < reply->n_places; i++) {
        if (!text_is_place_code(span_of_string(reply->places[i])))
            return 0;
    }
    if (span_of_string(reply->refused).len > 0)
        return 1;
    return is_sized(&reply->curve_key, KEY_SIZE) && is_sized(&reply->sign_key, KEY_SIZE) && is_sized(&reply->hub, NODE_ID_SIZE) &&
           is_sized(&reply->nonce, 32) && is_sized(&reply->mac, HASH_SIZE) && is_sized_or_empty(&reply->node, NODE_ID_SIZE) &&
           is_sized_or_empty(&reply->parent, INCARNATION_SIZE);
}

/* Spans of logs that it names, together no more than one question may cost. */
static int is_spans(const Navette__Compare *compare)
{
    uint64_t entries = 0;

    if (compare->n_logs > LIMIT_COMPARE_SPANS || compare->n_spans % 3 != 0 || compare->n_spans > (size_t)3 * LIMIT_COMPARE_SPANS)
        return 0;
    for (size_t i = 0; i < compare->n_logs; i++) {
        if (!is_sized(&compare->logs[i], INCARNATION_SIZE))
            return 0;
    }
    for (size_t i = 0; i < compare->n_sealed; i++) {
        if (compare->sealed[i] >= compare->n_logs || i >= compare->n_logs)
            return 0;
    }
    for (size_t i = 0; i < compare->n_spans; i += 3) {
        const uint64_t *span = compare->spans + i;

        if (span[0] >= compare->n_logs || span[1] == 0 || span[2] == 0 || span[2] > LIMIT_COMPARE_ENTRIES || span[1] > UINT64_MAX - span[2])
            return 0;
        entries += span[2];
    }
    return entries <= LIMIT_COMPARE_ENTRIES;
}

static int is_compare(const Navette__Compare *compare)
{
    return is_spans(compare) && is_sized_or_empty(&compare->root, COMPARE_DIGEST_SIZE) &&
           compare->digests.len <= (size_t)LIMIT_COMPARE_SPANS * COMPARE_DIGEST_SIZE && compare->digests.len % COMPARE_DIGEST_SIZE == 0 &&
           is_sized_or_empty(&compare->state, HASH_SIZE) && (compare->batch == NULL || is_batch(compare->batch));
}

static int is_digest(const Navette__Digest *digest)
{
    if (digest->compare != NULL && !is_compare(digest->compare))
        return 0;
    if (digest->n_logs > LIMIT_DIGEST_LOGS)
        return 0;
    for (size_t i = 0; i < digest->n_logs; i++) {
        if (!is_head(digest->logs[i]))
            return 0;
    }
    return is_sized_or_empty(&digest->state, HASH_SIZE) && is_sized_or_empty(&digest->incarnation, INCARNATION_SIZE) &&
           is_sized_or_empty(&digest->block_digest, HASH_SIZE);
}

static int is_snapshot(const Navette__SnapshotChunk *chunk)
{
    return is_sized_or_empty(&chunk->hash, HASH_SIZE) && is_sized_or_empty(&chunk->snapshot, HASH_SIZE) &&
           is_sized_or_empty(&chunk->signature, SIGNATURE_SIZE) && is_sized_or_empty(&chunk->epoch, EPOCH_SIZE);
}

static int is_rekey(const Navette__Rekey *rekey)
{
    return is_sized(&rekey->curve_key, KEY_SIZE) && is_sized(&rekey->sign_key, KEY_SIZE) && is_sized(&rekey->signature, SIGNATURE_SIZE) &&
           is_sized_or_empty(&rekey->node, NODE_ID_SIZE) && is_sized_or_empty(&rekey->incarnation, INCARNATION_SIZE) &&
           is_sized_or_empty(&rekey->proof, SIGNATURE_SIZE) && is_sized_or_empty(&rekey->previous, KEY_SIZE);
}

/* Each as it was announced: whole. */
static int is_hub_keys(const Navette__HubKeys *keys)
{
    struct rekey rekey;

    if (keys->n_keys > LIMIT_HUB_KEYS)
        return 0;
    for (size_t i = 0; i < keys->n_keys; i++) {
        if (rekey_read(keys->keys[i], &rekey) != 0)
            return 0;
    }
    return 1;
}

/* `whole`: with what it holds; else only which one it is. */
static int is_wrap(const Navette__Wrap *wrap, int whole)
{
    struct thing_key subject;

    if (!is_sized(&wrap->key_id, KEY_ID_SIZE) || !is_sized(&wrap->recipient, KEY_SIZE))
        return 0;
    return !whole || (is_sized(&wrap->box, WRAP_BOX_SIZE) && is_sized_or_empty(&wrap->node, NODE_ID_SIZE) && wrap->subject != NULL &&
                      thing_key_of(wrap->subject, &subject) == 0);
}

static int are_wraps(Navette__Wrap *const *wraps, size_t count, int whole)
{
    if (count > LIMIT_WRAPS)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_wrap(wraps[i], whole))
            return 0;
    }
    return 1;
}

static int are_key_ids(const ProtobufCBinaryData *ids, size_t count)
{
    if (count > LIMIT_WRAPS)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_sized(&ids[i], KEY_ID_SIZE))
            return 0;
    }
    return 1;
}

static int is_wraps(const Navette__Wraps *wraps)
{
    return is_sized_or_empty(&wraps->vault, VAULT_ID_SIZE) && are_wraps(wraps->wraps, wraps->n_wraps, 1) &&
           are_wraps(wraps->until, wraps->n_until, 0) && is_sized_or_empty(&wraps->recovery, KEY_SIZE) &&
           is_sized_or_empty(&wraps->after, KEY_ID_SIZE) && are_key_ids(wraps->ended, wraps->n_ended);
}

static int is_wrapped(const Navette__Wrapped *wrapped)
{
    return is_sized_or_empty(&wrapped->vault, VAULT_ID_SIZE) && are_wraps(wrapped->wraps, wrapped->n_wraps, 0) &&
           are_key_ids(wrapped->erased, wrapped->n_erased);
}

static int is_whole_ref(const Navette__Ref *ref)
{
    return is_sized(&ref->incarnation, INCARNATION_SIZE) && ref->seq > 0;
}

static int is_fetch(const Navette__Fetch *fetch)
{
    if (fetch->n_entries > LIMIT_FETCH_ENTRIES)
        return 0;
    for (size_t i = 0; i < fetch->n_entries; i++) {
        if (!is_whole_ref(fetch->entries[i]))
            return 0;
    }
    return 1;
}

static int is_fetched(const Navette__Fetched *fetched)
{
    if (fetched->n_entries > LIMIT_FETCH_ENTRIES)
        return 0;
    for (size_t i = 0; i < fetched->n_entries; i++) {
        const Navette__FetchedEntry *entry = fetched->entries[i];

        if (entry->index >= LIMIT_FETCH_ENTRIES || entry->event.len > LIMIT_ENTRY_BYTES ||
            (entry->entry != NULL && !is_whole_ref(entry->entry)))
            return 0;
    }
    return 1;
}

static int is_sound(enum frame_type type, const ProtobufCMessage *message)
{
    switch (type) {
    case FRAME_HELLO:
        return is_hello((const Navette__Hello *)message);
    case FRAME_WELCOME:
        return is_welcome((const Navette__Welcome *)message);
    case FRAME_PUSH:
        return is_batch(((const Navette__Push *)message)->batch) && is_frontier_or_absent(((const Navette__Push *)message)->frontier);
    case FRAME_ACK:
        return is_head(((const Navette__Ack *)message)->held);
    case FRAME_NACK:
        return is_head_or_absent(((const Navette__Nack *)message)->held);
    case FRAME_DELTA:
        return is_delta((const Navette__Delta *)message);
    case FRAME_SNAPSHOT:
        return is_snapshot((const Navette__SnapshotChunk *)message);
    case FRAME_DIGEST:
        return is_digest((const Navette__Digest *)message);
    case FRAME_PING:
        return is_frontier_or_absent(((const Navette__Ping *)message)->frontier);
    case FRAME_REKEY:
        return is_rekey((const Navette__Rekey *)message);
    case FRAME_ENROL_REQUEST:
        return is_enrol_request((const Navette__EnrolRequest *)message);
    case FRAME_ENROL_REPLY:
        return is_enrol_reply((const Navette__EnrolReply *)message);
    case FRAME_PULL:
        return is_sized_or_empty(&((const Navette__Pull *)message)->epoch, EPOCH_SIZE);
    case FRAME_WRAPS:
        return is_wraps((const Navette__Wraps *)message);
    case FRAME_WRAPPED:
        return is_wrapped((const Navette__Wrapped *)message);
    case FRAME_HUB_KEYS:
        return is_hub_keys((const Navette__HubKeys *)message);
    case FRAME_HUB_KEYS_HELD:
        return is_sized(&((const Navette__HubKeysHeld *)message)->sign_key, KEY_SIZE);
    case FRAME_FETCH:
        return is_fetch((const Navette__Fetch *)message);
    case FRAME_FETCHED:
        return is_fetched((const Navette__Fetched *)message);
    case FRAME_CREDIT:
    case FRAME_PONG:
    case FRAME_BYE:
        return 1;
    case FRAME_TYPE_COUNT:
        break;
    }
    return 0;
}

int frame_check(enum frame_type type, const ProtobufCMessage *message)
{
    return is_sound(type, message) ? 0 : NAVETTE_E_INVALID;
}
